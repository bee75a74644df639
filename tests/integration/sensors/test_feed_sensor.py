"""What the feed sensor keeps from one poll to the next: validators, schedule, moves, ends."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.core.settings.models import SensorSettings
from sensors.base import Sighting
from sensors.feeds.sensor import RssSensor
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply, redirect
from tests.fakes.feeds import item, rss, seen, source
from tests.fakes.sensing import rss_sensor

DAY = 86_400.0
WEEK = 7 * DAY
FEED = rss(item(1), item(2))


@pytest.fixture
async def sensor(clock: ManualClock) -> AsyncIterator[RssSensor]:
    made = rss_sensor(SensorSettings(allow_hosts=("127.0.0.1",)), clock=clock, rng=random.Random(7))
    yield made
    await made.close()


async def polls(sensor: RssSensor, address: str, *, times: int) -> list[Sighting]:
    """As many polls in a row, each with what the one before has kept."""
    one, sightings = source(address), []
    for _ in range(times):
        sightings.append(await sensor.poll(one))
        one = seen(one, sightings[-1].fetch)
    return sightings


class TestConditional:
    async def test_validators_are_sent_as_they_came(self, server: FeedServer, sensor: RssSensor) -> None:
        """ETag and Last-Modified go back to the byte, and 304 is an unchanged poll without observations."""
        headers = {"ETag": "W/\"a-b, 'c'\"", "Last-Modified": "Tue, 1 Sep 2026 6:00:00 GMT"}
        address = server.on("/f", Reply(FEED, headers=headers), Reply(status=304))
        first, second = await polls(sensor, address, times=2)
        assert server.asked[1].headers["if-none-match"] == headers["ETag"]
        assert server.asked[1].headers["if-modified-since"] == headers["Last-Modified"]
        assert (first.outcome, second.outcome) == ("read", "unchanged")
        assert second.fetch.etag == headers["ETag"]
        assert not second.observations

    async def test_the_same_body_is_unchanged(self, server: FeedServer, sensor: RssSensor) -> None:
        """A server without validators that sends the same bytes again costs no parse."""
        outcomes = [s.outcome for s in await polls(sensor, server.on("/f", Reply(FEED)), times=3)]
        assert outcomes == ["read", "unchanged", "unchanged"]

    async def test_expires_zero_drops_validators(self, server: FeedServer, sensor: RssSensor) -> None:
        """`Expires: 0` says that the server's caching is not to be believed."""
        address = server.on("/f", Reply(FEED, headers={"ETag": '"1"', "Expires": "0"}))
        await polls(sensor, address, times=2)
        assert "if-none-match" not in server.asked[1].headers

    async def test_304_renews_validators(self, server: FeedServer, sensor: RssSensor) -> None:
        """A 304 may carry a new ETag, which counts from then on."""
        address = server.on(
            "/f", Reply(FEED, headers={"ETag": '"1"'}), Reply(status=304, headers={"ETag": '"2"'}), Reply(status=304)
        )
        await polls(sensor, address, times=3)
        assert server.asked[2].headers["if-none-match"] == '"2"'

    async def test_validators_go_only_where_they_came_from(self, server: FeedServer, sensor: RssSensor) -> None:
        """After a redirect, its target alone is asked with the validators it gave."""
        server.on("/b", Reply(FEED, headers={"ETag": '"b"'}))
        await polls(sensor, server.on("/a", redirect("/b")), times=2)
        assert [asked.headers.get("if-none-match") for asked in server.asked_for("/a")] == [None, None]
        assert [asked.headers.get("if-none-match") for asked in server.asked_for("/b")] == [None, '"b"']

    async def test_a_feed_cut_short_is_read_again(self, server: FeedServer, sensor: RssSensor) -> None:
        """What was cut off is read next time: no validator and no hash of the cut document is kept."""
        cut = FEED[: FEED.rindex(b"</item>")]
        address = server.on("/f", Reply(cut, headers={"ETag": '"1"'}), Reply(FEED, headers={"ETag": '"1"'}))
        first, second = await polls(sensor, address, times=2)
        assert first.detail["broken_off"] is True
        assert "if-none-match" not in server.asked[1].headers
        assert [o.title for o in second.observations] == ["Entry 1", "Entry 2"]

    @pytest.mark.parametrize("rest", ["", "\n  ", "<it", "<"])
    async def test_a_feed_cut_between_its_entries_is_read_again(
        self, rest: str, server: FeedServer, sensor: RssSensor
    ) -> None:
        """Where the cut leaves no torn entry, its root is still open: more may come, whatever the server says."""
        cut = FEED[: FEED.index(b"</item>")] + b"</item>" + rest.encode()
        address = server.on("/f", Reply(cut, headers={"ETag": '"1"'}), Reply(FEED, headers={"ETag": '"1"'}))
        _, second = await polls(sensor, address, times=2)
        assert "if-none-match" not in server.asked[1].headers
        assert [o.title for o in second.observations] == ["Entry 1", "Entry 2"]

    async def test_a_feed_cut_in_its_head_is_read_again(self, server: FeedServer, sensor: RssSensor) -> None:
        """A document that ends before its first entry says nothing of what there is."""
        cut = FEED[: FEED.index(b"<item>")]
        address = server.on("/f", Reply(cut, headers={"ETag": '"1"'}), Reply(FEED, headers={"ETag": '"1"'}))
        first, second = await polls(sensor, address, times=2)
        assert (first.entries, first.detail["broken_off"], second.entries) == (0, True, 2)
        assert "if-none-match" not in server.asked[1].headers

    async def test_failure_keeps_what_is_known(self, server: FeedServer, sensor: RssSensor) -> None:
        """A failed poll forgets neither validators nor hash, and the next success clears the failure."""
        address = server.on("/f", Reply(FEED, headers={"ETag": '"1"'}), Reply(status=500), Reply(status=304))
        _, failed, back = await polls(sensor, address, times=3)
        assert failed.fetch.etag == '"1"'
        assert failed.fetch.errors_in_row == 1
        assert (back.outcome, back.fetch.errors_in_row, back.fetch.last_error) == ("unchanged", 0, None)


