"""`davidagent sources`: what is read."""

from pathlib import Path
from typing import Annotated, Any

import typer

from daemon.cli.acting import act, try_source
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import BOARD_FILE, JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import age, clean, count, print_json, say, span, warn
from daemon.cli.trying import tell_trial
from daemon.core.errors import UsageError

Document = dict[str, Any]

app = CommandLine(
    help="The feeds and accounts that are read: list, test, add, remove, enable, disable, import, export.",
    epilog=examples(
        "davidagent sources",
        "davidagent sources add https://example.org/feed.xml --name Example --every 30m",
        "davidagent sources test https://example.org",
        "davidagent sources import subscriptions.opml",
    ),
    invoke_without_command=True,
)

Which = Annotated[str, typer.Argument(metavar="SOURCE", help="Its id, address or name.", show_default=False)]

_HEALTH_STYLES = {"ok": "green", "failing": "red", "gone": "red", "late": "yellow", "disabled": "dim"}


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List the sources when no other command is given."""
    if context.invoked_subcommand is None:
        list_sources(context, as_json=as_json)


@app.command("list")
def list_sources(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List every source and how reading it goes."""
    from daemon.blackboard.reading import BoardReader

    settings = invocation(context).settings()
    reader = BoardReader(settings.home / BOARD_FILE)
    found = reader.sources() if reader.exists else []
    if as_json:
        print_json(found)
    elif found:
        _show(found)
    elif settings.sources:
        configured = count(len(settings.sources), "source")
        say(f"{configured} of the configuration will be on the board after the first run or once.")
    else:
        say("No sources yet.  Add one with: davidagent sources add URL")


@app.command(epilog=examples("davidagent sources add https://example.org/feed.xml --every 30m --tag ai"))
def add(
    context: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="URL", help="A feed's URL, a feed file, or @account.", show_default=False)
    ],
    *,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What it is called.", show_default=False)] = None,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="How often it is read: 30m, 6h …; else it follows the feed.", show_default=False
        ),
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="A tag; may be repeated.", show_default=False)
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Add a source; one that is there already is left as it is."""
    seconds = _seconds(every)
    done = act(
        invocation(context).settings(),
        lambda actions: actions.add_source(address, name=name, every_seconds=seconds, tags=tag or []),
    )
    _tell(done, as_json=as_json, sentence=f"{done['name']} is source {done['id']}.")


@app.command("test", epilog=examples("davidagent sources test https://example.org/feed.xml"))
def try_one(
    context: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="URL", help="A feed's URL, a web page's, or a feed file.", show_default=False)
    ],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Look what is at an address, and keep nothing of it; of a web page, the feeds it announces."""
    found = try_source(invocation(context).settings(), address)
    if as_json:
        print_json(found)
    else:
        tell_trial(found)
    if not found["readable"]:
        raise typer.Exit(1)


@app.command()
def remove(context: typer.Context, source: Which, *, as_json: JsonFlag = False) -> None:
    """Remove a source that was added here; its items stay."""
    done = act(invocation(context).settings(), lambda actions: actions.remove_source(source))
    _tell(done, as_json=as_json, sentence=f"{done['removed']} is removed.")


@app.command()
def enable(context: typer.Context, source: Which, *, as_json: JsonFlag = False) -> None:
    """Read a source again, also one that said it is gone."""
    done = act(invocation(context).settings(), lambda actions: actions.enable_source(source, is_enabled=True))
    _tell(done, as_json=as_json, sentence=f"{done['name']} is enabled.")


@app.command()
def disable(context: typer.Context, source: Which, *, as_json: JsonFlag = False) -> None:
    """Read a source no more, until it is enabled."""
    done = act(invocation(context).settings(), lambda actions: actions.enable_source(source, is_enabled=False))
    _tell(done, as_json=as_json, sentence=f"{done['name']} is disabled.")


@app.command("import")
def import_opml(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="OPML", help="An OPML file.", exists=True, dir_okay=False, show_default=False)
    ],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Add every feed of an OPML file, as feed readers export it."""
    text = _read(file)
    done = act(invocation(context).settings(), lambda actions: actions.import_sources(text))
    for problem in done["problems"]:
        warn(problem)
    _tell(done, as_json=as_json, sentence=f"{count(done['added'], 'source')} added, {done['known']} known already.")


@app.command(epilog=examples("davidagent sources export feeds.opml"))
def export(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to; without one, to standard output.", show_default=False),
    ] = None,
    *,
    is_forced: Annotated[bool, typer.Option("--force", metavar="", help="Replace a file that is there.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write the feeds as OPML, their tags as folders; those with a login or a token in their address stay here."""
    from daemon.api.posting import opml_text
    from sensors.opml import kept_back

    reader = invocation(context).reader()
    sources = reader.sources() if reader.exists else []
    text, private = opml_text(sources), kept_back(sources)
    if private:
        warn(f"left out, because their addresses have a login or a token: {', '.join(map(clean, private))}")
    if file is not None:
        _write(file, text, is_forced=is_forced)
    if as_json:
        print_json({"path": str(file) if file else None, "left_out": private, "opml": text})
    elif file is not None:
        say(f"{file} holds {count(sum(one['kind'] == 'rss' for one in sources) - len(private), 'feed')}.")
    else:
        typer.echo(text, nl=False)


def _write(file: Path, text: str, *, is_forced: bool) -> None:
    try:
        with file.open("w" if is_forced else "x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already; --force replaces it") from error
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def _read(file: Path) -> str:
    from sensors.charsets import decode

    try:
        return decode(file.read_bytes())[0]
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error


def _seconds(every: str | None) -> float | None:
    from daemon.core.settings.values import parse_span

    try:
        return None if every is None else parse_span(every)
    except ValueError as error:
        raise UsageError(f"--every: {error}") from error


def _tell(done: Document, *, as_json: bool, sentence: str) -> None:
    if as_json:
        print_json(done)
    else:
        say(sentence)


def _show(found: list[Document]) -> None:
    shown = Listing(
        ">id", "name", "health", "kind", "every", "read", "new item", ">trust", "address", flexible="address"
    )
    for one in found:
        every = span(one["every_seconds"] or one["interval_seconds"])
        ages = (age(one["last_success_at"]), age(one["last_item_at"]))
        trust = None if one["trust"] is None else f"{one['trust']:.0%}"
        cells = (one["id"], one["name"], one["health"], one["kind"], every, *ages, trust, one["address"])
        shown.add(*cells, styles=(None, None, _HEALTH_STYLES.get(one["health"])))
    shown.show()
    ailing = [one for one in found if one["last_error"] and one["health"] in ("failing", "gone")]
    for one in ailing:
        warn(f"{clean(one['name'])}: {one['last_error']}")
    if ailing:
        warn(
            f"{len(ailing)} of {count(len(found), 'source')} cannot be read; each is tried again by itself, less and "
            "less often.  davidagent sources disable ID ends that"
        )
