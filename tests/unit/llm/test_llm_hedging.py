"""The race of two requests. Each request is a `Call` that ends when the test says so; no test waits for time."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from brains.llm.hedging import Hedger
from brains.llm.racing import LOST, Course
from daemon.core.errors import (
    BadRequestError,
    BoardBusyError,
    BudgetExceededError,
    CallTimeoutError,
    OutsideError,
    ServerFaultError,
)
from daemon.core.events import Event
from daemon.core.settings.models import HedgeSettings
from tests.fakes.clock import ManualClock

AT_ONCE = HedgeSettings(enabled=True, after=0.0, max_share=1.0)


@dataclass(frozen=True)
class Said:
    text: str
    seconds: float = 1.0


class Call:
    """A request. It leaves at once unless told; `end` is its outcome; `cancelled_with` why it was given up."""

    def __init__(self, *, leaves: bool = True) -> None:
        self.leaves = leaves
        self.began = asyncio.Event()
        self.end: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self.may_be_booked = asyncio.Event()
        self.may_be_booked.set()
        self.given_up = asyncio.Event()
        self.cancelled_with: str | None = None
        self.is_booked = False
        self.course = Course()

    async def __call__(self, course: Course) -> Said:
        self.course = course
        self.began.set()
        if self.leaves:
            course.sent()
        try:
            return await asyncio.shield(self.end)
        except asyncio.CancelledError as error:
            self.cancelled_with = str(error)
            self.given_up.set()
            await self.may_be_booked.wait()
            raise
        finally:
            self.is_booked = True


@dataclass
class Bench:
    hedger: Hedger
    clock: ManualClock
    events: list[Event]
    lost: list[OutsideError] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def on_lost(self, error: OutsideError) -> None:
        self.lost.append(error)
        self.told.set()

    def send(self, first: Call, second: Call | None, **more: Any) -> "asyncio.Task[Said]":
        sending = self.hedger.send(first, second, endpoint="quick", on_lost=self.on_lost, **more)
        return asyncio.ensure_future(sending)

    async def said(self, text: str = "yes", *, seconds: float = 1.0) -> Said:
        """One call that is answered."""
        call = Call()
        call.end.set_result(Said(text, seconds))
        return await self.send(call, None)


def bench(settings: HedgeSettings = AT_ONCE) -> Bench:
    clock, events = ManualClock(), []
    return Bench(Hedger(settings, clock=clock, emit=events.append), clock, events)


async def test_switched_off_there_is_never_a_second_request() -> None:
    """And the latency is observed all the same."""
    desk = bench(HedgeSettings(enabled=False, after=0.0, minimum_samples=1))
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await first.began.wait()
    first.end.set_result(Said("yes", seconds=2.0))
    assert (await sending).text == "yes"
    assert not second.began.is_set()
    assert desk.hedger.latencies.median("quick") == 2.0
    assert desk.hedger.delay("quick") is None


async def test_the_second_request_wins_and_the_first_is_given_up() -> None:
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second, task="draft", item_id="item1")
    await second.began.wait()
    second.end.set_result(Said("second"))
    assert (await sending).text == "second"
    assert first.cancelled_with == LOST
    (event,) = desk.events
    assert (event.type, event.item_id) == ("call_hedged", "item1")
    assert event.data == {"endpoint": "quick", "task": "draft", "after_seconds": 0.0, "winner": "second"}


async def test_the_first_request_wins_and_the_second_is_given_up() -> None:
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    first.end.set_result(Said("first"))
    assert (await sending).text == "first"
    assert second.cancelled_with == LOST
    assert desk.events[0].data["winner"] == "first"


async def test_the_answer_waits_until_the_loser_is_booked() -> None:
    """So that nothing runs on behind the caller."""
    desk = bench()
    first, second = Call(), Call()
    first.may_be_booked.clear()
    sending = desk.send(first, second)
    await second.began.wait()
    second.end.set_result(Said("second"))
    await first.given_up.wait()
    assert not sending.done()
    first.may_be_booked.set()
    assert (await sending).text == "second"
    assert first.is_booked


async def test_a_loser_that_cannot_be_booked_holds_nobody_up_for_long() -> None:
    """A board that takes nothing: the answer goes out, and the booking goes on by itself."""
    clock, events = ManualClock(), []
    desk = Bench(Hedger(AT_ONCE, clock=clock, emit=events.append, booking_seconds=0.0), clock, events)
    first, second = Call(), Call()
    first.may_be_booked.clear()
    sending = desk.send(first, second)
    await second.began.wait()
    second.end.set_result(Said("second"))
    assert (await sending).text == "second"
    assert not first.is_booked
    first.may_be_booked.set()
    await _settle(10)
    assert first.is_booked


async def test_an_answer_in_time_starts_no_second_request() -> None:
    desk = bench(HedgeSettings(enabled=True, after=3600.0))
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await first.began.wait()
    first.end.set_result(Said("first"))
    assert (await sending).text == "first"
    assert not second.began.is_set()
    assert desk.events == []


async def test_a_failure_in_time_is_raised_at_once() -> None:
    """What failed quickly is for the retries, not for a hedge."""
    desk = bench(HedgeSettings(enabled=True, after=3600.0))
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await first.began.wait()
    first.end.set_exception(ServerFaultError("it is down"))
    with pytest.raises(ServerFaultError):
        await sending
    assert not second.began.is_set()
    assert desk.lost == []


async def test_the_queue_at_the_gate_is_not_slowness() -> None:
    """The delay runs from the moment the request leaves."""
    desk = bench()
    first, second = Call(leaves=False), Call()
    sending = desk.send(first, second)
    await first.began.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert not second.began.is_set()
    first.course.sent()
    await second.began.wait()
    second.end.set_result(Said("second"))
    await sending


async def test_a_first_request_that_fails_late_leaves_it_to_the_second() -> None:
    """Its failure counts as an attempt, for its error is not raised."""
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    fault = CallTimeoutError("too slow")
    first.end.set_exception(fault)
    await asyncio.sleep(0)
    assert not sending.done()
    second.end.set_result(Said("second"))
    assert (await sending).text == "second"
    assert desk.lost == [fault]


async def test_a_second_request_that_fails_is_counted_and_the_first_goes_on() -> None:
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    fault = ServerFaultError("it is down")
    second.end.set_exception(fault)
    await desk.told.wait()
    assert desk.lost == [fault]
    first.end.set_result(Said("first"))
    assert (await sending).text == "first"
    assert desk.lost == [fault]


async def test_a_second_request_that_was_never_sent_counts_for_nothing() -> None:
    """No money for it: no attempt, no event, and the allowance is given back."""
    desk = bench(HedgeSettings(enabled=True, after=0.0, max_share=0.001))
    for _ in range(3):
        first, second = Call(), Call(leaves=False)
        sending = desk.send(first, second)
        await second.began.wait()
        second.end.set_exception(BudgetExceededError("the day's budget is used up"))
        first.end.set_result(Said("first"))
        assert (await sending).text == "first"
    assert desk.lost == []
    assert desk.events == []


async def test_when_both_fail_the_first_error_is_raised_with_the_second_as_a_note() -> None:
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    fault = BadRequestError("too many tools")
    second.end.set_exception(fault)
    first.end.set_exception(CallTimeoutError("too slow"))
    with pytest.raises(CallTimeoutError) as caught:
        await sending
    assert caught.value.__notes__ == ["The second request failed too: BadRequestError: too many tools"]
    assert desk.lost == [fault]
    assert desk.events[0].data["winner"] == "none"


async def test_when_both_answer_at_once_the_first_is_taken() -> None:
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    first.end.set_result(Said("first"))
    second.end.set_result(Said("second"))
    assert (await sending).text == "first"


async def test_an_answer_ends_the_other_request_before_it_is_booked() -> None:
    """Else a second request that stands at the gate would be sent in the place of the first one, for nothing."""
    desk = bench()
    first, second = Call(), Call(leaves=False)
    sending = desk.send(first, second)
    await second.began.wait()
    first.course.answered()
    await second.given_up.wait()
    assert not sending.done()
    first.end.set_result(Said("first"))
    assert (await sending).text == "first"
    assert second.cancelled_with == LOST
    assert desk.events == []


async def test_the_first_to_be_answered_wins_whoever_is_booked_first() -> None:
    desk = bench(HedgeSettings(enabled=True, after=0.0, minimum_samples=1))
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    desk.clock.set(desk.clock.now() + 3.0)
    second.course.answered()
    await first.given_up.wait()
    desk.clock.set(desk.clock.now() + 3.0)
    second.end.set_result(Said("second"))
    assert (await sending).text == "second"
    assert desk.hedger.latencies.median("quick") == 3.0


async def test_an_answer_that_cannot_be_booked_is_an_error() -> None:
    """It is not kept, so it is not used either."""
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    first.course.answered()
    first.end.set_exception(BoardBusyError())
    with pytest.raises(BoardBusyError):
        await sending
    assert second.is_booked


async def test_a_failure_of_the_board_ends_both() -> None:
    """An error that does not come from outside is no reason to wait for the other request."""
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    second.end.set_exception(BoardBusyError())
    with pytest.raises(BoardBusyError):
        await sending
    assert first.cancelled_with is not None
    assert first.cancelled_with != LOST


async def test_a_failure_while_losses_are_counted_ends_both() -> None:
    """The claim was lost meanwhile: nothing may run on."""
    desk = bench()
    first, second = Call(), Call()

    async def no_claim(error: OutsideError) -> None:
        raise BoardBusyError from error

    sending = asyncio.ensure_future(desk.hedger.send(first, second, endpoint="quick", on_lost=no_claim))
    await second.began.wait()
    second.end.set_exception(ServerFaultError())
    with pytest.raises(BoardBusyError):
        await sending
    assert first.is_booked


async def test_cancelling_cancels_both_and_waits_for_their_booking() -> None:
    desk = bench()
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert (first.is_booked, second.is_booked) == (True, True)
    assert desk.events[0].data["winner"] == "none"


async def test_cancelling_while_there_is_one_request_cancels_it() -> None:
    desk = bench(HedgeSettings(enabled=True, after=3600.0))
    first = Call()
    sending = desk.send(first, Call())
    await first.began.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert first.is_booked


async def test_hedges_are_a_share_of_all_calls() -> None:
    """The first may hedge at once; after that only each tenth, however slow all of them are."""
    desk = bench(HedgeSettings(enabled=True, after=0.0, max_share=0.1))
    hedged = 0
    for _ in range(100):
        first, second = Call(), Call()
        sending = desk.send(first, second)
        await _settle(20)
        hedged += second.began.is_set()
        first.end.set_result(Said("first"))
        await sending
    assert hedged == 11
    assert len(desk.events) == 11


async def test_at_most_ten_hedges_are_saved_up() -> None:
    """A long quiet time is no reason for a storm of second requests."""
    desk = bench(HedgeSettings(enabled=True, after=0.0, max_share=0.05))
    for _ in range(1000):
        await desk.said()
    calls = [(Call(), Call()) for _ in range(15)]
    sendings = [desk.send(first, second) for first, second in calls]
    await _settle(50)
    assert sum(second.began.is_set() for _, second in calls) == 10
    for first, _ in calls:
        first.end.set_result(Said("first"))
    await asyncio.gather(*sendings)


async def test_the_delay_is_the_observed_percentile_and_at_least_twice_the_median() -> None:
    desk = bench(HedgeSettings(enabled=True, minimum_samples=20))
    for number in range(19):
        await desk.said(seconds=1.0 + number / 1000)
    assert desk.hedger.delay("quick") is None
    await desk.said(seconds=1.0)
    assert desk.hedger.delay("quick") == pytest.approx(2.018, abs=0.002)
    for _ in range(5):
        await desk.said(seconds=30.0)
    assert desk.hedger.delay("quick") == 30.0
    assert desk.hedger.delay("slow") is None


async def test_tasks_of_one_endpoint_have_latencies_of_their_own() -> None:
    """A draft takes longer than an extraction, and is not slow for that."""
    desk = bench(HedgeSettings(enabled=True, minimum_samples=1))
    for task, seconds in (("extract", 1.0), ("draft", 20.0)):
        call = Call()
        call.end.set_result(Said("yes", seconds))
        await desk.send(call, None, task=task)
    assert desk.hedger.delay("quick extract") == 2.0
    assert desk.hedger.delay("quick draft") == 40.0


async def test_a_first_request_that_lost_is_known_to_have_taken_at_least_so_long() -> None:
    """Else the slow ones would never be seen, and the delay would shrink."""
    desk = bench(HedgeSettings(enabled=True, after=0.0, minimum_samples=1))
    first, second = Call(), Call()
    sending = desk.send(first, second)
    await second.began.wait()
    desk.clock.set(desk.clock.now() + 7.0)
    second.end.set_result(Said("second"))
    await sending
    assert desk.hedger.latencies.median("quick") == 7.0


async def _settle(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
