"""Faults on purpose, at the providers' edge: seeded, off by default, and said loudly while they are on."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from brains.llm.base import BrokenStreamError, ModelRequest, Provider, ProviderAnswer
from daemon.core.chaos import ChaosState, chaos_state
from daemon.core.clock import Clock
from daemon.core.errors import CallTimeoutError, ConnectionFaultError, RateLimitedError
from daemon.core.events import Event
from daemon.core.settings.models import ChaosSettings, StreamSettings

_TOO_MANY_REQUESTS = 429
_GARBAGE: tuple[Callable[[str], str], ...] = (
    lambda text: text[: len(text) // 2],
    lambda _: "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>",
    lambda _: "[0, 1, 2]",
    lambda text: text[::-1],
)
"""No half, mirrored or foreign document is the JSON object of a schema."""


@dataclass(frozen=True, slots=True)
class Misfortune:
    """What shall happen to one call. `wait` is in seconds."""

    wait: float = 0.0
    has_network_error: bool = False
    has_rate_limit: bool = False
    is_truncated: bool = False
    garbage: Callable[[str], str] | None = None


class Chaos:
    """The switch. The same seed gives the same misfortunes to the same order of calls, from each switching on.

    `emit` is told `chaos_on` and `chaos_off`, once per change (and once at the start, when it is on from the
    configuration: `override` says so). A switch with an end is off by itself; `run` also says so in time.
    """

    def __init__(self, settings: ChaosSettings, *, clock: Clock, emit: Callable[[Event], None]) -> None:
        self.clock = clock
        self.struck: Counter[str] = Counter()
        """How often each fault was made since the start."""
        self._configured = settings
        self._emit = emit
        self._state = ChaosState(settings)
        self._rng = random.Random(settings.seed)  # noqa: S311 - faults that can be repeated, not secrets
        self._told: ChaosState | None = None
        self._wrapped: dict[int, tuple[Provider, Provider]] = {}
        self._changed = asyncio.Event()
        self.is_on = settings.enabled
        """All that a call looks at while there is no chaos."""

    @property
    def state(self) -> ChaosState:
        """What holds now."""
        self._end_in_time()
        return self._state

    @property
    def is_memory_down(self) -> bool:
        """The memory shall answer as if it were dead. May be asked in any thread."""
        return self.is_on and self._state.settings.memory_down and not self._is_over()

    def wrap(self, provider: Provider) -> Provider:
        """The provider with its misfortunes; the same one again for the same provider. A local one stays as it is."""
        if provider.is_local:
            return provider
        known = self._wrapped.setdefault(id(provider), (provider, ChaosProvider(provider, chaos=self)))
        return known[1]

    def override(self, control: str | None) -> None:
        """Take the control `chaos` of the board: at the start, and whenever it was set; None: there is none.

        The misfortunes begin anew with the seed when chaos comes on or its settings change.
        """
        self._take(chaos_state(self._configured, control, now=self.clock.now()))

    def draw(self) -> Misfortune:
        """What happens to the next call. Always as many random numbers, so that no share moves another's faults."""
        self._end_in_time()
        if not self.is_on:
            return Misfortune()
        settings = self._state.settings
        late, wait, cut, refused, torn, bad, kind = (self._rng.random() for _ in range(7))
        least, most = settings.latency
        return Misfortune(
            wait=least + (most - least) * wait if late < settings.latency_share else 0.0,
            has_network_error=cut < settings.network_errors,
            has_rate_limit=refused < settings.rate_limits,
            is_truncated=torn < settings.truncated,
            garbage=_GARBAGE[int(kind * len(_GARBAGE))] if bad < settings.garbage else None,
        )

    def retry_after(self) -> float:
        """Seconds that a refusal on purpose asks for."""
        return self._state.settings.retry_after

    def health(self) -> dict[str, dict[str, Any]]:
        """The service `chaos`, unhealthy, while it is on; nothing else."""
        state = self.state
        if not state.is_on:
            return {}
        why = f"faults on purpose are on: {state.in_words}; davidagent chaos off ends them"
        return {"chaos": {"healthy": False, "error": why, **state.document(), "struck": dict(self.struck)}}

    async def run(self) -> None:
        """A service: ends a switch at its time also when no call comes, until cancelled."""
        while True:
            self._changed.clear()
            until = self._state.until
            if until is None:
                await self._changed.wait()
            else:
                await self._sleep_until(until)
                self._end_in_time()

    async def _sleep_until(self, until: float) -> None:
        waits = [
            asyncio.ensure_future(self.clock.sleep(until - self.clock.now())),
            asyncio.ensure_future(self._changed.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _is_over(self) -> bool:
        return self._state.until is not None and self._state.until <= self.clock.now()

    def _end_in_time(self) -> None:
        if self._is_over():
            self._take(ChaosState(self._configured))

    def _take(self, state: ChaosState) -> None:
        if state.settings != self._state.settings:
            self._rng = random.Random(state.settings.seed)  # noqa: S311 - see above
        self._state = state
        self.is_on = state.is_on
        self._changed.set()
        self._tell()

    def _tell(self) -> None:
        """Said once for each change; that it is off is no news unless it was on."""
        was_on = self._told is not None and self._told.is_on
        if self._state == self._told or not (self._state.is_on or was_on):
            return
        self._told = self._state
        type_ = "chaos_on" if self._state.is_on else "chaos_off"
        told = self._state.document() | ({"does": self._state.in_words} if self._state.is_on else {})
        self._emit(Event(type=type_, at=self.clock.now(), data=told))


class ChaosProvider:
    """A provider whose calls meet misfortunes. What was really asked is really paid, and booked."""

    is_local = False

    def __init__(self, provider: Provider, *, chaos: Chaos) -> None:
        self.name = provider.name
        self.provider = provider
        self._chaos = chaos

    async def complete(
        self, request: ModelRequest, *, model: str, timeout: float, stream: StreamSettings | None = None
    ) -> ProviderAnswer:
        """Ask, unless something happens before; raises what the provider may raise, marked `(chaos)`."""
        if not self._chaos.is_on:
            return await self.provider.complete(request, model=model, timeout=timeout, stream=stream)
        endpoint, misfortune = f"{self.name}:{model}", self._chaos.draw()
        await self._before(misfortune, endpoint=endpoint, timeout=timeout)
        rest = timeout - misfortune.wait
        answer = await self.provider.complete(request, model=model, timeout=rest, stream=stream)
        return self._after(answer, misfortune, endpoint=endpoint)

    async def close(self) -> None:
        """Close connections."""
        await self.provider.close()

    async def _before(self, misfortune: Misfortune, *, endpoint: str, timeout: float) -> None:
        """What happens before anything is sent. The wait is a part of the call's time."""
        if misfortune.wait:
            self._count("latency")
            await self._chaos.clock.sleep(min(misfortune.wait, timeout))
        if misfortune.wait >= timeout:
            raise CallTimeoutError(f"no answer from {endpoint} in time (chaos)", endpoint=endpoint)
        if misfortune.has_network_error:
            self._count("network_error")
            raise ConnectionFaultError(f"no connection to {endpoint} (chaos)", endpoint=endpoint)
        if misfortune.has_rate_limit:
            self._count("rate_limit")
            raise RateLimitedError(
                f"{endpoint} answered 429: too many requests (chaos)",
                endpoint=endpoint,
                status=_TOO_MANY_REQUESTS,
                retry_after=self._chaos.retry_after(),
            )

    def _after(self, answer: ProviderAnswer, misfortune: Misfortune, *, endpoint: str) -> ProviderAnswer:
        """What happens to an answer that was paid for."""
        if misfortune.is_truncated:
            self._count("truncated")
            raise BrokenStreamError(
                f"{endpoint} broke off in the middle (chaos)", usage=answer.usage, endpoint=endpoint
            )
        if misfortune.garbage is not None:
            self._count("garbage")
            return replace(answer, text=misfortune.garbage(answer.text))
        return answer

    def _count(self, fault: str) -> None:
        self._chaos.struck[fault] += 1
