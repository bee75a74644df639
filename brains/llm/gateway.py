"""The one way to the models: a task's group, stop by stop.

`routing` says in which order the stops come, `asking` leads one request through them, `trying` is one stop (retries,
repair, hedge, pool), and `sending` one request.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakSet

from brains.llm.asking import Asking
from brains.llm.base import Answer, CallContext, Ledger, ModelRequest, Provider
from brains.llm.booking import Booking
from brains.llm.chosen import ChosenModels
from brains.llm.degrading import Degrading
from brains.llm.groups import Endpoint, Group, Wrap, build_breaker, build_breakers, build_groups, build_providers
from brains.llm.hedging import Hedger
from brains.llm.hooks import Batches, Burn, OpenBatches
from brains.llm.inquiry import Answered, Inquiry
from brains.llm.pools import build_pools
from brains.llm.purse import Purse
from brains.llm.retry_tokens import AskedProviders, RetryTokens
from brains.llm.routing import Stop, stops_of
from brains.llm.sending import Sender
from brains.llm.sessions import Session, stops_for_session
from brains.llm.stored import SharedAnswer, StoredAnswers
from brains.llm.telling import Teller
from brains.llm.trying import Means
from daemon.blackboard.records import NewCall, Settlement
from daemon.core.clock import Clock
from daemon.core.errors import BudgetExceededError, OutsideError, RequestLimitError, WaitError
from daemon.core.events import Event
from daemon.core.settings.models import LlmSettings
from daemon.resilience.attempts import AttemptBudget
from daemon.resilience.breaker import Breaker, BreakerState
from daemon.resilience.gate import Gate

_LONGEST_REST_SECONDS = 60.0
"""After a refusal that would meet the whole backlog alike, no work of that task is taken up for so long at most."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one task is asked for."""

    group: Group
    stops: tuple[Stop, ...]
    attempts: int


