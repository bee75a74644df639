"""The breaker: an endpoint that keeps failing is left alone for a while, then tried with one request."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from daemon.core.clock import Clock
from daemon.core.errors import (
    AnswerLostError,
    BadKeyError,
    BreakerOpenError,
    CallTimeoutError,
    MalformedAnswerError,
    OutsideError,
    PermanentError,
    RetriesExhaustedError,
    TransientError,
    UnknownModelError,
)
from daemon.core.redaction import scrub_text
from daemon.resilience.window import Window

_JITTER = 0.1
_MOST_DOUBLINGS = 3
_PROBE_PATIENCE_SECONDS = 5.0
_MOST_SAMPLES = 20

OnChange = Callable[[dict[str, Any]], None]


class BreakerState(StrEnum):
    """What a breaker does with a request."""

    CLOSED = "closed"
    """It passes."""
    OPEN = "open"
    """It is refused."""
    HALF_OPEN = "half-open"
    """A probe passes, all others are refused."""


@dataclass(frozen=True, slots=True)
class Permit:
    """The leave to send one request; handed back with its outcome. A permit from an earlier state says nothing."""

    generation: int
    is_probe: bool


class Breaker:
    """One endpoint's breaker. All its times are in seconds.

    It opens when, of the last twenty calls (or twice `failure_threshold`, if that is more) that ended within
    `window_seconds`, there are at least `minimum_samples`, at least `failure_threshold` of them failed, and these are
    at least half. After `recovery_time` (and up to a tenth more, so that several breakers do not probe together) it
    lets `half_open_requests` probes through: when all of them succeed it closes, when one fails it opens again, for
    twice as long (eight times at most) after each that ended in silence. `on_change` gets the snapshot after every
    change of state.

    Use `guard()`, or `check()` and then exactly one of `succeeded`, `failed` and `abandoned` with its permit.
    """

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        rng: random.Random,
        failure_threshold: int = 5,
        recovery_time: float = 60.0,
        half_open_requests: int = 1,
        window_seconds: float = 120.0,
        minimum_samples: int = 3,
        on_change: OnChange | None = None,
    ) -> None:
        if min(failure_threshold, half_open_requests, minimum_samples) < 1:
            raise ValueError("a breaker's threshold, probes and samples are 1 or more")
        self.name = name
        self._failure_threshold = failure_threshold
        self._recovery_time = recovery_time
        self._half_open_requests = half_open_requests
        self._minimum_samples = minimum_samples
        self._clock = clock
        self._rng = rng
        self._on_change = on_change
        self._window = Window(window_seconds, most=max(_MOST_SAMPLES, 2 * failure_threshold))
        self._state = BreakerState.CLOSED
        self._reason: str | None = None
        self._generation = 0
        self._opened_at: float | None = None
        self._probe_due = 0.0
        self._probes_sent = 0
        self._probes_passed = 0
        self._dear_probes = 0
        """Probes in a row that ended in silence."""

    @property
    def state(self) -> BreakerState:
        """The state now."""
        return self._state

    def check(self) -> Permit:
        """Ask to send one request. Raises `BreakerOpenError` with `until`, the time to ask again."""
        if self._state is BreakerState.OPEN and self._seconds_to_probe() <= 0:
            self._change(BreakerState.HALF_OPEN)
        if self._is_refusing():
            raise BreakerOpenError(self._refusal(), endpoint=self.name, until=self.ready_at())
        is_probe = self._state is BreakerState.HALF_OPEN
        self._probes_sent += is_probe
        return Permit(self._generation, is_probe)

    @contextmanager
    def guard(self) -> Iterator[Permit]:
        """Check, and report how the body ended. Raises what `check` raises and what the body raises."""
        permit = self.check()
        try:
            yield permit
        except OutsideError as error:
            self.failed(error, permit=permit)
            raise
        except BaseException:
            self.abandoned(permit)
            raise
        self.succeeded(permit)

    def succeeded(self, permit: Permit | None = None) -> None:
        """The request was answered."""
        if self._is_stale(permit):
            return
        if self._state is BreakerState.CLOSED:
            self._window.add(at=self._clock.monotonic(), is_failure=False)
        elif self._state is BreakerState.HALF_OPEN:
            self._probes_passed += 1
            if self._probes_passed >= self._half_open_requests:
                self._change(BreakerState.CLOSED)

    def failed(self, error: OutsideError, *, permit: Permit | None = None) -> None:
        """The request failed. What is not the endpoint's fault counts as answered, or, when nothing was sent, not."""
        if is_answer(error):
            self.succeeded(permit)
        elif not is_fault(error):
            self.abandoned(permit)
        elif not self._is_stale(permit):
            self._count_fault(error)

    def abandoned(self, permit: Permit | None = None) -> None:
        """The request was given up before its outcome was known (cancelled); a probe's slot is free again."""
        if self._state is BreakerState.HALF_OPEN and not self._is_stale(permit):
            self._probes_sent -= 1

    def reset(self) -> None:
        """Close it at once, on a person's word; what it remembers is forgotten, and calls under way say nothing."""
        self._change(BreakerState.CLOSED)

    def ready_at(self) -> float:
        """Epoch seconds before which `check` is sure to refuse; 0 when it would not."""
        if self._state is BreakerState.OPEN and (seconds := self._seconds_to_probe()) > 0:
            return self._clock.now() + seconds
        if self._is_refusing() and self._state is BreakerState.HALF_OPEN:
            return self._clock.now() + min(_PROBE_PATIENCE_SECONDS, self._recovery_time)
        return 0.0

    def snapshot(self) -> dict[str, Any]:
        """All there is to see, JSON-ready. Times are epoch seconds, None where they mean nothing."""
        samples, failures = self._window.counts(at=self._clock.monotonic())
        is_open = self._state is BreakerState.OPEN
        return {
            "name": self.name,
            "state": self._state.value,
            "reason": self._reason,
            "opened_at": self._opened_at,
            "next_probe_at": self._clock.now() + self._seconds_to_probe() if is_open else None,
            "samples": samples,
            "failures": failures,
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Go on from a snapshot of an earlier process. What was half-open probes at once; the window starts empty.

        Raises `KeyError`, `TypeError` or `ValueError`, and changes nothing, when it is no snapshot.
        """
        state = BreakerState(snapshot["state"])
        if state is BreakerState.CLOSED:
            return
        due = float(snapshot.get("next_probe_at") or 0.0)
        opened_at = float(snapshot.get("opened_at") or self._clock.now())
        longest = self._recovery_time * 2**_MOST_DOUBLINGS * (1 + _JITTER)
        self._reason = scrub_text(str(snapshot.get("reason") or "it was open before the restart"))
        self._open(opened_at=opened_at, seconds=min(max(0.0, due - self._clock.now()), longest))

    # --- inside ---

    def _is_stale(self, permit: Permit | None) -> bool:
        return permit is not None and permit.generation != self._generation

    def _is_refusing(self) -> bool:
        if self._state is BreakerState.HALF_OPEN:
            return self._probes_sent >= self._half_open_requests
        return self._state is BreakerState.OPEN and self._seconds_to_probe() > 0

    def _seconds_to_probe(self) -> float:
        return self._probe_due - self._clock.monotonic()

    def _refusal(self) -> str:
        return f"the breaker of {self.name} is {self._state.value}: {self._reason}"

    def _count_fault(self, error: OutsideError) -> None:
        at = self._clock.monotonic()
        last = scrub_text(f"{type(error).__name__}: {error}")
        if self._state is BreakerState.HALF_OPEN:
            # Nobody knows what such a probe has cost, so they come less and less often.
            is_dear = isinstance(error, CallTimeoutError | AnswerLostError)
            self._dear_probes = min(self._dear_probes + is_dear, _MOST_DOUBLINGS)
            self._trip(f"the probe failed with {last}")
        elif self._state is BreakerState.CLOSED:
            self._window.add(at=at, is_failure=True)
            samples, failures = self._window.counts(at=at)
            if self._is_too_much(samples, failures):
                self._trip(f"{failures} of the last {samples} calls failed, the last with {last}")

    def _is_too_much(self, samples: int, failures: int) -> bool:
        has_enough = samples >= self._minimum_samples and failures >= self._failure_threshold
        return has_enough and failures * 2 >= samples

    def _trip(self, reason: str) -> None:
        self._reason = reason
        cool_down = self._recovery_time * 2**self._dear_probes
        self._open(opened_at=self._clock.now(), seconds=cool_down * (1 + _JITTER * self._rng.random()))

    def _open(self, *, opened_at: float, seconds: float) -> None:
        self._opened_at = opened_at
        self._probe_due = self._clock.monotonic() + seconds
        self._change(BreakerState.OPEN)

    def _change(self, state: BreakerState) -> None:
        self._state = state
        self._generation += 1
        self._probes_sent = self._probes_passed = 0
        self._window.clear()
        if state is BreakerState.CLOSED:
            self._reason = self._opened_at = None
            self._dear_probes = 0
        if self._on_change is not None:
            self._on_change(self.snapshot())


def is_fault(error: OutsideError) -> bool:
    """Whether the endpoint is to blame: it does not answer, or refuses everybody who comes with this key or model."""
    return isinstance(error, TransientError | RetriesExhaustedError | BadKeyError | UnknownModelError)


def is_answer(error: OutsideError) -> bool:
    """Whether the endpoint did answer, and what it did not like was this one request, or we its answer."""
    return isinstance(error, PermanentError | MalformedAnswerError) and not is_fault(error)
