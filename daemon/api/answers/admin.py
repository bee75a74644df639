"""The board as a whole, and switches."""

from pydantic import Field

from daemon.api.answers.base import Answer


class TodaySums(Answer):
    """Calls, tokens and dollars since midnight, UTC."""

    calls: int = Field(ge=0)
    """Requests to models."""
    prompt_tokens: int = Field(ge=0)
    """Tokens of requests."""
    completion_tokens: int = Field(ge=0)
    """Tokens of answers."""
    cost_usd: float = Field(ge=0)
    """Dollars spent."""


class StatsAnswer(Answer):
    """Counts, ages, today's sums, and how large the board is."""

    states: dict[str, int]
    """Items by state; every state is there."""
    oldest_age_seconds: dict[str, float]
    """Seconds since the oldest item was put on the board, by state; of states that are not final and have items."""
    today: TodaySums
    """Since midnight, UTC."""
    paused: bool
    """No work is claimed."""
    last_event_id: int = Field(ge=0)
    """The id of the newest event; 0 when there is none."""
    board_bytes: int = Field(ge=0)
    """Size of the board's file."""
    wal_bytes: int = Field(ge=0)
    """Size of its log."""


class PausedAnswer(Answer):
    """Whether work is claimed."""

    paused: bool
    """It is not."""


class BackupAnswer(Answer):
    """The copy."""

    path: str
    """Where it is, on the daemon's machine."""
    bytes: int = Field(ge=0)
    """How large it is."""
