"""A board of the first schema is brought forward whole, or not at all."""

import json
import logging
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from daemon.blackboard import open_board
from daemon.blackboard.keys import PostKey
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.spending import spending
from daemon.blackboard.sqlite import files
from daemon.cli.acting import upgrade_words
from daemon.cli.checks.board import check_board
from daemon.core.errors import BudgetExceededError, OldBoardError
from daemon.core.events import Emitter, Event
from daemon.core.ids import TimeSortedIds
from daemon.core.logs import level_of
from tests.fakes.boards import call, open_for_test, seen
from tests.fakes.clock import ManualClock

NOON = 1_795_176_000.0
"""2026-11-20, 12:00 UTC."""
DAY = 86_400.0
COLUMNS = (
    "id, item_id, brain, task, provider, model, request_hash, attempt, round, epoch, status, prompt_tokens, "
    "completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, reserved_micro, cost_micro, price, "
    "latency_ms, answer, error, fingerprint, started_at, ended_at"
)
PRICE = json.dumps({"source": "genai-prices 0.0.40", "input_mtok": 0.3})
CALLS = [
    (1, "i1", "left", "ok", 100, 40, PRICE, "{}", NOON - DAY),
    (2, "i1", "right", "ok", 100, 25, None, "{}", NOON - 60),
    (3, "i2", "left", "unconfirmed", 70, None, None, None, NOON - 60),
    (4, "i2", "left", "sent", 50, None, None, None, NOON - 30),
    (5, "i2", "left", "ok", None, None, None, "no price", NOON - 20),
    (6, "i2", "left", "error", 30, 0, None, None, NOON - 10),
]
"""id, item, brain, status, reserved, cost, price, answer, start."""
CHARGED = {("day", "2026-11-19"): 40, ("day", "2026-11-20"): 145, ("month", "2026-11"): 185}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of version 1, made by its own migration, with money in every state of it."""
    path = tmp_path / files.BOARD_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        files.migrate(old, to=1)
        old.execute("PRAGMA journal_mode = WAL").fetchone()
        _fill(old)
    return path


def _fill(old: sqlite3.Connection) -> None:
    item = (
        "INSERT INTO items (id, state, title, available_at, cost_micro, created_at, updated_at) VALUES (?,?,?,?,?,?,?)"
    )
    old.execute(item, ("i1", "QUEUED", "One", 1.0, 65, 1.0, 1.0))
    old.execute(item, ("i2", "DRAFTING", "Two", 2.0, 120, 1.0, 1.0))
    old.executemany("INSERT INTO observations (item_id, text) VALUES (?, 'text')", [("i1",), ("i2",)])
    for id_, item_id, brain, status, reserved, cost, price, answer, at in CALLS:
        values = (id_, item_id, brain, "extract", "fake", "m", f"h{id_}", 1, 2, 3, status, 10, 5, 4, 3, 2)
        rest = (reserved, cost, price, 80, answer, None, '{"code": "1"}', at, None if status == "sent" else at + 1)
        old.execute(f"INSERT INTO calls ({COLUMNS}) VALUES ({', '.join('?' * 25)})", (*values, *rest))
    old.executemany(
        "INSERT INTO spending (scope, period, charged_micro) VALUES (?, ?, ?)",
        [(scope, period, micro) for (scope, period), micro in CHARGED.items()],
    )
    old.execute("INSERT INTO events (id, at, type) VALUES (7, 1.0, 'e')")


def _rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(query).fetchall()


async def test_everything_of_a_first_board_is_kept(path: Path) -> None:
    """Every call column by column, except what the start itself settles; items and events as they were."""
    before = _rows(path, f"SELECT {COLUMNS} FROM calls WHERE status <> 'sent' ORDER BY id")
    board = await open_for_test(path.parent, clock=ManualClock(NOON))
    try:
        assert await board.rows("PRAGMA user_version") == [(files.newest_schema(),)]
        assert await board.rows(f"SELECT {COLUMNS} FROM calls WHERE id <> 4 ORDER BY id") == before
        assert await board.rows("SELECT DISTINCT kind, saved_micro, batch_id FROM calls") == [("call", 0, None)]
        assert await board.rows("SELECT price_source FROM calls WHERE id <= 2") == [("genai-prices 0.0.40",), (None,)]
        assert [claim.item.id for claim in await board.claim()] == ["i2", "i1"]
        assert (await board.engine.record_event("later", data={})) > 7
        assert await board.pragma("integrity_check") == ("ok",)
        assert await board.rows("PRAGMA foreign_key_check") == []
    finally:
        await board.engine.close()


async def test_a_call_that_was_under_way_is_unconfirmed_and_stays_charged(path: Path) -> None:
    """As after any other crash."""
    board = await open_for_test(path.parent, clock=ManualClock(NOON))
    try:
        assert await board.rows("SELECT status, reserved_micro FROM calls WHERE id = 4") == [("unconfirmed", 50)]
        assert await board.events("i2") == ["call_unconfirmed"]
    finally:
        await board.engine.close()


async def test_the_brains_are_charged_with_what_they_spent_before(path: Path) -> None:
    """Their days add up to the day, and a brain's cap counts what the first schema booked."""
    board = await open_for_test(path.parent, clock=ManualClock(NOON))
    try:
        assert dict(await board.rows("SELECT scope || ' ' || period, charged_micro FROM spending")) == {
            "brain:left 2026-11-19": 40,
            "brain:left 2026-11-20": 120,
            "brain:right 2026-11-20": 25,
            **{f"{scope} {period}": micro for (scope, period), micro in CHARGED.items()},
        }
        assert spending(board.engine.path, scope="brain:left", period="2026-11-20") == 120
        with pytest.raises(BudgetExceededError):
            await board.engine.begin_call(call("i1", reserved=1), caps={"brain": 120})
    finally:
        await board.engine.close()


