"""A machine without network says it once, and reads its sources when it is back."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from daemon.blackboard.records import FetchState, NewSource
from daemon.core.events import Emitter, Event
from daemon.core.settings.models import SensorSettings
from daemon.runtime.network import NETWORK, PROBE_SECONDS, offline, site_of
from daemon.runtime.sensing import Sensing
from sensors.context import open_context
from sensors.feeds.sensor import RssSensor
from sensors.senses import Senses
from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import item, rss
from tests.fakes.waiting import PATIENCE_SECONDS, until

FEED = Reply(rss(item(1)))


class Machine:
    """Sensing over a board, on a machine whose resolver can be cut off; every name is the loopback server's."""

    def __init__(self, board: Board, server: FeedServer) -> None:
        self.board = board
        self.server = server
        self.has_network = True
        self.dead: set[str] = set()
        self.at_home: set[str] = set()
        self.events: list[Event] = []
        self.looked_up: list[str] = []
        self.emitter = Emitter()
        self.emitter.listen(self.events.append)
        settings = SensorSettings(allow_hosts=("*.example", "localhost", "127.0.0.1"))
        self._context = open_context(settings, clock=board.clock, rng=random.Random(1), resolver=self._resolve)
        self.sensing = self._sensing()

    def _sensing(self) -> Sensing:
        return Sensing(
            engine=self.board.engine,
            sensors=Senses(self._context, sensors={"rss": RssSensor(self._context)}),
            emitter=self.emitter,
            emit=self.emitter.emit,
            clock=self.board.clock,
            concurrency=8,
        )

    def restart(self) -> None:
        """A new process on the same board."""
        self.sensing = self._sensing()

    async def _resolve(self, host: str, _port: int) -> list[str]:
        self.looked_up.append(host)
        if (not self.has_network and host not in self.at_home) or host in self.dead:
            raise OSError(-3, "Temporary failure in name resolution")
        return ["127.0.0.1"]

    async def cut(self) -> None:
        """Take the network away, with the connections that are open."""
        self.has_network = False
        await self._context.fetcher.close()

    async def add(self, *hosts: str) -> None:
        """A feed at each host."""
        port = urlsplit(self.server.on("/feed", FEED)).port
        for host in hosts:
            await self.board.engine.add_source(NewSource("rss", f"http://{host}:{port}/feed"), by="t")

    def told(self) -> list[str]:
        """What was told of the network."""
        return [event.type for event in self.events if event.type.startswith("network")]

    async def offline(self) -> bool:
        """What the board says."""
        return offline(await self.board.engine.get_control(NETWORK)) is not None

    async def failing(self) -> int:
        """How many sources fail."""
        return (await self.board.rows("SELECT count(*) FROM sources WHERE errors_in_row > 0"))[0][0]  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Close the connections."""
        await self._context.close()


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    board = await open_for_test(tmp_path, clock=ManualClock())
    async with FeedServer() as server:
        opened = Machine(board, server)
        yield opened
        await opened.close()
    await board.engine.close()


HOSTS = [f"h{number}.example" for number in range(6)]


async def test_an_outage_is_told_once_and_not_of_each_source(machine: Machine) -> None:
    """Three hosts that were well give no answer, and none does in between."""
    await machine.add(*HOSTS)
    await machine.sensing.poll_all()
    assert not await machine.offline()
    await machine.cut()
    await machine.sensing.poll_all()
    await machine.sensing.poll_all()
    assert machine.told() == ["network_lost"]
    assert await machine.offline()
    assert await machine.failing() == len(HOSTS)


async def test_the_first_answer_ends_it_and_makes_due_what_was_not_reached(machine: Machine) -> None:
    """Not after the backoff that the outage earned; a host that answers with an error is an answer, too."""
    await machine.add(*HOSTS)
    await machine.cut()
    await machine.sensing.poll_all()
    now = machine.board.clock.now()
    assert (await machine.board.engine.next_fetch_at() or 0) > now + 600
    machine.has_network = True
    machine.server.on("/feed", Reply(b"", status=500))
    (first, *_) = await machine.board.engine.due_sources(limit=10, is_all=True)
    await machine.sensing.poll(first)
    assert machine.told() == ["network_lost", "network_back"]
    assert not await machine.offline()
    assert len(await machine.board.engine.due_sources(limit=10)) == len(HOSTS) - 1


async def test_a_few_dead_hosts_are_no_outage(machine: Machine) -> None:
    """Neither two that go together, nor many that have been dead for long."""
    await machine.add(*HOSTS)
    machine.dead = set(HOSTS[:2])
    await machine.sensing.poll_all()
    machine.dead = set(HOSTS)
    for source in await machine.board.engine.due_sources(limit=10, is_all=True):
        fetch = FetchState(errors_in_row=3, last_error="x", next_fetch_at=0.0)
        await machine.board.engine.record_fetch(source.id, fetch=fetch, observations=[], event={})
    await machine.sensing.poll_all()
    assert machine.told() == []


async def test_the_dead_feeds_of_an_old_list_are_no_outage(machine: Machine) -> None:
    """Once anybody has answered, a source that was never read does not count, however many there are."""
    await machine.add("alive.example", *HOSTS)
    machine.dead = set(HOSTS)
    for source in await machine.board.engine.due_sources(limit=10):
        await machine.sensing.poll(source)
    assert await machine.failing() == len(HOSTS)
    assert machine.told() == []


async def test_one_provider_of_many_feeds_is_not_the_network(machine: Machine) -> None:
    """Each feed has a host of its own there, and all of them go down together."""
    feeds = [f"{name}.blogs.example" for name in "abcdef"]
    await machine.add(*feeds)
    await machine.sensing.poll_all()
    machine.dead = set(feeds)
    await machine.cut()
    await machine.sensing.poll_all()
    assert (await machine.failing(), machine.told()) == (len(feeds), [])


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("news.example.org", "example.org"),
        ("a.b.example.com.cn", "example.com.cn"),
        ("www.example.co.uk", "example.co.uk"),
        ("example.de.", "example.de"),
        ("8.8.8.8", "8.8.8.8"),
        ("[2001:4860:4860::8888]", "2001:4860:4860::8888"),
        ("192.168.1.4", None),
        ("[::1]", None),
        ("localhost", None),
        ("nas", None),
        ("rss.lan", None),
        ("box.home.arpa", None),
    ],
)
async def test_a_site_is_all_that_goes_down_together_and_home_is_none(
    machine: Machine, host: str, site: str | None
) -> None:
    source = await machine.board.engine.add_source(NewSource("rss", f"http://{host}:1200/feed"), by="t")
    assert site_of(source) == site


async def test_what_fails_or_is_read_at_home_is_no_answer(machine: Machine) -> None:
    """A source that no sensor reads, and a bridge on this machine, say nothing of the network."""
    await machine.add(*HOSTS, "localhost")
    await machine.board.engine.add_source(NewSource("gopher", "https://gopher.example/"), by="t")
    await machine.sensing.poll_all()
    await machine.cut()
    machine.at_home.add("localhost")
    await machine.sensing.poll_all()
    await machine.sensing.poll_all()
    assert machine.told() == ["network_lost"]
    assert await machine.offline()


async def test_an_outage_is_over_when_nobody_is_asked_any_more(machine: Machine) -> None:
    """Else it would be told for ever."""
    await machine.add(*HOSTS)
    await machine.cut()
    await machine.sensing.poll_all()
    for source in await machine.board.engine.due_sources(limit=10, is_all=True):
        await machine.board.engine.remove_source(source.id, by="t")
    running = asyncio.create_task(machine.sensing.run())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await machine.offline():
                await machine.board.clock.advance(PROBE_SECONDS)
                machine.sensing.stir()
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_one_source_is_tried_now_and_then_until_the_network_is_back(
    machine: Machine, *, is_restarted: bool
) -> None:
    """What such a look does not reach is not counted against its source; over a restart it goes on."""
    await machine.add(*HOSTS)
    await machine.cut()
    await machine.sensing.poll_all()
    if is_restarted:
        machine.restart()
    running = asyncio.create_task(machine.sensing.run())
    try:
        if is_restarted:
            await until(lambda: len(machine.looked_up) == 2 * len(HOSTS))
        before = len(machine.looked_up)
        for _ in range(4):
            await machine.board.clock.advance(PROBE_SECONDS)
            machine.sensing.stir()
            await asyncio.sleep(0)
            await machine.board.engine.next_fetch_at()
        await until(lambda: len(machine.looked_up) > before)
        errors = await machine.board.rows("SELECT max(errors_in_row) FROM sources")
        assert errors == [(2 if is_restarted else 1,)]
        machine.has_network = True
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await machine.failing():
                await machine.board.clock.advance(1.0)
                machine.sensing.stir()
                await asyncio.sleep(0.01)
        assert machine.told()[-1] == "network_back"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
