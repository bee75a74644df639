"""Events: what happened, said once. Logs, counters and live views listen; code only emits."""

import asyncio
import logging
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
    """Hands each event to every listener, in order. A listener must be quick.

    One that raises is reported to the event loop, and keeps the event from nobody else: neither from those that listen
    after it, nor from whoever emits.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every later event."""
        self._listeners.append(listener)

    def emit(self, event: Event) -> None:
        """Tell all listeners."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001 - said above
                _report(event, error)


def _report(event: Event, error: Exception) -> None:
    message = f"a listener failed on {event.type}"
    try:
        asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})
    except RuntimeError:
        logging.getLogger(__name__).exception(message, exc_info=error)
