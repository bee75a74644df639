"""The events of the board, told to everybody who listens."""

import random

from daemon.api.desk import Desk
from daemon.api.events.hub import EventHub
from daemon.api.events.layer import EventLayer
from daemon.api.events.live_state import LiveState
from daemon.core.clock import SystemClock

__all__ = ["EventHub", "EventLayer", "LiveState", "open_events"]


def open_events(desk: Desk) -> tuple[EventHub, LiveState]:
    """The hub over a desk's board, and the state a live view starts from. The hub starts when it is first needed."""
    hub = EventHub(
        reader=desk.reader,
        emitter=desk.emitter,
        settings=desk.settings.api.events,
        clock=SystemClock(),
        rng=random.SystemRandom(),
    )
    return hub, LiveState(desk, hub=hub)
