"""Faults on purpose."""

from typing import Literal

from daemon.api.answers.base import Answer, Moment


class FaultsAnswer(Answer):
    """Which faults; shares are between 0 and 1, and of all calls."""

    seed: int
    """Of the random numbers."""
    latency_share: float
    """Calls that wait longer."""
    latency: tuple[float, float]
    """How much longer, from and to, in seconds."""
    network_errors: float
    """Calls whose connection fails."""
    rate_limits: float
    """Calls that are refused with 429."""
    retry_after: float
    """Seconds such a refusal asks for."""
    garbage: float
    """Calls answered with nonsense."""
    truncated: float
    """Calls whose answer is cut off."""
    memory_down: bool
    """The memory does not answer."""


class ChaosAnswer(Answer):
    """Whether faults are made on purpose."""

    on: bool
    """They are."""
    set_by: Literal["configuration", "switch"]
    """On whose word."""
    until: Moment | None
    """When the switch ends; null: it has no end, or there is none."""
    faults: FaultsAnswer
    """Which."""
