"""The ladder of degradation, L0 normal to L3 ingest only: when each level is entered and left.

It goes up as far as it must at once, and down one step at a time. What enters a level and what leaves it differ, and
each level has a shortest stay, which doubles when the level is entered again soon after it was left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from daemon.core.clock import Clock
from daemon.core.settings.level_models import LevelSettings

_MOST_DOUBLINGS = 3
_SOON_STAYS = 2.0
"""Entered again within so many of its stays (or within the window), a level was left too early."""
_FREE_AGAIN = 2
"""Times the least free space that there must be before L3 is left: what was deleted is soon written again."""
_MIB = 1024 * 1024


class Level(StrEnum):
    """How far the desk is degraded; the names compare in order."""

    L0 = "L0"
    """Normal."""
    L1 = "L1"
    """Providers now and then fail: longer time-outs, answers reused, no hedging."""
    L2 = "L2"
    """Providers often fail: cheap models and the offline brain, no memory."""
    L3 = "L3"
    """Nothing answers, or the disk is nearly full: sources are read on, everything else waits."""

    @property
    def below(self) -> "Level":
        """One step down; L0 stays L0."""
        return _ORDER[max(0, _ORDER.index(self) - 1)]


_ORDER = tuple(Level)


class CurrentLevel:
    """The level that holds now, for all who ask at every call; one keeper sets it."""

    def __init__(self) -> None:
        self.value = Level.L0

    def __call__(self) -> Level:
        """The level."""
        return self.value


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen at one moment. Calls and faults are those of the window."""

    calls: int = 0
    faults: int = 0
    silent: tuple[str, ...] = ()
    """All tasks, when nobody can answer any of them now; else none."""
    is_first_choice_away: bool = False
    """A model that is asked first is left alone by its breaker, and its next probe is not due."""
    free_disk: int | None = None
    """Bytes; None: not known."""

    @property
    def share(self) -> float:
        """Of the calls, those that failed; 0 of none."""
        return self.faults / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the ladder. `reason` is in plain words, with figures."""

    level: Level
    before: Level
    reason: str


class Ladder:
    """The level that the rules ask for. Durations run by the monotonic clock; `since` is in epoch seconds."""

    def __init__(self, settings: LevelSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._dwells = {
            Level.L0: 0.0,
            Level.L1: settings.l1.dwell,
            Level.L2: settings.l2.dwell,
            Level.L3: settings.l3.dwell,
        }
        self.level = Level.L0
        self.reason = "no trouble was seen since the start"
        self.since = clock.now()
        self._entered = clock.monotonic()
        self._doublings: dict[Level, int] = {}
        self._left: dict[Level, float] = {}
        """When each level was last left downwards."""
        self._silent_since: float | None = None
        self._is_stay_over = False

    def look(self, signs: Signs) -> Change | None:
        """Judge what is seen now; answers the change, if there is one."""
        self._time_silence(signs)
        wanted, why = self._wanted(signs)
        if wanted > self.level:
            return self._go(wanted, why)
        is_over = self._is_stay_over or self._stayed() >= self.stay(self.level)
        if wanted < self.level and is_over and (calm := self._calm(signs)) is not None:
            return self._go(self.level.below, calm)
        return None

    def end_stay(self) -> None:
        """A person says that it is over: the shortest stay in this level need not be waited for."""
        self._is_stay_over = True

    def stay(self, level: Level) -> float:
        """The shortest stay there now, in seconds."""
        return self._dwells[level] * float(2 ** self._doublings.get(level, 0))

    def leaves_at(self) -> float | None:
        """Epoch seconds at which the level may be left at the earliest; None in L0."""
        if self.level is Level.L0:
            return None
        return self.since if self._is_stay_over else self.since + self.stay(self.level)

    def snapshot(self) -> dict[str, Any]:
        """What the next process must know, JSON-ready."""
        doublings = {level.value: count for level, count in self._doublings.items() if count}
        return {"level": self.level.value, "since": self.since, "reason": self.reason, "doublings": doublings}

    def restore(self, snapshot: Mapping[str, Any]) -> bool:
        """Go on from a snapshot of an earlier process whose stay is not over; an older one says nothing of now.

        Answers whether it was taken up. Raises `KeyError`, `TypeError`, `ValueError` when it is no snapshot.
        """
        level, since, reason = Level(snapshot["level"]), float(snapshot["since"]), str(snapshot["reason"])
        known = {Level(name): int(count) for name, count in dict(snapshot["doublings"]).items()}
        doublings = {one: min(max(count, 0), _MOST_DOUBLINGS) for one, count in known.items()}
        ago = max(0.0, self._clock.now() - since)
        if level is Level.L0 or ago >= self._dwells[level] * 2 ** doublings.get(level, 0):
            return False
        self.level, self.reason, self._doublings = level, reason, doublings
        self.since, self._entered = self._clock.now() - ago, self._clock.monotonic() - ago
        return True

    # --- the rules ---

    def _wanted(self, signs: Signs) -> tuple[Level, str]:
        """The highest level whose entry rule holds, and why."""
        if why := self._short_of_disk(signs, factor=1) or self._silence():
            return Level.L3, why
        for level, rule in ((Level.L2, self._settings.l2), (Level.L1, self._settings.l1)):
            if signs.faults >= rule.least_faults and signs.share >= rule.enter:
                return level, self._told(signs)
        return Level.L0, ""

    def _calm(self, signs: Signs) -> str | None:
        """Why the level may be left; None: it may not."""
        if self.level is Level.L3:
            may_leave = not signs.silent and not self._short_of_disk(signs, factor=_FREE_AGAIN)
            return "somebody can be asked, and there is room on the disk" if may_leave else None
        rule = self._settings.l2 if self.level is Level.L2 else self._settings.l1
        if signs.share > rule.leave or (self.level is Level.L2 and signs.is_first_choice_away):
            return None
        return self._told(signs) if signs.calls else f"no call for {self._settings.window:g} s"

    def _short_of_disk(self, signs: Signs, *, factor: int) -> str:
        least = self._settings.l3.free_disk * factor
        if signs.free_disk is None or signs.free_disk >= least:
            return ""
        return f"{signs.free_disk / _MIB:,.0f} MiB of the disk are free, less than {least / _MIB:,.0f} MiB"

    def _silence(self) -> str:
        if self._silent_since is None:
            return ""
        seconds = self._clock.monotonic() - self._silent_since
        if seconds < self._settings.l3.after:
            return ""
        return f"no model has answered for {seconds:.0f} s: every breaker is open"

    def _time_silence(self, signs: Signs) -> None:
        if not signs.silent:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = self._clock.monotonic()

    def _told(self, signs: Signs) -> str:
        window = f"{self._settings.window:g} s"
        return f"{signs.faults} of {signs.calls} calls failed within {window} ({signs.share:.0%})"

    # --- the steps ---

    def _go(self, level: Level, reason: str) -> Change:
        before, now = self.level, self._clock.monotonic()
        if level < before:
            self._left[before] = now
        self._doublings[level] = self._doublings_at(level, now=now, is_up=level > before)
        self.level, self.reason = level, reason
        self.since, self._entered, self._is_stay_over = self._clock.now(), now, False
        return Change(level, before, reason)

    def _doublings_at(self, level: Level, *, now: float, is_up: bool) -> int:
        """One more when it is entered again too soon; none when its last time is long ago."""
        left = self._left.get(level)
        soon = max(self._settings.window, _SOON_STAYS * self.stay(level))
        if left is None or now - left > soon:
            return 0
        return min(_MOST_DOUBLINGS, self._doublings.get(level, 0) + is_up)

    def _stayed(self) -> float:
        return self._clock.monotonic() - self._entered