class EchelonGateway:
    """Asks one endpoint after the other until one gives a valid answer.

    Without `hedger`, `burn` and `batches` no request is hedged, slowed down or batched; without `degrading` it is as in
    L0 at all times. `wrap` is put around the provider of a model that no group uses, when a person chooses it.
    """

    def __init__(
        self,
        settings: LlmSettings,
        *,
        providers: dict[str, Provider],
        ledger: Ledger,
        gate: Gate,
        breakers: dict[str, Breaker],
        clock: Clock,
        rng: random.Random,
        emit: Callable[[Event], None],
        hedger: Hedger | None = None,
        burn: Burn | None = None,
        batches: Batches | None = None,
        degrading: Degrading | None = None,
        wrap: Wrap | None = None,
    ) -> None:
        self._degrading = degrading = degrading or Degrading()
        self._providers, self._clock, self._burn = providers, clock, burn
        self._answers = StoredAnswers(ledger, now=clock.now)
        self.breakers = breakers
        """By endpoint; for those who show them."""
        self.batches = batches
        groups = build_groups(settings, providers=providers)
        build = partial(build_breaker, clock=clock, rng=rng, on_change=_telling(emit, clock))
        self._chosen = ChosenModels(settings, groups, providers=providers, breakers=breakers, build=build, wrap=wrap)
        self.endpoints = _networked(groups.values())
        """Those with a network, by name."""
        self._plans = {task: _plan(groups[name], settings) for task, name in settings.roles.model_dump().items()}
        used = [plan.group for plan in self._plans.values()]
        self.pools = build_pools(settings.pools, groups=used, breakers=breakers, clock=clock, emit=emit)
        """Those that a task uses, by name."""
        ended, stream = self._settled, settings.stream
        booking = Booking(ledger=ledger, gate=gate, clock=clock, stream=stream, on_settled=ended, degrading=degrading)
        sender = Sender(
            booking=booking,
            gate_limit=gate.limit,
            echelons=[echelon for group in used for echelon in group.echelons],
            breakers=breakers,
            pools=self.pools,
            tokens=RetryTokens(ratio=settings.retry.token_ratio, reserve=settings.retry.token_reserve, clock=clock),
            burn=burn,
            clock=clock,
        )
        told = Teller(clock=clock, emit=emit)
        self._means = Means(settings.retry, sender, breakers, self.pools, told, clock, rng, hedger, burn, degrading)
        self._asked = AskedProviders()
        self._purses = WeakSet[Purse]()
        self._rests: dict[str, float] = {}
        """Until when (monotonic) it is useless to ask for a task, for want of money or of requests."""

    async def ask(self, request: ModelRequest, context: CallContext) -> Answer[Any]:
        """Ask the task's group. A stored answer of any of its endpoints is taken first, and costs nothing.

        Raises `WaitError` (nothing could be sent; `until` says when), `RetriesExhaustedError`, or a final
        `OutsideError`. A budget of the day or month that is used up, and a limit of requests a minute, make the work
        wait, even if another endpoint follows; a budget of the item does not.

        With a model chosen for the item nobody else is asked, at any level; `UnknownModelError` when it is not there.
        """
        return (await self._ask(request, context, stops=await self._stops_for(context, request.task))).answer

    def session(
        self,
        task: str,
        *,
        context: CallContext,
        system: str,
        brain: str,
        max_usd: float | None = None,
        max_turns: int | None = None,
    ) -> Session:
        """A conversation of several turns that stays at one endpoint.

        `max_usd` and `max_turns` bound it. Raises `ConfigError` when a pool stands in the task's group, or no model
        that can converse.
        """
        plan, purse = self._plans[task], Purse(max_usd=max_usd, max_turns=max_turns)
        stops = stops_for_session(task, group=plan.group.name, stops=self._stops(task))
        self._purses.add(purse)

        async def ask(request: ModelRequest, order: Sequence[Stop]) -> Answered:
            return await self._ask(request, context, stops=order, purse=purse)

        return Session(ask, task=task, brain=brain, system=system, stops=stops, purse=purse)

    def ready_at(self, task: str) -> float:
        """Epoch seconds before which asking for this task is useless; 0 when it is ready.

        Every breaker is open, or the budget or a limit of requests was found used up a moment ago.
        """
        rest = self._rests.get(task, 0.0) - self._clock.monotonic()
        rests_until = self._clock.now() + rest if rest > 0 else 0.0
        return max(rests_until, min(map(self._ready_at, self._plans[task].stops), default=0.0))

    def is_probing(self, task: str) -> bool:
        """Every breaker of the task is open or half-open, and one request will find out: more would be refused."""
        stops = self._plans[task].stops
        names = [endpoint.name for stop in stops for endpoint in stop.endpoints if not stop.is_local]
        has_closed = any(self.breakers[name].state is BreakerState.CLOSED for name in names)
        return bool(names) and not has_closed and not any(stop.is_local for stop in stops)

    def silent_tasks(self) -> tuple[str, ...]:
        """All tasks, when nobody can answer any of them now (every breaker is open, no probe is due); else none.

        While somebody answers one task, its steps go on, and those of the others wait at their breakers.
        """
        is_silent = all(self._is_away(stop) for plan in self._plans.values() for stop in plan.stops)
        return tuple(self._plans) if is_silent else ()

    def is_first_choice_away(self) -> bool:
        """Whether the model that some task asks first is left alone, and its next probe is not due."""
        first = (next((stop for stop in plan.stops if not stop.is_local), None) for plan in self._plans.values())
        return any(stop is not None and self._is_away(stop) for stop in first)

    @property
    def longest_reuse(self) -> float:
        """Seconds for which an answer may serve other items, at a level that has answers reused."""
        return self._degrading.settings.reuse_answers

    def share_answers(self, answers: Iterable[SharedAnswer]) -> None:
        """Take in which answers of former processes may serve other items, oldest first."""
        self._answers.share(answers)

    def end_rests(self) -> None:
        """What was refused a moment ago may be allowed now: a person has raised the budget."""
        self._rests.clear()

    def restore_breakers(self, snapshots: Any) -> None:
        """Go on from the breakers' snapshots of an earlier process. What is no snapshot of one of ours is ignored."""
        for snapshot in snapshots if isinstance(snapshots, list | tuple) else []:
            with suppress(KeyError, TypeError, ValueError):
                self.breakers[snapshot["name"]].restore(snapshot)

    def reset_breaker(self, name: str) -> bool:
        """Close a breaker of ours on a person's word; False when it is closed already."""
        known = self.endpoints.get(name)
        return self._means.sender.reset(name, server=known.server if known else None)

    def pool_snapshots(self) -> list[dict[str, Any]]:
        """Every pool that a task uses, JSON-ready."""
        return [pool.snapshot() for pool in self.pools.values()]

    @property
    def is_idle(self) -> bool:
        """Nothing is booked, sent or waited for."""
        return self._means.sender.is_idle

    async def close(self) -> None:
        """Close all providers."""
        for provider in {id(provider): provider for provider in self._providers.values()}.values():
            await provider.close()

    # --- inside ---

    async def _ask(
        self, request: ModelRequest, context: CallContext, *, stops: Sequence[Stop], purse: Purse | None = None
    ) -> Answered:
        plan, step = self._plans[request.task], (context.item_id, request.task, context.round)
        inquiry = Inquiry(
            request=request,
            context=context,
            stops=stops,
            way=plan.stops if purse is None and context.model is None else stops,
            budget=AttemptBudget(context.attempts, total=plan.attempts),
            asked=self._asked_by(step, context, stops),
            retry_delay=plan.group.retry_delay,
            purse=purse,
        )
        asking = Asking(self._means, inquiry=inquiry, answers=self._answers, batches=self.batches)
        try:
            answered = await asking.answer()
        except WaitError as error:
            self._asked.keep(step, inquiry.asked)
            if context.model is None:
                self._rest(request.task, error)
            raise
        except OutsideError:
            self._asked.forget(step)
            raise
        self._asked.forget(step)
        return answered

    def _asked_by(self, step: tuple[str, str, int], context: CallContext, stops: Sequence[Stop]) -> set[str]:
        """Which providers the step has asked. After a restart that is unknown: most likely it was the first."""
        known = self._asked.of(step)
        if known is not None or not context.attempts.used:
            return set(known or ())
        first = next((stop for stop in stops if not stop.is_local), None)
        return set(first.servers) if first else set()

    def _rest(self, task: str, error: WaitError) -> None:
        """What is refused to one is refused to all, and a backlog need not try that one by one."""
        if isinstance(error, BudgetExceededError | RequestLimitError) and error.until is not None:
            seconds = min(error.until - self._clock.now(), _LONGEST_REST_SECONDS)
            self._rests[task] = self._clock.monotonic() + seconds

    async def _stops_for(self, context: CallContext, task: str) -> Sequence[Stop]:
        if context.model is None:
            return self._stops(task)
        return [await self._chosen.stop(context.model, usual=self._plans[task].stops)]

    def _stops(self, task: str) -> Sequence[Stop]:
        """Where a request of the task goes at the level that holds now."""
        return self._degrading.stops(self._plans[task].stops, is_closed=self._is_closed, at=self._clock.now())

    def _is_closed(self, stop: Stop) -> bool:
        return any(self.breakers[endpoint.name].state is BreakerState.CLOSED for endpoint in stop.endpoints)

    def _is_away(self, stop: Stop) -> bool:
        """Nobody there may be asked, and nobody is being asked."""
        if stop.is_local:
            return False
        pool = self.pools[stop.pool] if stop.pool is not None else None
        is_half_open = self.breakers[stop.endpoints[0].name].state is BreakerState.HALF_OPEN
        is_probing = pool.is_probing if pool else is_half_open
        return not is_probing and self._ready_at(stop) > self._clock.now()

    def _ready_at(self, stop: Stop) -> float:
        if stop.is_local:
            return 0.0
        if stop.pool is not None:
            return self.pools[stop.pool].ready_at()
        return self.breakers[stop.endpoints[0].name].ready_at()

    def _settled(self, call: NewCall, settlement: Settlement) -> None:
        self._answers.settled(call, settlement)
        if self._burn is not None:
            self._burn.settled(call, settlement)
        for purse in self._purses:
            purse.settled(call, settlement)


