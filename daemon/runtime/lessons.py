"""What people said of posts, kept at hand for the steps and read anew only when somebody says something new."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from brains.lessons import NOTHING, Lessons
from daemon.blackboard.feedback import Verdict
from daemon.blackboard.reading.feedback import (
    chosen,
    feedback_of,
    feedback_page,
    is_distrusted,
    source_trust,
    telling_verdicts,
)
from daemon.blackboard.reading.rows import Document
from daemon.blackboard.records import Item
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError
from daemon.core.events import Emitter, Event, Listener
from daemon.core.settings.models import FeedbackSettings

T = TypeVar("T")

_CHANGES = frozenset({"feedback_given", "feedback_withdrawn"})
_MOST_OWN = 20
"""Verdicts on an item that its writer is told."""


class _AtHand(Generic[T]):
    """Something read from the board, until the board changes."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._known: tuple[int, T] | None = None
        self._version = 0

    def forget(self) -> None:
        """It may have changed; what is being read just now is not kept either."""
        self._version += 1

    async def get(self) -> T:
        """As it is now. Raises what reading raises."""
        if self._known is not None and self._known[0] == self._version:
            return self._known[1]
        version = self._version
        found = await asyncio.to_thread(self._read)
        self._known = (version, found)
        return found


class BoardLessons:
    """A `LessonBook` over the board. When it cannot be read, work goes on without examples, and an event says so."""

    def __init__(
        self, board: Path, *, settings: FeedbackSettings, emitter: Emitter, emit: Listener, clock: Clock
    ) -> None:
        self._board = board
        self._limit = settings.examples
        self._emit = emit
        self._clock = clock
        self._is_any = _AtHand(lambda: bool(feedback_page(board, limit=1)["feedback"]))
        self._telling = {
            brain: _AtHand[Sequence[Document]](partial(telling_verdicts, board, brain=brain))
            for brain in ("left", "right")
        }
        emitter.listen(self._hear)

    async def of(self, item: Item, *, brain: str) -> Lessons:
        """What this brain is told for this item."""
        try:
            if not await self._is_any.get():
                return NOTHING
            own = await asyncio.to_thread(feedback_of, self._board, item.id) if brain == "right" else []
            examples = await self._examples(item, brain=brain)
        except BlackboardError as error:
            self._emit(Event("examples_missing", self._clock.now(), item_id=item.id, data={"error": str(error)}))
            return NOTHING
        wrong = tuple(one for one in own if one["verdict"] == Verdict.DOWN)
        return Lessons(examples, wrong[:_MOST_OWN])

    async def _examples(self, item: Item, *, brain: str) -> Sequence[Document]:
        if self._limit == 0:
            return ()
        telling = await self._telling[brain].get()
        return tuple(chosen(telling, limit=self._limit, source_id=item.source_id, without=item.id))

    def _hear(self, event: Event) -> None:
        if event.type in _CHANGES:
            self._is_any.forget()
            for telling in self._telling.values():
                telling.forget()


class SourceTrust:
    """Tells whether a post of a source is to wait for a person, because people found its posts wrong."""

    def __init__(self, board: Path, *, settings: FeedbackSettings, emitter: Emitter) -> None:
        self._settings = settings
        self._found = _AtHand(lambda: {one["source_id"]: one for one in source_trust(board)})
        emitter.listen(self._hear)

    async def why_hold(self, item: Item) -> str | None:
        """Why a post of this item's source waits for approval; None when it need not. Raises `BlackboardError`."""
        if self._settings.hold_below == 0 or item.source_id is None:
            return None
        one = (await self._found.get()).get(item.source_id)
        if one is None or not is_distrusted(one, below=self._settings.hold_below, after=self._settings.hold_after):
            return None
        return (
            f"its source is trusted {one['trust']:.0%} by people ({one['up']} up, {one['down']} down), "
            f"less than {self._settings.hold_below:.0%}; waits for approval"
        )

    def _hear(self, event: Event) -> None:
        if event.type in _CHANGES:
            self._found.forget()
