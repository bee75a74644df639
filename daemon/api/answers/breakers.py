"""The breakers of the models."""

from daemon.api.answers.base import Answer
from daemon.api.answers.health import Count
from daemon.resilience.breaker import BreakerState


class BreakerAnswer(Answer):
    """One model's breaker. Times are epoch seconds."""

    name: str
    """The model, as the configuration calls it."""
    state: BreakerState
    """closed: calls pass; open: they are refused; half-open: one is on its way to find out."""
    reason: str | None
    """Why it is not closed."""
    opened_at: float | None
    """Since when it is not closed; null when it is."""
    next_probe_at: float | None
    """When a call is let through to find out; null when it is not open."""
    samples: Count
    """Calls it looks at."""
    failures: Count
    """How many of them failed."""


class ResetAnswer(BreakerAnswer):
    """A breaker after its reset."""

    reset: bool
    """False when it was closed already, and nothing was done."""
