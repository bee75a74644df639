"""Trying again what may pass by itself."""

from __future__ import annotations  # the types of the decorator cost more than its work, at every call

import functools
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from daemon.core.clock import Clock
from daemon.core.errors import OutsideError, Remedy, RetriesExhaustedError
from daemon.resilience.attempts import AttemptLog
from daemon.resilience.backoff import RetryPolicy

__all__ = ["OnRetry", "RetryDetails", "RetryPolicy", "with_resilience"]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RetryDetails:
    """A retry that is about to be waited for. `attempt` counts the requests sent so far; `retry_in` is in seconds."""

    attempt: int
    retry_in: float
    error: OutsideError


OnRetry = Callable[[RetryDetails], None]


def with_resilience(
    policy: RetryPolicy, *, attempts: AttemptLog, clock: Clock, rng: random.Random, on_retry: OnRetry | None = None
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Coroutine[Any, Any, R]]]:
    """A decorator for an async function or method that talks to the outside.

    An error whose remedy is RETRY is counted in `attempts`, waited for, and the function is called again. The count
    goes on from `attempts.used`, so a crash gives no new attempts. When none is left, `RetriesExhaustedError` is raised
    from the last error (from nothing when they were used up before). Every other exception passes untouched and uses up
    no attempt, cancellation too. Whatever the function holds (the gate) is free during the wait.
    """

    def decorate(call: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        @functools.wraps(call)
        async def resilient(*args: P.args, **kwargs: P.kwargs) -> R:
            retries = _Retries(policy, attempts=attempts, clock=clock, rng=rng, on_retry=on_retry)
            retries.check_left()
            while True:
                try:
                    return await call(*args, **kwargs)
                except OutsideError as error:
                    if error.remedy is not Remedy.RETRY:
                        raise
                    last = error
                await retries.wait_after(last)

        return resilient

    return decorate


class _Retries:
    """The attempts of one call."""

    def __init__(
        self, policy: RetryPolicy, *, attempts: AttemptLog, clock: Clock, rng: random.Random, on_retry: OnRetry | None
    ) -> None:
        self._max_attempts = policy.attempts
        self._backoff = policy.backoff()
        self._log = attempts
        self._clock = clock
        self._rng = rng
        self._on_retry = on_retry

    def check_left(self) -> None:
        """Raise `RetriesExhaustedError` when nothing may be sent any more."""
        if self._log.used >= self._max_attempts:
            raise RetriesExhaustedError(f"all {self._max_attempts} attempts were used up before")

    async def wait_after(self, error: OutsideError) -> None:
        """Count the failure and wait for the next attempt, or raise `RetriesExhaustedError` when it was the last."""
        failed = self._log.used + 1
        retry_in = self._backoff.delay(failed, retry_after=error.retry_after, rng=self._rng)
        await self._log.failed(error, retry_in=retry_in)
        if retry_in is None:
            raise _exhausted(failed, error) from error
        if self._on_retry is not None:
            self._on_retry(RetryDetails(attempt=failed, retry_in=retry_in, error=error))
        await self._clock.sleep(retry_in)


def _exhausted(failed: int, last: OutsideError) -> RetriesExhaustedError:
    times = "attempt" if failed == 1 else "attempts"
    return RetriesExhaustedError(
        f"{failed} {times} failed, the last with {type(last).__name__}: {last}",
        endpoint=last.endpoint,
        status=last.status,
        retry_after=last.retry_after,
    )
