"""How a source is, in one word, and why, in one sentence."""

from collections.abc import Mapping
from typing import Any, Final

from dashboard.desk import Desk
from dashboard.figures import clock, moment, plain
from dashboard.pulse import pulse_of
from dashboard.sourcing.kinds import is_told
from dashboard.texts import has, t
from sensors.remedies import ailment_of

Document = Mapping[str, Any]

COLORS: Final[Mapping[str, Any]] = {
    "failing": "red",
    "gone": "red",
    "late": "orange",
    "waiting": "orange",
    "new": "gray",
    "unused": "gray",
    "quiet": "blue",
    "disabled": "gray",
    "ok": "green",
}
"""The conditions, from what needs a person most to what needs none, with their colours."""
_LONGEST: Final = 300
BUDGET: Final = "budget"
"""The ailment of a source that is not asked, because there is no budget for it."""
_HEARD: Final = frozenset({"ok", "quiet"})
_NEEDS_DAEMON: Final = frozenset({"late", "new", "ok"})
"""Where it makes a difference whether anything reads."""


def condition_of(one: Document) -> str:
    """One of `COLORS`. Late means that we fail to read it; quiet, that it has nothing new.

    Waiting: nothing is asked, because there is no budget for it. Unused: nobody has sent anything yet.
    """
    health: str = one["health"]
    if health == "new" and is_told(one):
        return "unused"
    if one["ailment"] == BUDGET and health in {"new", "late", "ok"}:
        return "waiting"
    return "quiet" if health == "ok" and one["freshness"] == "quiet" else health


def is_reading(here: Desk) -> bool:
    """Something is there that reads the sources."""
    return pulse_of(here).kind in {"running", "starting"}


def why(one: Document, *, is_read: bool) -> str:
    """Why it is as it is. `is_read`: a daemon is there that reads."""
    condition = condition_of(one)
    if is_told(one) and condition in _HEARD:
        return t("sources.why_told", at=clock(one["last_success_at"]))
    if is_told(one) and condition == "failing":
        return t("sources.why_unsigned", cause=cause_of(one))
    suffix = "" if is_read or condition not in _NEEDS_DAEMON else "_down"
    return t(
        f"sources.why_{condition}{suffix}",
        n=one["errors_in_row"],
        cause=cause_of(one),
        at=clock(one["next_fetch_at"]),
        since=clock(one["last_item_at"] or one["created_at"]),
    )


def cause(error: object) -> str:
    """What failed, in few words."""
    return t(f"cause.{ailment_of(str(error or '')).name}")


def cause_of(one: Document) -> str:
    """What is wrong with a source, in few words."""
    key = f"cause.{one['ailment']}"
    return t(key) if has(key) else cause(one["last_error"])


def help_of(one: Document) -> str:
    """What would help a source, as Markdown; a sensor that is not ours says it in its own words."""
    key = f"help.{one['ailment']}"
    return t(key) if has(key) else plain(one["help"] or "")


def line(text: object) -> str:
    """Text of others on one line, not endlessly long."""
    told = " ".join(str(text or "–").split())
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


def when(at: str | None) -> str:
    """A moment, or that there was none."""
    return moment(at) or t("word.never")
