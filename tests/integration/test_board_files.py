"""The file and its lock: made, recognised, migrated, refused, copied."""

import asyncio
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from daemon.blackboard import read_holder
from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite import files
from daemon.core.errors import (
    BlackboardError,
    BoardReadOnlyError,
    CorruptBoardError,
    ForeignBoardError,
    WriterLockedError,
)
from tests.fakes.boards import Board, open_for_test

SCHEMA = Path(files.__file__).parent.parent / "sql" / "schema.sql"


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home", address="http://127.0.0.1:1")
    yield opened
    await opened.engine.close()


def _objects(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
    return connection.execute(query).fetchall()


def test_the_migrations_end_equal_to_the_schema() -> None:
    """Both roads lead to the same tables and indexes."""
    by_schema, by_steps = sqlite3.connect(":memory:"), sqlite3.connect(":memory:", isolation_level=None)
    by_schema.executescript(SCHEMA.read_text("utf-8"))
    files.migrate(by_steps)
    assert _objects(by_steps) == _objects(by_schema)
    assert len(_objects(by_schema)) > 20
    by_schema.close()
    by_steps.close()


def test_migrations_are_numbered_without_gaps() -> None:
    """The number is the file's user_version."""
    assert [number for number, _ in files.migrations()] == list(range(1, len(files.migrations()) + 1))


async def test_a_board_is_marked_as_ours_and_set_up_as_promised(board: Board) -> None:
    """Application id, version, WAL, FULL, foreign keys, no memory map."""
    names = ("application_id", "user_version", "journal_mode", "synchronous", "foreign_keys", "page_size", "mmap_size")
    found = [(await board.rows(f"PRAGMA {name}"))[0][0] for name in names]
    assert found == [files.APPLICATION_ID, len(files.migrations()), "wal", 2, 1, files.PAGE_BYTES, 0]


async def test_synchronous_normal_is_a_setting(tmp_path: Path) -> None:
    """For those who may lose the last moments to a power cut."""
    board = await open_for_test(tmp_path, synchronous="normal")
    assert await board.rows("PRAGMA synchronous") == [(1,)]
    await board.engine.close()


@pytest.mark.parametrize(
    ("spoil", "error", "sentence"),
    [
        (lambda path: path.write_bytes(b"hello world " * 100), ForeignBoardError, "is not a database"),
        (lambda path: _make(path, "CREATE TABLE t (x)"), ForeignBoardError, "belongs to another program"),
        (lambda path: _make(path, "PRAGMA application_id = 7"), ForeignBoardError, "belongs to another program"),
        (
            lambda path: _make(path, f"PRAGMA application_id = {files.APPLICATION_ID}; PRAGMA user_version = 99"),
            ForeignBoardError,
            "newer DavidAgent",
        ),
    ],
)
async def test_a_file_that_is_not_ours_is_refused_and_left_alone(
    tmp_path: Path, spoil: object, error: type[Exception], sentence: str
) -> None:
    """The sentence names the file; the lock is free again."""
    path = tmp_path / files.BOARD_NAME
    spoil(path)  # type: ignore[operator]
    before = path.read_bytes()
    with pytest.raises(error, match=sentence) as caught:
        await open_for_test(tmp_path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert read_holder(tmp_path) is None


def _make(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


async def test_a_damaged_board_is_called_damaged(tmp_path: Path) -> None:
    """With the advice to put back a backup."""
    board = await open_for_test(tmp_path / "home")
    await board.post(*(f"n{i}" for i in range(500)))
    await board.engine.close()
    path = board.home / files.BOARD_NAME
    content = bytearray(path.read_bytes())
    content[files.PAGE_BYTES :] = bytes(len(content) - files.PAGE_BYTES)
    path.write_bytes(content)
    with pytest.raises(CorruptBoardError, match="put back a backup"):  # noqa: PT012 - opening or reading may find it
        damaged = await open_for_test(board.home)
        try:
            await damaged.post("x")
        finally:
            await damaged.engine.close()


async def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    """By its path. The superuser may write everywhere but in the system's own trees."""
    home = Path("/sys/kernel")
    if os.geteuid() != 0:
        home = tmp_path / "closed"
        home.mkdir(mode=0o500)
    with pytest.raises(BoardReadOnlyError, match=str(home)):
        await open_for_test(home)


async def test_a_home_that_is_a_file_is_said_so(tmp_path: Path) -> None:
    """One sentence, no traceback of the system's."""
    home = tmp_path / "home"
    home.write_text("x")
    with pytest.raises(BlackboardError, match=str(home)):
        await open_for_test(home)


async def test_a_second_writer_is_told_who_the_first_is(board: Board) -> None:
    """Its process and where it listens."""
    with pytest.raises(WriterLockedError, match=r"http://127\.0\.0\.1:1") as caught:
        await open_for_test(board.home, boot_id="b2")
    assert (caught.value.pid, caught.value.address) == (os.getpid(), "http://127.0.0.1:1")
    assert await board.post("still ours")


async def test_the_holder_is_known_while_the_board_is_open(board: Board) -> None:
    """With its new address, once it has one."""
    board.engine.set_address("http://127.0.0.1:23456")
    holder = read_holder(board.home)
    assert holder is not None
    assert (holder.pid, holder.boot_id, holder.address) == (os.getpid(), "b1", "http://127.0.0.1:23456")
    assert set(json.loads((board.home / "blackboard.lock").read_text())) == {"pid", "boot_id", "started_at", "address"}
    await board.engine.close()
    assert read_holder(board.home) is None


def test_no_home_no_holder(tmp_path: Path) -> None:
    """Asking makes nothing."""
    assert read_holder(tmp_path / "nowhere") is None
    assert list(tmp_path.iterdir()) == []


async def test_a_forked_child_does_not_keep_the_lock(board: Board) -> None:
    """It would outlive a killed daemon."""
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ready[1], b"x")
        os.read(done[0], 1)
        os._exit(0)
    try:
        os.read(ready[0], 1)
        await board.engine.close()
        assert read_holder(board.home) is None
    finally:
        os.write(done[1], b"x")
        os.waitpid(child, 0)  # noqa: ASYNC222 - the child ends at once
        for end in (*ready, *done):
            os.close(end)


def _start(script: str, home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, cwd=SCHEMA.parents[3])


async def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    """The lock is the system's, so it ends with the process."""
    script = textwrap.dedent("""
        import asyncio, pathlib, sys, random
        from daemon.blackboard import open_board
        from daemon.core.clock import SystemClock
        from daemon.core.ids import TimeSortedIds
        async def main():
            clock = SystemClock()
            ids = TimeSortedIds(clock.now, random.Random(1))
            await open_board(home=pathlib.Path(sys.argv[1]), clock=clock, ids=ids, boot_id="other")
            print("open", flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """)
    child = subprocess.Popen(  # noqa: ASYNC220 - it prints one line at once
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, cwd=SCHEMA.parents[3]
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        with pytest.raises(WriterLockedError) as caught:
            await open_for_test(tmp_path)
        assert caught.value.pid == child.pid
    finally:
        child.kill()
        child.communicate()
    board = await open_for_test(tmp_path)
    await board.engine.close()


async def test_a_backup_is_a_whole_board_of_its_own(board: Board, tmp_path: Path) -> None:
    """Taken while the board is open, opened like any other."""
    (item,) = await board.post("x")
    copy = tmp_path / "copy" / files.BOARD_NAME
    await board.engine.backup(copy)
    await board.post("later")
    assert [path.name for path in copy.parent.iterdir()] == [files.BOARD_NAME]
    restored = await open_for_test(copy.parent)
    try:
        assert [claim.item.id for claim in await restored.claim()] == [item]
    finally:
        await restored.engine.close()


async def test_a_backup_is_made_while_the_writer_works_on(board: Board, tmp_path: Path) -> None:
    """A large board on a slow disk must not keep heartbeats and watchdog waiting."""
    await board.post("x")
    is_copied = threading.Event()
    writing = asyncio.create_task(board.engine._writer.run(lambda _: is_copied.wait(timeout=20)))
    await asyncio.sleep(0)
    await board.engine.backup(tmp_path / "copy.db")
    assert not writing.done()
    is_copied.set()
    assert await writing


async def test_a_backup_never_writes_over_a_file(board: Board) -> None:
    """Least of all over the board."""
    with pytest.raises(BlackboardError, match="exists already"):
        await board.engine.backup(board.engine.path)
    assert await board.post("x")


async def test_the_log_is_emptied_at_open_and_close(board: Board) -> None:
    """One file is left behind."""
    await board.post(*(f"n{i}" for i in range(100)))
    await board.engine.close()
    assert not (board.home / "blackboard.db-wal").exists()


async def test_claiming_looks_at_a_few_index_entries_of_a_large_backlog(board: Board) -> None:
    """100,000 queued: every branch a search, and the best of five claims under 5 ms."""
    await board.post("first")
    await board.rows(
        "INSERT INTO items (id, state, title, available_at, created_at, updated_at) "
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "SELECT printf('z%012d', i), 'QUEUED', 't', 1e9 + i, 1, 1 FROM n"
    )
    await board.rows("INSERT INTO observations (item_id, text) SELECT id, 't' FROM items WHERE id LIKE 'z%'")
    query = load_queries("items")["find_available"]
    wanted = dict.fromkeys(("publish", "review", "draft", "extract", "limit", "now"), 1)
    plan = await board.engine._writer.run(
        lambda transaction: [row[3] for row in transaction.execute(f"EXPLAIN QUERY PLAN {query}", wanted)]
    )
    assert sum("USING INDEX items_available (state=? AND available_at<?)" in line for line in plan) == 5
    assert not any(line.startswith("SCAN items") for line in plan)
    took = []
    for _ in range(5):
        started = time.perf_counter()
        assert len(await board.claim(limit=16)) == 16
        took.append(time.perf_counter() - started)
    assert min(took) < 0.005


@pytest.mark.parametrize(
    ("file", "name", "index"),
    [
        ("items", "find_stale_claims", "items_leased"),
        ("items", "unremembered", "items_unremembered"),
        ("items", "next_available_at", "items_available"),
        ("sources", "due_sources", "sources_due"),
        ("items", "wake_items", "items_available"),
        ("ledger", "left_sent", "calls_open"),
        ("ledger", "under_way", "calls_open"),
        ("batches", "find_batched", "calls_by_item"),
        ("batches", "calls_of_batch", "calls_by_batch"),
        ("batches", "left_without_batch", "calls_batched"),
        ("batches", "open_batches", "batches_open"),
        ("read_spending", "spent_by_minute", "COVERING INDEX calls_by_time"),
        ("people", "dead_letters", "items_by_"),
    ],
)
def test_what_is_asked_often_is_answered_by_an_index(file: str, name: str, index: str) -> None:
    """None of these reads the whole table."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    files.migrate(connection)
    query = load_queries(file)[name]
    words = ("now", "worker_id", "limit", "publish", "review", "draft", "extract", "until", "failure_group")
    words += ("waits_for", "since", "brain", "item_id", "request_hash", "batch_id")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", dict.fromkeys(words, 1))]
    connection.close()
    assert any(index in line for line in plan)


async def test_a_crash_copy_with_a_torn_log_opens_with_what_was_committed(board: Board, tmp_path: Path) -> None:
    """Bytes of an unfinished commit at the end of the log are not believed."""
    items = await board.post("x", "y")
    home = tmp_path / "torn"
    home.mkdir()
    shutil.copy(board.home / "blackboard.db", home / "blackboard.db")
    log = (board.home / "blackboard.db-wal").read_bytes()
    (home / "blackboard.db-wal").write_bytes(log + random.Random(1).randbytes(5000))
    torn = await open_for_test(home)
    try:
        assert {claim.item.id for claim in await torn.claim()} == set(items)
    finally:
        await torn.engine.close()


@pytest.mark.parametrize("text", ["", "half a docu", "[]", '{"pid": 7, "of_a_later_version": true}'])
async def test_whatever_stands_in_the_lock_file_the_holder_is_a_holder(board: Board, text: str) -> None:
    """Only the system's lock says that there is a writer; its text may be anybody's."""
    (board.home / "blackboard.lock").write_text(text)
    assert read_holder(board.home) is not None
    with pytest.raises(WriterLockedError):
        await open_for_test(board.home, boot_id="b2")


async def test_a_log_does_not_grow_for_ever_though_there_is_always_a_reader(board: Board) -> None:
    """Some reader is in the way at every moment, so that no passive checkpoint can begin the log anew."""
    log = board.engine.path.with_name("blackboard.db-wal")
    board.engine._writer._committer.longest_log_bytes = 4_000_000
    sizes = [0]
    with _readers(board.engine.path, count=4):
        while sizes[-1] > max(sizes) / 4 or max(sizes) < 10_000_000:
            await board.engine.record_event("e", data={"text": "x" * 5000})
            sizes.append(log.stat().st_size)
            assert len(sizes) < 8000, f"the log has grown to {sizes[-1]:,} bytes"


async def test_a_reader_that_never_ends_costs_the_writer_a_moment_now_and_then(board: Board) -> None:
    """The log cannot be emptied then; all verbs work on."""
    board.engine._writer._committer.longest_log_bytes = 0
    reader = sqlite3.connect(f"file:{board.engine.path}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    numbers = [await board.engine.record_event("e", data={}) for _ in range(1001)]
    assert numbers == list(range(1, 1002))
    assert await board.pragma("busy_timeout") == (5000,)
    reader.close()


@contextmanager
def _readers(path: Path, *, count: int) -> Iterator[None]:
    """Threads that read for a twentieth of a second each, one time after the other, never all at rest."""
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM events").fetchone()
                is_over.wait(random.uniform(0.02, 0.08))

    threads = [threading.Thread(target=read) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
