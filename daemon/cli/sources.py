"""`davidagent sources`: what is read."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daemon.cli.acting import act, try_source
from daemon.cli.adding import EXAMPLES, add
from daemon.cli.feed_lists import export, import_opml
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import BOARD_FILE, JsonFlag, invocation
from daemon.cli.output import count, print_json, say
from daemon.cli.trying import tell_trial
from daemon.core.errors import NotFoundError

if TYPE_CHECKING:
    from daemon.core.settings.models import Settings

Document = dict[str, Any]

app = CommandLine(
    help="What is read: list, show, test, add, remove, enable, disable, import, export.",
    epilog=examples(
        "davidagent sources",
        "davidagent sources add https://example.org --every 30m",
        "davidagent sources test https://example.org",
        "davidagent sources import subscriptions.opml",
    ),
    invoke_without_command=True,
)

Which = Annotated[str, typer.Argument(metavar="SOURCE", help="Its id, address or name.", show_default=False)]

_EVENTS_SHOWN = 10


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List the sources when no other command is given."""
    if context.invoked_subcommand is None:
        list_sources(context, as_json=as_json)


@app.command("list")
def list_sources(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List every source and how reading it goes."""
    from daemon.blackboard.reading import BoardReader
    from daemon.cli.source_showing import show_sources
    from daemon.runtime.network import NETWORK
    from daemon.runtime.source_facts import source_facts

    settings = invocation(context).settings()
    reader = BoardReader(settings.home / BOARD_FILE)
    found = source_facts(reader.sources(), settings=settings) if reader.exists else []
    if as_json:
        print_json(found)
    elif found:
        show_sources(found, network=reader.controls().get(NETWORK))
    elif settings.sources:
        configured = count(len(settings.sources), "source")
        say(f"{configured} of the configuration will be on the board after the first run or once.")
    else:
        say("No sources yet.  Add one with: davidagent sources add URL")


@app.command(epilog=examples("davidagent sources show Example", "davidagent sources show 3 --json"))
def show(context: typer.Context, source: Which, *, as_json: JsonFlag = False) -> None:
    """Everything about one source: how reading it goes, why, what would help, what it costs."""
    from daemon.cli.source_showing import show_source

    document = _whole_document(invocation(context).settings(), source)
    if as_json:
        print_json(document)
    else:
        show_source(document["source"], events=document["events"])


app.command("add", epilog=EXAMPLES)(add)


@app.command("test", epilog=examples("davidagent sources test https://example.org/feed.xml"))
def try_one(
    context: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="URL", help="A feed's URL, a web page's, or a feed file.", show_default=False)
    ],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Look what is at an address, and keep nothing of it; of a web page, the feeds it leads to."""
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


app.command("import", epilog=examples("davidagent sources import subscriptions.opml"))(import_opml)
app.command("export", epilog=examples("davidagent sources export feeds.opml"))(export)


def _whole_document(settings: "Settings", wanted: str) -> Document:
    """`{"source", "events"}`: a source as the list tells it, with where it moved to and what it brought."""
    from daemon.blackboard.reading import BoardReader
    from daemon.blackboard.reading.desk_sources import read_source_table, source_events
    from daemon.runtime.source_facts import source_facts
    from sensors.secret_addresses import public_address

    reader = BoardReader(settings.home / BOARD_FILE)
    if not reader.exists:
        raise NotFoundError(f"there is no source {wanted}")
    source_id = reader.source_id(public_address(wanted))
    table = read_source_table(reader.path, now=time.time())
    found = source_facts((one for one in table if one["id"] == source_id), settings=settings)
    events = source_events(reader.path, source_id=source_id, limit=_EVENTS_SHOWN)
    return {"source": found[0], "events": events}


def _tell(done: Document, *, as_json: bool, sentence: str) -> None:
    if as_json:
        print_json(done)
    else:
        say(sentence)
