"""How the running program is: from memory, and from one look at board and machine that is at most five seconds old.

It never asks a model, and nothing here blocks the event loop.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.monitoring import BoardFigures, read_figures
from daemon.blackboard.states import LIVE
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError
from daemon.core.events import Emitter, Event
from daemon.core.settings.models import Settings
from daemon.runtime.condition import Condition, Limiting, Listening
from daemon.runtime.judging import LONGEST_BEAT_SECONDS, VITAL_SERVICES, judge
from daemon.runtime.look import Look, Times
from daemon.runtime.loop_watch import LoopWatch
from daemon.runtime.machine import Machine, MachineFigures
from daemon.runtime.recent import RecentTimes
from daemon.runtime.state_counts import StateCounts

FRESH_SECONDS = 5.0
"""So old a look at board and machine may be."""
_WORKED_ON = frozenset(LIVE)


class Monitor:
    """Watches the program; one for the whole of it.

    `condition` asks the parts. The pulse reports to `beaten`. Where events are sent and callers are limited is told by
    `listening` and `limiting`, once the API is there. `loop.run` is a service.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        reader: BoardReader,
        emitter: Emitter,
        condition: Callable[[], Condition],
    ) -> None:
        self.loop = LoopWatch(clock)
        self.listening: Listening | None = None
        self.limiting: Limiting | None = None
        self._settings = settings
        self._clock = clock
        self._reader = reader
        self._condition = condition
        self._machine = Machine(reader.path)
        self._counts = StateCounts(reader.path)
        self._writes = RecentTimes()
        self._started_at = clock.now()
        self._beat = clock.monotonic()
        self._last: dict[str, float] = {}
        self._looking = asyncio.Lock()
        self._seen: tuple[float, BoardFigures | None, str | None, MachineFigures] | None = None
        emitter.listen(self._on_event)

    def beaten(self, write_seconds: float) -> None:
        """The pulse has beaten: the loop came round, and the writer committed within so many seconds."""
        self._beat = self._clock.monotonic()
        self._last["beat"] = self._clock.now()
        self._writes.add(write_seconds, at=self._beat)

    def ailment(self) -> str | None:
        """In one word, why the program is up but does nothing; None when it works.

        The name of a vital service that has ended, or fails whenever it is started; `writer` when the pulse has not
        beaten for 30 seconds: then nothing was committed. `board` when its file is gone: what is committed goes with
        the process.
        """
        if not self._reader.path.exists():
            return "board"
        lost = sorted(VITAL_SERVICES.intersection(self._condition().lost))
        if lost:
            return lost[0]
        return "writer" if self._beat_age() > LONGEST_BEAT_SECONDS else None

    async def look(self) -> Look:
        """Everything that is known now; board and machine as they were at most five seconds ago."""
        board, error, machine = await self._seen_lately()
        try:
            counts = await self._counts.read()
        except BlackboardError:
            counts = {}
        lags, writes = self.loop.lags, self._writes
        return Look(
            at=self._clock.now(),
            condition=self._condition(),
            times=self._times(board),
            lag_p99=lags.percentile(0.99),
            lag_worst=lags.percentile(1),
            write_last=writes.last,
            write_p99=writes.percentile(0.99),
            beat_age=self._beat_age(),
            board=board,
            board_error=error,
            machine=machine,
            counts=counts,
            listening=self.listening,
            limiting=self.limiting,
        )

    async def report(self) -> dict[str, Any]:
        """`{"status", "level", "level_reason", "level_since", "system", "services"}`, JSON-ready; see `judging`."""
        return judge(await self.look(), settings=self._settings)

    # --- inside ---

    async def _seen_lately(self) -> tuple[BoardFigures | None, str | None, MachineFigures]:
        async with self._looking:
            if self._seen is None or self._clock.monotonic() - self._seen[0] >= FRESH_SECONDS:
                self._seen = (self._clock.monotonic(), *await asyncio.to_thread(self._see))
            return self._seen[1:]

    def _see(self) -> tuple[BoardFigures | None, str | None, MachineFigures]:
        machine = self._machine.look()
        try:
            figures = read_figures(self._reader.path, now=self._clock.now(), budget=self._settings.budget)
        except BlackboardError as error:
            return None, str(error), machine
        return figures, None, machine

    def _times(self, board: BoardFigures | None) -> Times:
        last, on_board = self._last, board.last_post_at if board else None
        return Times(
            started_at=self._started_at,
            beat_at=last.get("beat"),
            claim_at=last.get("claim"),
            end_at=last.get("end"),
            publish_at=max((at for at in (last.get("publish"), on_board) if at is not None), default=None),
        )

    def _beat_age(self) -> float:
        return self._clock.monotonic() - self._beat

    def _on_event(self, event: Event) -> None:
        self._counts.on_event(event)
        if event.type == "item_claimed":
            self._last["claim"] = event.at
        elif event.from_state in _WORKED_ON and event.to_state != event.from_state:
            self._last["end"] = event.at
            if event.to_state == "PUBLISHED":
                self._last["publish"] = event.at