def build_gateway(
    settings: LlmSettings,
    *,
    ledger: Ledger,
    gate: Gate,
    clock: Clock,
    rng: random.Random,
    emit: Callable[[Event], None],
    hedger: Hedger | None = None,
    burn: Burn | None = None,
    batch: OpenBatches | None = None,
    wrap: Wrap | None = None,
    degrading: Degrading | None = None,
) -> EchelonGateway:
    """The gateway with its providers and breakers; a change of a breaker is the event `breaker_changed`.

    `batch` makes the batch economy for the endpoints and breakers; it then stands as `batches` in the gateway. `wrap`
    is put around each provider with a network. Raises `ConfigError` for models, keys, SDKs or groups that are missing.
    """
    providers = build_providers(settings, wrap=wrap)
    groups = build_groups(settings, providers=providers)
    breakers = build_breakers(groups.values(), clock=clock, rng=rng, on_change=_telling(emit, clock))
    return EchelonGateway(
        settings,
        providers=providers,
        ledger=ledger,
        gate=gate,
        breakers=breakers,
        clock=clock,
        rng=rng,
        emit=emit,
        hedger=hedger,
        burn=burn,
        batches=batch(_networked(groups.values()), breakers) if batch else None,
        degrading=degrading,
        wrap=wrap,
    )


def _telling(emit: Callable[[Event], None], clock: Clock) -> Callable[[dict[str, Any]], None]:
    return lambda snapshot: emit(Event(type="breaker_changed", at=clock.now(), data=snapshot))


def _plan(group: Group, settings: LlmSettings) -> _Plan:
    attempts = group.max_attempts or len(settings.retry.delays) + 1
    return _Plan(group, stops_of(group), attempts)


def _networked(groups: Iterable[Group]) -> dict[str, Endpoint]:
    endpoints = (endpoint for group in groups for endpoint in group.endpoints)
    return {endpoint.name: endpoint for endpoint in endpoints if not endpoint.provider.is_local}
