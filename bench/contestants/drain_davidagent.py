"""The whole daemon: board, ledger, brains, checks, memory, all sinks; from the start of its work to the last post."""

import asyncio
import time
from typing import Any

from bench.contestants.drain_load import Load, main, story
from daemon.app.assembly import open_desk
from daemon.blackboard.records import Observation
from daemon.blackboard.states import State
from daemon.core.events import Event
from daemon.core.logs import configure_logging
from daemon.core.settings.loading import load_settings
from daemon.core.settings.models import Settings


async def drain(load: Load) -> float:
    """Put all items on the board, then let the desk work."""
    settings = _settings(load)
    configure_logging(settings.log)
    async with open_desk(settings) as desk:
        seen = [
            Observation(title=f"Report {n}", text=story(n), url=f"https://example.org/{n}", language="en")
            for n in range(load.items)
        ]
        await desk.engine.post(seen, source_id=None, by="bench")
        finished = _Countdown(load.items)
        desk.emitter.listen(finished.on_event)
        # Loading the SDKs and the language model is done once a start, and is no part of draining.
        await desk.memory.size()
        started = time.perf_counter()
        await desk.start_working()
        await finished.done.wait()
        return time.perf_counter() - started


def _settings(load: Load) -> Settings:
    model: dict[str, Any] = {"provider": "anthropic", "model": "claude-sonnet-5-5", "api_key": "test-key-0000"}
    group = {"echelon1": {"models": ["writer"], "timeout": 30}}
    overrides = {
        "home": str(load.home / "home"),
        "llm": {
            "max_concurrency": load.concurrency,
            "models": {"writer": model | {"base_url": load.base_url}},
            "groups": {"left": group, "right": group},
            "stream": {"enabled": load.is_stream},
            "keep_prompts_days": load.keep_prompts_days,
        },
        "budget": {"daily_usd": 1000, "monthly_usd": 1000, "per_item_usd": 1000},
        "memory": {"timeout": "20s"},  # on a busy machine it opens slowly, and that is not what is measured
        "api": {"port": 0},
        "log": {"level": "error"},
    }
    return load_settings(environ={}, cwd=load.home, overrides=overrides).settings


class _Countdown:
    def __init__(self, left: int) -> None:
        self._left = left
        self.done = asyncio.Event()

    def on_event(self, event: Event) -> None:
        assert event.to_state not in (State.HELD, State.DEAD_LETTER, State.DISCARDED), event
        if event.to_state == State.PUBLISHED:
            self._left -= 1
            if self._left == 0:
                self.done.set()


if __name__ == "__main__":
    main(drain)