class TestMoves:
    async def test_a_permanent_redirect_is_believed_the_third_time(self, server: FeedServer, sensor: RssSensor) -> None:
        """301 and 308 change the address after three equal ones with a feed behind them."""
        target = server.on("/new", Reply(FEED))
        address = server.on("/old", redirect("/new", status=301), redirect("/new", status=308))
        sightings = await polls(sensor, address, times=3)
        assert [s.moved_to for s in sightings] == [None, None, target]
        assert [s.fetch.moved_count for s in sightings] == [1, 2, 3]

    async def test_another_target_counts_anew(self, server: FeedServer, sensor: RssSensor) -> None:
        """Only equal redirects in a row count."""
        server.on("/b", Reply(FEED))
        server.on("/c", Reply(FEED))
        address = server.on("/a", *(redirect(f"/{to}", status=301) for to in "bbcb"))
        assert [s.fetch.moved_count for s in await polls(sensor, address, times=4)] == [1, 2, 1, 1]

    @pytest.mark.parametrize("status", [302, 303, 307])
    async def test_passing_redirects_leave_no_trace(self, status: int, server: FeedServer, sensor: RssSensor) -> None:
        """302, 303 and 307 are followed without memory."""
        server.on("/b", Reply(FEED))
        sightings = await polls(sensor, server.on("/a", redirect("/b", status=status)), times=4)
        assert {s.fetch.moved_to for s in sightings} == {None}

    async def test_a_passing_hop_ends_the_move(self, server: FeedServer, sensor: RssSensor) -> None:
        """In a chain, what comes after a passing redirect is not for good."""
        server.on("/d", Reply(FEED))
        server.on("/c", redirect("/d", status=301))
        middle = server.on("/b", redirect("/c", status=302))
        (sighting,) = await polls(sensor, server.on("/a", redirect("/b", status=301)), times=1)
        assert sighting.fetch.moved_to == middle

    async def test_a_move_to_a_page_does_not_count(self, server: FeedServer, sensor: RssSensor) -> None:
        """A parked domain redirects for good, too, but no feed is behind it."""
        server.on("/parked", Reply(b"<html><title>For sale</title></html>"))
        sightings = await polls(sensor, server.on("/a", redirect("/parked", status=301)), times=4)
        assert {s.moved_to for s in sightings} == {None}

    async def test_gone_ends_it(self, server: FeedServer, sensor: RssSensor) -> None:
        """410 ends polling until a person enables the source, and a later success ends that."""
        gone, back = await polls(sensor, server.on("/a", Reply(status=410), Reply(FEED)), times=2)
        assert (gone.outcome, gone.fetch.is_gone) == ("gone", True)
        assert (back.outcome, back.fetch.is_gone) == ("read", False)


