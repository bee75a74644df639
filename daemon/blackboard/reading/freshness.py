"""How fresh a source is: a feed with nothing new is told apart from one that we fail to read."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from daemon.core import hooks

LATE_AFTER_SECONDS: Final = 900.0
QUIET_AFTER_SECONDS: Final = 86_400.0
"""A source that can be read and brought nothing new for so long is quiet: its feed has nothing to say."""


class Freshness(StrEnum):
    """How a source is. Only `stale` is trouble: we fail to read it."""

    FRESH = "fresh"
    """Read in time, with something new within the last day (or new itself)."""
    QUIET = "quiet"
    """Read in time; there was nothing new."""
    STALE = "stale"
    """Its last reading failed, or the next one is more than a quarter of an hour late."""
    DISABLED = "disabled"
    GONE = "gone"
    """Its server says that it is gone for good."""


def freshness_of(row: Mapping[str, Any], *, now: float) -> Freshness:
    """How a row of `sources` is at a time (epoch seconds)."""
    if not row["is_enabled"]:
        return Freshness.DISABLED
    if row["is_gone"]:
        return Freshness.GONE
    # One that was just added is due since ever; it is late from when it was added.
    due_at = max(row["next_fetch_at"], row["created_at"])
    is_late = row["kind"] != hooks.KIND and due_at < now - LATE_AFTER_SECONDS
    if row["errors_in_row"] or is_late:
        return Freshness.STALE
    newest = max(row["last_item_at"] or 0.0, row["created_at"])
    return Freshness.QUIET if newest < now - QUIET_AFTER_SECONDS else Freshness.FRESH


def health_of(row: Mapping[str, Any], *, now: float) -> str:
    """`disabled`, `gone`, `failing`, `new`, `late` or `ok`."""
    if not row["is_enabled"]:
        return "disabled"
    if row["is_gone"]:
        return "gone"
    if row["errors_in_row"]:
        return "failing"
    if row["last_fetch_at"] is None:
        return "new"
    is_late = row["kind"] != hooks.KIND and row["next_fetch_at"] < now - LATE_AFTER_SECONDS
    return "late" if is_late else "ok"
