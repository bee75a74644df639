"""Pages of items for the dashboard: filtered, in four orders, forwards and backwards, however large the board.

Nothing scans the whole board. What an index does not answer is looked for among a bounded number of the newest rows,
and the page says how far it looked.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from daemon.blackboard.reading.desk_counts import tally_of
from daemon.blackboard.reading.patterns import containing
from daemon.blackboard.reading.rows import Document, item_document
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.states import State
from daemon.core.clock import iso
from daemon.core.errors import UsageError
from daemon.core.ids import lowest_id, made_at

LOOKED_AT: Final = 50_000
"""Rows that one page may look at: a few tens of milliseconds."""
SORTED: Final = 20_000
"""Rows that are sorted for a filter that no index has in the wanted order."""
FEW: Final = 5_000
"""A state with fewer items is sorted whole: along an index of all items they may be far between."""
COUNTED: Final = 10_000
"""More are not counted."""
_FILE, _TALLY = "read_desk_items", "read_desk_overview"
_ABOVE_EVERY_ID = "~"
_ENDS: Final = {"down": (float("inf"), _ABOVE_EVERY_ID), "up": (-1.0, "")}


class Order(StrEnum):
    """How a page is sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    CHANGED = "changed"
    """Changed last, first."""
    DEAREST = "dearest"
    """By what an item is charged with: spent, set aside, and unconfirmed. What cost nothing is left out."""


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items are wanted: those that fit every part that is given."""

    state: State | None = None
    source_id: int | None = None
    tag: str | None = None
    search: str | None = None
    """Text in the title or the URL, letter case aside (of ASCII); or an id."""
    since: float | None = None
    until: float | None = None
    """When it was posted, in epoch seconds; `until` is not in it."""

    @property
    def is_plain(self) -> bool:
        """Nothing is asked for but a state."""
        return self == ItemFilter(state=self.state)

    @property
    def scope(self) -> str:
        """Along which index it is looked for: what narrows most, as far as can be told without counting."""
        is_over = self.state in (State.PUBLISHED, State.DISCARDED)
        if self.source_id is not None and (self.state is None or is_over):
            return "of_source"
        return "all" if self.state is None else "in_state"

    def parameters(self) -> dict[str, Any]:
        """What every query of a page is asked with."""
        return {
            "state": self.state,
            "source_id": self.source_id,
            "tag": json.dumps(self.tag, ensure_ascii=False) if self.tag else None,
            "search": containing(self.search),
            "exact": self.search,
            "first": "" if self.since is None else lowest_id(self.since),
            "after": _ABOVE_EVERY_ID if self.until is None else lowest_id(self.until),
        }


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an order, between two items. As text (`str`) it is the cursor of a page."""

    is_back: bool
    key: float
    id: str

    def __str__(self) -> str:
        return f"{'b' if self.is_back else 'a'}:{self.key!r}:{self.id}"


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of a page: ids with their keys in the page's order, one more than wanted when there are more."""

    keys: Sequence[tuple[float, str]]
    stopped_at: str | None = None
    """The id of the last row looked at, when looking stopped before the end."""


def read_place(cursor: str) -> Place:
    """The place a cursor names. Raises `UsageError` for what is none."""
    way, _, rest = cursor.partition(":")
    key, _, item_id = rest.partition(":")
    try:
        return Place(is_back={"a": False, "b": True}[way], key=float(key), id=item_id)
    except (KeyError, ValueError) as error:
        raise UsageError(f"{cursor!r} is no place on a list of items") from error


def item_page(
    board: Path,
    wanted: ItemFilter | None = None,
    *,
    order: Order = Order.NEWEST,
    at: str | None = None,
    limit: int = 50,
    look: int = LOOKED_AT,
) -> Document:
    """One page: `{"items", "next", "previous", "looked_at", "looked_back_to"}`.

    The items are as `BoardReader.items` shows them, with their `tags` and
    `waits_for`. `next` and `previous` are cursors (`at` of another call), None at the ends. `looked_at` is None when
    all of the board was; else the page is of the newest so many that fit state, source and time, back to
    `looked_back_to`; in the orders by id `next` looks further from there.
    Raises `UsageError` for a cursor that is none, and what opening a board raises.
    """
    wanted, place = wanted or ItemFilter(), read_place(at) if at else None
    is_back = place is not None and place.is_back
    with open_session(board, file=_FILE) as session:
        is_by_id = order in (Order.NEWEST, Order.OLDEST)
        has_index = wanted.is_plain and not _are_few(session, wanted, look=look)
        find = _by_id if is_by_id else _by_key if has_index else _sorted
        found = find(session, wanted, order=order, place=place, limit=limit + 1, look=look)
        keys = list(found.keys[:limit])
        more = len(found.keys) > limit
        shown = keys[::-1] if is_back else keys
        items = _rows(session, [item_id for _, item_id in shown])
    return {
        "items": items,
        **_cursors(shown, place=place, more=more, stopped_at=found.stopped_at if is_by_id else None),
        **_looked(found, look=look if is_by_id else min(look, SORTED)),
    }


