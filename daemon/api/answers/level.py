"""The level of degradation."""

from daemon.api.answers.base import Answer, Moment
from daemon.resilience.levels import Level


class LevelAnswer(Answer):
    """Which level holds, and why."""

    level: Level
    """L0 normal, L1 patient, L2 cheap, L3 sources only."""
    since: Moment | None
    """When it was entered; null where no daemon runs."""
    reason: str
    """In plain words, with figures."""
    by: str
    """`auto` for the rules, else the program through which a person set it."""
    until: Moment | None
    """When what a person set ends; null: not by itself, or nobody set it."""
    automatic: Level
    """What the rules say, whoever has set another."""
    leaves_at: Moment | None
    """The earliest time at which it may end by itself; null: it does not."""
