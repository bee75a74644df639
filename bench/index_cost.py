"""What the dashboard's indexes and sums cost the writer: the same verbs on boards with and without them, in turns.

Each board gets the same items, which go through all steps, each step with a settled call that costs something; every
verb is awaited alone (its own commit) or together with 63 others. What is told is processor time, which others on the
machine disturb less than the clock. `python -m bench.index_cost`.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.records import CallStatus, Identity, NewArtifact, NewCall, Observation, Settlement, Usage
from daemon.blackboard.sqlite.files import BOARD_NAME
from daemon.blackboard.states import Step
from daemon.core.clock import SystemClock
from daemon.core.ids import TimeSortedIds

PARTS = {
    "items_by_change": ("INDEX items_by_change",),
    "items_by_cost": ("INDEX items_by_cost",),
    "ledger_days and source_days": ("TRIGGER calls_entered", "TRIGGER calls_ended"),
    "events_of_trouble": ("INDEX events_of_trouble", "INDEX events_of_reviving"),
}
_KNOWLEDGE = NewArtifact("knowledge", {"gist": "x" * 1500}, "m")


def main() -> None:
    """Measure, and print medians of the pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(json.dumps(measure(items=options.items, rounds=options.rounds), indent=1))


def measure(*, items: int, rounds: int) -> dict[str, dict[str, float]]:
    """Microseconds of processor time a verb, without each part, and without all of them, beside the whole schema."""
    found: dict[str, dict[str, list[float]]] = {}
    cases = {"the whole schema": (), "without any": tuple(PARTS)} | {f"without {part}": (part,) for part in PARTS}
    for _ in range(rounds):
        for name, left_out in cases.items():
            for label, at_once in (("together", 64), ("alone", 1)):
                taken = asyncio.run(_drain(left_out, items=items if at_once > 1 else items // 5, at_once=at_once))
                found.setdefault(name, {}).setdefault(label, []).append(taken)
    return {
        name: {label: round(statistics.median(runs), 1) for label, runs in labels.items()}
        for name, labels in found.items()
    }


async def _drain(left_out: Iterable[str], *, items: int, at_once: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with await _open(home):
            pass
        with closing(sqlite3.connect(home / BOARD_NAME, isolation_level=None)) as db:
            for part in left_out:
                for thing in PARTS[part]:
                    db.execute(f"DROP {thing}")
        async with await _open(home) as engine:
            seen = [_seen(number) for number in range(items)]
            started, verbs = time.process_time(), items
            for first in range(0, items, at_once):
                await engine.post(seen[first : first + at_once], source_id=None, by="bench")
            for step in Step:
                verbs += await _work_off(engine, step, at_once=at_once)
            return (time.process_time() - started) / verbs * 1e6


async def _work_off(engine: SqliteEngine, step: Step, *, at_once: int) -> int:
    verbs = 0
    while claims := await engine.claim(worker_id="w", steps={step}, limit=at_once, lease_seconds=60):
        ids = await asyncio.gather(*(engine.begin_call(_call(claim.item.id), caps={}) for claim in claims))
        await asyncio.gather(*(engine.settle_call(call_id, _SETTLED) for call_id in ids))
        await asyncio.gather(*(engine.advance(claim, artifacts=[_KNOWLEDGE]) for claim in claims))
        verbs += 4 * len(claims)
    return verbs


_SETTLED = Settlement(CallStatus.OK, Usage(3_000, 700), cost_micro=1_400, answer='{"x": 1}' * 100)


def _call(item_id: str) -> NewCall:
    return NewCall(item_id, "left", "extract", "gemini", "m", request_hash="h", reserved_micro=9_000)


def _seen(number: int) -> Observation:
    identities = (Identity(f"link:{number}", is_global=True),)
    return Observation(title=f"Entry {number}", text="Words. " * 100, url=None, identities=identities)


async def _open(home: Path) -> SqliteEngine:
    clock = SystemClock()
    return await open_board(home=home, clock=clock, ids=TimeSortedIds(clock.now, random.Random(1)), boot_id="bench")


if __name__ == "__main__":
    main()
