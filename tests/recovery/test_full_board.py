"""100,000 queued items: they lie on the disk, not in memory, and a claim does not feel them."""

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from daemon.blackboard import SqliteEngine, read_holder
from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.states import Step
from tests.fakes.boards import open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.full_boards import fill_board, offline_config
from tests.fakes.processes import Daemon, command, wait_for

pytestmark = pytest.mark.soak

QUEUED = 100_000
FEW = 500
MOST_GROWTH_BYTES = 50_000_000
ALL_STEPS = dict.fromkeys((*(step.value for step in Step), "limit", "now"), 1)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that the tests get copies of."""
    home = tmp_path_factory.mktemp("filled")
    asyncio.run(fill_board(home, count=QUEUED))
    return home


@pytest.fixture
def full(filled: Path, tmp_path: Path) -> Path:
    """A home with 100,000 items queued, paused."""
    return Path(shutil.copytree(filled, tmp_path / "full" / "home"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A home with a few items queued, paused."""
    home = tmp_path / "small" / "home"
    asyncio.run(fill_board(home, count=FEW))
    return home


class Desk:
    """A daemon on one of the boards."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config = offline_config(home)
        self.daemon = Daemon(self.config)
        self.reader = BoardReader(home / "blackboard.db")

    @property
    def resident(self) -> int:
        """Bytes of memory."""
        return int(psutil.Process(self.daemon.pid).memory_info().rss)

    def is_healthy(self) -> bool:
        """Its API answers."""
        holder = read_holder(self.home)
        return bool(holder and holder.address and httpx2.get(f"{holder.address}/api/health").is_success)

    def resume(self) -> None:
        """Let it work."""
        holder = read_holder(self.home)
        assert holder is not None
        token = (self.home / "api.token").read_text().strip()
        url = f"{holder.address}/api/admin/resume"
        assert httpx2.post(url, headers={"Authorization": f"Bearer {token}"}).is_success

    def has_published(self, count: int) -> Callable[[], bool]:
        """Whether so many items are out."""
        return lambda: self.reader.counts()["PUBLISHED"] >= count


@pytest.fixture
def desks(small: Path, full: Path) -> Iterator[tuple[Desk, Desk]]:
    """A daemon on a small board and one on the full board, both paused and in good health."""
    both = Desk(small), Desk(full)
    for desk in both:
        desk.daemon.start()
    try:
        for desk in both:
            wait_for(desk.is_healthy)
        yield both
    finally:
        for desk in both:
            desk.daemon.kill()


@pytest.mark.slow
def test_a_full_board_costs_the_daemon_no_memory(desks: tuple[Desk, Desk]) -> None:
    """Neither at rest nor at work; and `status` counts all of it."""
    small, full = desks
    assert full.resident - small.resident < MOST_GROWTH_BYTES
    status = json.loads(command("status", "--json", config=full.config).stdout)
    assert (status["states"]["QUEUED"], status["daemon"]["running"]) == (QUEUED, True)
    for desk in desks:
        desk.resume()
    for desk in desks:
        wait_for(desk.has_published(60), within=60)
    assert full.resident - small.resident < MOST_GROWTH_BYTES


async def _instructions(engine: SqliteEngine) -> int:
    """How many instructions SQLite's machine runs for a claim of 16 items and the look for the next one."""
    ran = 0

    def count() -> int:
        nonlocal ran
        ran += 1
        return 0

    def watch(transaction: Transaction) -> None:
        transaction.connection.set_progress_handler(count, 1)

    await engine._writer.run(watch)
    assert len(await engine.claim(worker_id="w", steps=list(Step), limit=16, lease_seconds=60)) == 16
    await engine.next_available_at(steps=list(Step))
    return ran


async def test_a_claim_does_as_much_work_on_a_full_board_as_on_a_small_one(full: Path, small: Path) -> None:
    """Counted in instructions, so that no machine is too slow for it."""
    counts = []
    for home in (small, full):
        board = await open_for_test(home, clock=ManualClock(time.time() + 1))
        try:
            counts.append(await _instructions(board.engine))
        finally:
            await board.engine.close()
    assert 0 < counts[1] < 1.2 * counts[0]


async def test_every_query_of_the_loop_is_a_search(full: Path) -> None:
    """What the worker, the lease keeper and the rescuer ask over and over reads no table from end to end."""
    board = await open_for_test(full)
    try:
        for name in ("find_available", "claim_queued", "claim_again", "renew_lease", "advance_item", "release_item"):
            plan = await _plan(board.engine, name)
            assert not [line for line in plan if line.startswith(("SCAN items", "SCAN i", "SCAN o"))], name
        plan = await _plan(board.engine, "find_available")
        assert sum("USING INDEX items_available (state=? AND available_at<?)" in line for line in plan) == 5
    finally:
        await board.engine.close()


async def _plan(engine: SqliteEngine, name: str) -> list[str]:
    query = load_queries("items")[name]
    words = ("row", "id", "state", "epoch", "worker_id", "lease_until", "to")
    wanted = ALL_STEPS | dict.fromkeys(words, 1)
    return await engine._writer.run(
        lambda transaction: [row[3] for row in transaction.execute(f"EXPLAIN QUERY PLAN {query}", wanted)]
    )
