"""Events: what happened, said once. Logs, counters and live views listen; code only emits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    `type` is a past-tense `noun_verb` (`item_claimed`). `id` grows with every event on the board and is None for one
    that is not kept there. `data` is JSON-ready. `at` is in epoch seconds.
    """

    type: str
    at: float
    id: int | None = None
    item_id: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


class Emitter:
    """Hands each event to every listener, in order. A listener must be quick and must not raise."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every later event."""
        self._listeners.append(listener)

    def emit(self, event: Event) -> None:
        """Tell all listeners."""
        for listener in self._listeners:
            listener(event)
