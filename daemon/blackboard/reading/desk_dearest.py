"""The items that cost most in some days, as `davidagent costs` names them, quick on a large board, too."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from daemon.blackboard.reading.costs import DEAREST_ITEMS, Window, dearest_items_document
from daemon.blackboard.reading.rows import Document, Row, usd
from daemon.blackboard.reading.session import Session, open_session

LOOKS: Final = (50, 450, 1500)
"""How many items are looked at, a batch after the other; then it is quicker to read the days' calls."""
_FILE = "read_desk_dearest"


def dearest_items(board: Path, *, window: Window, looks: Sequence[int] = LOOKS) -> list[Document]:
    """At most ten of `{"id", "title", "calls", "cost_usd"}`, the dearest first. Raises what opening a board raises.

    What is charged to an item is never less than what its calls cost in any window. So no item can be among the ten
    whose charge is below what the tenth cost here.
    """
    span = {"since": window.since, "until": window.until}
    with open_session(board, file=_FILE) as session:
        found = _found(_dearest_of_all(session, looks=looks), session=session, span=span)
    if found is not None:
        return [_document(row) for row in found]
    with open_session(board, file="read_costs") as session:
        return dearest_items_document(session.rows("sums_by_origin", items=DEAREST_ITEMS, **span))


def _found(items: Iterator[Row | None], *, session: Session, span: dict[str, float]) -> list[Row] | None:
    """None when so many items were looked at in vain that another way is better."""
    best: list[Row] = []
    for item in items:
        if item is None:
            return None
        if len(best) == DEAREST_ITEMS and _rank(item) < _rank(best[-1]):
            break
        spent = session.row("cost_between", id=item["id"], **span) or {"cost_micro": 0}
        if spent["cost_micro"]:
            best = sorted([*best, {**item, **spent}], key=_rank, reverse=True)[:DEAREST_ITEMS]
    return best


def _dearest_of_all(session: Session, *, looks: Sequence[int]) -> Iterator[Row | None]:
    """Every item that cost anything, the dearest first; None where the looks are used up."""
    seen = 0
    for some in looks:
        rows = session.rows("dearest_of_all", some=some, offset=seen)
        yield from rows
        if len(rows) < some:
            return
        seen += some
    yield None


def _rank(row: Row) -> tuple[int, str]:
    """Ids grow with time: of what costs alike, the newest stands first."""
    return row["cost_micro"], row["id"]


def _document(row: Row) -> Document:
    return {"id": row["id"], "title": row["title"], "calls": row["calls"], "cost_usd": usd(row["cost_micro"])}
