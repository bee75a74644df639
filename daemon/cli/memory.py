"""`davidagent memory`: what the desk remembers."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from daemon.cli.acting import act
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import count, moment, print_json, say

Document = dict[str, Any]

app = CommandLine(
    help="The memory of what was published: status, search, rebuild.",
    epilog=examples("davidagent memory", "davidagent memory search 'battery recycling'", "davidagent memory rebuild"),
    invoke_without_command=True,
)


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show the status when no other command is given."""
    if context.invoked_subcommand is None:
        status(context, as_json=as_json)


@app.command()
def status(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show whether the memory works, how many posts it holds, and how many wait to enter."""
    document = act(invocation(context).settings(), lambda actions: actions.memory_status())
    if as_json:
        print_json(document)
        return
    size = "unknown" if document["size"] is None else f"{document['size']:,}"
    say(f"memory  {document['status']} ({document['mode']})")
    say(f"posts   {size}, {document['waiting']:,} waiting to enter")
    for line in _remarks(document):
        say(line)


@app.command()
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for.", show_default=False)],
    *,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=50, help="At most this many.")] = 5,
    as_json: JsonFlag = False,
) -> None:
    """Find what was published that is nearest in meaning."""
    found = act(invocation(context).settings(), lambda actions: actions.search_memory(text, limit=limit))
    if as_json:
        print_json(found)
    elif not found:
        say("Nothing is known of that.")
    else:
        shown = Listing(">score", "id", "title", flexible="title")
        for one in found:
            shown.add(f"{one['score']:.2f}", one["item_id"], one["title"])
        shown.show()


@app.command()
def rebuild(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Empty the memory and fill it again from the board."""
    done = act(invocation(context).settings(), lambda actions: actions.rebuild_memory())
    if as_json:
        print_json(done)
    else:
        say(f"The memory is filled anew with {count(done['to_remember'], 'post')}.")


def _remarks(document: Document) -> Iterator[str]:
    """The model, the room it takes, and what is wrong."""
    if document["model"]:
        yield f"model   {document['model']}"
    if document["bytes"] is not None:
        yield f"disk    {document['bytes'] / 1e6:,.1f} MB"
    if document["model"] and document["filled_with"] not in (None, document["model"]):
        yield f"note    it was filled with {document['filled_with']}; davidagent memory rebuild fills it anew"
    if document["error"]:
        since = f" (since {moment(document['degraded_since'])})" if document["degraded_since"] else ""
        yield f"error   {document['error']}{since}"
