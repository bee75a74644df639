"""An event as it is sent: encoded once, in the same bytes for everybody who may see the same of it."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from daemon.api.events.view import public_view
from daemon.core.clock import iso
from daemon.core.events import Event

Document = Mapping[str, Any]

PING = b": ping\n\n"
_DATA = b"\ndata: "
_END = b"\n\n"
_NOT_MADE = b""


class Told:
    """One event of the board in its two views, ready to be sent.

    `frame` is what a stream sends to who bears the token; `public_frame` what it sends to everybody, None when that is
    nothing at all. The second is made when it is first asked for.
    """

    __slots__ = ("_public", "frame", "id", "item_id", "type")

    def __init__(self, document: Document) -> None:
        """`document`: `{"id", "type", "at", "item_id", "from", "to", "data"}`."""
        self.id: int = document["id"]
        self.type: str = document["type"]
        self.item_id: str | None = document["item_id"]
        self.frame = frame(document["type"], document, event_id=self.id)
        self._public: bytes | None = _NOT_MADE

    @property
    def public_frame(self) -> bytes | None:
        """What everybody may see."""
        if self._public == _NOT_MADE:
            shown = public_view(json.loads(json_in(self.frame)))
            self._public = None if shown is None else frame(self.type, shown, event_id=self.id)
        return self._public

    @property
    def size(self) -> int:
        """Bytes it may come to in memory, in both views: the public one says no more than the other."""
        return 2 * len(self.frame)


def told(event: Event) -> Told:
    """An event of the emitter. One without an id is not on the board, and raises `ValueError`."""
    if event.id is None:
        raise ValueError(f"{event.type} has no id")
    return Told(
        {
            "id": event.id,
            "type": event.type,
            "at": iso(event.at),
            "item_id": event.item_id,
            "from": event.from_state,
            "to": event.to_state,
            "data": event.data,
        }
    )


def told_from_board(document: Document) -> Told:
    """An event as the board's read side answers it; the same bytes as of the emitter's."""
    return Told({key: document[key] for key in ("id", "type", "at", "item_id", "from", "to", "data")})


def frame(type_: str, document: Document, *, event_id: int) -> bytes:
    """A server-sent event."""
    return b"id: %d\nevent: %s%s%s%s" % (event_id, type_.encode("ascii", "replace"), _DATA, encode(document), _END)


def json_in(sent: bytes) -> bytes:
    """The JSON document in a server-sent event of ours: it has no line breaks, so it is the one line after `data:`."""
    return sent[sent.index(_DATA) + len(_DATA) : -len(_END)]


def encode(document: Any) -> bytes:
    """Compact JSON that every parser reads: without the NaN and the half characters that Python would let pass."""
    try:
        return to_json(document, inf_nan_mode="null")
    except PydanticSerializationError:
        plain = json.loads(json.dumps(document, default=str), parse_constant=lambda _: None)
        return json.dumps(plain, separators=(",", ":")).encode("ascii")


def retry(seconds: float) -> bytes:
    """How long a client waits before it comes back; the end of a block, so that more may stand before it."""
    return b"retry: %d\n\n" % round(seconds * 1000)


def starts_at(event_id: int) -> bytes:
    """Lets a client know where it stands before its first event, so that it misses none when it must come back."""
    return b"id: %d\n" % event_id


def resync(*, last: int, newest: int) -> bytes:
    """Says that events between the two ids were not sent: whoever keeps a state asks for it anew."""
    return frame("resync", {"from": last, "to": newest}, event_id=newest)
