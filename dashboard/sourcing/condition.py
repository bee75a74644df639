"""How a source is, in one word, and why, in one sentence."""

from collections.abc import Mapping
from typing import Any, Final

from dashboard.desk import Desk
from dashboard.figures import clock, moment
from dashboard.pulse import pulse_of
from dashboard.texts import t
from sensors.remedies import ailment_of

Document = Mapping[str, Any]

COLORS: Final[Mapping[str, Any]] = {
    "failing": "red",
    "gone": "red",
    "late": "orange",
    "new": "gray",
    "quiet": "blue",
    "disabled": "gray",
    "ok": "green",
}
"""The conditions, from what needs a person most to what needs none, with their colours."""
_LONGEST: Final = 300


def condition_of(one: Document) -> str:
    """One of `COLORS`. Late means that we fail to read it; quiet, that its feed has nothing new."""
    health: str = one["health"]
    return "quiet" if health == "ok" and one["freshness"] == "quiet" else health


def is_reading(here: Desk) -> bool:
    """Something is there that reads the sources."""
    return pulse_of(here).kind in {"running", "starting"}


def why(one: Document, *, is_read: bool) -> str:
    """Why it is as it is. `is_read`: a daemon is there that reads."""
    condition = condition_of(one)
    match condition:
        case "failing":
            return t("sources.why_failing", n=one["errors_in_row"], cause=cause(one["last_error"]))
        case "late":
            key = "sources.why_late" if is_read else "sources.why_late_down"
            return t(key, at=clock(one["next_fetch_at"]))
        case "new":
            return t("sources.why_new" if is_read else "sources.why_new_down")
        case "quiet":
            return t("sources.why_quiet", since=clock(one["last_item_at"] or one["created_at"]))
        case "ok":
            return t("sources.why_ok" if is_read else "sources.why_ok_down", at=clock(one["next_fetch_at"]))
        case _:
            return t(f"sources.why_{condition}")


def cause(error: object) -> str:
    """What failed, in few words."""
    return t(f"cause.{ailment_of(str(error or '')).name}")


def line(text: object) -> str:
    """Text of others on one line, not endlessly long."""
    told = " ".join(str(text or "–").split())
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


def when(at: str | None) -> str:
    """A moment, or that there was none."""
    return moment(at) or t("word.never")
