"""Reading a streamed answer: to its end, or until it is slow, broken or going in circles. Knows no vendor.

The limits are those of `StreamSettings`: the time to the first token, the time between two chunks, and the least number
of characters a second. The limit of the whole call is the provider's. Only what shows progress counts as a chunk:
text and thinking do, a vendor's pings do not.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Generic, NamedTuple, TypeVar

from brains.llm.base import BrokenStreamError, LoopingStreamError, ModelRequest, SlowStreamError
from brains.llm.json_values import StringValues
from brains.llm.repetition import Repetition
from daemon.blackboard.records import Usage
from daemon.core.errors import AnswerLostError, CallTimeoutError, OutsideError, TransientError
from daemon.core.settings.models import StreamSettings

_LONGEST_BLANK = 1000
"""Characters without text or structure: endless white space or digits, which models in JSON mode fall into."""
_BYTES_OF_A_TOKEN = 4

Event = TypeVar("Event")


class Piece(NamedTuple):
    """What one event of a stream adds. With neither text nor thought it shows progress all the same."""

    text: str = ""
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known of an answer that had begun to come."""

    usage: Usage
    first_token_seconds: float | None = None


def begun_of(error: BaseException | None) -> Begun | None:
    """What had come before a request ended with this error (or was cancelled); None when nothing had.

    A call whose answer had begun to come may be charged, whatever the error says.
    """
    kept = getattr(error, "begun", None)
    if isinstance(kept, Begun):
        return kept
    return Begun(error.usage) if isinstance(error, BrokenStreamError | SlowStreamError) else None


def keep_begun(error: BaseException, begun: Begun) -> None:
    """Keep it with the error; a cancellation has no class of ours that could hold it."""
    vars(error)["begun"] = begun


