"""Not one read of X over its budget: under concurrency, after crashes, at the edges of a day."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.records import CallStatus
from tests.fakes.feed_server import Reply
from tests.fakes.x_desk import XDesk, x_desk
from tests.fakes.x_server import problem

HOUR, DAY = 3600.0, 86_400.0
PLENTY = 1000.0


def flood(desk: XDesk, *names: str, each: int = 60) -> None:
    """Posts with all that costs: each quotes another, and has two images."""
    now = desk.clock.now()
    for name in names:
        quoted = desk.server.post("zoe", f"What {name} quotes.", at=now - 2 * HOUR)
        for n in range(each):
            desk.server.post(name, f"tide {n} of {name}", at=now - HOUR + n, quote=quoted, media=["a wave", None])


async def statuses(desk: XDesk) -> list[tuple[str, int, int | None]]:
    """Status, reads and cost of every reading in the ledger, but those of accounts."""
    sql = "SELECT status, reads, cost_micro FROM calls WHERE brain = 'sensor' AND model = 'x-posts' ORDER BY id"
    return [(row[0], row[1], row[2]) for row in await desk.board.rows(sql)]


async def test_what_is_charged_is_what_x_served_to_the_micro_dollar(tmp_path: Path) -> None:
    """Posts, the included ones, images and the account."""
    async with x_desk(tmp_path, "@alice", daily_reads=1000, daily_usd=PLENTY) as desk:
        flood(desk, "alice", each=12)
        await desk.poll("@alice")
        served = desk.server.served
        assert (served["posts"], served["media"], served["users"]) == (13, 24, 1)
        assert await desk.charged() == (13, desk.server.micro())
        assert desk.last.detail["reads"] == 13
        assert desk.last.detail["usd"] == pytest.approx(13 * 0.005 + 24 * 0.005 + 0.010)


@pytest.mark.parametrize("seed", range(3))
async def test_many_pollers_at_once_stay_within_the_bounds_of_their_sources(tmp_path: Path, seed: int) -> None:
    """Two sources, each polled by three at once, again and again, all day long."""
    bounds: dict[str, Any] = {"daily_reads": 40 + 7 * seed, "daily_usd": 1.5}
    async with x_desk(tmp_path, "@alice", "@bob", first_reads=5, **bounds) as desk:
        for _ in range(6):
            flood(desk, "alice", "bob", each=20)
            await asyncio.gather(*(desk.poll(address) for address in ("@alice", "@bob") * 3))
            desk.later(600)
        rows = await desk.board.rows("SELECT reads, micro FROM source_reads")
        assert len(rows) == 2
        assert all(reads <= bounds["daily_reads"] and micro <= 1_500_000 for reads, micro in rows)
        reads, micro = await desk.charged()
        assert desk.server.served["posts"] <= reads
        assert desk.server.micro() <= micro
        assert reads >= 2 * bounds["daily_reads"] - 2 * 15


async def test_the_budget_of_all_bounds_the_sources_together(tmp_path: Path) -> None:
    """What is only set aside comes back soon, so those who find no room come again in a minute; else tomorrow."""
    caps = {"day": 900_000, "brain:sensor": 700_000}
    names = [f"@name{n}" for n in range(5)]
    async with x_desk(tmp_path, *names, daily_reads=1000, daily_usd=PLENTY, caps=caps, first_reads=10) as desk:
        flood(desk, *(name.removeprefix("@") for name in names), each=15)
        began = desk.clock.now()
        midnight = (began // DAY + 1) * DAY
        for _ in range(4):
            await asyncio.gather(*(desk.poll(name) for name in names))
            desk.later(120)
        _, micro = await desk.charged()
        assert desk.server.micro() <= micro <= 700_000
        waits = [one.fetch.next_fetch_at for one in desk.watcher.sightings if one.outcome == "waiting"]
        assert any(began < at < began + 700 for at in waits)
        assert all(began < at < began + 700 or midnight <= at <= midnight + 300 for at in waits)
        for name in names * 3:
            flood(desk, name.removeprefix("@"), each=5)
            await desk.poll(name)
        assert desk.server.micro() <= (await desk.charged())[1] <= 700_000
        assert desk.last.outcome == "waiting"
        words = "the budget leaves no room for reading; it goes on at 00:00 UTC"
        assert desk.last.fetch.next_fetch_reason == words


async def test_a_used_up_budget_makes_it_wait_for_the_next_day_and_lose_nothing(tmp_path: Path) -> None:
    """What was read is told at once; it is no failure, and the next day goes on where this one ended."""
    async with x_desk(tmp_path, "@alice", daily_reads=40, daily_usd=PLENTY, first_reads=5) as desk:
        ids = [desk.server.post("alice", "tide at first", at=desk.clock.now() - DAY)]
        await desk.poll("@alice")
        now = desk.clock.now()
        ids += [desk.server.post("alice", f"tide {n}", at=now - 300 + n) for n in range(50)]
        found = await desk.poll("@alice")
        assert (found.outcome, found.new) == ("waiting", 25)
        waits = desk.last.fetch
        midnight = (now // DAY + 1) * DAY
        assert midnight <= waits.next_fetch_at <= midnight + 300
        assert waits.next_fetch_reason == "its 40 reads of today are used up; it goes on at 00:00 UTC"
        assert (waits.errors_in_row, waits.last_error) == (0, None)
        asked = len(desk.server.asked)
        assert (await desk.poll("@alice")).outcome == "waiting"
        assert len(desk.server.asked) == asked
        for _ in range(3):
            desk.clock.set(desk.last.fetch.next_fetch_at)
            await desk.poll("@alice")
            desk.clock.set(desk.last.fetch.next_fetch_at)
        assert sorted(str(one.url).rpartition("/")[2] for one in desk.seen) == ids
        assert desk.server.served["posts"] == 51


async def test_a_crash_between_asking_and_the_answer_leaves_all_charged(tmp_path: Path) -> None:
    """X has counted the answer; the next process knows only what was set aside for it, and stays within the rest."""
    async with x_desk(tmp_path, "@alice", daily_reads=60, daily_usd=PLENTY, first_reads=10) as desk:
        flood(desk, "alice", each=10)
        desk.server.hold = asyncio.Event()
        poll = asyncio.create_task(desk.poll("@alice"))
        await _asked(desk, 1)
        desk.server.hold.set()
        desk.server.hold = asyncio.Event()
        await _asked(desk, 2)
        board = await desk.board.crash()
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
        desk.server.hold = None
        try:
            after = XDesk(board, desk.server, settings=desk.context.settings, caps={})
            assert await after.charged() == (30, 10 * 35_000 + 10_000)
            for _ in range(5):
                await after.poll("@alice")
            reads, micro = await after.charged()
            assert desk.server.served["posts"] <= reads <= 60
            assert desk.server.micro() <= micro
            await after.close()
        finally:
            await board.engine.close()


async def _asked(desk: XDesk, count: int) -> None:
    """Wait until the server got so many requests."""
    while len(desk.server.asked) < count:
        desk.server.arrived.clear()
        await asyncio.wait_for(desk.server.arrived.wait(), 5)


async def test_a_poll_that_is_cancelled_while_x_answers_leaves_all_charged(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", daily_reads=100, daily_usd=PLENTY, first_reads=5) as desk:
        flood(desk, "alice", each=5)
        await desk.poll("@alice")
        desk.server.hold = asyncio.Event()
        seen = len(desk.server.asked)
        poll = asyncio.create_task(desk.poll("@alice"))
        await _asked(desk, seen + 1)
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        assert (await statuses(desk))[-1] == (CallStatus.UNCONFIRMED, 30, None)
        assert (await desk.charged())[0] == desk.server.served["posts"] + 30


@pytest.mark.parametrize(
    ("fault", "status", "reads"),
    [
        (Reply(b"", status=503), "error", 0),
        (problem(402, "CreditsDepleted", "No credits."), "error", 0),
        (Reply(b'{"data": [', cut_after=5), "unconfirmed", 15),
        (Reply(b"<html>"), "unconfirmed", 15),
        (Reply(b" " * 70_000, is_chunked=True), "unconfirmed", 15),
        (Reply(b"{}" * 100, drip_seconds=60), "unconfirmed", 15),
        (Reply(b'{"meta": {"result_count": 0}}'), "ok", 0),
    ],
    ids=["503", "402", "broken off", "no JSON", "too large", "slow", "nothing new"],
)
async def test_what_an_answer_costs_that_brings_nothing(tmp_path: Path, fault: Reply, status: str, reads: int) -> None:
    """Nothing, when X says so; all that was set aside, when nobody knows what it counted."""
    async with x_desk(tmp_path, daily_reads=100, daily_usd=0.2, timeout=3, max_body=65_536) as desk:
        await desk.add("@alice", daily_reads=15)
        desk.server.account("alice")
        desk.server.faults = [None, fault]
        await desk.poll("@alice")
        assert [row[0] for row in await statuses(desk)] == [status]
        assert (await desk.charged())[0] == reads


async def test_a_connection_that_never_came_about_costs_nothing(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", base_url="http://127.0.0.1:9") as desk:
        assert str((await desk.poll("@alice")).error).startswith("no connection to 127.0.0.1:9")
        assert await desk.charged() == (0, 0)


async def test_the_login_of_a_proxy_is_told_nowhere(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", base_url="http://me:opensesame@127.0.0.1:9") as desk:
        assert str((await desk.poll("@alice")).error).startswith("no connection to 127.0.0.1:9")


@pytest.mark.parametrize(
    ("reads", "usd", "expansions"),
    [
        (15, 1.0, "referenced_tweets.id,attachments.media_keys,attachments.poll_ids"),
        (14, 1.0, "attachments.media_keys,attachments.poll_ids"),
        (14, 0.1, ""),
    ],
)
async def test_a_small_budget_reads_the_posts_alone(tmp_path: Path, reads: int, usd: float, expansions: str) -> None:
    """Rather than none: without what they quote, then without their images."""
    async with x_desk(tmp_path, "@alice", daily_reads=reads, daily_usd=usd, first_reads=5) as desk:
        flood(desk, "alice", each=3)
        assert (await desk.poll("@alice")).new == 3
        assert desk.server.queries()[0].get("expansions", "") == expansions


@pytest.mark.parametrize(
    ("address", "reads", "usd", "words"),
    [
        ("@alice", 4, 1.0, "X gives at least 5 posts at a time"),
        ("search:tide", 9, 1.0, "X gives at least 10 posts at a time"),
        ("@alice", 100, 0.02, "which may cost 0.025 USD"),
    ],
)
async def test_a_budget_below_the_smallest_answer_is_said(
    tmp_path: Path, address: str, reads: int, usd: float, words: str
) -> None:
    async with x_desk(tmp_path, address, daily_reads=reads, daily_usd=usd) as desk:
        desk.server.account("alice")
        found = await desk.poll(address)
        assert found.outcome == "failed"
        assert words in str(found.error)
        assert desk.server.asked == []


async def test_an_account_that_costs_more_than_the_day_allows_is_not_asked_for(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", daily_usd=0.5, price={"user_usd": 0.6}) as desk:
        assert (await desk.poll("@alice")).error == "daily_usd of 0.5 does not pay for asking who @alice is"
        assert desk.server.asked == []


async def test_a_source_has_its_own_bounds_and_its_own_price(tmp_path: Path) -> None:
    """`daily_reads` of the source comes before that of X; the prices are those of the configuration, kept with it."""
    price = {"post_usd": 0.02, "user_usd": 0.0, "media_usd": 0.001}
    async with x_desk(tmp_path, daily_reads=1000, daily_usd=PLENTY, price=price) as desk:
        await desk.add("@alice", daily_reads=21)
        flood(desk, "alice", each=30)
        assert (await desk.poll("@alice")).entries == 7
        (kept,) = await desk.board.rows("SELECT cost_micro, price FROM calls WHERE model = 'x-posts'")
        assert kept[0] == 8 * 20_000 + 14 * 1_000
        assert '"post_usd": 0.02' in kept[1].replace('":', '": ').replace(":  ", ": ")
