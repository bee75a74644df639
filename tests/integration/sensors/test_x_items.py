"""Posts of X as items of the board: threads over several looks, mirrors, and what the configuration makes of it."""

import random
from pathlib import Path
from typing import Any

import pytest

from daemon.app.senses import new_source, open_senses
from daemon.core.events import Emitter
from daemon.core.settings.models import Settings
from daemon.runtime.exhaustion import Exhaustion
from daemon.runtime.paid_readings import BoardReadings
from daemon.runtime.sensing import PollResult, Sensing
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import rss
from tests.fakes.x_desk import XDesk, x_desk
from tests.fakes.x_server import TOKEN, XServer, link, problem

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
RICH: dict[str, Any] = {"daily_reads": 10_000, "daily_usd": 1000.0}


def texts(desk: XDesk) -> list[str]:
    return [one.text for one in desk.seen]


async def test_a_thread_that_is_being_written_is_told_when_it_is_whole(tmp_path: Path) -> None:
    """It waits two minutes after its newest part, the look after that is planned for then, and it is one item."""
    async with x_desk(tmp_path, "@alice", thread_wait=120, **RICH) as desk:
        root = desk.server.post("alice", "One.")
        assert (await desk.poll("@alice")).new == 0
        assert desk.last.fetch.next_fetch_at == pytest.approx(desk.clock.now() + 120, abs=0.01)
        assert desk.last.fetch.next_fetch_reason == "a post waits 2 min for the rest of its thread"
        desk.later(MINUTE)
        second = desk.server.post("alice", "Two.", reply_to=root)
        desk.later(MINUTE)
        assert (await desk.poll("@alice")).new == 0
        desk.clock.set(desk.last.fetch.next_fetch_at)
        desk.server.post("alice", "Three.", reply_to=second)
        desk.later(1)
        await desk.poll("@alice")
        assert desk.seen == []
        desk.clock.set(desk.last.fetch.next_fetch_at)
        assert (await desk.poll("@alice")).new == 1
        assert texts(desk) == ["One.\n\nTwo.\n\nThree."]
        assert desk.seen[0].url == f"https://x.com/alice/status/{root}"
        desk.server.post("alice", "Four.", reply_to=second)
        desk.later(HOUR)
        await desk.poll("@alice")
        assert texts(desk)[1:] == [f"Continues https://x.com/alice/status/{root}\n\nFour."]


async def test_what_waits_outlives_a_restart_and_comes_also_when_x_is_away(tmp_path: Path) -> None:
    """It was read and paid for; neither a fault of X nor an empty budget keeps it."""
    async with x_desk(tmp_path, "@alice", "@bob", thread_wait=120, **RICH) as desk:
        for name in ("alice", "bob"):
            desk.server.post(name, "Tide.")
            await desk.poll(f"@{name}")
        desk.later(HOUR)
        again = XDesk(desk.board, desk.server, settings=desk.context.settings, caps={})
        broke = XDesk(desk.board, desk.server, settings=desk.context.settings, caps={"day": 1})
        try:
            desk.server.faults = [problem(503, "Service Unavailable", "Over capacity")]
            found = await again.poll("@alice")
            assert (found.outcome, found.new) == ("failed", 1)
            found = await broke.poll("@bob")
            assert (found.outcome, found.new) == ("waiting", 1)
        finally:
            await again.close()
            await broke.close()


