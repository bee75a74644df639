"""The worker: claims what is available, keeps a bounded number of steps going, stops softly."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from daemon.blackboard.engine import Engine
from daemon.blackboard.failures import describe_failure
from daemon.blackboard.records import Claim
from daemon.blackboard.states import LIVE, Step
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError, CallTimeoutError, LostClaimError
from daemon.core.events import Emitter, Event, Listener

IDLE_POLL_SECONDS = 5.0
BOARD_FAULT_PAUSE_SECONDS = 1.0


class Runs(Protocol):
    """Does one claimed step and ends its claim (`StepRunner`)."""

    async def run(self, claim: Claim) -> None:
        """Do it."""
        ...


class Worker:
    """Claims items and runs their steps, at most `slots` at once.

    `ready_at(step)` tells before which time a step is useless (every breaker open): such steps are not claimed, so
    that an outage lets the backlog lie where it is. `is_probing(step)` tells that one item is to find out whether the
    outage is over: no more are claimed meanwhile. While `is_resting()` nothing is claimed at all; `patience()` is how
    many times as long as usual a step may take. `look_at_clock` is called before anything is claimed.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        steps: Runs,
        emitter: Emitter,
        emit: Listener,
        clock: Clock,
        worker_id: str,
        slots: int,
        lease_seconds: float,
        step_timeout: float,
        ready_at: Callable[[Step], float] = lambda _: 0.0,
        is_probing: Callable[[Step], bool] = lambda _: False,
        is_resting: Callable[[], bool] = lambda: False,
        patience: Callable[[], float] = lambda: 1.0,
        look_at_clock: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._engine = engine
        self._steps = steps
        self._tell = emit
        self._clock = clock
        self._worker_id = worker_id
        self._slots = slots
        self._lease_seconds = lease_seconds
        self._step_timeout = step_timeout
        self._ready_at = ready_at
        self._is_probing = is_probing
        self._is_resting = is_resting
        self._patience = patience
        self._look_at_clock = look_at_clock
        self._level_changes = 0
        self._claims: dict[str, Claim] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._lost: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._is_stopping = False
        self._is_paused = False
        self.idle = asyncio.Event()
        """Set while nothing is in hand and nothing could be claimed at the last look."""
        emitter.listen(self._on_event)

    @property
    def in_hand(self) -> dict[str, Claim]:
        """The claims being worked on, by item id."""
        return self._claims

    @property
    def is_paused(self) -> bool:
        """Nothing new is claimed, because a person said so."""
        return self._is_paused

    def pause(self, *, is_paused: bool) -> None:
        """Claim nothing new, or go on."""
        self._is_paused = is_paused
        self._stirred.set()

    def stir(self) -> None:
        """Look for work now."""
        self._stirred.set()

    def drop(self, item_id: str) -> None:
        """The claim is lost: stop its step, change nothing on the board."""
        if task := self._tasks.get(item_id):
            self._lost.add(task)
            task.cancel()

    async def run(self) -> None:
        """Work until `stop`. Faults of the board are waited out; nothing is lost by them."""
        while not self._is_stopping:
            self._stirred.clear()
            try:
                claimed = await self._claim_free_slots()
                if not claimed:
                    await self._rest()
            except BlackboardError as error:
                self._emit("worker_paused", error=str(error))
                await self._clock.sleep(BOARD_FAULT_PAUSE_SECONDS)

    async def stop(self, *, grace_seconds: float) -> None:
        """Claim nothing new, let running steps finish within the grace time, then cancel and release them."""
        self._is_stopping = True
        self._stirred.set()
        # A claim that is on its way to the board is given back by who asked for it.
        async with self._claiming:
            running = list(self._tasks.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=max(0.0, grace_seconds))
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _claim_free_slots(self) -> int:
        if self._is_paused or self._is_resting():
            return 0
        if self._look_at_clock is not None:
            await self._look_at_clock()
        steps = self._ready_steps()
        probing = [step for step in steps if self._is_probing(step)]
        in_hand = {claim.step for claim in self._claims.values()}
        well = [step for step in steps if step not in probing]
        claimed = await self._claim(well, most=self._slots)
        # What goes to a model that a person has chosen does not ask those that are away.
        claimed += await self._claim([step for step in Step if step not in well], most=self._slots, is_chosen=True)
        for step in probing:
            claimed += await self._claim([step] if step not in in_hand else [], most=1)
        return claimed

    async def _claim(self, steps: list[Step], *, most: int, is_chosen: bool = False) -> int:
        async with self._claiming:
            limit = min(most, self._slots - len(self._tasks))
            if limit <= 0 or not steps or self._is_stopping:
                return 0
            claims = await self._engine.claim(
                worker_id=self._worker_id,
                steps=steps,
                limit=limit,
                lease_seconds=self._lease_seconds,
                is_chosen=is_chosen,
            )
            return await self._take(claims)

    async def _take(self, claims: list[Claim]) -> int:
        if self._is_stopping:
            # Shielded, because the loop may be cancelled right after the stop.
            await asyncio.shield(asyncio.gather(*map(self._release, claims)))
            return 0
        if claims:
            self.idle.clear()
        for claim in claims:
            self._start(claim)
        return len(claims)

    def _ready_steps(self) -> list[Step]:
        now = self._clock.now()
        return [step for step in Step if self._ready_at(step) <= now]

    def _start(self, claim: Claim) -> None:
        item_id = claim.item.id
        self.drop(item_id)  # an earlier claim of the same item is lost, or this one could not have been given
        self._claims[item_id] = claim
        task = asyncio.create_task(self._work(claim))
        self._tasks[item_id] = task
        task.add_done_callback(lambda done: self._finished(item_id, done))

    def _finished(self, item_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(item_id) is task:
            del self._tasks[item_id], self._claims[item_id]
        self._lost.discard(task)
        self._stirred.set()

    async def _work(self, claim: Claim) -> None:
        item_id = claim.item.id
        try:
            await self._run_in_time(claim)
        except LostClaimError:
            self._emit("claim_lost", item_id=item_id, step=claim.step)
        except BlackboardError as error:
            # The board could not take the end of the step. The lease runs out and the item is taken up again.
            self._emit("step_not_saved", item_id=item_id, step=claim.step, error=str(error))
        except asyncio.CancelledError:
            if asyncio.current_task() not in self._lost:
                await self._release(claim)
            raise

    async def _run_in_time(self, claim: Claim) -> None:
        seconds, changes = self._step_timeout * self._patience(), self._level_changes
        try:
            async with asyncio.timeout(seconds) as limit:
                await self._steps.run(claim)
        except TimeoutError as error:
            if not limit.expired():
                raise
            if self._level_changes != changes:
                # Its calls may have been given more time than the step was: that is not the item's fault.
                await self._release(claim)
                return
            late = CallTimeoutError(f"the {claim.step} step took longer than {seconds:g} s")
            late.__cause__ = error
            await self._engine.bury(claim, failure=describe_failure(late))

    async def _release(self, claim: Claim) -> None:
        try:
            await asyncio.shield(self._engine.release(claim))
        except LostClaimError:
            return  # the end of the step was on its way to the board, and is there
        except BlackboardError as error:
            self._emit("step_not_saved", item_id=claim.item.id, step=claim.step, error=str(error))

    async def _rest(self) -> None:
        """Wait until something stirs, or until the next item or endpoint is due."""
        if not self._tasks:
            self.idle.set()
        pause = IDLE_POLL_SECONDS if self._tasks else await self._until_due()
        try:
            async with asyncio.timeout(pause):
                await self._stirred.wait()
        except TimeoutError:
            return

    async def _until_due(self) -> float:
        if self._is_paused or self._is_resting():
            return IDLE_POLL_SECONDS
        now = self._clock.now()
        waits = [IDLE_POLL_SECONDS, *(at - now for step in Step if (at := self._ready_at(step)) > now)]
        if steps := self._ready_steps():
            due = await self._engine.next_available_at(steps=steps)
            waits += [due - now] if due is not None else []
        return max(0.01, min(waits))

    def _on_event(self, event: Event) -> None:
        self._level_changes += event.type == "level_changed"
        if event.to_state in _WORKABLE or event.type in _STIRRING:
            self._stirred.set()

    def _emit(self, type_: str, *, item_id: str | None = None, **data: str) -> None:
        self._tell(Event(type=type_, at=self._clock.now(), item_id=item_id, data=data))


_WORKABLE: Collection[str] = frozenset(LIVE)
_STIRRING = frozenset(
    {
        "item_posted",
        "item_released",
        "item_snoozed",
        "item_rescued",
        "items_woken",
        "article_settled",
        "breaker_changed",
        "burn_recovered",
        "level_changed",
    }
)
