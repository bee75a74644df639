import random

from hypothesis import given
from hypothesis import strategies as st

from daemon.core.errors import RateLimitedError, RetriesExhaustedError
from daemon.resilience.attempts import LocalAttempts
from daemon.resilience.backoff import Backoff, RetryPolicy
from daemon.resilience.retrying import with_resilience
from tests.fakes.clock import InstantClock

DELAYS = st.lists(st.floats(0, 1000), max_size=6).map(tuple)
JITTER = st.floats(0, 1)
ASKED = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@given(delays=DELAYS, jitter=JITTER, cap=st.floats(0, 500), number=st.integers(1, 9), asked=ASKED, seed=st.integers())
def test_a_delay_is_within_its_bounds(
    delays: tuple[float, ...], jitter: float, cap: float, number: int, asked: float | None, seed: int
) -> None:
    """Between the base and the base with full jitter, or what was asked for up to the cap; None past the end."""
    delay = Backoff(delays, jitter, cap).delay(number, retry_after=asked, rng=random.Random(seed))
    if number > len(delays):
        assert delay is None
        return
    base = delays[number - 1]
    asked_for = 0.0 if asked is None or asked != asked else min(asked, cap)  # noqa: PLR0124 (the test for NaN)
    assert delay is not None
    assert max(base, asked_for) <= delay <= max(base * (1 + jitter), asked_for)


@given(max_attempts=st.none() | st.integers(1, 12), delays=DELAYS.filter(len), seed=st.integers())
def test_a_policy_waits_once_between_any_two_attempts(
    max_attempts: int | None, delays: tuple[float, ...], seed: int
) -> None:
    policy = RetryPolicy(delays, max_attempts=max_attempts)
    waits = policy.backoff()
    assert len(waits.delays) == policy.attempts - 1
    assert waits.delay(policy.attempts, retry_after=None, rng=random.Random(seed)) is None


@given(used=st.integers(0, 8), max_attempts=st.integers(1, 8), faults=st.integers(0, 10), seed=st.integers())
async def test_never_more_requests_than_attempts_are_left(used: int, max_attempts: int, faults: int, seed: int) -> None:
    """Whatever was used up before: requests sent, attempts counted and waits always fit together."""
    log, clock, sent = LocalAttempts(), InstantClock(), 0
    for _ in range(used):
        await log.failed(RateLimitedError(), retry_in=None)

    @with_resilience(RetryPolicy(max_attempts=max_attempts), attempts=log, clock=clock, rng=random.Random(seed))
    async def ask() -> None:
        nonlocal sent
        sent += 1
        if sent <= faults:
            raise RateLimitedError

    left = max(0, max_attempts - used)
    is_answered = True
    try:
        await ask()
    except RetriesExhaustedError:
        is_answered = False
    assert is_answered == (faults < left)
    assert sent == min(left, faults + 1)
    assert log.used == used + min(left, faults)
    assert len(clock.slept) == max(0, sent - 1)
