"""A bounded run: works until nothing is left to do, or until what is left waits too long."""

import asyncio
from collections.abc import Mapping

from daemon.blackboard.reading.published import title_of, waits_for
from daemon.blackboard.states import LIVE
from daemon.core.clock import Clock
from daemon.core.events import Event
from daemon.runtime.desk import Desk
from daemon.runtime.progress import Progress

LOOK_SECONDS = 0.25


class Drain:
    """Watches a desk until its board is drained."""

    def __init__(self, desk: Desk, *, progress: Progress, clock: Clock) -> None:
        self._desk = desk
        self._progress = progress
        self._clock = clock
        self._changed_at = clock.monotonic()
        self._latest: tuple[str, str] | None = None
        self._trouble = ""
        desk.emitter.listen(self._on_event)

    async def run(self, *, patience: float | None) -> Mapping[str, int]:
        """Work off the board; answers what is still waited for, by reason (empty: all is done).

        `patience`: seconds without any change of an item after which waiting ends; None waits as long as it takes.
        """
        while True:
            counts = await asyncio.to_thread(self._desk.reader.counts)
            self._progress.update(counts, self._trouble or await asyncio.to_thread(self._news))
            if not any(counts[state] for state in LIVE):
                return {}
            if patience is not None and self._clock.monotonic() - self._changed_at > patience:
                return await asyncio.to_thread(waits_for, self._desk.reader.path)
            await self._clock.sleep(LOOK_SECONDS)

    def _news(self) -> str:
        """The latest step in a person's words."""
        if self._latest is None:
            return ""
        item_id, state = self._latest
        return f"{state}: {title_of(self._desk.reader.path, item_id)}"

    def _on_event(self, event: Event) -> None:
        # A snooze or a failed attempt is no step forward: it must not keep a run alive whose patience is over.
        if event.to_state and event.to_state != event.from_state and event.type != "item_claimed":
            self._changed_at = self._clock.monotonic()
            self._latest, self._trouble = (str(event.item_id), event.to_state), ""
        elif event.type == "article_settled":
            self._changed_at = self._clock.monotonic()
        elif event.type in {"item_snoozed", "attempt_failed", "memory_degraded", "echelon_fell"}:
            self._trouble = f"{event.type.replace('_', ' ')}: {_why(event)}"


def _why(event: Event) -> str:
    data = event.data
    told = (data.get("failure") or data).get("message")
    return str(data.get("reason") or told or data.get("error") or event.item_id or "")
