"""Polling pools: interchangeable instances for single-turn calls, taken in turn; sick ones leave the rotation."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from brains.llm.groups import Endpoint, Group
from brains.llm.rotation import rotation_of
from daemon.core.clock import Clock
from daemon.core.errors import BreakerOpenError, OutsideError, WaitError
from daemon.core.events import Event
from daemon.core.redaction import scrub_text
from daemon.core.settings.models import PoolSettings
from daemon.resilience.breaker import Breaker, BreakerState, is_answer, is_fault

_PROBE_PATIENCE_SECONDS = 5.0


@dataclass(slots=True)
class Instance:
    """One endpoint in the pool. `back_at` is by the monotonic clock; None: it is in the rotation."""

    endpoint: Endpoint
    breaker: Breaker
    failures_in_row: int = 0
    back_at: float | None = None
    is_probing: bool = False
    turn: int = 0
    """Grows whenever it leaves or enters the rotation, so that a late answer of before changes nothing."""
    reason: str | None = None
    calls: int = 0
    last_used_at: float | None = None


class Pool:
    """The instances, whose turn it is, and who is well.

    `failure_threshold` failures in a row take an instance out of the rotation for `recovery_time`; then one request is
    its probe, and when that fails it stays out for `health_check_interval` more. An instance whose breaker is open is
    passed over.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: PoolSettings,
        instances: Sequence[Endpoint],
        breakers: Mapping[str, Breaker],
        clock: Clock,
        emit: Callable[[Event], None],
    ) -> None:
        self.name = name
        self.settings = settings
        self._instances = {endpoint.name: Instance(endpoint, breakers[endpoint.name]) for endpoint in instances}
        names = list(self._instances)
        self._rotation = rotation_of(settings.rotation_strategy, names=names, weights=settings.weights)
        self._clock = clock
        self._emit = emit

    @property
    def is_rotating(self) -> bool:
        """Whether a failure goes to the next instance (and not to the same one again)."""
        return self.settings.fallback_strategy == "instance_rotation"

    def choose(self, *, tries: Mapping[str, int] | None = None, without: Collection[str] = ()) -> Endpoint | None:
        """Whose turn it is; None when nobody may be asked now.

        `tries`: how often a step has tried each instance. It gets one it has tried least, and none more often than
        `max_instance_attempts`.
        """
        tried = tries or {}
        rest = (i for name, i in self._instances.items() if name not in without and self._has_tries(i, tried))
        may = [i.endpoint.name for i in rest if self._ready_in(i) <= 0]
        if not may:
            return None
        least = min(tried.get(name, 0) for name in may)
        return self._instances[self._rotation.choose([n for n in may if tried.get(n, 0) == least])].endpoint

    def spare(self, *, beside: str) -> Endpoint | None:
        """An instance that is well, beside that one, without taking its turn; for a hedge."""
        others = (i for name, i in self._instances.items() if name != beside)
        return next((i.endpoint for i in others if i.back_at is None and i.breaker.state is BreakerState.CLOSED), None)

    def is_worth_waiting(self, *, tries: Mapping[str, int]) -> bool:
        """Whether an instance that may not be asked now could still be tried by that step later."""
        return any(self._has_tries(i, tries) and self._ready_in(i) > 0 for i in self._instances.values())

    @property
    def is_probing(self) -> bool:
        """A request is finding out whether one of them is back."""
        return any(i.is_probing or i.breaker.state is BreakerState.HALF_OPEN for i in self._instances.values())

    @contextmanager
    def request(self, name: str) -> Iterator[bool]:
        """Send one request to that instance inside; how it ends is what is known of its health. Yields if it probes.

        Raises `BreakerOpenError` when it has left the rotation meanwhile.
        """
        instance = self._instances[name]
        if instance.back_at is not None and self._ready_in(instance) > 0:
            raise self.all_out(f"{name} is out of the rotation of {self.name}: {instance.reason}")
        instance.is_probing = instance.back_at is not None
        instance.last_used_at = self._clock.now()
        turn = instance.turn
        try:
            yield instance.is_probing
        except BaseException as error:
            self._ended(instance, error, turn=turn)
            raise
        self._ended(instance, None, turn=turn)

    def reset(self, name: str) -> None:
        """Let an instance in again, on a person's word; nothing when it is in the rotation, or none of ours."""
        instance = self._instances.get(name)
        if instance is None:
            return
        instance.failures_in_row, instance.is_probing = 0, False
        if instance.back_at is not None:
            self._let_in(instance)

    def ready_at(self) -> float:
        """Epoch seconds before which no instance may be asked; 0 when one may now."""
        seconds = min(map(self._ready_in, self._instances.values()))
        return self._clock.now() + seconds if seconds > 0 else 0.0

    def all_out(self, why: str = "") -> BreakerOpenError:
        """What is raised when nobody may be asked now."""
        reasons = "; ".join(f"{name}: {i.reason or 'its breaker is open'}" for name, i in self._instances.items())
        said = why or f"every instance of the pool {self.name} is out ({reasons})"
        until = max(self.ready_at(), self._clock.now())
        return BreakerOpenError(said, endpoint=self.name, until=until)

    def snapshot(self) -> dict[str, Any]:
        """All there is to see, JSON-ready. Times are epoch seconds, None where they mean nothing."""
        return {
            "pool": self.name,
            "strategy": self.settings.rotation_strategy,
            "instances": [self._seen(instance) for instance in self._instances.values()],
        }

    # --- inside ---

    def _has_tries(self, instance: Instance, tries: Mapping[str, int]) -> bool:
        return tries.get(instance.endpoint.name, 0) < self.settings.max_instance_attempts

    def _ready_in(self, instance: Instance) -> float:
        """Seconds until it may be asked; 0 or less: now."""
        breaker = instance.breaker.ready_at()
        waits = [breaker - self._clock.now()] if breaker else []
        if instance.back_at is not None:
            waits.append(_PROBE_PATIENCE_SECONDS if instance.is_probing else instance.back_at - self._clock.monotonic())
        return max(waits, default=0.0)

    def _ended(self, instance: Instance, error: BaseException | None, *, turn: int) -> None:
        instance.calls += not isinstance(error, WaitError)
        if turn != instance.turn:
            return
        was_probe, instance.is_probing = instance.is_probing, False
        if error is None or (isinstance(error, OutsideError) and is_answer(error)):
            instance.failures_in_row = 0
            if was_probe:
                self._let_in(instance)
        elif isinstance(error, OutsideError) and is_fault(error):
            instance.failures_in_row += 1
            if was_probe or instance.failures_in_row >= self.settings.failure_threshold:
                self._put_out(instance, error, is_probe=was_probe)

    def _put_out(self, instance: Instance, error: OutsideError, *, is_probe: bool) -> None:
        seconds = self.settings.health_check_interval if is_probe else self.settings.recovery_time
        last = scrub_text(f"{type(error).__name__}: {error}")
        many = f"{instance.failures_in_row} failures in a row, the last with"
        instance.reason = f"{'the probe failed with' if is_probe else many} {last}"
        instance.back_at = self._clock.monotonic() + seconds
        instance.turn += 1
        self._tell("pool_instance_out", instance, reason=instance.reason, back_at=self._clock.now() + seconds)

    def _let_in(self, instance: Instance) -> None:
        instance.back_at = instance.reason = None
        instance.turn += 1
        self._tell("pool_instance_back", instance)

    def _seen(self, instance: Instance) -> dict[str, Any]:
        seconds = self._ready_in(instance)
        is_in = instance.back_at is None and seconds <= 0
        why = instance.reason or instance.breaker.snapshot()["reason"]
        return {
            "endpoint": instance.endpoint.name,
            "is_in": is_in,
            "reason": None if is_in else why,
            "back_at": None if is_in else self._clock.now() + max(0.0, seconds),
            "calls": instance.calls,
            "last_used_at": instance.last_used_at,
        }

    def _tell(self, type_: str, instance: Instance, **more: Any) -> None:
        data = {"pool": self.name, "endpoint": instance.endpoint.name, **more}
        self._emit(Event(type=type_, at=self._clock.now(), data=data))


def build_pools(
    settings: Mapping[str, PoolSettings],
    *,
    groups: Iterable[Group],
    breakers: Mapping[str, Breaker],
    clock: Clock,
    emit: Callable[[Event], None],
) -> dict[str, Pool]:
    """The pools that stand in these groups, by name; a pool is one, however often it stands there."""
    instances: dict[str, dict[str, Endpoint]] = {}
    for endpoint in (endpoint for group in groups for endpoint in group.endpoints):
        if endpoint.pool and not endpoint.provider.is_local:
            instances.setdefault(endpoint.pool, {})[endpoint.name] = endpoint
    return {
        name: Pool(
            name,
            settings=settings[name],
            instances=list(found.values()),
            breakers=breakers,
            clock=clock,
            emit=emit,
        )
        for name, found in instances.items()
    }
