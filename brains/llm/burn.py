"""The burn-rate breaker: when tokens or money go much faster than in the hour before, work becomes cheaper, then waits.

The rule: the last 60 seconds against `factor` times the average minute of the hour before them (always sixty minutes;
quiet ones count as zero), and never below the minimums. Either of tokens and dollars trips it.

Too fast: CHEAPER for a minute; if that minute is too fast as well: HOLD until the cool-down is over, then PROBING: one
call at a time, for a minute; too fast again: HOLD. A minute of CHEAPER or PROBING that is not too fast: NORMAL.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from brains.llm.spending import Spending
from daemon.blackboard.reading.forecast import MINUTE, Forecast, Limits, forecast
from daemon.blackboard.records import CallKind, CallStatus, NewCall, Settlement
from daemon.core.clock import Clock
from daemon.core.errors import BurnRateError
from daemon.core.events import Event
from daemon.core.settings.models import BurnSettings

_MICRO = 1_000_000
_DAY_WITHOUT_CAP_USD = 10.0
_SHARE_OF_DAY = 5
_LEAST_USD = 0.05
"""Without a minimum of its own, a minute may always cost a fifth of the day's budget, and five cents: a feed that is
read for the first time is no runaway."""
_PROBE_PATIENCE_SECONDS = 5.0
"""After how long to ask again when another call is the probe."""


class BurnStage(StrEnum):
    """What the breaker does with a call."""

    NORMAL = "normal"
    """It passes."""
    CHEAPER = "cheaper"
    """It passes, but should go to a cheaper echelon."""
    HOLD = "hold"
    """It waits."""
    PROBING = "probing"
    """It passes, or waits while another one is under way."""


class BurnRate:
    """The breaker. `daily_usd` is the day's budget, from which the minimum in dollars comes if none is set.

    Use `guard()` around a call: it gives a probe's place back when the call ends. Every change of stage is an event
    that carries the snapshot: `burn_tripped`, `burn_stage`, `burn_recovered`; stages change when somebody asks or pays.
    """

    def __init__(
        self, settings: BurnSettings, *, daily_usd: float | None, clock: Clock, emit: Callable[[Event], None]
    ) -> None:
        self._is_enabled = settings.enabled
        self._cool_down = settings.cool_down
        self._limits = Limits(
            factor=settings.factor,
            minimum_tokens=settings.minimum_tokens,
            minimum_micro=_minimum_micro(settings, daily_usd=daily_usd),
        )
        self._clock = clock
        self._emit = emit
        self._spending = Spending()
        self._stage = BurnStage.NORMAL
        self._reason: str | None = None
        self._tripped_at: float | None = None
        self._stage_ends = 0.0
        """Monotonic: when the minute of CHEAPER or PROBING, or the cool-down of HOLD, is over."""
        self._probe: object | None = None
        """Stands for the one call of PROBING that is under way."""

    @property
    def stage(self) -> BurnStage:
        """The stage now."""
        self._move_on()
        return self._stage

    def settled(self, call: NewCall, settlement: Settlement) -> None:
        """Count what a call used up. One of unknown outcome counts with what was set aside; batches do not count."""
        if call.kind is CallKind.BATCH or settlement.status is CallStatus.BATCHED:
            return
        now = self._clock.monotonic()
        usage = settlement.usage
        is_open = settlement.status is CallStatus.UNCONFIRMED
        tokens = 0 if is_open else usage.input_tokens - usage.cached_tokens + usage.output_tokens
        micro = call.reserved_micro if is_open else settlement.cost_micro
        self._spending.add(at=now, tokens=max(0, tokens), micro=micro or 0)
        self._move_on()
        self._check(now)

    def require(self, is_vip: bool) -> BurnStage:  # noqa: FBT001 - the one argument; its name says what it is
        """The stage a call passes with. A call of a VIP source always passes as NORMAL.

        In PROBING it takes the one place, for the rest of that minute; with `guard`, until it ends. Raises
        `BurnRateError` with `until`.
        """
        self._move_on()
        if is_vip or self._stage is BurnStage.NORMAL:
            return BurnStage.NORMAL
        if self._stage is BurnStage.HOLD:
            raise self._refusal(seconds=self._stage_ends - self._clock.monotonic())
        if self._stage is BurnStage.PROBING:
            if self._probe is not None:
                raise self._refusal(seconds=_PROBE_PATIENCE_SECONDS)
            self._probe = object()
        return self._stage

    @contextmanager
    def guard(self, *, is_vip: bool) -> Iterator[BurnStage]:
        """`require`, with the probe's place given back whatever happens."""
        stage = self.require(is_vip)
        mine = self._probe
        try:
            yield stage
        finally:
            if stage is BurnStage.PROBING and self._probe is mine:
                self._probe = None

    def snapshot(self) -> dict[str, Any]:
        """All there is to see, JSON-ready. Times are epoch seconds, None where they mean nothing."""
        self._move_on()
        return self._look()

    def forecast(self, spent_micro_today: int, at: float, *, cap_micro: int | None = None) -> Forecast:
        """Where the day ends when its rest goes on like the last hour."""
        hour_micro = self._spending.hour_micro(at=self._clock.monotonic())
        return forecast(spent_micro_today, hour_micro=hour_micro, at=at, cap_micro=cap_micro)

    def seed(self, rows: Iterable[tuple[float, int, int]]) -> None:
        """The last hour before this start: `(epoch seconds at which a minute begins, tokens, micro-dollars)`.

        A minute's sum is taken as spent in its middle. One that is still to come was entered by a clock that was ahead:
        nobody knows when that was spent, and it does not count.
        """
        now = self._clock.now()
        ahead = self._clock.monotonic() - now
        halfway = MINUTE / 2
        moments = ((minute + halfway + ahead, tokens, micro) for minute, tokens, micro in rows if minute <= now)
        self._spending.seed(moments, at=self._clock.monotonic())

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Go on in the stage of an earlier process; no wait becomes longer than it can be.

        Raises `KeyError`, `TypeError` or `ValueError`, and changes nothing, when it is no snapshot.
        """
        stage = BurnStage(snapshot["stage"])
        if not self._is_enabled or stage is BurnStage.NORMAL:
            return
        left = float(snapshot.get("stage_ends_at") or 0.0) - self._clock.now()
        tripped_at = float(snapshot.get("tripped_at") or self._clock.now())
        longest = self._cool_down if stage is BurnStage.HOLD else MINUTE
        self._stage = stage
        self._stage_ends = self._clock.monotonic() + min(max(0.0, left), longest)
        self._tripped_at = tripped_at
        self._reason = str(snapshot.get("reason") or "it was tripped before the restart")

    # --- inside ---

    def _check(self, now: float) -> None:
        """Trip, if this was too much. In CHEAPER the minute is waited for; in HOLD only what was under way comes in."""
        if not self._is_enabled or self._stage not in (BurnStage.NORMAL, BurnStage.PROBING):
            return
        reason = self._limits.reason(self._spending.rates(at=now))
        if reason is None:
            return
        if self._stage is BurnStage.PROBING:
            self._hold(reason)
        else:
            self._tripped_at = self._clock.now()
            self._change(BurnStage.CHEAPER, seconds=MINUTE, reason=reason, event="burn_tripped")

    def _move_on(self) -> None:
        """What time alone brings: the end of a minute, or of the cool-down."""
        now = self._clock.monotonic()
        if self._stage is BurnStage.NORMAL or now < self._stage_ends:
            return
        if self._stage is BurnStage.HOLD:
            self._change(BurnStage.PROBING, seconds=MINUTE, reason=self._reason)
            return
        reason = self._limits.reason(self._spending.rates(at=now))
        if reason is not None:
            self._hold(reason)
        else:
            self._recover()

    def _hold(self, reason: str) -> None:
        self._change(BurnStage.HOLD, seconds=self._cool_down, reason=reason)

    def _recover(self) -> None:
        self._tripped_at = None
        self._change(BurnStage.NORMAL, seconds=0.0, reason=None, event="burn_recovered")

    def _change(self, stage: BurnStage, *, seconds: float, reason: str | None, event: str = "burn_stage") -> None:
        before, self._stage = self._stage, stage
        self._stage_ends = self._clock.monotonic() + seconds
        self._reason = reason
        self._probe = None
        data = {"from_stage": before.value, **self._look()}
        self._emit(Event(type=event, at=self._clock.now(), data=data))

    def _look(self) -> dict[str, Any]:
        rates = self._spending.rates(at=self._clock.monotonic())
        ends_at = self._clock.now() + self._stage_ends - self._clock.monotonic()
        return {
            "enabled": self._is_enabled,
            "stage": self._stage.value,
            "reason": self._reason,
            "tripped_at": self._tripped_at,
            "stage_ends_at": None if self._stage is BurnStage.NORMAL else ends_at,
            "next_probe_at": ends_at if self._stage is BurnStage.HOLD else None,
            "tokens_per_minute": rates.tokens,
            "usd_per_minute": rates.micro / _MICRO,
            "average_tokens_per_minute": round(rates.average_tokens, 1),
            "average_usd_per_minute": round(rates.average_micro / _MICRO, 6),
            "limit_tokens_per_minute": round(self._limits.tokens(rates)),
            "limit_usd_per_minute": round(self._limits.micro(rates) / _MICRO, 6),
        }

    def _refusal(self, *, seconds: float) -> BurnRateError:
        until = self._clock.now() + max(0.0, seconds)
        return BurnRateError(f"the burn-rate breaker is in stage {self._stage.value}: {self._reason}", until=until)


def _minimum_micro(settings: BurnSettings, *, daily_usd: float | None) -> int:
    usd = settings.minimum_usd
    if usd is None:
        usd = max(_LEAST_USD, (_DAY_WITHOUT_CAP_USD if daily_usd is None else daily_usd) / _SHARE_OF_DAY)
    return round(usd * _MICRO)
