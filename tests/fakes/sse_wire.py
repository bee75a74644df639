"""An event stream as bytes: HTTP/1.1 with chunks, and the blocks in them."""

import re
from dataclasses import dataclass
from datetime import datetime

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]+)[^\r\n]*\r\n")
_AT = re.compile(r'"at": ?"([^"]+)"')
_POSTED = re.compile(r"t=(\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class Seen:
    """One block: an event with its id, or (id None) the order to begin anew.

    `at` is when it happened, as it says itself; `posted_at` what its text carries as `t=`; 0 where it says neither.
    """

    id: int | None
    at: float = 0.0
    posted_at: float = 0.0


class StreamReader:
    """Takes the bytes of one answer as they come, however they are cut."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.is_at_end = False
        """The last chunk has come: the server has ended the stream itself."""
        self._raw = b""
        self._left_of_chunk = 0
        self._body = b""

    @property
    def is_between(self) -> bool:
        """Nothing is half read: the next byte begins a chunk and a block."""
        return self.status is not None and not self._raw and not self._body and not self._left_of_chunk

    def feed(self, data: bytes) -> list[Seen]:
        """What these bytes complete."""
        self._raw += data
        if self.status is None and not self._read_head():
            return []
        self._read_chunks()
        *blocks, self._body = self._body.replace(b"\r\n", b"\n").split(b"\n\n")
        return [seen for seen in map(_seen, blocks) if seen is not None]

    def _read_head(self) -> bool:
        head, separator, rest = self._raw.partition(b"\r\n\r\n")
        if not separator:
            return False
        found = _STATUS.match(head)
        self.status = int(found[1]) if found else 0
        self._raw = rest
        return True

    def _read_chunks(self) -> None:
        """Move what is whole from the raw bytes to the body; a chunk's own line end belongs to the chunk."""
        while self._raw:
            if not self._left_of_chunk and not self._begin_chunk():
                return
            taken, self._raw = self._raw[: self._left_of_chunk], self._raw[self._left_of_chunk :]
            kept = max(0, min(len(taken), self._left_of_chunk - 2))
            self._body += taken[:kept]
            self._left_of_chunk -= len(taken)

    def _begin_chunk(self) -> bool:
        found = _CHUNK_SIZE.match(self._raw)
        if found is None:
            return False
        size = int(found[1], 16)
        self.is_at_end = self.is_at_end or size == 0
        self._raw = self._raw[found.end() :]
        self._left_of_chunk = size + 2
        return True


def _seen(block: bytes) -> Seen | None:
    """None for comments, `retry:` and events without an id."""
    text = block.decode()
    fields = dict(line.partition(": ")[::2] for line in text.split("\n") if line and not line.startswith(":"))
    if fields.get("event") == "resync":
        return Seen(None)
    if not fields.get("id") or "data" not in fields:
        return None
    at, posted = _AT.search(text), _POSTED.search(text)
    return Seen(
        id=int(fields["id"]),
        at=datetime.fromisoformat(at[1]).timestamp() if at else 0.0,
        posted_at=float(posted[1]) if posted else 0.0,
    )
