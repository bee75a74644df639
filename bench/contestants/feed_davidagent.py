"""The senses of the daemon over a hall of feeds: three rounds, with a watcher in the event loop. Prints JSON."""

import argparse
import asyncio
import gc
import json
import random
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from bench.contestants.feed_hall import address
from daemon.app.senses import open_senses
from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.records import NewSource
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from daemon.core.logs import configure_logging, log_events
from daemon.core.settings.models import Settings
from daemon.runtime.sensing import Sensing

DAY = 86_400.0
_BEAT_SECONDS = 0.002


class LaterClock(SystemClock):
    """The machine's time, moved on by hand from round to round."""

    def __init__(self) -> None:
        self.by = 0.0

    def now(self) -> float:
        """Seconds since the epoch, and what was moved on."""
        return super().now() + self.by


class LoopWatcher:
    """Asks to be woken every two milliseconds, and keeps how late that was: so long the loop did nothing else.

    `own` is at most as much of a delay as this process computed meanwhile, in all of its threads: the rest of it the
    processors spent on other processes.
    """

    def __init__(self) -> None:
        self.late: list[float] = []
        self.own: list[float] = []
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            began, worked = time.perf_counter(), time.process_time()
            await asyncio.sleep(_BEAT_SECONDS)
            late = time.perf_counter() - began - _BEAT_SECONDS
            self.late.append(late)
            self.own.append(min(late, time.process_time() - worked))

    def figures(self) -> dict[str, float]:
        """The longest delays since the last time, in milliseconds."""
        late, own = sorted(self.late), self.own
        self.late, self.own = [], []
        return {
            "blocked_ms": round(late[-1] * 1000, 1),
            "blocked_p999_ms": round(late[int(len(late) * 0.999)] * 1000, 1),
            "over_50_ms": sum(one > 0.05 for one in late),
            "own_ms": round(max(own) * 1000, 1),
        }

    def end(self) -> None:
        """Watch no more."""
        self._task.cancel()


async def run(*, port: int, feeds: int, home: Path) -> dict[str, Any]:
    """All rounds; their figures by name."""
    clock, emitter = LaterClock(), Emitter()
    emitter.listen(log_events)
    posted = Counter[str]()
    emitter.listen(lambda event: posted.update([event.type]))
    settings = Settings.model_validate({"home": str(home), "sensors": {"allow_hosts": ["127.0.1.0/24"]}})
    ids = TimeSortedIds(clock.now, random.Random(1))
    engine = await open_board(home=home, clock=clock, ids=ids, boot_id="bench", emitter=emitter)
    senses = open_senses(settings, clock=clock, rng=random.Random(1), readings=None)
    sensing = Sensing(
        engine=engine,
        sensors=senses,
        emitter=emitter,
        emit=emitter.emit,
        clock=clock,
        concurrency=settings.sensors.concurrency,
    )
    for number in range(feeds):
        await engine.add_source(NewSource("rss", address(number, port=port), f"Feed {number}"), by="bench")
    # As `davidagent run` does when it has started.
    gc.collect()
    gc.freeze()
    watcher = LoopWatcher()
    service = asyncio.create_task(sensing.run())
    figures = {"first": await _round(engine, clock, watcher=watcher, posted=posted)}
    for name in ("unchanged", "one new entry"):
        if name != "unchanged":
            await asyncio.to_thread(_more, port)
        clock.by += 2 * DAY
        sensing.stir()
        figures[name] = await _round(engine, clock, watcher=watcher, posted=posted)
    watcher.end()
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)
    await senses.close()
    figures["first"]["commits"] = engine.commits
    await engine.close()
    return figures


async def _round(
    engine: SqliteEngine, clock: LaterClock, *, watcher: LoopWatcher, posted: "Counter[str]"
) -> dict[str, Any]:
    """From now until no source is due any more."""
    posted.clear()
    began, worked = time.perf_counter(), time.process_time()
    while (await engine.next_fetch_at() or 0.0) <= clock.now():  # noqa: ASYNC110 - the board is asked, which sets no event
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(time.process_time() - worked, 2),
        "items": posted["item_posted"],
        **watcher.figures(),
    }


def _more(port: int) -> None:
    urllib.request.urlopen(f"http://127.0.1.1:{port}/more", timeout=60).close()


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--feeds", type=int, required=True)
    options = parser.parse_args()
    configure_logging(Settings().log, stream=sys.stderr)
    with tempfile.TemporaryDirectory() as home:
        print(json.dumps(asyncio.run(run(port=options.port, feeds=options.feeds, home=Path(home)))))


if __name__ == "__main__":
    _main()
