"""The level that a person has set: it wins over the rules, to a time or for good.

It stands on the board under the control `LEVEL_SET` as a JSON document, so that it outlives a restart.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from daemon.core.clock import iso
from daemon.core.errors import UsageError
from daemon.resilience.levels import Level

LEVEL_SET: Final = "level_set"
LEVEL_TOLD: Final = "level_told"
"""The vital sign under which the daemon keeps the document of the level that holds."""
AUTO: Final = "auto"
LONGEST_SECONDS: Final = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class ChosenLevel:
    """A person's choice. `until` is in epoch seconds, None: for good; `by` is the program it came through."""

    level: Level
    until: float | None
    by: str
    why: str = ""

    @property
    def reason(self) -> str:
        """In plain words."""
        return self.why or "set by a person"

    def holds(self, *, now: float) -> bool:
        """Its time is not over."""
        return self.until is None or now < self.until

    def control(self) -> str:
        """The text of the control."""
        return json.dumps({"level": self.level.value, "until": self.until, "by": self.by, "why": self.why})

    def document(self) -> dict[str, Any]:
        """How the level stands where no daemon runs: `{"level", "since", "reason", "by", "until", …}`."""
        return _document(self.level, reason=self.reason, by=self.by, until=self.until)


def chosen_level(control: str | None, *, now: float) -> ChosenLevel | None:
    """What a person has chosen and still holds. A control that cannot be read counts as none."""
    try:
        found = json.loads(control or "null")
        if found is None:
            return None
        until = None if found["until"] is None else float(found["until"])
        chosen = ChosenLevel(Level(found["level"]), until, str(found["by"]), str(found["why"]))
    except (ValueError, TypeError, KeyError):
        return None
    return chosen if chosen.holds(now=now) else None


def choice(wanted: str, *, for_seconds: float | None, by: str, why: str, now: float) -> ChosenLevel | None:
    """The choice that a person states; None for `auto`. Raises `UsageError`."""
    if wanted == AUTO:
        if for_seconds is not None:
            raise UsageError("auto has no time: the rules decide from now on")
        return None
    if for_seconds is not None and not 0 < for_seconds <= LONGEST_SECONDS:
        raise UsageError("a level is set for more than 0 seconds and at most a year, or for good")
    if wanted not in tuple(Level):
        raise UsageError(f"there is no level {wanted}; write auto, L0, L1, L2 or L3")
    return ChosenLevel(Level(wanted), None if for_seconds is None else now + for_seconds, by, why)


def level_at_rest(control: str | None, *, now: float) -> dict[str, Any]:
    """The document of the level where no daemon runs: what a person has chosen, else L0."""
    chosen = chosen_level(control, now=now)
    if chosen is None:
        return _document(Level.L0, reason="no daemon is running", by=AUTO, until=None)
    return chosen.document()


def _document(level: Level, *, reason: str, by: str, until: float | None) -> dict[str, Any]:
    return {
        "level": level.value,
        "since": None,
        "reason": reason,
        "by": by,
        "until": iso(until),
        "automatic": Level.L0.value,
        "leaves_at": iso(until),
    }
