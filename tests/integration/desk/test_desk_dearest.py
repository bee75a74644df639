"""The dearest items of some days are those of the ledger, though the days' calls are not read."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading.costs import read_costs
from daemon.blackboard.reading.desk_costs import window_of_days
from daemon.blackboard.reading.desk_dearest import dearest_items
from daemon.blackboard.records import CallStatus
from daemon.blackboard.sqlite import files
from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.ledgers import Spender
from tests.integration.desk.conftest import DAY, NOON


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home", clock=ManualClock(NOON - 2 * DAY))
    yield opened
    await opened.engine.close()


async def _spend(board: Board, *, items: int) -> None:
    """Items of three days: some cost alike, some nothing, one was dear before and is cheap today."""
    spend = Spender(board).spend
    old = await board.post(*(f"old {number}" for number in range(items)))
    for number, item in enumerate(old):
        await spend(item, cost=1_000 + number % 3)
    await board.clock.advance(2 * DAY)
    new = await board.post(*(f"new {number}" for number in range(items)))
    for number, item in enumerate(new):
        await spend(item, cost=100 + number % 4)
    await spend(old[0], cost=101)
    await spend(new[0], cost=7)
    await spend(new[1], cost=None, status=CallStatus.UNCONFIRMED, price=None)
    await spend(new[2], status=CallStatus.SENT)


@pytest.mark.parametrize("days", [1, 2, 30])
@pytest.mark.parametrize("items", [3, 40])
async def test_they_are_those_of_the_ledger(board: Board, days: int, items: int) -> None:
    """In its order, with what cost alike, and with charges above what was spent."""
    await _spend(board, items=items)
    window = window_of_days(days, now=NOON)
    whole = read_costs(board.engine.path, window=window, currency={}, now=NOON)["dearest_items"]
    assert dearest_items(board.engine.path, window=window) == whole


async def test_after_many_looks_in_vain_the_calls_are_read(board: Board) -> None:
    """An item that was dear long ago hides those of today."""
    await _spend(board, items=20)
    window = window_of_days(1, now=NOON)
    whole = read_costs(board.engine.path, window=window, currency={}, now=NOON)["dearest_items"]
    assert dearest_items(board.engine.path, window=window, looks=(5, 5)) == whole
    assert len(whole) == 10


def test_no_query_sorts_or_reads_a_whole_table() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        files.migrate(db)
        values = dict.fromkeys(("some", "offset", "id", "since", "until"), 1)
        plans = {
            name: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
            for name, query in load_queries("read_desk_dearest").items()
        }
    assert plans == {
        "dearest_of_all": ["SEARCH items USING INDEX items_by_cost (cost_micro>?)"],
        "cost_between": ["SEARCH calls USING INDEX calls_by_item (item_id=?)"],
    }
