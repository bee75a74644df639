"""What a person may wish of a source beside its address, and how the board keeps it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class SourceWishes(TypedDict, total=False):
    """What may be said when a source is added; None is the same as saying nothing."""

    name: str | None
    every_seconds: float | None
    tags: Sequence[str]
    full_text: bool | None
    """Fetch the article behind each entry."""
    daily_reads: int | None
    """Of X: posts that may be read in a day (UTC)."""
    daily_usd: float | None
    """Of X: dollars that reading may cost in a day (UTC)."""
    mirror: str | None
    """Of X: a feed that is read in its place."""


def board_settings(
    *,
    vip: bool = False,
    urgency: str = "normal",
    full_text: bool | None = None,
    daily_reads: int | None = None,
    daily_usd: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The settings of a source as its sensor finds them on the board; those that nobody set are left out."""
    wishes = {
        "daily_reads": daily_reads,
        "daily_usd": daily_usd,
        "full_text": full_text,
        "options": dict(options) if options else None,
    }
    return {"vip": vip, "urgency": urgency} | {name: wish for name, wish in wishes.items() if wish is not None}
