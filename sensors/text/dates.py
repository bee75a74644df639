"""Dates of entries: believed when they can be true, else None. An entry is never lost for its date."""

import calendar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import struct_time

EARLIEST_AT = 631_152_000.0
"""1990-01-01; anything older (1970, year 1) is a clock that was never set."""
DAY_SECONDS = 86_400.0


def believable(at: float | None, *, now: float) -> float | None:
    """`at` when it lies between 1990 and one day from now (time zones are often wrong), else None."""
    return at if at is not None and EARLIEST_AT <= at <= now + DAY_SECONDS else None


def parse_date(value: object) -> float | None:
    """Epoch seconds of an ISO 8601 or RFC 822 date; without a zone it is read as UTC. None for anything else."""
    text = str(value or "").strip()
    if not 6 <= len(text) <= 100:  # noqa: PLR2004 - longer strings are no dates
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = parse(text.replace(" Z", "Z") if text[:4].isdigit() else text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def from_struct(value: struct_time | None) -> float | None:
    """Epoch seconds of feedparser's UTC time tuples; None when it names no moment."""
    try:
        return None if value is None else float(calendar.timegm(value))
    except (ValueError, OverflowError, TypeError):
        return None
