"""Boards with many queued items, made with the real engine, as a sensor would have filled them."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon.blackboard import open_board
from daemon.blackboard.records import Identity, Observation
from daemon.core.clock import SystemClock
from daemon.core.ids import TimeSortedIds
from daemon.runtime.desk import PAUSED
from tests.fakes.processes import write_config
from tests.fakes.stories import story

_AT_ONCE = 1000


async def fill_board(home: Path, *, count: int, text: Callable[[int], str] = story) -> None:
    """A paused board in `home` with `count` items queued; `text` makes the text of each from its number."""
    clock = SystemClock()
    ids = TimeSortedIds(clock.now, random.Random(1))
    async with await open_board(home=home, clock=clock, ids=ids, boot_id="filling") as engine:
        await engine.set_control(PAUSED, "1", by="test")
        for start in range(0, count, _AT_ONCE):
            seen = [_seen(number, text=text(number)) for number in range(start, min(count, start + _AT_ONCE))]
            await engine.post(seen, source_id=None, by="test")


def offline_config(home: Path, **changes: Any) -> Path:
    """A configuration beside `home`: the offline brain for everything, no memory, no sources, a free port."""
    group = {"echelon1": {"models": ["only"]}}
    document: dict[str, Any] = {
        "home": str(home),
        "llm": {"models": {"only": {"provider": "offline"}}, "groups": {"left": group, "right": group}},
        "memory": {"mode": "off"},
        "api": {"port": 0},
        "log": {"level": "warning"},
    }
    home.parent.mkdir(parents=True, exist_ok=True)
    return write_config(home.parent, document | changes)


def _seen(number: int, *, text: str) -> Observation:
    link = f"https://example.org/{number}"
    identities = (Identity(f"link:{link}", is_global=True), Identity(f"guid:{number}", is_global=False))
    return Observation(title=f"Entry {number}", text=text, url=link, identities=identities)
