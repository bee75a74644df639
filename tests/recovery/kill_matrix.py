"""Dies at every commit of a whole run, before it or after it, and goes on in a fresh process each time.

A script, because it forks: everything is imported once, each trial is a child that has no thread or loop of its
parent. Prints one JSON line a trial: what the fresh process found. The moment is given by SQLite itself: its trace
callback sees every COMMIT before it is done.
"""

import asyncio
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import structlog  # noqa: F401 - imported once, for all children
import yaml

import brains.llm.providers.offline  # noqa: F401 - the same
from brains.memory.embeddings import WordLlamaEmbeddings
from daemon.app.assembly import open_desk
from daemon.app.running import run_once
from daemon.blackboard.reading import BoardReader
from daemon.core.settings.models import Settings
from daemon.runtime.draining import Drain
from daemon.runtime.progress import SilentProgress
from tests.fakes.stories import settings_for, write_feed

DIED = 77
ITEMS = 2


def main(folder: Path, *, is_before: bool) -> None:
    """All trials, until one is reached in which nothing is left to die at."""
    WordLlamaEmbeddings().embed(["loaded once, for all children"])
    feed = write_feed(folder / "feed.xml", range(1, ITEMS + 1))
    # What lies behind one commit lies before the next but for a moment, so there every second one is enough.
    for moment in count(1, 1 if is_before else 2):
        home = folder / f"home-{moment}"
        settings = settings_for(home, feeds=[feed], vendor=None)
        code = _in_child(partial(_run_to_death, settings, moment=moment, is_before=is_before))
        second = _in_child(partial(_run_to_the_end, settings))
        found = _audit(settings) | {"moment": moment, "died": code == DIED, "second": second}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        shutil.rmtree(home)
        if code != DIED:
            return


def _in_child(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the child must never return into the parent's code
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _run_to_the_end(settings: Settings) -> None:
    asyncio.run(run_once(settings, strict=False, patience=None, progress=SilentProgress()))


def _run_to_death(settings: Settings, *, moment: int, is_before: bool) -> None:
    asyncio.run(_dying_run(settings, moment=moment, is_before=is_before))


async def _dying_run(settings: Settings, *, moment: int, is_before: bool) -> None:
    async with open_desk(settings) as desk:
        seen = 0

        def on_statement(statement: str) -> None:
            nonlocal seen
            # The first statement after a COMMIT is the moment after it.
            if seen == moment and not is_before:
                os._exit(DIED)
            seen += statement == "COMMIT"
            if seen == moment and is_before:
                os._exit(DIED)

        await desk.engine._writer._connection.set_trace_callback(on_statement)  # type: ignore[attr-defined]
        await desk.sensing.poll_all()
        await desk.start_working()
        await Drain(desk, progress=SilentProgress(), clock=desk.clock).run(patience=None)
        await desk.publisher.flush()


def _audit(settings: Settings) -> dict[str, object]:
    reader = BoardReader(settings.home / "blackboard.db")
    items = [reader.item(row["id"]) for row in reader.items(limit=100)]
    files = sorted((settings.home / "posts").glob("*.md"))
    matters = [yaml.safe_load(file.read_text().split("---\n")[1]) for file in files]
    changes = [event for item in items for event in item["events"] if event["to"]]
    return {
        "states": Counter(item["item"]["state"] for item in items),
        "files_per_item": sorted(Counter(matter["item_id"] for matter in matters).values()),
        "published_events": sum(event["to"] == "PUBLISHED" for event in changes),
        "faults": reader.check(),
        "feed_entries": (settings.home / "site" / "feed.atom").read_text().count("<entry"),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_before=sys.argv[2] == "before")
