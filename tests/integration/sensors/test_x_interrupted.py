"""Readings of X that are cut off anywhere: what was paid for is on the board, what is on the bill in the ledger."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from daemon.blackboard.records import CallStatus
from daemon.core.errors import BoardFullError
from daemon.runtime.supervisor import Service, Supervisor
from sensors.x.wire import posted_at
from tests.fakes.feed_server import Reply
from tests.fakes.x_desk import XDesk, x_desk
from tests.fakes.x_server import problem

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
PLENTY = 10_000.0
REFUSALS = (
    Reply(b"", status=503),
    problem(429, "Too Many Requests", "Too Many Requests"),
    problem(402, "CreditsDepleted", "No credits."),
)


async def written(desk: XDesk, count: int) -> list[str]:
    """So many posts since a first look."""
    desk.server.post("alice", "the first", at=desk.clock.now() - DAY)
    await desk.poll("@alice")
    now = desk.clock.now()
    return [desk.server.post("alice", f"tide {n}", at=now - HOUR + n) for n in range(count)]


async def ledger(desk: XDesk) -> dict[str, tuple[int, int]]:
    """Reads and micro-dollars of all readings, by status."""
    sql = "SELECT status, sum(reads), sum(coalesce(cost_micro, reserved_micro)) FROM calls GROUP BY status"
    return {row[0]: (row[1], row[2]) for row in await desk.board.rows(sql)}


async def test_a_reading_that_is_cut_off_anywhere_loses_no_page_and_no_cent(tmp_path: Path) -> None:
    """Cancelled after one step of the loop, after four, and so on: all is told once, and all is charged."""
    async with x_desk(tmp_path, "@alice", daily_reads=10**6, daily_usd=PLENTY) as desk:
        ids = await written(desk, 130)
        for steps in range(1, 400, 3):
            poll = asyncio.create_task(desk.poll("@alice"))
            for _ in range(steps):
                await asyncio.sleep(0)
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
            before = len(await desk.told())
            if before == 131:
                break
        await desk.poll("@alice")
        assert Counter(await desk.told()) == Counter([*ids, min(desk.server.posts)])
        charged = await ledger(desk)
        assert "sent" not in charged
        assert charged["ok"][0] <= desk.server.served["posts"] <= (await desk.charged())[0]
        assert sum(reads for reads, _ in charged.values()) == (await desk.charged())[0]


async def test_the_pages_before_the_one_that_is_cut_off_stay(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", daily_reads=10**6, daily_usd=PLENTY) as desk:
        await written(desk, 130)
        asked = len(desk.server.asked)
        desk.server.faults = [None, None, Reply(b"{}", hold=asyncio.Event())]
        poll = asyncio.create_task(desk.poll("@alice"))
        await _asked(desk, asked + 3)
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
        assert len(await desk.told()) == 1 + 10 + 100
        served = desk.server.served["posts"]
        assert (await desk.poll("@alice")).new == 20
        assert desk.server.served["posts"] == served + 20


async def test_a_soft_stop_lets_a_page_that_is_under_way_come_in(tmp_path: Path) -> None:
    """It was asked for and will be paid for."""
    async with x_desk(tmp_path, "@alice", daily_reads=10**6, daily_usd=PLENTY) as desk:
        await written(desk, 5)
        hold = asyncio.Event()
        desk.server.hold = hold
        supervisor = Supervisor(emit=desk.board.told.append, clock=desk.clock)
        desk.later(DAY)
        asked = len(desk.server.asked)
        supervisor.start(Service("sensing", desk.sensing.run))
        await _asked(desk, asked + 1)
        stopping = asyncio.create_task(supervisor.stop("sensing"))
        await asyncio.sleep(0)
        hold.set()
        await asyncio.wait_for(stopping, 10)
        assert len(await desk.told()) == 6
        assert set(await ledger(desk)) == {"ok"}


async def test_a_soft_stop_waits_only_a_moment_for_what_does_not_come(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", daily_reads=10**6, daily_usd=PLENTY, timeout=30.0) as desk:
        await written(desk, 5)
        desk.server.hold = asyncio.Event()
        supervisor = Supervisor(emit=desk.board.told.append, clock=desk.clock)
        desk.later(DAY)
        asked = len(desk.server.asked)
        supervisor.start(Service("sensing", desk.sensing.run))
        await _asked(desk, asked + 1)
        await asyncio.wait_for(supervisor.stop("sensing"), 10)
        assert CallStatus.UNCONFIRMED in await ledger(desk)


async def test_what_a_full_disk_did_not_take_is_not_paid_for_again(tmp_path: Path) -> None:
    """The sensor answers it again, as often as it takes, and reads on from there."""
    async with x_desk(tmp_path, "@alice", daily_reads=10**6, daily_usd=PLENTY) as desk:
        await written(desk, 2)
        long = {"note_tweet": {"text": "The tide stands high. " * 4_000}}
        desk.server.post("alice", "a long one", at=desk.clock.now() - MINUTE, **long)
        (pages,) = await desk.board.pragma("page_count")
        await desk.board.pragma(f"max_page_count={pages}")
        for _ in range(3):
            with pytest.raises(BoardFullError):
                await desk.poll("@alice")
            desk.later(HOUR)
        served = desk.server.served["posts"]
        assert served == 1 + 3
        await desk.board.pragma("max_page_count=1000000")
        assert (await desk.poll("@alice")).new == 3
        desk.server.post("alice", "a later one")
        assert (await desk.poll("@alice")).new == 1
        assert desk.server.served["posts"] == served + 1


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.soak) for n in range(2, 8))])
async def test_a_week_on_the_ledger_is_what_x_counted_to_the_post_and_the_cent(tmp_path: Path, seed: int) -> None:
    """Two accounts and a search, refusals, restarts, budgets that are changed, a clock that is set over midnight."""
    caps = {"day": 10**9}
    addresses = ("@alice", "@bob", "search:tide")
    async with x_desk(tmp_path, *addresses, daily_reads=120, daily_usd=2.0, thread_wait=90, caps=caps) as desk:
        rng, ids = random.Random(seed), _week_begins(desk)
        for address in addresses:
            await desk.poll(address)
        end = desk.clock.now() + 7 * DAY
        while desk.clock.now() < end:
            desk.clock.set(desk.clock.now() + rng.choice((20 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, -3 * HOUR)))
            ids += _writes(desk, rng)
            desk.server.faults = [rng.choice((None, None, *REFUSALS)) for _ in range(rng.choice((0, 0, 1, 3)))]
            caps["day"] = rng.choice((10**9, 10**9, 300_000, 1_000_000))
            await _restart(desk, caps, rng)
            before = await _day_charged(desk)
            await asyncio.gather(*(desk.poll(one) for one in addresses))
            assert (after := await _day_charged(desk)) == before or after <= caps["day"]
        desk.server.faults, caps["day"] = [], 10**9
        for _ in range(8):
            desk.later(DAY / 2)
            for address in addresses:
                await desk.poll(address)
        charged = await ledger(desk)
        assert charged["ok"] == (desk.server.served["posts"], desk.server.micro())
        assert charged["error"] == (0, 0)
        assert await desk.charged() == charged["ok"]
        days = await desk.board.rows("SELECT reads, micro FROM source_reads")
        assert all(0 <= reads <= 120 and 0 <= micro <= 2_000_000 for reads, micro in days)
        assert set(ids) <= set(await desk.told())


def _week_begins(desk: XDesk) -> list[str]:
    return [desk.server.post(name, "the first", at=desk.clock.now() - DAY) for name in ("alice", "bob")]


def _writes(desk: XDesk, rng: random.Random) -> list[str]:
    """Some posts since the last look, with all that costs: quotes, images, threads."""
    written: list[str] = []
    for name in ("alice", "bob"):
        for n in range(rng.choice((0, 0, 1, 2, 12))):
            more = {"quote": rng.choice(list(desk.server.posts))} if rng.random() < 0.2 else {}
            media = {"media": ["a wave"]} if rng.random() < 0.2 else {}
            reply = {"reply_to": written[-1]} if n and rng.random() < 0.3 else {}
            at = max(desk.clock.now() - 30 + n, posted_at(max(desk.server.posts, key=int)))
            written.append(desk.server.post(name, f"tide {len(desk.server.posts)}", at=at, **more, **media, **reply))
    return written


async def _restart(desk: XDesk, caps: dict[str, int], rng: random.Random) -> None:
    if rng.random() < 0.2:
        fresh = XDesk(desk.board, desk.server, settings=desk.context.settings, caps=caps)
        await desk.watcher.close()
        desk.watcher, desk.sensing = fresh.watcher, fresh.sensing


async def _day_charged(desk: XDesk) -> int:
    rows = await desk.board.rows("SELECT charged_micro FROM spending WHERE scope = 'day' ORDER BY period DESC LIMIT 1")
    return int(rows[0][0]) if rows else 0


async def _asked(desk: XDesk, count: int) -> None:
    while len(desk.server.asked) < count:
        desk.server.arrived.clear()
        await asyncio.wait_for(desk.server.arrived.wait(), 5)
