"""SIGKILL at random moments of a busy board: what was acknowledged is there, and the rest is consistent."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.blackboard.states import TRANSITIONS
from tests.fakes.boards import Board, open_for_test
from tests.recovery import busy_board

pytestmark = pytest.mark.soak

ROOT = Path(busy_board.__file__).parents[2]
ROUNDS = 6
ARROWS = {(t.source.value, t.target.value) for t in TRANSITIONS}


def _run_and_kill(home: Path, *, seed: int, after: int) -> list[list[str]]:
    """Let the process acknowledge `after` verbs, kill it, and answer all it acknowledged."""
    command = [sys.executable, "-m", "tests.recovery.busy_board", str(home), str(seed)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(after)]
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate()
    assert child.returncode == -signal.SIGKILL, "the kill came too late to mean anything"
    return [line.decode().split() for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith(b"\n")]


@pytest.mark.slow
async def test_a_killed_board_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """Over several kills and restarts on one file."""
    rng = random.Random(20261120)
    told: list[list[str]] = []
    for seed in range(ROUNDS):
        told += _run_and_kill(tmp_path, seed=seed, after=rng.randrange(1, 1500))
    board = await open_for_test(tmp_path, boot_id="audit")
    try:
        await board.engine.recover_batches()
        await _audit(board, told)
    finally:
        await board.engine.close()


async def _audit(board: Board, told: list[list[str]]) -> None:
    assert await board.pragma("integrity_check") == ("ok",)
    assert await board.rows("PRAGMA foreign_key_check") == []
    items = dict(await board.rows("SELECT id, state FROM items"))
    posted = [line[1] for line in told if line[0] == "post"]
    assert len(posted) == len(set(posted))
    assert set(posted) <= set(items)
    await _audit_verbs(board, told)
    await _audit_story(board, items)
    await _audit_money(board)


async def _audit_verbs(board: Board, told: list[list[str]]) -> None:
    """Every acknowledged verb has its event, and no claim was given twice."""
    names = {"claim": "item_claimed", "advance": "item_advanced", "bury": "item_buried"}
    for verb, type_ in names.items():
        said = [(line[1], line[2]) for line in told if line[0] == verb]
        assert len(said) == len(set(said)), f"{verb} acknowledged twice under one epoch"
        kept = dict(await board.rows("SELECT item_id, count(*) FROM events WHERE type = ? GROUP BY item_id", type_))
        for item_id in {item_id for item_id, _ in said}:
            assert kept.get(item_id, 0) >= sum(one == item_id for one, _ in said)
    assert sum(line[0] == "advance" for line in told) > 100


async def _audit_story(board: Board, items: dict[str, str]) -> None:
    """Replaying the events gives every state; each step that ended left exactly its artifact."""
    state: dict[str, str] = {}
    for item_id, type_, before, after in await board.rows(
        "SELECT item_id, type, from_state, to_state FROM events WHERE to_state IS NOT NULL ORDER BY id"
    ):
        assert state.get(item_id) == before
        assert (before, after) in ARROWS or type_ in {"item_posted", "item_claimed", "item_rescued"}
        state[item_id] = after
    assert state == items
    advanced = await board.rows(
        "SELECT item_id, count(*) FROM events WHERE type = 'item_advanced' GROUP BY 1 ORDER BY 1"
    )
    assert advanced == await board.rows("SELECT item_id, count(*) FROM artifacts GROUP BY 1 ORDER BY 1")
    unfinished = "SELECT 1 FROM items i LEFT JOIN publications p ON p.item_id = i.id WHERE i.state = 'PUBLISHED'"
    assert await board.rows(f"{unfinished} AND coalesce(p.status, '') <> 'done'") == []


async def _audit_money(board: Board) -> None:
    """Calls, items and months agree; nothing is left as if it were still on its way."""
    charged = "sum(CASE WHEN status IN ('unconfirmed', 'batched') THEN reserved_micro ELSE cost_micro END)"
    assert await board.rows("SELECT count(*) FROM calls WHERE status = 'sent'") == [(0,)]
    await _audit_batches(board)
    by_calls = await board.rows(f"SELECT {charged} FROM calls")
    assert by_calls == await board.rows("SELECT sum(cost_micro) FROM items")
    assert by_calls == await board.rows("SELECT sum(charged_micro) FROM spending WHERE scope = 'month'")
    assert by_calls == await board.rows("SELECT sum(charged_micro) FROM spending WHERE scope = 'brain:left'")


async def _audit_batches(board: Board) -> None:
    """Many came to their end; what waits, waits in a batch that the provider has."""
    ((ended,),) = await board.rows("SELECT count(*) FROM batches WHERE status = 'ended'")
    assert ended > 5
    assert await board.rows("SELECT count(*) FROM batches WHERE status = 'submitting'") == [(0,)]
    lost = "SELECT 1 FROM calls c LEFT JOIN batches b ON b.id = c.batch_id WHERE c.status = 'batched'"
    assert await board.rows(f"{lost} AND coalesce(b.status, '') <> 'sent'") == []
