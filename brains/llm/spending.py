"""What was spent within the last hour and minute, kept so that the rates are at hand after every call."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from daemon.blackboard.reading.forecast import HOUR, MINUTE, MINUTES_OF_AN_HOUR, Rates

_GRAIN_SECONDS = 1.0
"""Calls within a second are one entry once they are older than a minute."""


@dataclass(slots=True)
class _Entry:
    at: float
    tokens: int
    micro: int


class Spending:
    """The last 61 minutes. Times are monotonic seconds and only grow."""

    def __init__(self) -> None:
        self._minute = _Sum()
        self._hour = _Sum()
        """The hour before the last minute."""

    def add(self, *, at: float, tokens: int, micro: int) -> None:
        """One more call."""
        self._minute.add(_Entry(at, tokens, micro))
        self._forget(at)

    def seed(self, rows: Iterable[tuple[float, int, int]], *, at: float) -> None:
        """What was spent before this process began: `(moment, tokens, micro-dollars)`, in any order."""
        known = [*self._hour.entries, *self._minute.entries]
        known += [_Entry(min(moment, at), tokens, micro) for moment, tokens, micro in rows]
        self._minute, self._hour = _Sum(), _Sum()
        for entry in sorted(known, key=lambda entry: entry.at):
            self._minute.add(entry)
        self._forget(at)

    def rates(self, *, at: float) -> Rates:
        """The rates at a moment."""
        self._forget(at)
        return Rates(
            tokens=self._minute.tokens,
            micro=self._minute.micro,
            average_tokens=self._hour.tokens / MINUTES_OF_AN_HOUR,
            average_micro=self._hour.micro / MINUTES_OF_AN_HOUR,
        )

    def hour_micro(self, *, at: float) -> int:
        """Micro-dollars within the last 60 minutes."""
        self._forget(at)
        before = 0
        for entry in self._hour.entries:
            if entry.at > at - HOUR:
                break
            before += entry.micro
        return self._minute.micro + self._hour.micro - before

    def _forget(self, at: float) -> None:
        while (entry := self._minute.oldest) is not None and entry.at <= at - MINUTE:
            self._hour.merge(self._minute.pop())
        while (entry := self._hour.oldest) is not None and entry.at <= at - HOUR - MINUTE:
            self._hour.pop()


class _Sum:
    """Entries by age, and their sum."""

    def __init__(self) -> None:
        self.entries: deque[_Entry] = deque()
        self.tokens = 0
        self.micro = 0

    @property
    def oldest(self) -> _Entry | None:
        return self.entries[0] if self.entries else None

    def add(self, entry: _Entry) -> None:
        self.entries.append(entry)
        self.tokens += entry.tokens
        self.micro += entry.micro

    def merge(self, entry: _Entry) -> None:
        """Into the newest entry, if that is of the same second."""
        newest = self.entries[-1] if self.entries else None
        if newest is None or entry.at - newest.at >= _GRAIN_SECONDS:
            self.add(entry)
            return
        self.tokens += entry.tokens
        self.micro += entry.micro
        newest.tokens += entry.tokens
        newest.micro += entry.micro

    def pop(self) -> _Entry:
        entry = self.entries.popleft()
        self.tokens -= entry.tokens
        self.micro -= entry.micro
        return entry
