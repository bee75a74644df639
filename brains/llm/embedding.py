"""Texts as vectors from a provider: through the gate, a breaker, the budget and the ledger, as every other call."""

import hashlib
import json
import math
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from brains.llm.base import Ledger
from brains.llm.pricing import Price
from daemon.blackboard.records import CallStatus, NewCall, Settlement, Usage
from daemon.core.clock import Clock
from daemon.core.errors import AnswerLostError, BlackboardError, CallTimeoutError, OutsideError, WaitError
from daemon.core.redaction import scrub_text
from daemon.core.version import version
from daemon.resilience.breaker import Breaker
from daemon.resilience.gate import Gate
from daemon.resilience.unbroken import begun_or_taken_back, to_the_end

_LONGEST = 6_000
"""Characters of one text that are read: about what the models take (2,048 tokens)."""
_MOST_AT_ONCE = 100
_OVERHEAD_TOKENS = 64
"""For each text, what the model is told of its purpose, with room to spare."""
_UNKNOWN_OUTCOME = (CallTimeoutError, AnswerLostError)


class Purpose(StrEnum):
    """What a vector is for; some models make another one of a question than of what answers it."""

    DOCUMENT = "document"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a provider answered. `usage` None: it told no tokens."""

    vectors: Sequence[Sequence[float]]
    usage: Usage | None


class Embedder(Protocol):
    """One vendor's embeddings behind its real SDK."""

    name: str

    async def embed(
        self, texts: Sequence[str], *, model: str, dimensions: int, purpose: Purpose, timeout: float
    ) -> Embedded:
        """One vector of `dimensions` numbers per text. Raises an `OutsideError`."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class BookedEmbeddings:
    """Vectors of unit length, each request booked as a call of the brain `memory` that belongs to no item.

    A provider that tells no tokens is booked by characters: four of ASCII, or one of any other script, are a token;
    the price then says `tokens: counted by characters`.
    """

    is_remote: Literal[True] = True
    brain = "memory"
    task = "embed"

    def __init__(
        self,
        embedder: Embedder,
        *,
        model: str,
        dimensions: int,
        price: Price,
        ledger: Ledger,
        gate: Gate,
        breaker: Breaker,
        clock: Clock,
    ) -> None:
        self.name = model
        self.dimensions = dimensions
        self.breaker = breaker
        self._embedder = embedder
        self._price = price
        self._ledger = ledger
        self._gate = gate
        self._clock = clock

    async def vectors(self, texts: Sequence[str], *, purpose: Purpose, timeout: float) -> list[list[float]]:
        """One vector per text, in order; the zero vector for a blank one, which costs nothing.

        Raises `BudgetExceededError` (nothing was sent), `BreakerOpenError` and every other `OutsideError`.
        """
        found = [[0.0] * self.dimensions for _ in texts]
        told = [at for at, text in enumerate(texts) if text.strip()]
        for start in range(0, len(told), _MOST_AT_ONCE):
            places = told[start : start + _MOST_AT_ONCE]
            asked = [texts[at][:_LONGEST] for at in places]
            with self.breaker.guard():
                embedded = await self._booked(asked, purpose=purpose, timeout=timeout)
            for at, vector in zip(places, embedded.vectors, strict=True):
                found[at] = _unit(vector)
        return found

    async def close(self) -> None:
        """Close connections."""
        await self._embedder.close()

    async def _booked(self, texts: Sequence[str], *, purpose: Purpose, timeout: float) -> Embedded:
        """One request: reserved before, sent through the gate, settled whatever happens."""
        call_id = await self._entered(self._call(texts, purpose=purpose))
        exchange = _Exchange(at=self._clock.now())
        try:
            async with self._gate:
                exchange.sent_at = self._clock.monotonic()
                embedded = await self._embedder.embed(
                    texts, model=self.name, dimensions=self.dimensions, purpose=purpose, timeout=timeout
                )
        except BaseException as error:
            await self._settled(call_id, self._failed(exchange, error))
            raise
        await self._settled(call_id, self._paid(exchange, embedded, texts))
        return embedded

    async def _entered(self, call: NewCall) -> int:
        """Enter the call. When cancelled meanwhile, it is entered and settled as never sent."""
        return await begun_or_taken_back(_kept(self._ledger.begin_call(call)), take_back=self._take_back)

    async def _take_back(self, entering: Awaitable[int]) -> None:
        with suppress(OutsideError):
            unsent = Settlement(CallStatus.ERROR, cost_micro=0, error="cancelled unsent")
            await self._settled(await entering, unsent)

    async def _settled(self, call_id: int, settlement: Settlement) -> None:
        """A call that the board does not take the end of stays charged, until the next start calls it unconfirmed."""
        with suppress(BlackboardError):
            await to_the_end(self._ledger.settle_call(call_id, settlement))

    def _call(self, texts: Sequence[str], *, purpose: Purpose) -> NewCall:
        asked = {"model": self.name, "dimensions": self.dimensions, "purpose": purpose, "texts": list(texts)}
        return NewCall(
            item_id=None,
            brain=self.brain,
            task=self.task,
            provider=self._embedder.name,
            model=self.name,
            request_hash=hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest(),
            reserved_micro=self._reservation(texts),
            fingerprint={"code": version(), "model": f"{self._embedder.name}:{self.name}"},
        )

    def _reservation(self, texts: Sequence[str]) -> int | None:
        """An upper bound in micro-dollars: a token covers at least one byte. None when the price is unknown."""
        bound = Usage(input_tokens=sum(len(text.encode()) + _OVERHEAD_TOKENS for text in texts))
        cost = self._price.cost(bound, at=self._clock.now())
        return cost.micro if cost else None

    def _paid(self, exchange: "_Exchange", embedded: Embedded, texts: Sequence[str]) -> Settlement:
        usage = embedded.usage or Usage(input_tokens=sum(map(tokens_by_characters, texts)))
        cost = self._price.cost(usage, at=exchange.at)
        price: dict[str, Any] | None = dict(cost.price) if cost else None
        if price is not None and embedded.usage is None:
            price["tokens"] = "counted by characters"
        return Settlement(
            CallStatus.OK,
            usage=usage,
            cost_micro=cost.micro if cost else None,
            price=price,
            latency_ms=exchange.latency_ms(self._clock),
        )

    def _failed(self, exchange: "_Exchange", error: BaseException) -> Settlement:
        is_open = isinstance(error, _UNKNOWN_OUTCOME) or not isinstance(error, OutsideError)
        said = scrub_text(f"{type(error).__name__}: {error}".removesuffix(": "))
        latency_ms = exchange.latency_ms(self._clock)
        if exchange.sent_at is not None and is_open:
            return Settlement(CallStatus.UNCONFIRMED, latency_ms=latency_ms, error=said)
        return Settlement(CallStatus.ERROR, cost_micro=0, latency_ms=latency_ms, error=said)


@dataclass(slots=True)
class _Exchange:
    """When a request was entered (epoch seconds) and sent (monotonic; None: it was not)."""

    at: float
    sent_at: float | None = None

    def latency_ms(self, clock: Clock) -> int:
        return 0 if self.sent_at is None else round((clock.monotonic() - self.sent_at) * 1000)


def tokens_by_characters(text: str) -> int:
    """About how many tokens a text has, never more than its bytes."""
    plain = sum(character.isascii() for character in text)
    return math.ceil(plain / 4) + len(text) - plain


async def _kept(entering: Awaitable[int]) -> int:
    """The call's id. A board that cannot take it now is no fault of the provider: nothing was sent."""
    try:
        return await entering
    except BlackboardError as error:
        raise WaitError(f"the ledger cannot take the call: {error}") from error


def _unit(vector: Sequence[float]) -> list[float]:
    """The same direction, of length one: vectors that were cut to fewer dimensions have another."""
    length = math.sqrt(math.fsum(value * value for value in vector))
    return [value / length for value in vector] if length > 0 else list(vector)
