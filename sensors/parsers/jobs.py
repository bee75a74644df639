"""What the parser's process is asked, what it answers, and both as frames on a pipe.

A frame is four bytes of length (big endian) and as many bytes. JSON, not pickle: what comes back was made from hostile
input, and must not be able to do more than be data.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from daemon.blackboard.records import Identity, Observation

LENGTH = struct.Struct(">I")
FEED: Final = "feed"
MOST_BY_THE_CLOCK: Final = 5
"""Times its processor time, and a document is given up that has not used it: its parser waits for something."""
_ROWS_A_FRAME = 200


@dataclass(frozen=True, slots=True)
class ParseJob:
    """What to parse: `url` resolves relative addresses, `now` (epoch seconds) judges dates, `tags` are the source's.

    `kind` is one of `parse_kinds.WORK`. `facts` is whatever else that kind wants to know: JSON-ready, short.
    """

    url: str
    content_type: str
    now: float
    tags: tuple[str, ...] = ()
    seconds: float = 20.0
    """Of a processor. A little longer than this, and the child ends itself, if nobody is there any more to end it."""
    kind: str = FEED
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document, read and cleaned."""

    parser: str
    observations: tuple[Observation, ...]
    entries: int
    """How many entries the document has, by the parser."""
    title: str | None = None
    home: str | None = None
    language: str | None = None
    ttl_seconds: float | None = None
    keys_hash: str = ""
    dated_at: tuple[float, ...] = ()
    is_broken_off: bool = False
    detail: Mapping[str, Any] | None = None
    """What is worth saying: faults put up with, entries left out and why."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What a job of another kind than a feed found out: facts (JSON-ready) and, where it makes any, observations."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()
    rows: tuple[Any, ...] = ()
    """JSON-ready, as many as there are: they travel in small frames, so that the event loop reads none for long."""


def frame(data: bytes) -> bytes:
    """`data` with its length before it."""
    return LENGTH.pack(len(data)) + data


def encode_job(job: ParseJob, *, size: int) -> bytes:
    """The beginning of a question: the frame of the job, and the length of the body (`size` bytes) that follows."""
    return frame(json.dumps(asdict(job)).encode()) + LENGTH.pack(size)


def decode_job(data: bytes) -> ParseJob:
    """The job of the first frame."""
    fields = json.loads(data)
    return ParseJob(**{**fields, "tags": tuple(fields["tags"])})


def encode_answer(answer: ParsedFeed | Extract) -> Iterator[bytes]:
    """The frames of an answer: its head, one for each observation, one for a few hundred rows, and an empty one."""
    head = {one.name: getattr(answer, one.name) for one in fields(answer) if one.name not in {"observations", "rows"}}
    yield frame(json.dumps(head).encode())
    for observation in answer.observations:
        yield frame(json.dumps(observation, default=_as_fields).encode())
    rows = answer.rows if isinstance(answer, Extract) else ()
    for start in range(0, len(rows), _ROWS_A_FRAME):
        yield frame(json.dumps(rows[start : start + _ROWS_A_FRAME]).encode())
    yield frame(b"")


def _as_fields(value: Any) -> dict[str, Any]:
    # `asdict` copies deeply, which takes longer than writing the JSON.
    return {one.name: getattr(value, one.name) for one in fields(value)}


def encode_error(words: str) -> bytes:
    """The frames of an answer that says why there is none."""
    return frame(json.dumps({"error": words}).encode()) + frame(b"")


def decode_feed(head: Mapping[str, Any], observations: tuple[Observation, ...]) -> ParsedFeed:
    """The feed of the first frame and the observations of the others."""
    return ParsedFeed(**{**head, "dated_at": tuple(head["dated_at"]), "observations": observations})


def decode_part(data: bytes) -> Observation | list[Any]:
    """What one frame after the head holds: an observation, or rows."""
    fields = json.loads(data)
    if isinstance(fields, list):
        return fields
    identities = tuple(Identity(**identity) for identity in fields["identities"])
    return Observation(**{**fields, "identities": identities, "tags": tuple(fields["tags"])})
