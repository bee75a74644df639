"""Reading a stream, without any vendor: pace, silence, the end, and what is known when it breaks."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from brains.llm.base import BrokenStreamError, LoopingStreamError, SlowStreamError
from brains.llm.streaming import Collector, Pace, Piece, begun_of, read_stream
from daemon.blackboard.records import Usage
from daemon.core.errors import (
    AnswerLostError,
    BadRequestError,
    CallTimeoutError,
    ConnectionFaultError,
    OutsideError,
    ServerFaultError,
)
from daemon.core.settings.models import StreamSettings
from tests.fakes.llm import extract_request

QUICK = StreamSettings(first_token=0.05, stall=0.05, minimum_rate=0)
CALM = StreamSettings(first_token=30, stall=30, minimum_rate=0)
END, COUNTED, OPENED, SILENCE = "<end>", "<usage>", "<open>", None
Event = str | OutsideError | None


class Texts(Collector[str]):
    """Events are texts; three of them have a meaning."""

    def take(self, event: str, /) -> Piece | None:
        self.is_begun = True
        if event == OPENED:
            return None
        if event == COUNTED:
            self.usage = Usage(input_tokens=10, output_tokens=3)
            return Piece()
        if event == END:
            self.has_end = True
            return Piece()
        if event == "<broken>":
            raise AttributeError(event)
        return Piece(event)


class Source:
    """Gives out events; None is a silence without end, an error is raised. Knows whether it was closed."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events
        self.is_closed = False

    async def stream(self) -> AsyncGenerator[str]:
        try:
            for event in self._events:
                if event is SILENCE:
                    await asyncio.Event().wait()
                elif isinstance(event, OutsideError):
                    raise event
                else:
                    yield event
        finally:
            self.is_closed = True


async def read(events: Sequence[Event], *, limits: StreamSettings = CALM) -> Texts:
    """Read them; whatever happens, the source is closed then."""
    source, into = Source(events), Texts()
    try:
        await read_stream(source.stream(), into=into, request=extract_request(), limits=limits, endpoint="e:m")
    finally:
        assert source.is_closed
    return into


async def test_a_stream_is_read_to_its_end() -> None:
    """The first token is the first text; what comes before it is not."""
    into = await read([OPENED, "ab", "cé", END, COUNTED])
    assert (into.size, into.usage.output_tokens) == (5, 3)
    assert into.first_token_seconds is not None


@pytest.mark.parametrize(
    ("events", "kind", "words"),
    [
        ([SILENCE], SlowStreamError, "no first token within"),
        ([OPENED, SILENCE], SlowStreamError, "no first token within"),
        (["a", SILENCE], SlowStreamError, "nothing more for"),
        (["a", END, SILENCE], SlowStreamError, "nothing more for"),
        ([], AnswerLostError, "unreadable"),
        (["a"], BrokenStreamError, "in the middle"),
        (["a", "<broken>"], BrokenStreamError, "cannot be read"),
        (["a", AnswerLostError("lost")], BrokenStreamError, "lost"),
        (["a", CallTimeoutError("late")], BrokenStreamError, "late"),
        (["a", ServerFaultError("sick")], ServerFaultError, "sick"),
        (["a", BadRequestError("wrong")], BadRequestError, "wrong"),
        ([ConnectionFaultError("away")], ConnectionFaultError, "away"),
        (['{"gist": "', *["again and "] * 99], LoopingStreamError, "again and again"),
    ],
)
async def test_what_goes_wrong_has_its_error(events: list[Event], kind: type[OutsideError], words: str) -> None:
    """What the vendor says keeps its class; everything below it in the middle of an answer is a broken stream."""
    limits = QUICK if SILENCE in events else CALM
    with pytest.raises(kind, match=words) as caught:
        await read(events, limits=limits)
    assert type(caught.value) is kind


@pytest.mark.parametrize("last", [SILENCE, AnswerLostError("lost")])
async def test_what_comes_after_the_end_does_not_matter(last: Event) -> None:
    """The answer is there and counted; a server that does not close is no reason to throw it away."""
    into = await read(["a", COUNTED, END, last], limits=QUICK)
    assert into.is_done


async def test_what_had_come_is_known_when_it_breaks() -> None:
    """The vendor's count where there is one; of the rest four bytes are a token."""
    with pytest.raises(ServerFaultError) as caught:
        await read([COUNTED, "x" * 41, ServerFaultError("sick")])
    begun = begun_of(caught.value)
    assert begun is not None
    assert begun.usage == Usage(input_tokens=10, output_tokens=11)
    assert begun.first_token_seconds is not None


async def test_nothing_had_come_before_the_first_event() -> None:
    """Then nothing can have been charged that an error does not tell."""
    with pytest.raises(ServerFaultError) as caught:
        await read([ServerFaultError("sick")])
    assert begun_of(caught.value) is None


async def test_a_cancellation_passes_and_knows_what_had_come() -> None:
    """With its message; the source is closed."""
    reading = asyncio.create_task(read(["x" * 40, SILENCE]))
    for _ in range(5):
        await asyncio.sleep(0)
    reading.cancel("another answer came first")
    with pytest.raises(asyncio.CancelledError, match="another answer came first") as caught:
        await reading
    begun = begun_of(caught.value)
    assert begun is not None
    assert begun.usage.output_tokens == 10


def test_an_error_from_elsewhere_may_tell_its_usage() -> None:
    """A broken stream carries it by itself; other errors know nothing."""
    begun = begun_of(BrokenStreamError(usage=Usage(1, 2)))
    assert begun is not None
    assert begun.usage == Usage(1, 2)
    assert begun_of(ServerFaultError()) is None
    assert begun_of(None) is None


def test_the_pace_is_judged_when_its_window_is_full() -> None:
    """Eight characters a second for ten seconds; a slow beginning is forgiven, a slow window is not."""
    pace = Pace(minimum_rate=8, window=10)
    assert all(pace.add(1, at=at) for at in range(10))
    assert not pace.add(1, at=10)


def test_the_pace_looks_at_its_window_alone() -> None:
    """What came fast long ago does not make up for it; a burst within the window does."""
    pace = Pace(minimum_rate=8, window=10)
    assert pace.add(100_000, at=0)
    assert pace.add(79, at=9)
    assert pace.add(1, at=11)
    assert not pace.add(1, at=19.5)


def test_thinking_is_not_counted_against_the_pace() -> None:
    """After a restart a new window must be full first."""
    pace = Pace(minimum_rate=8, window=10)
    pace.add(1, at=0)
    pace.restart()
    assert pace.add(1, at=100)
    assert pace.add(1, at=109)
    assert not pace.add(1, at=110)


def test_without_a_minimum_nothing_is_too_slow() -> None:
    """0 turns it off."""
    pace = Pace(minimum_rate=0, window=1)
    assert all(pace.add(1, at=at * 100.0) for at in range(5))
