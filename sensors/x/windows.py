"""When X takes requests again: it limits each endpoint for itself, and says so with every answer."""

from collections.abc import Mapping

from daemon.core.clock import Clock

LONGEST_SECONDS = 86_400.0
"""No wait that X asks for is believed to be longer."""
USUAL_SECONDS = 900.0
"""X's windows are a quarter of an hour; that is waited when a 429 says nothing."""
_TOO_MANY = 429


class RateWindows:
    """The endpoints that take no request for now, for all sources of this process.

    What X says in its time is kept as a wait: a clock that is set back would make it longer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._closed_until: dict[str, float] = {}
        """By endpoint, in monotonic seconds."""

    def note(self, endpoint: str, headers: Mapping[str, str], *, status: int) -> None:
        """What an answer says of its endpoint."""
        reset = _number(headers.get("x-rate-limit-reset"))
        is_used_up = _number(headers.get("x-rate-limit-remaining")) == 0
        if status != _TOO_MANY and not (is_used_up and reset is not None):
            return
        now = self._clock.now()
        until = reset if reset is not None and reset > now else None
        if status == _TOO_MANY:
            until = until or now + (_number(headers.get("retry-after")) or USUAL_SECONDS)
        if until is not None:
            self._closed_until[endpoint] = self._clock.monotonic() + min(until - now, LONGEST_SECONDS)

    def closed_until(self, endpoint: str) -> float | None:
        """Epoch seconds before which nobody may ask, or None."""
        wait = self.wait(endpoint)
        return None if wait is None else self._clock.now() + wait

    def wait(self, endpoint: str) -> float | None:
        """Seconds until one may ask, or None."""
        wait = self._closed_until.get(endpoint, 0.0) - self._clock.monotonic()
        return wait if endpoint in self._closed_until and wait > 0 else None


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 13 else None  # noqa: PLR2004 - sane digits