async def test_a_migration_that_fails_leaves_the_first_board(path: Path) -> None:
    """One transaction: nothing of the new schema is there, and the file opens once the cause is gone."""
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE batches (theirs)")
    with pytest.raises(Exception, match="batches already exists"):
        await open_for_test(path.parent, clock=ManualClock(NOON))
    assert _rows(path, "PRAGMA user_version") == [(1,)]
    assert len(_rows(path, "SELECT * FROM calls")) == len(CALLS)
    assert not _rows(path, "SELECT 1 FROM pragma_table_info('items') WHERE name = 'waits_for'")
    with closing(sqlite3.connect(path)) as old:
        old.execute("DROP TABLE batches")
    board = await open_for_test(path.parent, clock=ManualClock(NOON))
    await board.engine.close()


async def test_readers_wait_for_the_writer_to_bring_it_forward(path: Path) -> None:
    """They say so; afterwards they read it."""
    reader = BoardReader(path)
    with pytest.raises(OldBoardError, match="the next davidagent run or once brings it up to date"):
        reader.counts()
    assert check_board(reader).advice == "davidagent once does it now"
    board = await open_for_test(path.parent, clock=ManualClock(NOON))
    await board.engine.close()
    assert check_board(reader).status == "ok"
    assert reader.counts()["DRAFTING"] == 1
    assert [one["kind"] for one in reader.item("i1")["calls"]] == ["call", "call"]


async def test_a_second_board_learns_keys(tmp_path: Path) -> None:
    """Its items stay, and posts under a key are known again."""
    path = tmp_path / files.BOARD_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        files.migrate(old, to=2)
        old.execute(
            "INSERT INTO items (id, state, title, available_at, created_at, updated_at) "
            "VALUES ('i1', 'QUEUED', 'One', 1.0, 1.0, 1.0)"
        )
    board, key = await open_for_test(tmp_path, clock=ManualClock(NOON)), PostKey("k", "f")
    try:
        (first,) = await board.engine.post([seen("x")], source_id=None, by="t", key=key)
        assert await board.engine.find_posted(key) == first.item_id
        assert await board.rows("SELECT count(*) FROM items") == [(2,)]
        assert await board.pragma("integrity_check") == ("ok",)
    finally:
        await board.engine.close()


async def test_a_large_board_says_before_it_is_brought_forward(tmp_path: Path) -> None:
    """What, how large, and for about how long, once; also as a sentence. A small one is done before anybody wonders."""
    path = tmp_path / files.BOARD_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        files.migrate(old, to=3)
        ballast = "INSERT INTO controls (key, value, set_by, set_at) VALUES ('ballast', zeroblob(?), 'test', 1.0)"
        old.execute(ballast, (files.SLOW_FROM_BYTES,))
    told: list[Event] = []
    emitter, clock = Emitter(), ManualClock(NOON)
    emitter.listen(told.append)
    opening = {"clock": clock, "ids": TimeSortedIds(clock.now, random.Random(1)), "boot_id": "b", "emitter": emitter}
    for _ in range(2):
        async with await open_board(home=tmp_path, **opening):
            pass
    (event,) = [one for one in told if one.type == "board_migrating"]
    to = files.newest_schema()
    assert event.data == {"schema": 3, "to": to, "gigabytes": 0.1, "about_seconds": 0.7}
    assert upgrade_words(event.data) == f"bringing the board forward to schema {to} (0.1 GB); this takes about 1 s"
    assert level_of(event) == logging.WARNING


async def test_a_small_board_is_brought_forward_without_a_word(path: Path) -> None:
    """It takes no time worth a line."""
    told: list[files.Upgrade] = []
    files.connect(path, synchronous="normal", before_upgrade=told.append).close()
    assert told == []