class TestSchedule:
    @pytest.mark.parametrize(
        ("headers", "floor"),
        [
            ({"Cache-Control": "public, max-age=14400"}, 14_400),
            ({"Cache-Control": "max-age=14400", "Age": "400"}, 14_000),
            ({"Expires": "Fri, 18 Sep 2026 20:00:00 GMT", "Date": "Fri, 18 Sep 2026 14:00:00 GMT"}, 21_600),
            ({"Cache-Control": "max-age=7200", "Expires": "Fri, 01 Jan 2027 00:00:00 GMT"}, 7200),
            ({"Cache-Control": "max-age=99999999"}, WEEK),
            ({"Cache-Control": "no-store, max-age=14400"}, 3600),
            ({"Cache-Control": "max-age=60"}, 3600),
            ({"Expires": "-1"}, 3600),
        ],
    )
    async def test_headers_are_floors(
        self, headers: dict[str, str], floor: float, server: FeedServer, sensor: RssSensor, clock: ManualClock
    ) -> None:
        """Cache-Control and Expires are floors, capped at a week; a shorter one changes nothing."""
        (sighting,) = await polls(sensor, server.on("/f", Reply(FEED, headers=headers)), times=1)
        assert sighting.fetch.interval_seconds == floor
        assert sighting.fetch.next_fetch_at >= clock.now() + floor

    @pytest.mark.parametrize(
        ("head", "floor"),
        [
            ("<ttl>180</ttl>", 10_800),
            ("<ttl> 5 </ttl>", 3600),
            ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 43_200),
            ("<sy:updatePeriod>yearly</sy:updatePeriod>", WEEK),
        ],
    )
    async def test_the_document_is_a_floor(
        self, head: str, floor: float, server: FeedServer, sensor: RssSensor
    ) -> None:
        """The ttl and the syndication period are floors; they are remembered for the 304s that follow."""
        body = rss(item(1), head=head).replace(
            b"<rss ", b'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
        )
        address = server.on("/f", Reply(body, headers={"ETag": '"1"'}), Reply(status=304))
        first, second = await polls(sensor, address, times=2)
        assert first.fetch.interval_seconds == floor
        assert second.fetch.interval_seconds == floor

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(("value", "wait"), [("90000", 90_000), ("Thu, 01 Oct 2026 00:00:00 GMT", None)])
    async def test_retry_after(
        self, status: int, value: str, wait: float | None, server: FeedServer, sensor: RssSensor, clock: ManualClock
    ) -> None:
        """Retry-After counts in seconds and as a date, on 429 and 503, up to a week."""
        (sighting,) = await polls(
            sensor, server.on("/f", Reply(status=status, headers={"Retry-After": value})), times=1
        )
        assert sighting.fetch.next_fetch_at >= clock.now() + (wait or WEEK)
        assert "Retry-After" in (sighting.fetch.next_fetch_reason or "")

    async def test_failures_back_off_to_a_week(self, server: FeedServer, sensor: RssSensor) -> None:
        """Each failure doubles the wait up to a week, and there is always a next try."""
        sightings = await polls(sensor, server.on("/f", Reply(status=500)), times=12)
        waits = [s.fetch.interval_seconds for s in sightings]
        assert waits[:4] == [3600, 7200, 14_400, 28_800]
        assert waits[-1] == WEEK
        assert all(s.fetch.next_fetch_at > (s.fetch.last_fetch_at or 0) for s in sightings)

    @pytest.mark.parametrize("is_conditional", [True, False])
    async def test_an_unchanged_feed_costs_at_most_24_a_day(
        self, *, is_conditional: bool, server: FeedServer, sensor: RssSensor, clock: ManualClock
    ) -> None:
        """A feed that posted every few minutes and then stays the same is asked at most 24 times in the next day."""
        now = clock.now()
        busy = [item(n, date=_rfc822(now - n * 240)) for n in range(1, 31)]
        later = Reply(status=304) if is_conditional else Reply(rss(*busy))
        one = source(server.on("/f", Reply(rss(*busy), headers={"ETag": '"1"'} if is_conditional else {}), later))
        one = seen(one, (await sensor.poll(one)).fetch)
        assert one.fetch.interval_seconds == 900
        count = 0
        while one.fetch.next_fetch_at < now + DAY:
            clock.set(one.fetch.next_fetch_at)
            one = seen(one, (await sensor.poll(one)).fetch)
            count += 1
        assert 1 <= count <= 24

    async def test_a_new_entry_makes_it_quick_again(
        self, server: FeedServer, sensor: RssSensor, clock: ManualClock
    ) -> None:
        """The interval follows how often the feed posts, also when entries have no dates."""
        address = server.on("/f", *(Reply(rss(*(item(n) for n in range(count)))) for count in range(1, 8)))
        one = source(address)
        for _ in range(7):
            one = seen(one, (await sensor.poll(one)).fetch)
            clock.set(clock.now() + 1200)
        assert one.fetch.interval_seconds is not None
        assert 900 <= one.fetch.interval_seconds <= 1200

    async def test_the_sources_own_wish_counts(self, server: FeedServer, sensor: RssSensor) -> None:
        """`every` of the source is kept to, but for the server's floor."""
        free = await sensor.poll(source(server.on("/a", Reply(FEED)), every_seconds=900.0))
        bound = await sensor.poll(
            source(server.on("/b", Reply(FEED, headers={"Cache-Control": "max-age=1800"})), every_seconds=900.0)
        )
        assert free.fetch.interval_seconds == 900
        assert bound.fetch.interval_seconds == 1800


