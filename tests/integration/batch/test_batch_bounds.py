"""Where the batch economy ends: sizes, patience, a board that takes nothing, and requests that are given up."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from brains.llm.batch.base import BatchLedger
from brains.llm.batch.keeping import until_kept
from daemon.blackboard.records import NewCall
from daemon.core.errors import BoardBusyError, BoardFullError, CorruptBoardError
from daemon.core.settings.models import BatchSettings
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.batch_bench import BATCHES, BatchBench, open_bench
from tests.fakes.clock import InstantClock
from tests.fakes.provider_batches import Conduct
from tests.fakes.provider_server import FakeProviderServer

WEEK = 7 * 24 * 3600.0


async def test_a_batch_is_no_longer_than_the_provider_takes(one: BatchBench) -> None:
    """What does not fit goes with the next; one request alone is always sent."""
    one.economy._batches["only"]._collecting._office.max_bytes = 4000
    for name in ("1", "2", "3", "4", "5"):
        assert await one.is_pending(name)
    await one.later(BATCHES.collect)
    sizes = [len(batch.lines) for batch in one.server.batches.batches.values()]
    assert sum(sizes) == 5
    assert len(sizes) > 1
    one.economy._batches["only"]._collecting._office.max_bytes = 1
    await one.send("6")
    assert len(one.server.batches.batches) == len(sizes) + 1


async def test_what_cannot_be_sent_is_not_gathered_without_end(server: FakeProviderServer, home: Path) -> None:
    """While the breaker is open, four batches wait at most; more goes the normal way."""
    batch = BatchSettings(enabled=True, max_requests=1, max_wait=3600)
    async with await open_bench(home, server, "openai", batch=batch) as desk:
        breaker = desk.gateway.breakers["only"]
        breaker.restore({"state": "open", "reason": "sick", "next_probe_at": desk.board.clock.now() + 60})
        for name in ("1", "2", "3", "4"):
            assert await desk.is_pending(name)
        assert await desk.is_pending("1"), "what waits already goes on waiting"
        desk.board.clock.set(desk.board.clock.now() + 61)
        await desk.ask("5")
        await desk.economy.attend()
        assert server.batches.asked["submit"] == 4


async def test_a_batch_that_cannot_be_cancelled_is_looked_at_further(one: BatchBench) -> None:
    """The provider says no to that: it is said, not asked again, and the answers are taken when they come."""
    one.server.batches.conduct = Conduct(is_held=True)
    await one.send("1")
    one.server.batches.fail("cancel", 400)
    await one.later(BATCHES.max_wait + 1)
    await one.later()
    assert one.server.batches.asked["cancel"] == 1
    (told,) = one.told("batch_overdue")
    assert "BadRequestError" in told["error"]
    one.server.batches.conduct = Conduct()
    await one.later()
    assert await one.calls() == [("ok", "batch")]


async def test_answers_that_are_missing_are_waited_for(one: BatchBench) -> None:
    """The provider says it answered, but its file does not have it: nothing is taken for unanswered, and so unpaid."""
    await one.send("1", "2")
    fetched = one.server.batches._files
    one.server.batches.fail("results", 503)
    await one.later()
    kept = {name: body for name, body in fetched.items() if name.startswith("out-")}
    fetched.update({name: body.splitlines(keepends=True)[0] for name, body in kept.items()})
    await one.later(120)
    assert await one.calls("status") == [("batched",), ("batched",)]
    fetched.update(kept)
    await one.later(900)
    assert await one.calls("status") == [("ok",), ("ok",)]


async def test_a_batch_without_end_is_given_up_after_a_week(one: BatchBench) -> None:
    """The provider is away for good: what may have been answered stays charged."""
    one.server.batches.conduct = Conduct(is_held=True)
    await one.send("1")
    one.server.batches.conduct = Conduct(refusal=503)
    await one.later(BATCHES.max_wait + WEEK - 1)
    assert await one.calls("status") == [("batched",)]
    await one.later(900)
    assert await one.calls("status") == [("unconfirmed",)]
    assert len(one.told("batch_lost")) == 1


@pytest.mark.parametrize("fault", [BoardBusyError, BoardFullError])
async def test_the_board_is_told_when_it_listens_again(fault: type[Exception]) -> None:
    """Ten times locked or full, then it is kept; the waits grow to half a minute."""
    clock, faults = InstantClock(), [fault() for _ in range(10)]

    async def write() -> str:
        if faults:
            raise faults.pop()
        return "kept"

    assert await until_kept(write, clock=clock) == "kept"
    assert clock.slept == [1.0, 2.0, 5.0, 10.0, *[30.0] * 6]


async def test_a_damaged_board_is_not_waited_for() -> None:
    """That does not pass."""

    async def write() -> None:
        raise CorruptBoardError

    with pytest.raises(CorruptBoardError):
        await until_kept(write, clock=InstantClock())


class Entering:
    """A ledger that says when a call is about to be entered."""

    def __init__(self, ledger: BoardLedger) -> None:
        self._ledger = ledger
        self.has_begun = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    async def begin_call(self, call: NewCall) -> int:
        self.has_begun.set()
        return await self._ledger.begin_call(call)


async def test_a_step_that_is_cancelled_while_it_is_taken_in_leaves_nothing_aside(
    server: FakeProviderServer, home: Path
) -> None:
    """Its call is entered, settled as never sent, and its money is free."""
    ledgers: list[Entering] = []

    def entering(ledger: BoardLedger) -> BatchLedger:
        ledgers.append(Entering(ledger))
        return cast("BatchLedger", ledgers[0])

    async with await open_bench(home, server, "openai", wrap=entering) as desk:
        await desk.post("1")
        asking = asyncio.create_task(desk.ask("1"))
        await ledgers[0].has_begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await desk.later(BATCHES.collect)
        assert server.batches.asked["submit"] == 0
        assert await desk.calls("status, cost_micro") == [("error", 0)]
        assert (await desk.board.item(desk.items["1"], "cost_micro"))[0] == 0


@pytest.mark.parametrize(
    "ending", [RuntimeError("a fault of ours"), asyncio.CancelledError()], ids=["fault", "cancelled"]
)
async def test_whatever_breaks_off_the_sending_no_step_waits_for_ever(
    one: BatchBench, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    """Nobody looks after such a batch, so its steps go the normal way at once, and not at the next start."""

    async def broken_off(*_: object, **__: object) -> str:
        raise ending

    monkeypatch.setattr(one.economy._batches["only"]._collecting._office, "submit", broken_off)
    assert await one.is_pending("1")
    one.board.clock.set(one.board.clock.now() + BATCHES.collect)
    await asyncio.gather(one.economy.attend(), return_exceptions=True)
    assert await one.calls() == [("unconfirmed", "batch")]
    await one.ask("1")
    assert await one.calls() == [("unconfirmed", "batch"), ("ok", "call")]


async def test_what_is_just_being_sent_is_not_withdrawn(one: BatchBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be booked as never sent, and what the provider answers and charges nowhere."""
    collecting = one.economy._batches["only"]._collecting
    open_batch = collecting._ledger.open_batch

    async def open_slowly(*, endpoint: str, call_ids: Sequence[int]) -> int:
        await collecting.withdraw(call_ids[0], why="waited too long")
        return await open_batch(endpoint=endpoint, call_ids=call_ids)

    monkeypatch.setattr(collecting._ledger, "open_batch", open_slowly)
    await one.send("1")
    assert await one.calls() == [("batched", "batch")]
    await one.later()
    assert await one.calls() == [("ok", "batch")]
