"""What a client asks for, read from its request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.types import Scope

from daemon.api.events.selection import Selection, select
from daemon.core.errors import UsageError

MOST_TYPES = 50
TYPE = r"[a-z][a-z_]{0,59}"
ITEM_ID = r"[0-9a-z]{1,40}"
LAST_EVENT_ID = b"last-event-id"

_TYPE = re.compile(TYPE)
_ITEM_ID = re.compile(ITEM_ID)
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A stream that is asked for. `after`: the last event the client has; None: none, and it wants only later ones."""

    selection: Selection
    after: int | None


def asked_by(scope: Scope, *, is_public: bool) -> Asked:
    """What a request for the stream asks for. Raises `UsageError` for what makes no sense.

    The header wins over the address: a browser that lost its connection comes back to the old address with a new one.
    """
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    header = next((value for name, value in scope["headers"] if name == LAST_EVENT_ID and value), None)
    told = header.decode("latin-1") if header else next(iter(query.get("last_event_id", [])), None)
    return Asked(
        selection=selection_of(
            types=query.get("types", []), item=next(iter(query.get("item", [])), None), is_public=is_public
        ),
        after=_id(told) if told else None,
    )


def selection_of(*, types: Sequence[str], item: str | None, is_public: bool) -> Selection:
    """The selection of these filters: types comma separated, repeated, or both. Raises `UsageError`."""
    wanted = {one.strip() for text in types for one in text.split(",")} - {""}
    if len(wanted) > MOST_TYPES:
        raise UsageError(f"types: at most {MOST_TYPES} at a time")
    for one in wanted:
        if not _TYPE.fullmatch(one):
            raise UsageError(f"types: {one[:60]!r} is no type of event; write them like item_posted,item_advanced")
    if item and not _ITEM_ID.fullmatch(item):
        raise UsageError(f"item: {item[:60]!r} is no id of an item")
    return select(is_public=is_public, types=wanted, item_id=item or None)


def _id(text: str) -> int:
    if not _NUMBER.fullmatch(text.strip()):
        raise UsageError(f"{text[:60]!r} is no id of an event: it is a whole number, 0 for the beginning")
    return int(text)