def count_items(
    board: Path, wanted: ItemFilter | None = None, *, order: Order = Order.NEWEST, look: int = LOOKED_AT
) -> Document:
    """`{"count", "is_more"}`: how many items fit; with `is_more` at least so many, because the rest was not looked at.

    At most `look` of those that fit state, source and time are, and no more than 10,000 are counted; of a state, or of
    the whole board, the count is exact.
    """
    wanted = wanted or ItemFilter()
    if wanted.is_plain and order is not Order.DEAREST:
        with open_session(board, file=_TALLY) as session:
            states = tally_of(board).read(session)
        return {"count": sum(states.values()) if wanted.state is None else states[wanted.state], "is_more": False}
    with open_session(board, file=_FILE) as session:
        if wanted.is_plain and _are_few(session, wanted, look=look):
            rows = session.rows("keys_in_state", **wanted.parameters(), look=FEW)
            return {"count": sum(1 for row in rows if row["cost_micro"]), "is_more": False}
        if wanted.is_plain:
            count = session.rows("count_dearest", state=wanted.state, limit=COUNTED + 1)[0]["count"]
            return {"count": min(count, COUNTED), "is_more": count > COUNTED}
        parameters = wanted.parameters() | {"look": look}
        count = session.rows(f"count_{wanted.scope}", **parameters, limit=COUNTED + 1)[0]["count"]
        is_cut = session.row(f"end_of_newest_{wanted.scope}", **parameters) is not None
    return {"count": min(count, COUNTED), "is_more": count > COUNTED or is_cut}


def _are_few(session: Session, wanted: ItemFilter, *, look: int) -> bool:
    if wanted.state is None:
        return False
    parameters = wanted.parameters() | {"look": min(FEW, look)}
    return session.row("end_of_newest_in_state", **parameters) is None


def _by_id(session: Session, wanted: ItemFilter, *, order: Order, place: Place | None, limit: int, look: int) -> _Found:
    is_down = (order is Order.NEWEST) is not (place is not None and place.is_back)
    parameters = wanted.parameters() | {"look": look}
    if place is not None:
        narrowed = ("after", min) if is_down else ("first", max)
        beyond = place.id if is_down else f"{place.id}{_JUST_ABOVE}"
        parameters[narrowed[0]] = narrowed[1](parameters[narrowed[0]], beyond)
    name = f"{'newest' if is_down else 'oldest'}_{wanted.scope}"
    rows = session.rows(name, **parameters, limit=limit)
    end = session.row(f"end_of_{name}", **parameters) if len(rows) < limit else None
    return _Found([(0.0, row["id"]) for row in rows], stopped_at=end["id"] if end else None)


_JUST_ABOVE = " "
"""An id with this behind it comes right after the id, and before every other."""


def _by_key(
    session: Session, wanted: ItemFilter, *, order: Order, place: Place | None, limit: int, look: int
) -> _Found:
    """Along the index that has the order; it needs no bound, because it answers the state, too."""
    del look
    way = "up" if place is not None and place.is_back else "down"
    key, item_id = (place.key, place.id) if place else _ENDS[way]
    rows = session.rows(f"{order.value}_{way}", state=wanted.state, key=key, id=item_id, limit=limit)
    return _Found([(row["key"], row["id"]) for row in rows])


def _sorted(
    session: Session, wanted: ItemFilter, *, order: Order, place: Place | None, limit: int, look: int
) -> _Found:
    """No index has this order for this filter: the newest are looked at, and sorted."""
    parameters = wanted.parameters() | {"look": min(look, SORTED)}
    rows = session.rows(f"keys_{wanted.scope}", **parameters)
    end = session.row(f"end_of_newest_{wanted.scope}", **parameters)
    column = "updated_at" if order is Order.CHANGED else "cost_micro"
    keys = sorted(((row[column], row["id"]) for row in rows if row[column]), reverse=True)
    if place is not None and place.is_back:
        keys = [one for one in keys if one > (place.key, place.id)][::-1]
    elif place is not None:
        keys = [one for one in keys if one < (place.key, place.id)]
    return _Found(keys[:limit], stopped_at=end["id"] if end else None)


def _rows(session: Session, ids: Sequence[str]) -> list[Document]:
    found = {row["id"]: row for row in session.rows("these_items", ids=json.dumps(ids))}
    more = {one: {"tags": json.loads(row["tags"]), "waits_for": row["waits_for"]} for one, row in found.items()}
    return [item_document(found[one]) | more[one] for one in ids]


def _cursors(
    shown: Sequence[tuple[float, str]], *, place: Place | None, more: bool, stopped_at: str | None
) -> Document:
    is_back = place is not None and place.is_back
    first = str(Place(True, *shown[0])) if shown else None
    last = str(Place(False, *shown[-1])) if shown else None
    if is_back:
        further = str(Place(True, 0.0, stopped_at)) if stopped_at else None
        return {"previous": first if more else further, "next": last}
    further = str(Place(False, 0.0, stopped_at)) if stopped_at else None
    return {"previous": first if place else None, "next": last if more else further}


def _looked(found: _Found, *, look: int) -> Document:
    if found.stopped_at is None:
        return {"looked_at": None, "looked_back_to": None}
    return {"looked_at": look, "looked_back_to": iso(made_at(found.stopped_at))}
