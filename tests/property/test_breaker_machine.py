"""Random calls, outcomes and times against a breaker, beside a model that only knows the rules."""

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from daemon.core.errors import BadRequestError, BreakerOpenError, CallTimeoutError
from daemon.resilience.breaker import Breaker, BreakerState, Permit
from tests.fakes.clock import ManualClock

THRESHOLD, SAMPLES, WINDOW, RECOVERY, PROBES = 2, 3, 50.0, 20.0, 2
ALLOWED = {
    ("closed", "open"),
    ("open", "half-open"),
    ("half-open", "closed"),
    ("half-open", "open"),
}


class BreakerMachine(RuleBasedStateMachine):
    permits: Bundle[Permit] = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.states = ["closed"]
        self.opened_at = self.restarted_at = 0.0
        self.passed = 0
        self.outcomes: list[tuple[float, bool]] = []
        self.probes_out: list[Permit] = []
        self.breaker = self._new()

    def _new(self) -> Breaker:
        return Breaker(
            "endpoint",
            failure_threshold=THRESHOLD,
            minimum_samples=SAMPLES,
            window_seconds=WINDOW,
            recovery_time=RECOVERY,
            half_open_requests=PROBES,
            clock=self.clock,
            rng=random.Random(7),
            on_change=lambda shown: self._changed(shown["state"]),
        )

    def _changed(self, state: str) -> None:
        assert (self.states[-1], state) in ALLOWED
        self.states.append(state)
        self.outcomes = []
        self.probes_out = []
        self.passed = 0
        if state == "open":
            self.opened_at = self.clock.now()

    def _recent(self) -> list[bool]:
        return [failed for at, failed in self.outcomes if at > self.clock.now() - WINDOW][-20:]

    def _note(self, permit: Permit, *, failed: bool) -> None:
        if self.breaker.state is BreakerState.CLOSED and not permit.is_probe and permit in self.current:
            self.outcomes.append((self.clock.now(), failed))

    @property
    def current(self) -> list[Permit]:
        """Permits of the present state."""
        return [Permit(self.breaker._generation, is_probe=False), Permit(self.breaker._generation, is_probe=True)]

    @rule(target=permits)
    def ask(self) -> Permit:
        """Whoever asks is refused exactly when the breaker said so before."""
        ready_at = self.breaker.ready_at()
        if ready_at > 0:
            with pytest.raises(BreakerOpenError) as refused:
                self.breaker.check()
            assert refused.value.until == ready_at > self.clock.now()
            return Permit(-1, is_probe=False)
        permit = self.breaker.check()
        if permit.is_probe:
            self.probes_out.append(permit)
        return permit

    @rule(permit=consumes(permits))
    def succeed(self, permit: Permit) -> None:
        """A success never opens."""
        self._answer(permit, lambda: self.breaker.succeeded(permit))

    @rule(permit=consumes(permits))
    def fail(self, permit: Permit) -> None:
        """A fault opens exactly when the rules say so."""
        before, is_current = self.breaker.state, permit in self.current
        self._note(permit, failed=True)
        recent = self._recent()
        self.breaker.failed(CallTimeoutError(), permit=permit)
        is_too_much = len(recent) >= SAMPLES and sum(recent) >= THRESHOLD and sum(recent) * 2 >= len(recent)
        if before is BreakerState.CLOSED and is_current:
            assert (self.breaker.state is BreakerState.OPEN) == is_too_much
        elif before is BreakerState.HALF_OPEN and is_current:
            assert self.breaker.state is BreakerState.OPEN
        else:
            assert self.breaker.state is before

    @rule(permit=consumes(permits))
    def answer_badly_formed_request(self, permit: Permit) -> None:
        """A caller's fault never opens."""
        self._answer(permit, lambda: self.breaker.failed(BadRequestError(), permit=permit))

    def _answer(self, permit: Permit, report: Callable[[], None]) -> None:
        before, is_current = self.breaker.state, permit in self.current
        self._note(permit, failed=False)
        self.passed += before is BreakerState.HALF_OPEN and is_current
        is_healed = self.passed >= PROBES
        report()
        assert self.breaker.state is (BreakerState.CLOSED if is_healed else before)

    @rule(times=st.integers(1, 5))
    def fail_often(self, times: int) -> None:
        """An outage: one call after the other fails."""
        for _ in range(times):
            permit = self.ask()
            self.fail(permit)

    @rule(times=st.integers(1, 8))
    def succeed_often(self, times: int) -> None:
        """All is well."""
        for _ in range(times):
            self.succeed(self.ask())

    @rule()
    def ask_and_give_up(self) -> None:
        """A call that is cancelled at once."""
        self.abandon(self.ask())

    @rule(permit=consumes(permits))
    def abandon(self, permit: Permit) -> None:
        """An outcome that is not known changes no state, and a probe's slot can be used again."""
        before = self.breaker.state
        self.breaker.abandoned(permit)
        assert self.breaker.state is before
        if permit in self.probes_out:
            self.probes_out.remove(permit)
            assert self.breaker.ready_at() == 0.0

    @rule(seconds=st.floats(0.1, 60))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.set(self.clock.now() + seconds)

    @rule()
    def restart(self) -> None:
        """A new process goes on from the snapshot."""
        saved = json.loads(json.dumps(self.breaker.snapshot()))
        opened_at = self.opened_at
        self.states.append("closed")
        self.outcomes, self.probes_out, self.passed = [], [], 0
        self.breaker = self._new()
        self.breaker._generation = 1_000 * len(self.states)
        self.breaker.restore(saved)
        self.opened_at, self.restarted_at = opened_at, self.clock.now()
        assert self.breaker.snapshot()["reason"] == saved["reason"]
        assert (self.breaker.state is BreakerState.CLOSED) == (saved["state"] == "closed")

    @invariant()
    def no_more_probes_than_allowed(self) -> None:
        """In half-open, never more requests are out than the setting says."""
        assert len(self.probes_out) <= PROBES

    @invariant()
    def the_cool_down_is_kept(self) -> None:
        """It probes neither before the recovery time nor much after it."""
        if self.breaker.state is BreakerState.OPEN:
            probe_at = self.breaker.snapshot()["next_probe_at"]
            assert probe_at <= max(self.opened_at + RECOVERY * 8 * 1.1, self.restarted_at) + 1e-6
            assert probe_at >= self.opened_at + RECOVERY - 1e-6 or self.restarted_at >= self.opened_at
        else:
            assert self.breaker.snapshot()["next_probe_at"] is None


BreakerMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestBreakerMachine = BreakerMachine.TestCase