async def test_a_post_with_all_there_is_comes_to_the_board_in_words(tmp_path: Path) -> None:
    """A quote, an image, a poll, a followed link: with the wire's own forms."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        quoted = desk.server.post("bob", "The harbour is closed &amp; empty.", at=desk.clock.now() - DAY)
        entities = {
            "urls": [
                link("https://t.co/aa", "https://news.example/1", unwound_url="https://news.example/1?utm_source=x"),
                link("https://t.co/qq", f"https://x.com/bob/status/{quoted}"),
                link("https://t.co/mm", "https://x.com/alice/status/1/photo/1", media_key="3_9000"),
            ]
        }
        poll = desk.server.poll("Yes", "No")
        desk.server.post(
            "alice",
            "Will it open? https://t.co/aa https://t.co/qq https://t.co/mm",
            quote=quoted,
            media=["Gulls on a wall"],
            entities=entities,
        )
        desk.server.posts[max(desk.server.posts)]["attachments"]["poll_ids"] = [poll]
        await desk.poll("@alice")
        kept = (await desk.board.claim_one()).observation
        assert kept.text == (
            "Will it open? https://news.example/1\n\n[Image: Gulls on a wall]\n\n[Poll: Yes / No]\n\n"
            f"> @bob (https://x.com/bob/status/{quoted}):\n> The harbour is closed & empty."
        )
        assert (kept.title, kept.author, kept.language) == ("Will it open?", "@alice", "en")


async def test_replies_to_others_are_counted_and_left_out(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        question = desk.server.post("bob", "Is it high?", at=desk.clock.now() - HOUR)
        desk.server.post("alice", "@bob It is.", reply_to=question)
        found = await desk.poll("@alice")
        assert (found.entries, found.new) == (1, 0)
        assert desk.last.detail["replies_left_out"] == 1


async def test_two_accounts_that_repost_the_same_post_tell_it_once(tmp_path: Path) -> None:
    """The board knows the second as what it has already."""
    async with x_desk(tmp_path, "@alice", "@carol", **RICH) as desk:
        original = desk.server.post("bob", "The harbour is closed.", at=desk.clock.now() - DAY)
        for name in ("alice", "carol"):
            desk.server.post(name, "RT @bob: The harbour is closed.", repost=original)
            await desk.poll(f"@{name}")
        duplicates = await desk.board.rows("SELECT count(*) FROM items WHERE duplicate_of IS NOT NULL")
        assert (len(desk.seen), duplicates) == (2, [(1,)])


RSSHUB_ITEM = (
    "<item><title>The tide is {n} metres high today &amp; rising.</title>"
    "<description>The tide is {n} metres high today &amp;amp; rising.&lt;br&gt;&lt;img src=&quot;https://pbs.example/1.jpg&quot;&gt;"
    '</description><link>{link}</link><guid isPermaLink="false">{link}</guid><author>Alice</author>'
    "<pubDate>Sun, 20 Sep 2026 06:0{n}:00 GMT</pubDate></item>"
)


async def test_a_mirror_is_read_in_the_place_of_x_and_its_posts_are_known_again(tmp_path: Path) -> None:
    """Without a key; and with one, the same posts come as what the board has already."""
    async with x_desk(tmp_path, **RICH) as desk, FeedServer() as feeds:
        ids = [desk.server.post("alice", f"The tide is {n} metres high.", at=desk.clock.now() - n) for n in (1, 2)]
        links = [f"https://x.com/alice/status/{one}" for one in ids]
        items = [RSSHUB_ITEM.format(n=n, link=link) for n, link in enumerate(links, start=1)]
        mirror = feeds.on("/twitter/user/alice", Reply(rss(*items, title="Twitter @Alice")))
        read = await configured(desk, [{"x": "@alice", "mirror": mirror, "tags": ["sea"]}])
        assert [(one.source, one.outcome, one.new) for one in read] == [("@alice", "read", 2)]
        assert desk.server.asked == []
        read = await configured(desk, [{"x": "@alice", "mirror": mirror}, {"x": "alice", "name": "Alice on X"}])
        assert {one.source: one.outcome for one in read} == {"@alice": "unchanged", "Alice on X": "read"}
        rows = await desk.board.rows("SELECT url, duplicate_of IS NOT NULL FROM items ORDER BY url, 2")
        assert rows == [(one, is_double) for one in sorted(links) for is_double in (0, 1)]


async def test_what_an_account_passed_on_is_known_again_from_its_mirror(tmp_path: Path) -> None:
    """Under the name of who wrote it, by the mirror as by X itself."""
    async with x_desk(tmp_path, **RICH) as desk, FeedServer() as feeds:
        original = desk.server.post("bob", "The harbour is closed.", at=desk.clock.now() - DAY)
        desk.server.post("alice", "RT @bob: The harbour is closed.", repost=original)
        entry = (
            f"<item><title>RT by @alice: The harbour is closed.</title><dc:creator>@bob</dc:creator><description>"
            f"&lt;p&gt;The harbour is closed.&lt;/p&gt;</description>"
            f"<link>{feeds.url(f'/bob/status/{original}#m')}</link>"
            "</item>"
        )
        mirror = feeds.on("/alice/rss", Reply(rss(entry, title="Alice / @alice")))
        await configured(desk, [{"x": "@alice", "mirror": mirror}])
        await configured(desk, [{"x": "@alice", "mirror": mirror}, {"x": "alice", "name": "Alice on X"}])
        rows = await desk.board.rows(
            "SELECT o.author, o.text, i.duplicate_of IS NOT NULL FROM items i JOIN observations o ON o.item_id = i.id "
            "ORDER BY i.id"
        )
        assert [author for author, _, _ in rows] == ["@bob", "@bob"]
        assert [text for _, text, _ in rows] == ["Reposted by @alice; written by @bob:\n\nThe harbour is closed."] * 2
        assert [is_double for _, _, is_double in rows] == [0, 1]


async def configured(desk: XDesk, sources: list[dict[str, Any]]) -> list[PollResult]:
    """What polling the sources of a configuration brings, with all sensors there are."""
    sensors = {
        "allow_hosts": ["127.0.0.1"],
        "x": {"bearer_token": TOKEN, "base_url": _base(desk.server), "thread_wait": 0},
    }
    settings = Settings.model_validate({"home": desk.board.home, "sources": sources, "sensors": sensors})
    engine = desk.board.engine
    await engine.sync_sources([new_source(source) for source in settings.sources])
    readings = BoardReadings(engine, caps=dict, exhaustion=Exhaustion(engine, now=desk.clock.now))
    senses = open_senses(settings, clock=desk.clock, rng=random.Random(1), readings=readings)
    sensing = Sensing(
        engine=engine, sensors=senses, emitter=Emitter(), emit=desk.board.told.append, clock=desk.clock, concurrency=1
    )
    try:
        return [await sensing.poll(source) for source in await engine.due_sources(limit=9, is_all=True)]
    finally:
        await senses.close()


def _base(server: XServer) -> str:
    return server.url("").rstrip("/")


@pytest.mark.parametrize("query", ["tide is:reply", "to:alice", "conversation_id:1"])
async def test_a_search_for_replies_gets_replies(tmp_path: Path, query: str) -> None:
    """Which are left out of every other search."""
    async with x_desk(tmp_path, f"search:{query}", "search:tide -is:reply", **RICH) as desk:
        asked = desk.server.post("alice", "Is the tide high?", at=desk.clock.now() - HOUR)
        desk.server.post("bob", "tide: high", reply_to=asked)
        await desk.poll(f"search:{query}")
        assert f"In reply to https://x.com/i/web/status/{asked}\n\ntide: high" in texts(desk)
        await desk.poll("search:tide -is:reply")
        assert [one.title for one in desk.last.observations] == ["Is the tide high?"]


async def test_a_thread_is_no_duplicate_of_one_of_its_posts_nor_are_its_posts_news(tmp_path: Path) -> None:
    """A search finds a post of a thread before its account is read, and another one after."""
    async with x_desk(tmp_path, "@alice", "search:tide", **RICH) as desk:
        now = desk.clock.now()
        root = desk.server.post("alice", "The tide is high.", at=now - HOUR)
        await desk.poll("search:tide")
        second = desk.server.post("alice", "The harbour is closed.", at=now - HOUR + 60, reply_to=root)
        third = desk.server.post("alice", "No tide like it in years.", at=now - HOUR + 120, reply_to=second)
        await desk.poll("@alice")
        await desk.poll("search:tide")
        rows = await desk.board.rows("SELECT url, duplicate_of IS NOT NULL FROM items ORDER BY id")
        links = [f"https://x.com/alice/status/{one}" for one in (root, root, third)]
        assert rows == list(zip(links, (0, 0, 1), strict=True))
        assert texts(desk)[1] == "The tide is high.\n\nThe harbour is closed.\n\nNo tide like it in years."


async def test_an_edited_part_that_comes_with_a_new_one_does_not_hide_it(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        root = desk.server.post("alice", "One.")
        second = desk.server.post("alice", "Two.", reply_to=root)
        await desk.poll("@alice")
        desk.later(HOUR)
        del desk.server.posts[second]
        edited = desk.server.post("alice", "Two, put right.", reply_to=root, edit_history_tweet_ids=[second])
        desk.server.post("alice", "Three.", reply_to=edited)
        assert (await desk.poll("@alice")).new == 1
        assert texts(desk)[-1].endswith("Two, put right.\n\nThree.")


async def test_a_thread_over_two_pages_is_one_item(tmp_path: Path) -> None:
    """Its newer part waits on the board for the older page, also through a restart; not when that is not to be had."""
    async with x_desk(tmp_path, "@alice", thread_wait=120, **RICH) as desk:
        desk.server.account("alice")
        await desk.poll("@alice")
        now = desk.clock.now()
        parts = [desk.server.post("alice", "tide 0", at=now - HOUR)]
        for n in range(1, 14):
            parts.append(desk.server.post("alice", f"tide {n}", at=now - HOUR + n, reply_to=parts[-1]))
        assert (await desk.look("@alice")).new == 0
        again = XDesk(desk.board, desk.server, settings=desk.context.settings, caps={})
        try:
            assert (await again.poll("@alice")).new == 1
            assert again.seen[0].extra["posts"] == parts
        finally:
            await again.close()
        desk.later(HOUR)
        for n in range(14):
            desk.server.post("alice", f"ebb {n}", reply_to=parts[-1])
        desk.later(HOUR)
        desk.server.faults = [None, problem(503, "Service Unavailable", "Over capacity")]
        assert (await desk.poll("@alice")).new == 1
