"""`davidagent items` and `show`: what is on the board."""

from pathlib import Path
from typing import Annotated, Any

import typer

from daemon.blackboard.states import State
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import STATE_STYLES, age, money, print_json, say

_STATES = ", ".join(State)


def items(
    context: typer.Context,
    *,
    state: Annotated[
        State | None,
        typer.Option(
            metavar="STATE", case_sensitive=False, help=f"Only items in this state: {_STATES}.", show_default=False
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="Only items of this source (its id, address or name).", show_default=False),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only items with this text in title or URL.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="At most this many.")] = 50,
    before: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The next page: the last id of the page before.", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List items, the newest first."""
    reader = invocation(context).reader()
    found: list[dict[str, Any]] = []
    if reader.exists:
        found = reader.items(state=state, source=source, search=search, before=before, limit=limit)
    if as_json:
        print_json(found)
    elif not found:
        say("No items.")
    else:
        _show_items(found)
        if len(found) == limit:
            say(f"\nThe next page: --before {found[-1]['id']}")


def show_item(
    context: typer.Context,
    item_id: Annotated[str, typer.Argument(metavar="ID", help="The item's id.", show_default=False)],
    *,
    call: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="One call alone: what was asked and answered.", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show all of one item: what was seen, what each step made of it, every call, every event."""
    reader = invocation(context).reader()
    if call is not None:
        _show_call(reader.path, call, item_id=item_id, as_json=as_json)
        return
    document = reader.item(item_id)
    if as_json:
        print_json(document)
        return
    from daemon.cli.showing import show_document

    show_document(document)


def _show_call(board: Path, call_id: int, *, item_id: str, as_json: bool) -> None:
    from daemon.blackboard.reading.desk_calls import call_in_full

    document = call_in_full(board, call_id, item_id=item_id)
    if as_json:
        print_json(document)
        return
    from daemon.cli.showing import show_call

    show_call(document)


def _show_items(found: list[dict[str, Any]]) -> None:
    shown = Listing("id", "state", "title", "source", ">age", ">cost", "note", flexible="title", at_most={"source": 24})
    for one in found:
        cells = (one["id"], one["state"], one["title"], one["source"], age(one["created_at"]), money(one["cost_usd"]))
        shown.add(*cells, _note(one), styles=("cyan", STATE_STYLES.get(one["state"])))
    shown.show()


_NOTE_LENGTH = 60


def _note(one: dict[str, Any]) -> str:
    parts = []
    if one["died_in"]:
        parts.append(f"died in {one['died_in']}")
    if one["attempts"]:
        parts.append(f"attempt {one['attempts']}")
    if one["round"]:
        parts.append(f"round {one['round']}")
    if one["reason"]:
        parts.append(one["reason"])
    elif one["error"]:
        parts.append(one["error"].splitlines()[0])
    note = ", ".join(parts)
    return note if len(note) <= _NOTE_LENGTH else note[: _NOTE_LENGTH - 1] + "…"
