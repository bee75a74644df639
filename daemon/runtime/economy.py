"""The money side in step with the board: what outlives a restart, what a person switches, what waited and may go on."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from brains.llm.batch.economy import BatchEconomy
from brains.llm.burn import BurnRate
from brains.llm.chaos import Chaos
from brains.llm.gateway import EchelonGateway
from brains.llm.stored import SHARED_TASKS, SharedAnswer
from daemon.blackboard.budgets import CONTROL as BUDGET
from daemon.blackboard.engine import Engine
from daemon.blackboard.reading.answers import answered
from daemon.blackboard.reading.spending import spent_by_minute
from daemon.core.chaos import CHAOS
from daemon.core.clock import Clock
from daemon.core.errors import NotFoundError
from daemon.core.events import Event
from daemon.runtime.bookkeeping import BoardLedger
from daemon.runtime.supervisor import Service

BREAKERS: Final = "breakers"
BURN: Final = "burn"
POOLS: Final = "pools"
_SEEDED_SECONDS = 3660.0
"""The hour that the pace is compared with, and the minute after it."""
_AGAIN_SECONDS = 2.0
"""A step that was refused just before a cap was raised may be put back just after the first waking."""
_KEPT_AT_ONCE: Final = {
    "breaker_changed": BREAKERS,
    "burn_tripped": BURN,
    "burn_stage": BURN,
    "burn_recovered": BURN,
}
"""Events after which a vital sign is written without waiting for the pulse: a crash must not forget it."""


class Economy:
    """Restores breakers, burn rate, budgets and switches at a start, keeps them, and ends waits that are over."""

    def __init__(
        self,
        *,
        engine: Engine,
        gateway: EchelonGateway,
        ledger: BoardLedger,
        burn: BurnRate,
        chaos: Chaos,
        clock: Clock,
    ) -> None:
        self.burn = burn
        self.chaos = chaos
        self._engine = engine
        self._gateway = gateway
        self._ledger = ledger
        self._clock = clock
        self._unkept = set[str]()
        self._over = set[str]()
        """What items may have waited for, and need not any more."""
        self._stirred = asyncio.Event()

    async def start(self, board: Path) -> None:
        """Go on where the former process was. Call it before any work is taken up."""
        self._ledger.override(await self._engine.get_control(BUDGET))
        self.chaos.override(await self._engine.get_control(CHAOS))
        self._gateway.restore_breakers(_read(await self._engine.get_control(BREAKERS)))
        since = self._clock.now() - _SEEDED_SECONDS
        spent = await asyncio.to_thread(spent_by_minute, board, since=since)
        self.burn.seed((row.minute, row.tokens, row.cost_micro) for row in spent)
        with suppress(KeyError, TypeError, ValueError):
            self.burn.restore(_read(await self._engine.get_control(BURN)))
        if (seconds := self._gateway.longest_reuse) > 0:
            await self._share_answers(board, since=self._clock.now() - seconds)
        # The configuration may allow more than it did; who finds that it does not, waits on.
        await self._engine.wake(waits_for="budget")
        if batches := self._batches:
            await batches.recover()

    async def _share_answers(self, board: Path, *, since: float) -> None:
        for task in SHARED_TASKS:
            found = await asyncio.to_thread(answered, board, task=task, since=since)
            self._gateway.share_answers(SharedAnswer(*one) for one in found)

    def services(self) -> Sequence[Service]:
        """What runs beside the work."""
        batches = self._batches
        more = [Service("batches", batches.run)] if batches else []
        return [Service("economy", self.run), Service("chaos", self.chaos.run), *more]

    async def run(self) -> None:
        """Keep what changed and wake what waited, until cancelled."""
        self._stirred.set()
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            await self.catch_up()

    async def catch_up(self) -> None:
        """Do what is to be done now. Raises `BlackboardError`; what was not done is done the next time."""
        for key in list(self._unkept):
            with _due_again_on_fault(self._unkept, key):
                await self._engine.write_vital(key, json.dumps(self.vital_signs()[key]))
        for waits_for in list(self._over):
            with _due_again_on_fault(self._over, waits_for):
                await self._engine.wake(waits_for=waits_for)
                await self._clock.sleep(_AGAIN_SECONDS)
                self._gateway.end_rests()
                await self._engine.wake(waits_for=waits_for)

    def vital_signs(self) -> Mapping[str, Any]:
        """What is written on the board for readers, and for the next start."""
        return {
            BREAKERS: self.breaker_snapshots(),
            BURN: self.burn.snapshot(),
            POOLS: self._gateway.pool_snapshots(),
        }

    def health(self) -> dict[str, dict[str, Any]]:
        """The services that are not as they should be: chaos, and money that goes too fast."""
        burn = self.burn.snapshot()
        is_calm = burn["stage"] == "normal"
        return self.chaos.health() | ({} if is_calm else {"burn rate": {"healthy": False, **burn}})

    def breaker_snapshots(self) -> list[dict[str, Any]]:
        """Every breaker, JSON-ready."""
        return [breaker.snapshot() for breaker in self._gateway.breakers.values()]

    async def reset_breaker(self, name: str, *, by: str) -> dict[str, Any]:
        """Close a breaker on a person's word, and let go on what waits for it: its snapshot, and `reset`.

        One that is closed stays as it is, and `reset` is False. Raises `NotFoundError`, which names those there are.
        """
        breaker = self._gateway.breakers.get(name)
        if breaker is None:
            known = ", ".join(self._gateway.breakers) or "none"
            raise NotFoundError(f"there is no breaker {name}; there are: {known}")
        before = breaker.state
        is_reset = self._gateway.reset_breaker(name)
        if is_reset:
            told = {"name": name, "by": by, "before": before.value}
            await self._engine.record_event("breaker_reset", data=told)
            await self._engine.write_vital(BREAKERS, json.dumps(self.breaker_snapshots()))
            await self._engine.wake(waits_for="breaker")
            # A step that was refused a moment ago is only just put back.
            self._over.add("breaker")
            self._stirred.set()
        return {**breaker.snapshot(), "reset": is_reset}

    def on_event(self, event: Event) -> None:
        """Listen to what concerns the money."""
        if event.type == "control_set":
            self._switched(event.data.get("key"), event.data.get("value"))
        elif event.type in _KEPT_AT_ONCE:
            self._unkept.add(_KEPT_AT_ONCE[event.type])
            if event.type == "burn_recovered":
                self._over.add("burn")
            self._stirred.set()
        elif event.type == "batch_ended":
            # What its calls had set aside and did not cost is there for others.
            self._end_waits_for_money()

    def _switched(self, key: Any, value: Any) -> None:
        if key == CHAOS:
            self.chaos.override(value)
        elif key == BUDGET:
            self._ledger.override(value)
            self._end_waits_for_money()

    def _end_waits_for_money(self) -> None:
        self._gateway.end_rests()
        self._over.add("budget")
        self._stirred.set()

    @property
    def _batches(self) -> BatchEconomy | None:
        batches = self._gateway.batches
        return batches if isinstance(batches, BatchEconomy) else None


@contextmanager
def _due_again_on_fault(due: set[str], one: str) -> Iterator[None]:
    """It is done inside. What comes due again meanwhile stays due, and so does what could not be done."""
    due.discard(one)
    try:
        yield
    except BaseException:
        due.add(one)
        raise


def _read(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except ValueError:
        return None
