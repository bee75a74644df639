"""`davidagent sources add`: from what a person has to what is read."""

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daemon.cli.acting import act
from daemon.cli.helping import examples
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import clean, count, print_json, say, warn
from daemon.core.errors import UsageError
from daemon.core.redaction import HIDDEN
from sensors.wishes import SourceWishes

if TYPE_CHECKING:
    from daemon.core.settings.models import ApiSettings

Document = dict[str, Any]

EXAMPLES = examples(
    "davidagent sources add https://example.org",
    "davidagent sources add https://example.org/feed.xml --every 30m --tag ai",
    "davidagent sources add ~/inbox",
    "davidagent sources add @example --daily-reads 50 --daily-usd 0.25",
    "davidagent sources add webhook:ci",
)

Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="A site or feed (https://…), a feed file, a folder, @account or search:QUERY of X, webhook:NAME, "
        "or KIND:ADDRESS of an installed package.",
        show_default=False,
    ),
]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="What it is called.", show_default=False)]
Every = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="How often it is read: 30m, 6h …; else it follows the feed.", show_default=False),
]
Tags = Annotated[list[str] | None, typer.Option(metavar="TAG", help="A tag; may be repeated.", show_default=False)]
FullText = Annotated[
    bool | None,
    typer.Option(
        "--full-text/--no-full-text",
        metavar="",
        help="Fetch the article behind each entry, or never; else where entries are short.",
        show_default=False,
    ),
]
DailyReads = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="X: posts that may be read in a day.", show_default=False)
]
DailyUsd = Annotated[
    float | None, typer.Option(metavar="X", help="X: dollars that reading may cost in a day.", show_default=False)
]
Mirror = Annotated[
    str | None,
    typer.Option(metavar="URL", help="X: a feed that is read in its place, without a key.", show_default=False),
]
AsIs = Annotated[bool, typer.Option("--as-is", metavar="", help="Add the address without looking what is there.")]
All = Annotated[bool, typer.Option("--all", metavar="", help="Add every feed that the page announces.")]


def add(
    context: typer.Context,
    address: Address,
    *,
    name: Name = None,
    every: Every = None,
    tag: Tags = None,
    full_text: FullText = None,
    daily_reads: DailyReads = None,
    daily_usd: DailyUsd = None,
    mirror: Mirror = None,
    is_as_is: AsIs = False,
    all_feeds: All = False,
    as_json: JsonFlag = False,
) -> None:
    """Add a source; of a site, the feed that it has. One that is there already is left as it is."""
    if is_as_is and all_feeds:
        raise UsageError("--all needs a look at the page, and --as-is looks at nothing: give one of them")
    wishes = SourceWishes(
        name=name,
        every_seconds=_seconds(every),
        tags=tag or [],
        full_text=full_text,
        daily_reads=daily_reads,
        daily_usd=daily_usd,
        mirror=mirror,
    )
    whole = _whole(address)
    done = act(
        invocation(context).settings(),
        lambda actions: actions.add_source(whole, discover=not is_as_is, all_feeds=all_feeds, **wishes),
    )
    if as_json:
        print_json(done)
    else:
        _tell(done, api=invocation(context).settings().api)


def _whole(address: str) -> str:
    """A file or folder by its whole path: the daemon works in another folder."""
    from sensors.feeds.local_files import local_path

    path = local_path(address) if "://" not in address else None
    return str(path.absolute()) if path is not None and address.strip() and path.exists() else address


def _seconds(every: str | None) -> float | None:
    from daemon.core.settings.values import parse_span

    try:
        return None if every is None else parse_span(every)
    except ValueError as error:
        raise UsageError(f"--every: {error}") from error


def _tell(done: Document, *, api: "ApiSettings") -> None:
    say(f"{done['name']} is source {done['id']}{'.' if done['is_new'] else ' already; it is left as it was.'}")
    if discovery := done["discovery"]:
        _tell_discovery(done, discovery)
    if done["hook"] and done.get("secret"):
        say(f"Send to POST {done['hook']}, signed by Standard Webhooks with this secret, which is told only now:")
        say(f"  {done['secret']}")
        say(f"On this machine that is http://{api.host}:{api.port}{done['hook']}, while the daemon runs.")
    if done["help"]:
        warn(f"it cannot be read as things are. {done['help']}")


def _tell_discovery(done: Document, discovery: Document) -> None:
    if discovery["warning"]:
        warn(discovery["warning"])
    elif done["address"] != discovery["asked"]:
        entries = count(discovery["entries"], "entry").replace("entrys", "entries")
        say(f"It is read at {done['address']} ({discovery['format'] or 'a feed'} with {entries}).")
    others = discovery["others"]
    for one in others:
        say(f"  {_other(one)}")
    if any(one["source_id"] is None for one in others):
        say("These feeds of the site were not added; --all adds every one.")


def _other(one: Document) -> str:
    named = f"  {clean(one['title'])}" if one["title"] else ""
    if one["source_id"] is not None:
        return f"source {one['source_id']}: {clean(one['address'])}{named}"
    if HIDDEN in one["address"]:
        return f"{clean(one['address'])}{named}"
    return f"davidagent sources add {shlex.quote(clean(one['address']))}{named}"
