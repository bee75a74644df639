"""Dies at every commit of a batch's and a reading's life, before it or after, and looks from a fresh process.

A script, because it forks: each trial is a child without thread or loop of its parent. Prints one JSON line a trial.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from daemon.blackboard.records import CallKind, CallStatus, Settlement
from tests.fakes.boards import Board, call, open_for_test
from tests.fakes.paid_sources import brought, paid_source, reading

DIED = 77
LATER = 5000.0


def main(folder: Path, *, is_before: bool) -> None:
    """All trials, until one is reached in which nothing is left to die at."""
    for moment in count(1):
        home = folder / f"home-{moment}"
        code = _in_child(partial(_run_to_death, home, moment=moment, is_before=is_before))
        found = _in_child(partial(_write, home, folder / "found.json"))
        facts = json.loads((folder / "found.json").read_text()) if found == 0 else {"look": found}
        sys.stdout.write(json.dumps(facts | {"moment": moment, "died": code == DIED}) + "\n")
        sys.stdout.flush()
        if code != DIED:
            return


def _in_child(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            random.seed(1)
            work()
        except BaseException as error:  # noqa: BLE001 - the child must never return into the parent's code
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _run_to_death(home: Path, *, moment: int, is_before: bool) -> None:
    asyncio.run(_die(home, moment=moment, is_before=is_before))


async def _die(home: Path, *, moment: int, is_before: bool) -> None:
    """The whole life, with the end at a commit."""
    board = await open_for_test(home)
    seen = 0

    def on_statement(statement: str) -> None:
        nonlocal seen
        # The first statement after a COMMIT is the moment after it.
        if seen == moment and not is_before:
            os._exit(DIED)
        seen += statement == "COMMIT"
        if seen == moment and is_before:
            os._exit(DIED)

    await board.engine._writer._connection.set_trace_callback(on_statement)  # type: ignore[attr-defined]
    await _live(board)
    await board.engine.close()


async def _live(board: Board) -> None:
    """Four steps: one asks alone and waits for money, three go into batches; one batch is never sent, one answers.

    Before them a source is read.
    """
    engine = board.engine
    source = await paid_source(board)
    read = await engine.begin_reading(reading(source.id), caps={})
    await engine.settle_reading(read, brought(7))
    await board.post("alone", "answered", "unanswered", "late")
    claims = await board.claim()
    alone = await engine.begin_call(call(claims[0].item.id, reserved=100), caps={})
    await engine.settle_call(alone, Settlement(CallStatus.OK, cost_micro=40, answer="{}"))
    until = board.clock.now() + LATER
    await engine.snooze(claims[0], until=until, reason="no money", waits_for="budget")
    calls = []
    for claim in claims[1:]:
        calls.append(await engine.begin_call(call(claim.item.id, reserved=100, kind=CallKind.BATCH), caps={}))
        await engine.snooze(claim, until=until, reason="in a batch", waits_for="batch")
    first = await engine.open_batch(endpoint="m", call_ids=calls[:2])
    await engine.batch_sent(first, vendor_id="v1", next_poll_at=board.clock.now() + 60)
    await engine.batch_polled(first, next_poll_at=board.clock.now() + 120)
    await engine.settle_call(calls[0], Settlement(CallStatus.OK, cost_micro=10, answer="{}"))
    await engine.end_batch(first)
    second = await engine.open_batch(endpoint="m", call_ids=calls[2:])
    await engine.end_batch(second, error="refused")
    await engine.wake(waits_for="budget")


def _write(home: Path, target: Path) -> None:
    target.write_text(json.dumps(asyncio.run(_look(home))))


async def _look(home: Path) -> dict[str, Any]:
    """What a fresh process finds after it has cleared up, and whether every item can go on."""
    board = await open_for_test(home, boot_id="b2")
    engine = board.engine
    await engine.rescue(worker_id="new", max_rescues=5)
    facts: dict[str, Any] = {"recovered": await engine.recover_batches(), "money": await _money(board)}
    facts["reads"] = await _reads(board)
    facts["statuses"] = [row[0] for row in await board.rows("SELECT status FROM calls ORDER BY id")]
    open_batches = await engine.open_batches()
    for batch in open_batches:
        await engine.end_batch(batch.id)
    await engine.wake(waits_for="budget")
    posted = {row[0] for row in await board.rows("SELECT id FROM items")}
    facts |= {
        "unsent_batches": sum(batch.vendor_id is None for batch in open_batches),
        "waiting": sum(len(batch.calls) for batch in open_batches),
        "stuck": sorted(posted - {claim.item.id for claim in await board.claim()}),
        "items": len(posted),
        "faults": await board.rows("PRAGMA foreign_key_check"),
    }
    await engine.close()
    return facts


async def _money(board: Board) -> list[int]:
    """What is charged, as calls, items, the day and the brain's day have it: one number when they agree."""
    by_call = "CASE WHEN status IN ('unconfirmed', 'batched') THEN reserved_micro ELSE cost_micro END"
    sums = [f"sum({by_call}) FROM calls WHERE brain = 'left'", "sum(cost_micro) FROM items"]
    sums += ["sum(charged_micro) FROM spending WHERE scope = 'brain:left'"]
    sums += ["sum(CASE scope WHEN 'day' THEN 1 WHEN 'brain:sensor' THEN -1 ELSE 0 END * charged_micro) FROM spending"]
    found = [(await board.rows(f"SELECT {one}"))[0][0] or 0 for one in sums]
    return sorted(set(found))


async def _reads(board: Board) -> list[tuple[int, int]]:
    """Reads and micro-dollars, as the ledger and the source have them: one pair when they agree."""
    by_call = "CASE status WHEN 'unconfirmed' THEN reserved_micro ELSE cost_micro END"
    sums = [f"sum(reads), sum({by_call}) FROM calls WHERE brain = 'sensor'", "sum(reads), sum(micro) FROM source_reads"]
    sums += ["(SELECT sum(reads) FROM calls), sum(charged_micro) FROM spending WHERE scope = 'brain:sensor'"]
    found = [(await board.rows(f"SELECT {one}"))[0] for one in sums]
    return sorted({(reads or 0, micro or 0) for reads, micro in found})


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_before=sys.argv[2] == "before")
