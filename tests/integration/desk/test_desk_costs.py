"""The ledger by day says what the ledger says, to the micro-dollar, however a call came to its end."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.costs import Window, read_costs, read_tokens
from daemon.blackboard.reading.desk_costs import (
    By,
    read_days,
    tokens_by_days,
    trend_of_days,
    trend_of_hours,
    window_of_days,
)
from daemon.blackboard.records import CallKind, CallStatus, Settlement
from daemon.blackboard.sqlite import files
from daemon.core.settings.models import Settings
from daemon.runtime.costing import Elsewhere, cost_report, what_if_of_days
from tests.fakes.boards import Board, call, open_for_test
from tests.fakes.boards import settled as settled_call
from tests.fakes.clock import ManualClock
from tests.fakes.ledgers import Spender, stage_ledger
from tests.integration.desk.conftest import DAY, NOON

CURRENCY = {"CNY": 7.25}
DAYS_OF_CALLS = """
SELECT
    CAST(started_at / 86400 AS INTEGER), brain, task, model, kind, status, attempt > 1, coalesce(price_source, ''),
    count(*), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens), sum(cache_write_tokens),
    sum(reasoning_tokens), coalesce(sum(cost_micro), 0), coalesce(sum(reserved_micro), 0), sum(saved_micro),
    sum(cost_micro IS NULL), sum(status = 'ok' AND prompt_tokens + completion_tokens = 0), max(prompt_tokens)
FROM calls WHERE status NOT IN ('sent', 'batched')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""
SOURCES_OF_CALLS = """
SELECT
    CAST(started_at / 86400 AS INTEGER),
    CASE WHEN item_id IS NULL THEN coalesce(calls.source_id, -1) ELSE coalesce(items.source_id, 0) END,
    count(*), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens), sum(cache_write_tokens),
    sum(reasoning_tokens), coalesce(sum(calls.cost_micro), 0)
FROM calls LEFT JOIN items ON items.id = item_id WHERE status NOT IN ('sent', 'batched')
GROUP BY 1, 2 ORDER BY 1, 2
"""

_SOURCE_OF_THEN = """
INSERT INTO sources (id, kind, address, name, origin, created_at) VALUES (4, 'rss', 'a', 'A', 'added', 1)
"""
_ITEM_OF_THEN = """
INSERT INTO items (id, state, title, source_id, available_at, created_at, updated_at) VALUES (?, ?, ?, ?, 1, 1, 1)
"""
_CALL_OF_THEN = """
INSERT INTO calls (
    item_id, brain, task, attempt, status, prompt_tokens, cost_micro, reserved_micro, price_source, started_at,
    provider, model, request_hash, round, epoch
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'p', 'm', 'h', 0, 1)
"""


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home", clock=ManualClock(NOON - 3 * DAY))
    yield opened
    await opened.engine.close()


async def _spend_for_days(board: Board) -> None:
    """Three days ago a little, one day of everything, a day of nothing, today a call."""
    (old,) = await board.post("an old one")
    await Spender(board).spend(old, cost=77)
    await board.clock.advance(DAY)
    await stage_ledger(board)
    await board.clock.advance(2 * DAY)
    (new,) = await board.post("a new one")
    await Spender(board).spend(new, cost=5, brain="right", task="draft", model="writer")


async def _require_equal(board: Board) -> None:
    assert await board.rows("SELECT * FROM ledger_days") == await board.rows(DAYS_OF_CALLS)
    assert await board.rows("SELECT * FROM source_days") == await board.rows(SOURCES_OF_CALLS)


async def test_the_sums_by_day_are_those_of_the_calls(board: Board) -> None:
    """Calls of every kind and end, of sources, people and nobody."""
    await _spend_for_days(board)
    await _require_equal(board)
    assert len(await board.rows("SELECT DISTINCT day FROM ledger_days")) == 3