class TestLocalFiles:
    async def test_a_file_is_read_once(self, tmp_path: Path, sensor: RssSensor) -> None:
        """A path or file URL is read, and again only when its time or size has changed."""
        path = tmp_path / "my feed.xml"
        path.write_bytes(FEED)
        for address in (str(path), path.as_uri()):
            outcomes = [s.outcome for s in await polls(sensor, address, times=2)]
            assert outcomes == ["read", "unchanged"]
        path.write_bytes(rss(item(1), item(2), item(3)))
        assert (await sensor.poll(source(str(path)))).entries == 3

    async def test_a_missing_file_says_so(self, tmp_path: Path, sensor: RssSensor) -> None:
        """A file that is not there, or no file, is a failed poll in words."""
        missing = await sensor.poll(source(str(tmp_path / "none.xml")))
        folder = await sensor.poll(source(str(tmp_path)))
        assert "there is no file" in (missing.error or "")
        assert "is not a file" in (folder.error or "")

    async def test_a_large_file_is_refused(self, tmp_path: Path, clock: ManualClock) -> None:
        """The cap counts for files, too."""
        path = tmp_path / "f.xml"
        path.write_bytes(FEED)
        small = rss_sensor(SensorSettings(max_body=100), clock=clock, rng=random.Random(1))
        assert "more than 100" in ((await small.poll(source(str(path)))).error or "")
        await small.close()


async def test_tags_of_the_source_come_first(server: FeedServer, sensor: RssSensor) -> None:
    """An observation carries the source's tags, then the entry's."""
    body = rss(item(1, extra="<category>Wind</category><category>AI</category>"))
    sighting = await sensor.poll(source(server.on("/f", Reply(body)), tags=("ai",)))
    assert sighting.observations[0].tags == ("ai", "Wind")


async def test_reordered_and_rehosted_feeds_keep_their_identities(server: FeedServer, sensor: RssSensor) -> None:
    """The same entries in another order, under another address, have the same keys."""
    first = await sensor.poll(source(server.on("/a", Reply(rss(item(1), item(2))))))
    second = await sensor.poll(source(server.on("/b", Reply(rss(item(2), item(1))))))
    assert {o.identities for o in first.observations} == {o.identities for o in second.observations}


async def test_closing_twice_is_harmless(server: FeedServer, clock: ManualClock) -> None:
    """A sensor may be closed again, also when it was never used."""
    unused = rss_sensor(SensorSettings(), clock=clock, rng=random.Random(1))
    await unused.close()
    await unused.close()


async def test_a_state_from_elsewhere_does_no_harm(server: FeedServer, sensor: RssSensor) -> None:
    """Odd values in the kept state are passed over."""
    one = source(server.on("/f", Reply(FEED)))
    odd = {"final_url": 7, "gap_seconds": "x", "changes": ["y", None], "ttl_seconds": True, "keys_hash": 1}
    sighting = await sensor.poll(seen(one, replace(one.fetch, extra=odd)))
    assert sighting.outcome == "read"


def _rfc822(at: float) -> str:
    from sensors.web.headers import http_date_of

    return http_date_of(at)
