import asyncio
import inspect
import random
from collections.abc import Callable

import pytest

from daemon.core.errors import (
    BadKeyError,
    BreakerOpenError,
    BudgetExceededError,
    CallTimeoutError,
    ConnectionFaultError,
    ContextTooLongError,
    MalformedAnswerError,
    OutsideError,
    RateLimitedError,
    RefusedError,
    RetriesExhaustedError,
    ServerFaultError,
    UnknownModelError,
)
from daemon.resilience.attempts import LocalAttempts
from daemon.resilience.backoff import Backoff, RetryPolicy
from daemon.resilience.gate import Gate
from daemon.resilience.retrying import RetryDetails, with_resilience
from tests.fakes.clock import InstantClock, ManualClock

EXACT = RetryPolicy(jitter=0.0)


class Log(LocalAttempts):
    """Keeps what it was told, and can begin with attempts of an earlier process."""

    def __init__(self, used: int = 0) -> None:
        super().__init__()
        self._used = used
        self.told: list[tuple[Exception, float | None]] = []

    async def failed(self, error: Exception, *, retry_in: float | None) -> None:
        self.told.append((error, retry_in))
        await super().failed(error, retry_in=retry_in)


class Endpoint:
    """Fails with the given errors one after the other, then answers."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def ask(self, question: str) -> str:
        """Answer the question."""
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return f"answer to {question}"


def _resilient(
    endpoint: Endpoint, *, log: Log, clock: ManualClock, policy: RetryPolicy = EXACT, on_retry: Callable | None = None
) -> Callable:
    decorate = with_resilience(policy, attempts=log, clock=clock, rng=random.Random(1), on_retry=on_retry)
    return decorate(endpoint.ask)


async def test_a_call_that_works_counts_nothing() -> None:
    log, clock = Log(), InstantClock()
    assert await _resilient(Endpoint(), log=log, clock=clock)("why") == "answer to why"
    assert (log.used, clock.slept) == (0, [])


async def test_a_transient_fault_is_retried_after_two_four_and_eight_seconds() -> None:
    endpoint = Endpoint(CallTimeoutError(), ServerFaultError(), ConnectionFaultError())
    log, clock = Log(), InstantClock()
    assert await _resilient(endpoint, log=log, clock=clock)("why") == "answer to why"
    assert clock.slept == [2.0, 4.0, 8.0]
    assert [retry_in for _, retry_in in log.told] == [2.0, 4.0, 8.0]
    assert endpoint.calls == 4


async def test_the_fourth_failure_is_the_last() -> None:
    errors = [RateLimitedError(f"number {n}", endpoint="gemini", status=429) for n in range(1, 5)]
    endpoint, log, clock = Endpoint(*errors), Log(), InstantClock()
    with pytest.raises(RetriesExhaustedError, match="4 attempts failed, the last with RateLimitedError: number 4") as e:
        await _resilient(endpoint, log=log, clock=clock)("why")
    assert e.value.__cause__ is errors[3]
    assert (e.value.endpoint, e.value.status) == ("gemini", 429)
    assert (endpoint.calls, log.used) == (4, 4)
    assert log.told[-1] == (errors[3], None)
    assert clock.slept == [2.0, 4.0, 8.0]


async def test_a_restart_gives_no_new_attempts() -> None:
    """Two of four attempts are used up on the board: two are left, and the backoff goes on where it was."""
    endpoint, log, clock = Endpoint(*[ServerFaultError() for _ in range(9)]), Log(used=2), InstantClock()
    with pytest.raises(RetriesExhaustedError):
        await _resilient(endpoint, log=log, clock=clock)("why")
    assert (endpoint.calls, log.used, clock.slept) == (2, 4, [8.0])


async def test_nothing_is_sent_when_the_attempts_were_used_up_before() -> None:
    endpoint, log = Endpoint(), Log(used=4)
    with pytest.raises(RetriesExhaustedError, match="all 4 attempts were used up before"):
        await _resilient(endpoint, log=log, clock=InstantClock())("why")
    assert (endpoint.calls, log.told) == (0, [])


@pytest.mark.parametrize(
    "error",
    [
        BadKeyError(),
        UnknownModelError(),
        RefusedError(),
        ContextTooLongError(),
        MalformedAnswerError(),
        BreakerOpenError(until=1.0),
        BudgetExceededError(until=1.0),
        ValueError("not from outside"),
        asyncio.CancelledError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_a_later_try_cannot_heal_passes_untouched(error: BaseException) -> None:
    endpoint, log, clock = Endpoint(error), Log(), InstantClock()
    with pytest.raises(type(error)) as caught:
        await _resilient(endpoint, log=log, clock=clock)("why")
    assert caught.value is error
    assert (endpoint.calls, log.used, clock.slept) == (1, 0, [])


async def test_cancelling_the_wait_ends_the_call() -> None:
    endpoint, log, clock = Endpoint(ServerFaultError()), Log(), ManualClock()
    task = asyncio.create_task(_resilient(endpoint, log=log, clock=clock)("why"))
    await clock.advance(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (endpoint.calls, log.used) == (1, 1)


async def test_the_gate_is_free_during_the_wait() -> None:
    gate, endpoint, clock = Gate(1), Endpoint(ServerFaultError()), ManualClock()

    @with_resilience(EXACT, attempts=Log(), clock=clock, rng=random.Random(1))
    async def ask() -> str:
        async with gate:
            return await endpoint.ask("why")

    task = asyncio.create_task(ask())
    await clock.advance(1.0)
    assert (endpoint.calls, gate.in_flight) == (1, 0)
    await clock.advance(1.0)
    assert await task == "answer to why"


async def test_the_listener_hears_of_every_wait() -> None:
    heard: list[RetryDetails] = []
    first, second = ServerFaultError(), CallTimeoutError()
    ask = _resilient(Endpoint(first, second), log=Log(), clock=InstantClock(), on_retry=heard.append)
    await ask("why")
    assert heard == [RetryDetails(1, 2.0, first), RetryDetails(2, 4.0, second)]


async def test_the_one_allowed_attempt_fails_without_a_wait() -> None:
    policy, clock = RetryPolicy(max_attempts=1), InstantClock()
    with pytest.raises(RetriesExhaustedError, match=r"^1 attempt failed"):
        await _resilient(Endpoint(ServerFaultError()), log=Log(), clock=clock, policy=policy)("why")
    assert clock.slept == []


async def test_what_the_other_side_asks_for_wins_when_it_is_longer() -> None:
    errors = [RateLimitedError(retry_after=seconds) for seconds in (1.0, 30.0, 999.0)]
    clock = InstantClock()
    await _resilient(Endpoint(*errors), log=Log(), clock=clock)("why")
    assert clock.slept == [2.0, 30.0, 120.0]


async def test_a_method_can_be_decorated_and_keeps_its_signature() -> None:
    class Client:
        name = "client"

        @with_resilience(EXACT, attempts=Log(), clock=InstantClock(), rng=random.Random(1))
        async def ask(self, question: str, *, loud: bool = False) -> str:
            """Ask."""
            return f"{self.name} {question} {loud}"

    assert await Client().ask("why", loud=True) == "client why True"
    assert (Client.ask.__name__, Client.ask.__doc__) == ("ask", "Ask.")
    assert list(inspect.signature(Client.ask).parameters) == ["self", "question", "loud"]


def test_more_attempts_than_delays_repeat_the_last_delay() -> None:
    assert RetryPolicy(delays=(1.0, 2.0), max_attempts=5).backoff().delays == (1.0, 2.0, 2.0, 2.0)


def test_fewer_attempts_than_delays_use_the_first_delays() -> None:
    assert RetryPolicy(max_attempts=2).backoff().delays == (2.0,)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"max_attempts": 0}, "at least one attempt"),
        ({"delays": (), "max_attempts": 2}, "at least one delay"),
        ({"delays": (-1.0,)}, "0 or more"),
        ({"delays": (float("nan"),)}, "0 or more"),
        ({"jitter": 1.5}, "between 0 and 1"),
    ],
)
def test_an_impossible_policy_is_refused(arguments: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RetryPolicy(**arguments)


def test_retries_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        Backoff().delay(0, retry_after=None, rng=random.Random(1))


async def test_local_attempts_count_up() -> None:
    log = LocalAttempts()
    await log.failed(OutsideError(), retry_in=None)
    assert log.used == 1