async def test_a_call_counts_on_the_day_it_began_once_it_ended(board: Board) -> None:
    """A batch of yesterday that is answered today; entered with a step, begun before midnight; lost in a crash."""
    await board.clock.advance(DAY / 2 - 1)
    await board.post("one", "two")
    claim, _ = await board.claim()
    batched = await board.engine.begin_call(call(claim.item.id, reserved=50, kind=CallKind.BATCH), caps={})
    await board.engine.begin_call(call(claim.item.id, reserved=60), caps={})
    assert await board.rows("SELECT * FROM ledger_days") == []
    await board.clock.advance(DAY)
    await board.engine.settle_call(batched, Settlement(CallStatus.OK, cost_micro=40))
    await board.engine.advance(claim, calls=[settled_call(claim.item.id, cost=3)])
    crashed = await board.crash()
    await crashed.engine.recover_batches()
    try:
        await _require_equal(crashed)
        statuses = await crashed.rows("SELECT day - ?, status, calls FROM ledger_days", int(NOON // DAY) - 3)
        assert sorted(statuses) == [(0, "ok", 1), (0, "unconfirmed", 1), (1, "ok", 1)]
    finally:
        await crashed.engine.close()


async def test_a_third_board_learns_what_it_spent_before(tmp_path: Path) -> None:
    """The migration fills the sums from the calls of earlier schemas."""
    path = tmp_path / files.BOARD_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        files.migrate(old, to=3)
        old.execute(_SOURCE_OF_THEN)
        old.executemany(_ITEM_OF_THEN, [("i1", "QUEUED", "One", 4), ("i2", "QUEUED", "Two", None)])
        calls = [
            ("i1", "left", "extract", 1, "ok", 10, 40, 90, "t", NOON),
            ("i1", "left", "extract", 2, "ok", 30, 50, 90, "t", NOON - DAY),
            ("i2", "right", "draft", 1, "unconfirmed", 0, None, 90, None, NOON),
            (None, "memory", "embed", 1, "ok", 7, 2, 9, None, NOON),
            ("i2", "right", "draft", 1, "batched", 0, None, 90, None, NOON),
        ]
        old.executemany(_CALL_OF_THEN, calls)
    opened = await open_for_test(tmp_path, clock=ManualClock(NOON))
    try:
        await _require_equal(opened)
        assert await opened.rows("SELECT sum(calls), sum(cost_micro) FROM ledger_days") == [(4, 92)]
        assert await opened.rows("SELECT day - ?, source_id, calls FROM source_days", int(NOON // DAY)) == [
            (-1, 4, 1),
            (0, -1, 1),
            (0, 0, 1),
            (0, 4, 1),
        ]
    finally:
        await opened.engine.close()


@pytest.mark.parametrize("days", [1, 3, 30])
async def test_some_days_are_what_the_ledger_says_of_them(board: Board, days: int) -> None:
    """Every figure of `davidagent costs` that is there, open calls and the days before among them."""
    await _spend_for_days(board)
    whole = read_costs(board.engine.path, window=window_of_days(days, now=NOON), currency=CURRENCY, now=NOON)
    quick = read_days(board.engine.path, days=days, now=NOON, currency=CURRENCY)
    assert set(whole) - set(quick) == {"cancelled_calls", "dearest_items"}
    assert quick == {key: value for key, value in whole.items() if key in quick}
    assert quick["calls"] == {1: 1, 3: 15, 30: 16}[days]


async def test_a_trend_has_every_day_and_sums_to_the_whole(board: Board) -> None:
    """Days without a call are zero, and every part stands in each."""
    await _spend_for_days(board)
    trend = trend_of_days(board.engine.path, days=4, now=NOON, by=By.MODEL)
    assert [one["day"] for one in trend] == ["2026-09-18", "2026-09-19", "2026-09-20", "2026-09-21"]
    assert [one["calls"] for one in trend] == [1, 14, 0, 1]
    assert [round(one["cost_usd"] * 1e6) for one in trend] == [77, 4760, 0, 5]
    assert {tuple(one["parts"]) for one in trend} == {("gemini-embedding-2", "m", "unpriced", "writer", "x-api")}
    for one in trend:
        assert round(sum(part["cost_usd"] for part in one["parts"].values()) * 1e6) == round(one["cost_usd"] * 1e6)
    assert trend[1]["parts"]["writer"]["cost_usd"] == 0.002


async def test_hours_have_what_was_called_in_them(board: Board) -> None:
    """Of what is not over the calls alone."""
    (item,) = await board.post("x")
    await board.clock.advance(3 * DAY - 3600)
    await Spender(board).spend(item, cost=3)
    await board.clock.advance(3600)
    await Spender(board).spend(item, cost=5, brain="right")
    await Spender(board).spend(item, status=CallStatus.SENT)
    trend = trend_of_hours(board.engine.path, hours=3, now=NOON)
    assert [(one["at"], one["calls"], one["cost_usd"]) for one in trend] == [
        ("2026-09-21T10:00:00.000Z", 0, 0.0),
        ("2026-09-21T11:00:00.000Z", 1, 0.000003),
        ("2026-09-21T12:00:00.000Z", 2, 0.000005),
    ]
    assert trend[2]["parts"]["left"]["calls"] == trend[2]["parts"]["right"]["calls"] == 1


@pytest.mark.parametrize("span", [(-1, 2**62), (-1, 9_500), (9_500, 2**62), (200_000, 2**62)])
async def test_tokens_by_length_are_those_of_the_calls(board: Board, span: tuple[int, int]) -> None:
    """Also on days with prompts of both classes, and of one."""
    await _spend_for_days(board)
    window = window_of_days(4, now=NOON)
    quick = tokens_by_days(board.engine.path, window=window)(int(DAY), *span)
    names = {"bucket", "brain", "calls", "prompt_tokens", "cached_tokens", "cost_micro", "batch_calls"}
    names |= {"unpriced_calls", "tokenless_calls", "completion_tokens", "cache_write_tokens"}
    whole = read_tokens(board.engine.path, window=window)(int(DAY), *span)
    assert [{name: row[name] for name in names} for row in quick] == [dict(row) for row in whole]


async def test_prices_that_change_within_a_day_are_asked_of_the_calls(board: Board) -> None:
    """As are windows that begin within one."""
    await _spend_for_days(board)
    for window, bucket in ((window_of_days(4, now=NOON), 1800), (Window(NOON - 2 * DAY, NOON + 1), int(DAY))):
        quick = tokens_by_days(board.engine.path, window=window)(bucket, -1, 2**62)
        assert quick == list(read_tokens(board.engine.path, window=window)(bucket, -1, 2**62))


async def test_elsewhere_the_days_cost_what_the_report_says(board: Board) -> None:
    """By prices of one's own, and by a table with classes of lengths."""
    await _spend_for_days(board)
    reader, settings = BoardReader(board.engine.path), Settings()
    for elsewhere in (Elsewhere(price_in=1.0, price_out=2.0), Elsewhere(models=["anthropic/claude-sonnet-4-5"])):
        report = cost_report(
            reader, window=window_of_days(4, now=NOON), settings=settings, elsewhere=elsewhere, now=NOON
        )
        assert what_if_of_days(reader, days=4, settings=settings, elsewhere=elsewhere, now=NOON) == report["what_if"]
        assert report["what_if"][0]["cost_usd"] > 0


async def test_a_desk_without_a_board_costs_nothing_elsewhere(tmp_path: Path) -> None:
    reader = BoardReader(tmp_path / "none.db")
    elsewhere = Elsewhere(price_in=1.0, price_out=2.0)
    (found,) = what_if_of_days(reader, days=4, settings=Settings(), elsewhere=elsewhere, now=NOON)
    assert found["cost_usd"] == 0


def test_no_query_reads_the_calls_that_are_over() -> None:
    """But `by_hour`, which reads an index of them from a time on."""
    allowed = ("calls_open", "calls_batched", "COVERING INDEX calls_by_time (started_at>?)")
    names = ("first", "after", "since", "now")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        files.migrate(db)
        for name, query in load_queries("read_desk_costs").items():
            lines = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", dict.fromkeys(names, 1))]
            on_calls = [line for line in lines if " calls " in line]
            assert all(any(one in line for one in allowed) for line in on_calls), (name, lines)
            assert not [line for line in lines if line.startswith(("SCAN ledger", "SCAN source_days", "SCAN items"))], (
                name
            )
