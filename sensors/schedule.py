"""When to look at a feed again, and why then: pure arithmetic, in words a person can check.

A feed is read about twice as often as it posts, between 15 minutes and a day (so fewer than 96 times a day, whatever it
does); one that stays the same is read less and less. What the server asks for (Retry-After, Cache-Control, Expires,
ttl) is a floor that nothing beats but the cap of a week. A feed that fails is tried again after longer and longer, up
to a week, and never given up.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sensors.web.headers import Floor

SHORTEST_SECONDS = 900.0
LONGEST_SECONDS = 86_400.0
WEEK_SECONDS = 604_800.0
JITTER = 0.1
_WINDOW_SECONDS = WEEK_SECONDS
_HOUR, _MINUTE = 3600, 60


@dataclass(frozen=True, slots=True)
class Plan:
    """When to come next. `interval_seconds` is before jitter; `reason` is for a person."""

    at: float
    interval_seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is known of how often a feed posts, and what its person wants.

    `gap_seconds`: average time between posts, None when not known. `quiet_seconds`: since something new came, None when
    nothing ever did. `wish_seconds`: what the source's own `every` says. `default_seconds`: what the setting
    `default_name` says. `jitter`: the share that chance may add; none for what costs nobody anything.
    """

    default_seconds: float
    wish_seconds: float | None = None
    gap_seconds: float | None = None
    quiet_seconds: float | None = None
    default_name: str = "sensors.every"
    jitter: float = JITTER


def after_success(rhythm: Rhythm, *, floors: Sequence[Floor], now: float, rng: random.Random) -> Plan:
    """The next reading after one that worked, whether it brought something or not."""
    seconds, reason = _own_interval(rhythm)
    floor = max(floors, key=lambda one: one.seconds, default=None)
    if floor is not None and floor.seconds > seconds:
        seconds = min(floor.seconds, WEEK_SECONDS)
        reason = f"the server asks for {span(seconds)} between readings ({floor.asked_by})"
    return _plan(seconds, reason, now=now, share=rhythm.jitter * rng.random())


def after_failure(
    rhythm: Rhythm,
    *,
    errors_in_row: int,
    retry_after: float | None,
    now: float,
    rng: random.Random,
    longest: float = WEEK_SECONDS,
) -> Plan:
    """The next try after `errors_in_row` failures (at least one); each doubles the wait, up to `longest` seconds."""
    base = rhythm.wish_seconds or rhythm.default_seconds
    seconds = min(base * 2.0 ** min(errors_in_row - 1, 30), longest)
    reason = "one failure" if errors_in_row == 1 else f"{errors_in_row} failures in a row"
    reason += f": next try after {span(seconds)}"
    if retry_after is not None and retry_after > seconds:
        seconds = min(retry_after, WEEK_SECONDS)
        reason = f"the server asks to wait {span(seconds)} (Retry-After)"
    return _plan(seconds, reason, now=now, share=rhythm.jitter * rng.random())


def gap_of(posted_at: Sequence[float], *, now: float) -> float | None:
    """The average time between posts, from their dates (any order); None when there are fewer than two.

    Looks at the last week, or as far back as the dates go; a feed silent for longer has a gap of that silence.
    """
    past = sorted(at for at in posted_at if at <= now)
    if len(past) < 2:  # noqa: PLR2004 - one date tells no rhythm
        return None
    recent = [at for at in past if at > now - _WINDOW_SECONDS]
    if not recent:
        return now - past[-1]
    return min(_WINDOW_SECONDS, now - past[0]) / len(recent)


def span(seconds: float) -> str:
    """A span of time in words: `45 s`, `5 min`, `1.5 h`, `3 days`."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * LONGEST_SECONDS:
        return f"{round(seconds / _HOUR, 1):g} h"
    return f"{round(seconds / LONGEST_SECONDS, 1):g} days"


def _own_interval(rhythm: Rhythm) -> tuple[float, str]:
    if rhythm.wish_seconds is not None:
        return rhythm.wish_seconds, f"every {span(rhythm.wish_seconds)}, as configured for it"
    if rhythm.gap_seconds is None:
        seconds = rhythm.default_seconds
        reason = f"every {span(seconds)}, the default ({rhythm.default_name})"
    else:
        seconds, reason = _bounded(rhythm.gap_seconds / 2), _rhythm_in_words(rhythm.gap_seconds)
    quiet = None if rhythm.quiet_seconds is None else _bounded(rhythm.quiet_seconds / 2)
    if quiet is not None and quiet > seconds:
        return quiet, f"nothing new for {span(rhythm.quiet_seconds or 0.0)}"
    return seconds, reason


def _rhythm_in_words(gap_seconds: float) -> str:
    if gap_seconds > _WINDOW_SECONDS:
        return f"it has not posted for {span(gap_seconds)}"
    return f"it posts about every {span(gap_seconds)}"


def _bounded(seconds: float) -> float:
    return min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)


def _plan(seconds: float, reason: str, *, now: float, share: float) -> Plan:
    # Jitter only ever adds: a floor stays a floor, and the sources of a host spread out.
    wait = max(seconds, min(seconds * (1 + share), WEEK_SECONDS))
    return Plan(at=now + wait, interval_seconds=seconds, reason=reason)
