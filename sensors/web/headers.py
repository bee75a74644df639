"""What the headers of an answer say about when to come again, and what to send then."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_LONGEST_VALIDATOR = 4096
_NO_STORE = re.compile(r"(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Floor:
    """The shortest wait, in seconds, that somebody asks for, and who asks (for a person to read)."""

    seconds: float
    asked_by: str


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified exactly as the server wrote them."""

    etag: str | None = None
    last_modified: str | None = None

    def as_headers(self) -> dict[str, str]:
        """The headers of a conditional request."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


def validators(headers: Mapping[str, str]) -> Validators:
    """The validators to keep; none when `Expires: 0` says that the server's caching is not to be believed.

    One of more than 4,096 characters is not kept: hardly a server takes a request with such a head.
    """
    if headers.get("expires", "").strip() == "0":
        return Validators()
    return Validators(etag=_kept(headers, "etag"), last_modified=_kept(headers, "last-modified"))


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds the server asks to wait; None when it says nothing that makes sense."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", value):
        return float(value)
    at = http_date(value)
    return None if at is None else max(0.0, at - _server_now(headers, now))


def freshness(headers: Mapping[str, str], *, now: float) -> Floor | None:
    """How long the answer stays fresh by Cache-Control, or else by Expires; None when neither says so."""
    control = headers.get("cache-control", "")
    if _NO_STORE.search(control):
        return None
    match = _MAX_AGE.search(control)
    if match:
        return _floor(float(match[1]) - _age(headers), "Cache-Control")
    at = http_date(headers.get("expires", ""))
    return None if at is None else _floor(at - _server_now(headers, now), "Expires")


def media_type(value: str) -> str:
    """`text/html` of `Text/HTML; charset=utf-8`; empty for nothing."""
    return value.partition(";")[0].strip().lower()


def http_date(value: str) -> float | None:
    """Epoch seconds of an HTTP date; None for anything else."""
    try:
        at = parsedate_to_datetime(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def http_date_of(at: float) -> str:
    """An HTTP date for epoch seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def _kept(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name, "")
    return value if 0 < len(value) <= _LONGEST_VALIDATOR else None


def _floor(seconds: float, asked_by: str) -> Floor | None:
    return Floor(seconds=seconds, asked_by=asked_by) if seconds > 0 else None


def _age(headers: Mapping[str, str]) -> float:
    value = headers.get("age", "").strip()
    return float(value) if value.isascii() and value.isdigit() and len(value) < 12 else 0.0  # noqa: PLR2004 - sane digits


def _server_now(headers: Mapping[str, str], now: float) -> float:
    # The server's own clock, so that a difference to ours does not change the span it means.
    at = http_date(headers.get("date", ""))
    return now if at is None else at
