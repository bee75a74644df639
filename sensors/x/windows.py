"""When X takes requests again: it limits each endpoint for itself, and says so with every answer."""

from collections.abc import Callable, Mapping

LONGEST_SECONDS = 86_400.0
"""No wait that X asks for is believed to be longer."""
USUAL_SECONDS = 900.0
"""X's windows are a quarter of an hour; that is waited when a 429 says nothing."""
_TOO_MANY = 429


class RateWindows:
    """The endpoints that take no request for now, for all sources of this process. `now` gives epoch seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._closed_until: dict[str, float] = {}

    def note(self, endpoint: str, headers: Mapping[str, str], *, status: int) -> None:
        """What an answer says of its endpoint."""
        reset = _number(headers.get("x-rate-limit-reset"))
        is_used_up = _number(headers.get("x-rate-limit-remaining")) == 0
        if status != _TOO_MANY and not (is_used_up and reset is not None):
            return
        now = self._now()
        until = reset if reset is not None and reset > now else None
        if status == _TOO_MANY:
            until = until or now + (_number(headers.get("retry-after")) or USUAL_SECONDS)
        if until is not None:
            self._closed_until[endpoint] = min(until, now + LONGEST_SECONDS)

    def closed_until(self, endpoint: str) -> float | None:
        """Epoch seconds before which nobody may ask, or None."""
        until = self._closed_until.get(endpoint)
        return until if until is not None and until > self._now() else None

    def wait(self, endpoint: str) -> float | None:
        """Seconds until one may ask, or None."""
        until = self.closed_until(endpoint)
        return None if until is None else until - self._now()


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 13 else None  # noqa: PLR2004 - sane digits
