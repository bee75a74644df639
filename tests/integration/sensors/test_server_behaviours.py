"""What the feed sensor does with servers as they are: one row per behaviour, against a real server on loopback."""

import random
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio

from daemon.core.settings.models import SensorSettings
from sensors.context import SensorContext
from sensors.feeds.sensor import RssSensor
from sensors.parsers.pool import ParsePool
from sensors.readings import NoReadings
from sensors.web.fetching import Fetcher
from sensors.web.guarded_transport import resolve
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import seen, source
from tests.integration.sensors.behaviours.case import Case, Seen
from tests.integration.sensors.behaviours.table import GROUPS, as_markdown, in_readme

pytestmark = pytest.mark.asyncio(loop_scope="module")
CASES = [pytest.param(case, id=f"{group.name}: {case.name}") for group in GROUPS for case in group.cases]
USUAL = {"allow_hosts": ("127.0.0.1",), "max_body": 1 << 20, "timeout": 5}


class Names:
    """The name servers of a case; what it does not name is looked up by the system."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(lists) for name, lists in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self._answers.get(host)
        if answers is None:
            return await resolve(host, port)
        return list(answers.pop(0) if len(answers) > 1 else answers[0])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parsers() -> AsyncIterator[ParsePool]:
    pool = ParsePool(timeout_seconds=120)
    yield pool
    await pool.close()


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        yield running


def _at(port: int, reply: Reply) -> Reply:
    return replace(reply, headers={name: value.replace("{port}", str(port)) for name, value in reply.headers.items()})


async def _play(case: Case, server: FeedServer, parsers: ParsePool) -> Seen:
    """Poll as often as the case says, each time with what the poll before has kept."""
    clock, names = ManualClock(), Names(case.names)
    settings = SensorSettings.model_validate(USUAL | dict(case.settings))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    fetcher = Fetcher(settings, now=clock.now, resolver=names, ssl_context=context)
    sensor = RssSensor(
        SensorContext(
            settings=settings,
            clock=clock,
            rng=random.Random(1),
            fetcher=fetcher,
            parsers=parsers,
            delivery_parsers=parsers,
            readings=NoReadings(),
        )
    )
    replies = case.replies if isinstance(case.replies, tuple) else (case.replies,)
    server.on("/case", *(_at(server.port, reply) for reply in replies))
    for path, reply in case.others.items():
        server.on(path, _at(server.port, reply))
    one, sightings = source(case.address.replace("{port}", str(server.port))), []
    for _ in range(case.polls):
        sightings.append(await sensor.poll(one))
        one = seen(one, sightings[-1].fetch)
    await fetcher.close()
    return Seen(sightings, server.asked, names.asked, clock.now())


@pytest.mark.parametrize("case", CASES)
async def test_behaviour(case: Case, server: FeedServer, parsers: ParsePool) -> None:
    """Each behaviour ends in the right outcome, with as many observations, or with words that say what is wrong."""
    result = await _play(case, server, parsers)
    sighting = result.sightings[-1]
    assert sighting.outcome == case.expected, sighting.error
    if isinstance(case.found, str):
        assert sighting.error is not None
        assert case.found in sighting.error
        assert "\n" not in sighting.error
        assert "Error" not in sighting.error
        assert len(sighting.error) <= 500
        assert not sighting.observations
        assert sighting.fetch.errors_in_row >= 1
        assert sighting.fetch.next_fetch_reason
    else:
        assert len(sighting.observations) == case.found
        assert sighting.fetch.errors_in_row == 0
        assert sighting.fetch.next_fetch_at > (sighting.fetch.last_success_at or 0)
    assert case.check(result), (result.outcomes, result.asked, sighting.fetch)


async def test_the_readme_tells_every_behaviour() -> None:
    """The README's table is made from the cases (`python -m tests.integration.sensors.behaviours.table`)."""
    assert in_readme().splitlines() == as_markdown().splitlines()


async def test_no_two_behaviours_have_one_name() -> None:
    for group in GROUPS:
        names = [case.name for case in group.cases]
        assert len(names) == len(set(names))


async def test_nothing_listens(parsers: ParsePool) -> None:
    """A closed port is a failed poll that says so."""
    async with FeedServer() as gone:
        case = Case("nothing listens", Reply(), "", address=gone.url("/feed"))
        port = gone.port
    async with FeedServer() as other:
        result = await _play(replace(case, address=f"http://127.0.0.1:{port}/feed"), other, parsers)
    assert "no connection to" in (result.sightings[0].error or "")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://no-such-host.invalid/feed", "no-such-host.invalid has no address"),
        ("ftp://example.org/f", "only http and https"),
        ("gopher://x/", "only http and https"),
        ("http://", "only http and https"),
        ("http://[::/", "is not a URL"),
        ("https:///x", "only http and https"),
    ],
)
async def test_an_address_that_cannot_be_fetched(
    address: str, words: str, server: FeedServer, parsers: ParsePool
) -> None:
    """An address that is none, or leads nowhere, fails in words."""
    result = await _play(Case("", Reply(), "", address=address), server, parsers)
    assert result.outcomes == ["failed"]
    assert words in (result.sightings[0].error or "")
