"""Days of X with everything going wrong at random: no post is lost or told twice, no read is over its budget."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.fakes.feed_server import Reply
from tests.fakes.x_desk import XDesk, x_desk
from tests.fakes.x_server import problem

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
DAILY_READS, DAILY_USD = 150, 2.0
FAULTS = (
    Reply(b"", status=503),
    problem(429, "Too Many Requests", "Too Many Requests"),
    Reply(b'{"data": [', cut_after=4),
    Reply(b"not JSON"),
    problem(402, "CreditsDepleted", "No credits."),
)


class Storm:
    """One account that posts, and a desk that reads it through faults, restarts and doubled polls."""

    def __init__(self, desk: XDesk, *, seed: int) -> None:
        self.desk = desk
        self.rng = random.Random(seed)
        self.ids: list[str] = []
        self.served: Counter[str] = Counter()

    def write(self) -> None:
        """Some posts since the last look, a few of them threads."""
        now, rng = self.desk.clock.now(), self.rng
        last = None
        for n in range(rng.choice((0, 0, 1, 2, 5, 14))):
            reply_to = last if rng.random() < 0.2 else None
            last = self.desk.server.post("alice", f"tide {len(self.ids)}", at=now - 30 + n, reply_to=reply_to)
            self.ids.append(last)

    async def look(self) -> None:
        """One poll or two at once, with or without faults; sometimes by a fresh process."""
        rng, server = self.rng, self.desk.server
        server.faults = [rng.choice((None, None, *FAULTS)) for _ in range(rng.choice((0, 0, 1, 3)))]
        if rng.random() < 0.2:
            server.forget_tokens()
        if rng.random() < 0.2:
            await self._restart()
        before = server.served["posts"]
        await asyncio.gather(*(self.desk.poll("@alice") for _ in range(rng.choice((1, 1, 1, 2)))))
        self.served[self._day()] += server.served["posts"] - before

    async def _restart(self) -> None:
        fresh = XDesk(self.desk.board, self.desk.server, settings=self.desk.context.settings, caps={})
        await self.desk.watcher.close()
        self.desk.watcher, self.desk.sensing = fresh.watcher, fresh.sensing

    def _day(self) -> str:
        return str(int(self.desk.clock.now() // DAY))


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.soak) for n in range(2, 12))])
async def test_nothing_is_lost_told_twice_or_read_over_the_budget(tmp_path: Path, seed: int) -> None:
    async with x_desk(tmp_path, "@alice", daily_reads=DAILY_READS, daily_usd=DAILY_USD, thread_wait=90) as desk:
        storm = Storm(desk, seed=seed)
        desk.server.post("alice", "the first", at=desk.clock.now() - DAY)
        storm.ids.append(max(desk.server.posts))
        await desk.poll("@alice")
        for _ in range(40):
            desk.later(storm.rng.choice((2 * MINUTE, 20 * MINUTE, 2 * HOUR)))
            storm.write()
            await storm.look()
        for _ in range(25):
            desk.clock.set(max(desk.clock.now() + MINUTE, (await desk.source("@alice")).fetch.next_fetch_at))
            desk.server.faults = []
            before = desk.server.served["posts"]
            await desk.poll("@alice")
            storm.served[storm._day()] += desk.server.served["posts"] - before
        told = await desk.told()
        assert Counter(told) == Counter(storm.ids)
        charged = await desk.board.rows("SELECT reads, micro FROM source_reads")
        assert all(reads <= DAILY_READS and micro <= DAILY_USD * 1_000_000 for reads, micro in charged)
        assert max(storm.served.values()) <= DAILY_READS
