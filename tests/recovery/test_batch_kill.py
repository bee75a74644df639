"""The process dies at every write the batch economy makes, before it and after it; the next one goes on."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from brains.llm.batch.base import BatchLedger
from daemon.core.settings.models import EchelonSettings, GroupSettings
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.batch_bench import BATCHES, BatchBench, open_bench
from tests.fakes.provider_server import FakeProviderServer

pytestmark = pytest.mark.soak

NAMES = ("1", "2", "3")
WRITES = ("begin_call", "open_batch", "batch_sent", "batch_polled", "settle_call", "end_batch")


class DiedError(Exception):
    """The process is dead."""


class DyingLedger:
    """A ledger whose process dies at the first write of one kind: before it, or right after."""

    def __init__(self, ledger: BoardLedger, *, at: str, is_before: bool) -> None:
        self._ledger = ledger
        self._at = at
        self._is_before = is_before
        self.is_dead = False

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def write(*arguments: Any, **named: Any) -> Any:
            if self.is_dead or (name == self._at and self._is_before):
                self.is_dead = True
                raise DiedError
            answer = await getattr(self._ledger, name)(*arguments, **named)
            if name == self._at:
                self.is_dead = True
                raise DiedError
            return answer

        return write


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", WRITES)
async def test_a_death_at_any_write_loses_nothing_and_pays_nothing_twice(
    server: FakeProviderServer, tmp_path: Path, *, at: str, is_before: bool
) -> None:
    """Every item has its answer in the end; what the provider was paid stands in the ledger, or is unconfirmed."""

    def dying(ledger: BoardLedger) -> BatchLedger:
        return cast("BatchLedger", DyingLedger(ledger, at=at, is_before=is_before))

    home = tmp_path / "home"
    home.mkdir()
    async with await open_bench(home, server, "anthropic", wrap=dying) as first:
        await first.post(*NAMES)
        with pytest.raises(DiedError):
            await _live(first)
        async with await first.crash() as second:
            await _live(second)
            server.batches.conduct.is_held = False
            await second.later(900)  # answers that were booked before the death leave only the batch to end
            await _audit(second)


async def _live(desk: BatchBench) -> None:
    """Ask until every item has its answer; batches are still running at their first poll."""
    left = set(NAMES)
    for turn in range(8):
        desk.server.batches.conduct.is_held = turn < 2
        for name in sorted(left):
            if not await desk.is_pending(name):
                left.discard(name)
        if not left:
            return
        await desk.later(BATCHES.poll)
    raise AssertionError(f"no answer for {left}")


async def _audit(desk: BatchBench) -> None:
    rows = await desk.calls("item_id, status, kind, cost_micro, reserved_micro")
    answered = Counter(row[0] for row in rows if row[1] == "ok")
    assert answered == Counter(dict.fromkeys(desk.items.values(), 1)), "one paid answer each"
    assert {row[1] for row in rows} <= {"ok", "error", "unconfirmed"}, "nothing is left open"
    batches = await desk.board.rows("SELECT DISTINCT status FROM batches")
    assert batches == [("ended",)]
    assert set(desk.server.batches.paid.values()) <= {1}, "no request was paid twice through batches"
    unconfirmed = sum(row[1] == "unconfirmed" for row in rows)
    paid = desk.server.batches.paid.total() + desk.server.stats.count("answered")
    assert len(NAMES) <= paid <= len(NAMES) + unconfirmed
    charged = sum((row[4] if row[1] == "unconfirmed" else row[3]) or 0 for row in rows)
    spent = await desk.board.rows("SELECT charged_micro FROM spending WHERE scope = 'day'")
    assert spent == [(charged,)], "what is charged is what was spent and what is unconfirmed"


async def test_what_was_only_gathered_is_gathered_again(server: FakeProviderServer, tmp_path: Path) -> None:
    """It was never sent, so it costs nothing, and the next process takes it into a batch of its own."""
    home = tmp_path / "home"
    home.mkdir()
    async with await open_bench(home, server, "gemini") as first:
        for name in NAMES:
            assert await first.is_pending(name)
        async with await first.crash() as second:
            assert set(await second.calls("status, cost_micro")) == {("error", 0)}
            await second.send(*NAMES)
            await second.later()
            assert not any([await second.is_pending(name) for name in NAMES])
    assert (server.batches.asked["submit"], server.stats.log) == (1, [])


async def test_a_batch_is_fetched_by_whoever_comes_after(server: FakeProviderServer, tmp_path: Path) -> None:
    """Sent by one process, polled by a second, fetched by a third that takes nothing new into batches."""
    home = tmp_path / "home"
    home.mkdir()
    server.batches.conduct.is_held = True
    async with await open_bench(home, server, "openai") as first:
        await first.send(*NAMES)
        async with await first.crash() as second:
            await second.later()
            assert all([await second.is_pending(name) for name in NAMES])
            off = second.settings.model_copy(update={"batch": BATCHES.model_copy(update={"enabled": False})})
            async with await second.crash(settings=off) as third:
                assert all([await third.is_pending(name) for name in NAMES]), "it is paid for, so it is waited for"
                server.batches.conduct.is_held = False
                await third.later()
                for name in NAMES:
                    assert (await third.ask(name)).gist.startswith(f"Story {name}x")
    assert server.stats.log == []


async def test_a_batch_of_a_model_that_is_gone_stays_charged(server: FakeProviderServer, tmp_path: Path) -> None:
    """Nobody can ask for it any more; it is said, and the steps go on with what there is."""
    home = tmp_path / "home"
    home.mkdir()
    async with await open_bench(home, server, "openai") as first:
        await first.send("1")
        group = GroupSettings(echelons={"echelon1": EchelonSettings(models=("other",))})
        models = {"other": first.settings.models["only"]}
        renamed = first.settings.model_copy(update={"models": models, "groups": {"left": group}})
        async with await first.crash(settings=renamed) as second:
            assert await second.calls() == [("unconfirmed", "batch")]
            assert [told["endpoint"] for told in second.told("batch_lost")] == ["only"]
            await second.ask("1")
