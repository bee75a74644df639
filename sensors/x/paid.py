"""Requests that are paid for: what one may bring is set aside before it is sent, what it brought is settled after.

X takes money for every post, account and image that an answer holds, the included ones too. What an answer may hold at
most is worked out from what is asked for, so no request can bring more than was set aside for it.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from daemon.blackboard.budgets import MICRO
from daemon.blackboard.records import CallStatus
from daemon.blackboard.senses import NewReading, Reading, ReadingEnd
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError, ConnectionFaultError, DavidAgentError, OutsideError, WaitError
from daemon.core.settings.sensor_models import XPriceSettings
from daemon.resilience.unbroken import begun_or_taken_back, to_the_end
from sensors.readings import Readings
from sensors.x.client import Request, XClient
from sensors.x.wire import brought

PROVIDER = "x"
MOST_REFERENCES = 2
"""A post repeats or quotes one other, and may reply to a second."""
MOST_MEDIA = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for with each post: the posts it is about, its media, its author."""

    has_references: bool = True
    has_media: bool = True
    has_author: bool = False

    @property
    def reads_each(self) -> int:
        """Posts that one entry may bring, itself among them."""
        return 1 + (MOST_REFERENCES if self.has_references else 0)

    def micro_each(self, price: XPriceSettings) -> int:
        """Micro-dollars that one entry may cost."""
        media = MOST_MEDIA if self.has_media else 0
        users = 1 if self.has_author else 0
        return _micro(self.reads_each * price.post_usd + media * price.media_usd + users * price.user_usd)


class ClosedWindowError(WaitError):
    """X takes no more requests of this kind for now."""


@dataclass(slots=True)
class Spent:
    """What the requests of one poll brought and cost."""

    requests: int = 0
    reads: int = 0
    micro: int = 0


class PaidRequests:
    """Sends what may be paid for, and settles it whatever happens."""

    def __init__(self, client: XClient, *, readings: Readings, price: XPriceSettings, clock: Clock) -> None:
        self._client = client
        self._readings = readings
        self._price = price
        self._clock = clock

    async def send(self, new: NewReading, *, request: Callable[[int], Request], spent: Spent) -> Mapping[str, Any]:
        """The answer; `request` makes the request for as many entries as there is money for.

        Raises `BudgetExceededError` and `ClosedWindowError` when nothing was asked, else what `XClient.get` raises.
        """
        async with self._client.slot():
            self._check_window(request(new.least).endpoint)
            reading = await self._begin(new)
            spent.requests += 1
            return await self._settled(reading, request(reading.entries), spent=spent)

    def now(self) -> float:
        """Epoch seconds, not ahead of X."""
        return self._client.now()

    def micro(self, usd: float) -> int:
        """Dollars as micro-dollars, never rounded down."""
        return _micro(usd)

    def _check_window(self, endpoint: str) -> None:
        until = self._client.windows.closed_until(endpoint)
        if until is not None:
            raise ClosedWindowError(until=until)

    async def _begin(self, new: NewReading) -> Reading:
        """Set the money aside. When cancelled meanwhile, what was set aside is given back: nothing was sent."""
        return await begun_or_taken_back(self._readings.begin(new), take_back=self._take_back)

    async def _take_back(self, beginning: Awaitable[Reading]) -> None:
        with suppress(DavidAgentError):
            await self._settle(await beginning, ReadingEnd(CallStatus.ERROR, error="cancelled before it was sent"))

    async def _settled(self, reading: Reading, request: Request, *, spent: Spent) -> Mapping[str, Any]:
        started = self._clock.monotonic()
        try:
            body = await self._client.get(request)
        except BaseException as error:
            await to_the_end(self._settle(reading, self._failed(error, started=started)))
            raise
        end = self._read(body, started=started)
        spent.reads += end.reads
        spent.micro += end.cost_micro
        await to_the_end(self._settle(reading, end))
        return body

    def _read(self, body: Mapping[str, Any], *, started: float) -> ReadingEnd:
        price, came = self._price, brought(body)
        usd = came["posts"] * price.post_usd + came["users"] * price.user_usd + came["media"] * price.media_usd
        return ReadingEnd(
            CallStatus.OK,
            reads=came["posts"],
            cost_micro=_micro(usd),
            latency_ms=self._since(started),
            price={**price.model_dump(), **came, "source": "sensors.x.price"},
        )

    def _failed(self, error: BaseException, *, started: float) -> ReadingEnd:
        is_empty = isinstance(error, ConnectionFaultError) or (
            isinstance(error, OutsideError) and error.status is not None
        )
        status = CallStatus.ERROR if is_empty else CallStatus.UNCONFIRMED
        words = str(error) or type(error).__name__
        return ReadingEnd(status, latency_ms=self._since(started), error=words)

    async def _settle(self, reading: Reading, end: ReadingEnd) -> None:
        # A board that cannot take it keeps all that was set aside charged: too much, but never too little.
        with suppress(BlackboardError):
            await self._readings.settle(reading, end)

    def _since(self, started: float) -> int:
        return max(0, round((self._clock.monotonic() - started) * 1000))


def _micro(usd: float) -> int:
    # Rounded first, or 0.035 dollars would become 35,001 micro-dollars.
    return -int(-round(usd * MICRO, 3) // 1)