class Collector(Generic[Event]):
    """Puts an answer together from the events of one vendor's stream."""

    def __init__(self) -> None:
        self.is_begun = False
        """Something of the answer has come."""
        self.has_end = False
        """The vendor's mark of the end has come."""
        self.came_whole = False
        """The server took no notice of being asked for a stream."""
        self.usage = Usage()
        """What the vendor has said of the tokens so far."""
        self.size = 0
        """Bytes of text and thought so far."""
        self.first_token_seconds: float | None = None

    def take(self, event: Event, /) -> Piece | None:
        """Take one event in; None when it shows no progress."""
        raise NotImplementedError

    @property
    def is_done(self) -> bool:
        """Nothing is missing: what goes wrong after that does not matter."""
        return self.has_end and self.usage != Usage()

    def begun(self) -> Begun:
        """What is known now. Output tokens the vendor has not told yet are estimated: four bytes are one."""
        output = max(self.usage.output_tokens, -(-self.size // _BYTES_OF_A_TOKEN))
        return Begun(replace(self.usage, output_tokens=output), self.first_token_seconds)


class Pace:
    """How many characters a second have come within the last `window` seconds. `restart` when it means nothing."""

    def __init__(self, *, minimum_rate: float, window: float) -> None:
        self._least = minimum_rate * window
        self._window = window
        self._counts: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._since: float | None = None

    def restart(self) -> None:
        """Measure from the next characters on."""
        self._counts.clear()
        self._sum, self._since = 0, None

    def add(self, count: int, *, at: float) -> bool:
        """Count characters that came at that time (seconds that only grow); False when it is too slow."""
        self._since = at if self._since is None else self._since
        self._counts.append((at, count))
        self._sum += count
        while self._counts[0][0] <= at - self._window:
            self._sum -= self._counts.popleft()[1]
        return at - self._since < self._window or self._sum >= self._least


class LoopGuard:
    """Notices an answer that goes in circles, by what it says: its keys, its form and its numbers are not looked at."""

    def __init__(self, *, source: str) -> None:
        self._values = StringValues()
        self._said = Repetition(source=source)
        self._thought = Repetition(source=source)

    def feed(self, piece: Piece) -> str | None:
        """What is repeated, when it is."""
        if piece.thought and (found := self._thought.feed(piece.thought)):
            return found
        if not piece.text:
            return None
        value = self._values.feed(piece.text)
        if self._values.blank > _LONGEST_BLANK:
            return f"more than {_LONGEST_BLANK:,} characters without a word"
        return self._said.feed(value) if value else None


async def read_stream(
    events: AsyncGenerator[Event],
    *,
    into: Collector[Event],
    request: ModelRequest,
    limits: StreamSettings,
    endpoint: str,
) -> None:
    """Read all events; the stream is closed at the provider whatever happens.

    `events` sends the request when its first event is asked for, and raises `OutsideError` alone. Raises
    `SlowStreamError`, `BrokenStreamError`, `LoopingStreamError`, `AnswerLostError` when nothing readable came at all,
    and what `events` raises. `begun_of` tells of each, and of a cancellation, what had come before.
    """
    reading = _Reading(into, request=request, limits=limits, endpoint=endpoint)
    try:
        await reading.run(events)
    except BaseException as error:
        if into.is_begun:
            keep_begun(error, into.begun())
        raise


class _Reading(Generic[Event]):
    """One stream that is being read."""

    def __init__(self, into: Collector[Event], *, request: ModelRequest, limits: StreamSettings, endpoint: str) -> None:
        self._into = into
        self._limits = limits
        self._endpoint = endpoint
        self._loops = LoopGuard(source=_given(request))
        self._pace = Pace(minimum_rate=limits.minimum_rate, window=limits.rate_window)
        self._now = asyncio.get_running_loop().time
        self._started = self._now()

    async def run(self, events: AsyncGenerator[Event]) -> None:
        into = self._into
        try:
            async with asyncio.timeout(self._limits.first_token) as alarm, aclosing(events):
                async for event in events:
                    if (piece := self._taken(event)) is not None:
                        alarm.reschedule(self._look(piece) + self._limits.stall)
        except TimeoutError as error:
            if not into.is_done:
                raise self._slow(self._why_slow()) from error
        except OutsideError as error:
            if not (into.is_done and isinstance(error, TransientError)):
                raise self._meant(error) from error.__cause__
        if not into.is_begun:
            raise AnswerLostError(f"{self._endpoint} answered something unreadable", endpoint=self._endpoint)
        if not into.has_end:
            raise self._broken("ended in the middle of an answer")

    def _taken(self, event: Event) -> Piece | None:
        """The SDKs build their events without looking; what we need may be missing or be anything."""
        try:
            return self._into.take(event)
        except (AttributeError, TypeError, ValueError, LookupError) as error:
            raise self._broken("sent an event that cannot be read") from error

    def _look(self, piece: Piece) -> float:
        """Judge what has come; answers when it came."""
        at = self._now()
        into = self._into
        into.size += sum(len(part.encode(errors="replace")) for part in piece)
        if into.first_token_seconds is None:
            into.first_token_seconds = at - self._started
        if not (count := len(piece.text) + len(piece.thought)):
            self._pace.restart()
        elif not self._pace.add(count, at=at):
            rate, window = self._limits.minimum_rate, self._limits.rate_window
            raise self._slow(f"sent less than {rate:g} characters a second for {window:g} s")
        if found := self._loops.feed(piece):
            message = f"{self._endpoint} says {found}"
            raise LoopingStreamError(message, usage=into.begun().usage, endpoint=self._endpoint)
        return at

    def _why_slow(self) -> str:
        if self._into.first_token_seconds is None:
            return f"sent no first token within {self._limits.first_token:g} s"
        return f"sent nothing more for {self._limits.stall:g} s"

    def _slow(self, what: str) -> SlowStreamError:
        return SlowStreamError(f"{self._endpoint} {what}", usage=self._into.begun().usage, endpoint=self._endpoint)

    def _broken(self, what: str) -> BrokenStreamError:
        return BrokenStreamError(f"{self._endpoint} {what}", usage=self._into.begun().usage, endpoint=self._endpoint)

    def _meant(self, error: OutsideError) -> OutsideError:
        """In the middle, a fault below the protocol is a broken stream; what the vendor says stays as it is."""
        if not self._into.is_begun or not isinstance(error, AnswerLostError | CallTimeoutError):
            return error
        if isinstance(error, BrokenStreamError | SlowStreamError):
            return error
        return BrokenStreamError(str(error), usage=self._into.begun().usage, endpoint=self._endpoint)


def _given(request: ModelRequest) -> str:
    """What the model was given to read, and may repeat."""
    return "\n".join((*(turn.text for turn in request.turns), request.prompt))
