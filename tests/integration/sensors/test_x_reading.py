"""Reading X: accounts and searches against a server with X's own wire format, on a real board."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from sensors.x.wire import id_at
from tests.fakes.feed_server import Reply
from tests.fakes.x_desk import XDesk, x_desk
from tests.fakes.x_server import invalid, problem

HOUR, DAY = 3600.0, 86_400.0
RICH: dict[str, Any] = {"daily_reads": 10_000, "daily_usd": 1000.0}
DOWN = Reply(b"", status=503)
EMPTY = Reply(b'{"meta": {"result_count": 0, "next_token": "b26"}}')


def posted(desk: XDesk, count: int, *, username: str = "alice", words: str = "The tide stands at") -> list[str]:
    """So many posts, a minute apart, the last one a minute ago."""
    now = desk.clock.now()
    return [desk.server.post(username, f"{words} {n} metres.", at=now - 60 * (count - n)) for n in range(count)]


def told(desk: XDesk) -> list[str]:
    """The ids of all that was told, in order."""
    return [str(one.url).rpartition("/")[2] for one in desk.seen]


async def test_the_posts_of_an_account_come_to_the_board_once(tmp_path: Path) -> None:
    """The first look reads what is there, the next one what is new; who the account is, is asked once."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        desk.server.account("alice", "Alice Liddell")
        ids = posted(desk, 2)
        first = await desk.poll("@alice")
        assert (first.outcome, first.entries, first.new) == ("read", 2, 2)
        assert told(desk) == ids
        assert {one.author for one in desk.seen} == {"Alice Liddell (@alice)"}
        desk.later(HOUR)
        again = await desk.poll("@alice")
        assert (again.outcome, again.entries, again.new) == ("unchanged", 0, 0)
        desk.server.post("alice", "The tide was 7 metres high.")
        assert (await desk.poll("@alice")).new == 1
        lookups = [one.path for one in desk.server.asked if "by/username" in one.path]
        assert lookups == ["/2/users/by/username/alice"]


async def test_a_search_tells_who_wrote_each_post(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "search:tide lang:en", **RICH) as desk:
        desk.server.account("alice", "Alice")
        desk.server.account("bob", "Bob\u200b\nB.")
        ids = [desk.server.post("alice", "The tide is high."), desk.server.post("bob", "A low tide.")]
        desk.server.post("bob", "Nothing of it.")
        assert (await desk.poll("search:tide lang:en")).new == 2
        assert [one.author for one in desk.seen] == ["Alice (@alice)", "Bob B. (@bob)"]
        assert [one.url for one in desk.seen] == [
            f"https://x.com/alice/status/{ids[0]}",
            f"https://x.com/bob/status/{ids[1]}",
        ]
        assert desk.server.queries()[0]["query"] == "tide lang:en"


async def test_the_first_look_reads_so_many_and_takes_the_cursor_from_there(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", first_reads=7, **RICH) as desk:
        ids = posted(desk, 30)
        assert (await desk.poll("@alice")).entries == 7
        assert (await desk.poll("@alice")).entries == 0
        assert told(desk) == ids[-7:]
        assert desk.server.queries()[-1]["since_id"] == ids[-1]


async def test_all_pages_are_read_down_to_the_cursor(tmp_path: Path) -> None:
    """A small page first, as most looks find little; then large ones."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        first = posted(desk, 1)
        await desk.poll("@alice")
        desk.later(DAY)
        ids = posted(desk, 150)
        assert (await desk.poll("@alice")).new == 150
        assert sorted(told(desk)) == sorted([*first, *ids])
        assert [query["max_results"] for query in desk.server.queries()] == ["20", "10", "100", "100", "10"]


async def test_what_a_fault_keeps_from_being_read_is_read_at_the_next_look(tmp_path: Path) -> None:
    """The page before the fault is told; nothing is lost, and no post is asked for twice."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("@alice")
        desk.later(DAY)
        ids = posted(desk, 25)
        served = desk.server.served["posts"]
        desk.server.faults = [None, DOWN]
        found = await desk.poll("@alice")
        assert (found.outcome, found.new) == ("failed", 10)
        assert "X answered 503" in str(found.error)
        assert desk.last.fetch.next_fetch_reason == "one failure: next try after 15 min"
        assert told(desk)[1:] == ids[-10:]
        desk.later(HOUR)
        newer = posted(desk, 2, words="Later it stands at")
        await desk.poll("@alice")
        assert sorted(told(desk)[1:]) == sorted([*ids, *newer])
        assert desk.server.served["posts"] - served == 27


async def test_a_fault_at_the_first_page_loses_nothing(tmp_path: Path) -> None:
    """Also when it comes while a stretch is still unread."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("@alice")
        desk.later(DAY)
        ids = posted(desk, 25)
        for faults in ([DOWN], [None, DOWN], [DOWN], [None, DOWN], []):
            desk.server.faults = [*faults]
            await desk.poll("@alice")
            desk.later(HOUR)
        await desk.poll("@alice")
        assert sorted(told(desk)[1:]) == ids
        assert [one.outcome for one in desk.watcher.sightings[1:4]] == ["failed", "read", "failed"]


async def test_a_token_of_the_next_page_that_is_worth_nothing_is_done_without(tmp_path: Path) -> None:
    """It goes on from the oldest post that was read, by its id."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("@alice")
        desk.later(DAY)
        ids = posted(desk, 30)
        lost = invalid({"pagination_token": ["b26"]}, "Invalid 'pagination_token': 'b26'")
        desk.server.faults = [None, EMPTY, lost]
        assert (await desk.poll("@alice")).new == 30
        assert [query.get("until_id") for query in desk.server.queries()[-4:]] == [ids[-10]] * 3 + [None]
        assert [query.get("pagination_token") for query in desk.server.queries()[-4:]] == [None, "b26", None, None]


async def test_one_look_reads_one_page_and_the_next_one_comes_at_once(tmp_path: Path) -> None:
    """What was paid for is on the board before more is; all is read down to the old cursor, then what is newer."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        posted(desk, 1)
        await desk.look("@alice")
        desk.later(DAY)
        posted(desk, 1100)
        news = []
        while desk.last.more_at is not None or not news:
            news.append((await desk.look("@alice")).new)
            assert desk.last.fetch.next_fetch_at >= desk.clock.now()
        assert news == [10, *[100] * 10, 90, 0]
        assert len(set(told(desk))) == 1101
        assert desk.last.fetch.next_fetch_at - desk.clock.now() >= 900


async def test_the_first_look_goes_on_over_pages_and_ends_where_it_should(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", first_reads=130, **RICH) as desk:
        ids = posted(desk, 200)
        assert [(await desk.look("@alice")).new for _ in range(3)] == [100, 30, 0]
        assert sorted(told(desk)) == ids[-130:]


async def test_pages_without_posts_are_followed_by_their_tokens_and_not_for_ever(tmp_path: Path) -> None:
    """X gives them, and only the token leads on; after some of them it takes a rest, and nothing is lost."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        posted(desk, 1)
        await desk.look("@alice")
        desk.later(DAY)
        ids = posted(desk, 3)
        desk.server.faults = [EMPTY] * 10
        assert (await desk.look("@alice")).outcome == "unchanged"
        assert desk.last.fetch.next_fetch_at - desk.clock.now() == 60
        assert len(desk.server.queries()) == 11
        assert (await desk.poll("@alice")).new == 3
        assert told(desk)[1:] == ids


async def test_a_page_of_entries_that_cannot_be_read_is_paid_for_once(tmp_path: Path) -> None:
    """The cursor moves on by their ids."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("@alice")
        desk.later(DAY)
        for one in posted(desk, 12):
            desk.server.posts[one]["text"] = 7
        served = desk.server.served["posts"]
        for _ in range(3):
            await desk.poll("@alice")
        assert desk.server.served["posts"] - served == 12


async def test_a_search_goes_on_after_more_than_a_week(tmp_path: Path) -> None:
    """X refuses the old cursor and names the oldest it takes; what it still has is read, and the rest is said."""
    async with x_desk(tmp_path, "search:tide", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("search:tide")
        desk.later(9 * DAY)
        ids = posted(desk, 3)
        assert (await desk.poll("search:tide")).new == 3
        assert desk.last.detail["out_of_reach"] is True
        assert told(desk)[1:] == ids


async def test_a_stretch_that_is_older_than_a_week_is_given_up_and_the_new_is_read(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "search:tide", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("search:tide")
        desk.later(HOUR)
        posted(desk, 15)
        desk.server.faults = [None, DOWN]
        await desk.poll("search:tide")
        desk.later(9 * DAY)
        newer = posted(desk, 2, words="At last the tide stands at")
        await desk.poll("search:tide")
        assert told(desk)[-2:] == newer
        assert desk.last.detail["out_of_reach"] is True
        assert "is_unread" not in desk.last.detail


async def test_a_search_that_finds_nothing_for_weeks_keeps_a_cursor_that_x_takes(tmp_path: Path) -> None:
    """The cursor follows at a day's distance, so no request is refused."""
    async with x_desk(tmp_path, "search:tide", **RICH) as desk:
        for _ in range(20):
            assert (await desk.poll("search:tide")).outcome == "unchanged"
            desk.later(DAY)
        ids = posted(desk, 12)
        assert (await desk.poll("search:tide")).new == 12
        assert sorted(told(desk)) == ids
        assert len(desk.server.asked) == 23


async def test_the_cursor_outlives_a_restart(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        ids = posted(desk, 3)
        await desk.poll("@alice")
        again = XDesk(desk.board, desk.server, settings=desk.context.settings, caps={})
        try:
            assert (await again.poll("@alice")).outcome == "unchanged"
        finally:
            await again.close()
        assert desk.server.queries()[-1]["since_id"] == ids[-1]


async def test_what_was_kept_by_another_version_and_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    """The board knows what it has already."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        posted(desk, 3)
        await desk.poll("@alice")
        await desk.board.rows("UPDATE sources SET extra = json_set(extra, '$.x', json('[1]'))")
        again = await desk.poll("@alice")
        assert (again.outcome, again.new, again.known) == ("read", 0, 3)


async def test_an_account_that_is_gone_is_asked_for_anew(tmp_path: Path) -> None:
    """Its id was kept; X knows it no more, so the next look asks who the account is now."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("@alice")
        desk.server.faults = [problem(404, "Not Found", "Not Found")]
        assert (await desk.poll("@alice")).error == "X knows no account @alice"
        await desk.poll("@alice")
        assert sum("by/username" in one.path for one in desk.server.asked) == 2


@pytest.mark.parametrize(
    ("own", "seconds", "why"), [(None, 900, "the default (sensors.x.every)"), (60.0, 60, "as configured for it")]
)
async def test_it_comes_again_after_its_own_interval_or_the_one_of_x(
    tmp_path: Path, own: float | None, seconds: float, why: str
) -> None:
    async with x_desk(tmp_path, **RICH) as desk:
        await desk.add("@alice", every=own)
        posted(desk, 1)
        await desk.poll("@alice")
        fetch = (await desk.source("@alice")).fetch
        assert seconds <= fetch.next_fetch_at - desk.clock.now() <= seconds * 1.1
        assert str(fetch.next_fetch_reason).endswith(why)
        assert (fetch.last_success_at, fetch.last_item_at) == (desk.clock.now(), desk.clock.now() - 60)


async def test_a_clock_that_is_ahead_passes_over_no_post(tmp_path: Path) -> None:
    """X says what time it is; a look that finds nothing takes the cursor no further than that."""
    async with x_desk(tmp_path, "search:tide", **RICH) as desk:
        true = desk.clock.now()
        desk.server.says_date = True
        desk.server.now = lambda: true
        for ahead in (0, 30 * DAY):
            desk.clock.set(true + ahead)
            await desk.poll("search:tide")
        desk.clock.set(true)
        ids = posted(desk, 1)
        assert (await desk.poll("search:tide")).new == 1
        assert told(desk) == ids


async def test_a_cursor_that_grows_too_old_while_x_is_asked_is_moved_once(tmp_path: Path) -> None:
    """What X names as the oldest is too old itself a moment later."""
    async with x_desk(tmp_path, "search:tide", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("search:tide")
        desk.later(9 * DAY)
        ids = posted(desk, 3)
        ticks = itertools.count()
        desk.server.now = lambda: desk.clock.now() + 0.2 * next(ticks)
        asked = len(desk.server.asked)
        assert (await desk.poll("search:tide")).new == 3
        assert told(desk)[1:] == ids
        assert len(desk.server.asked) - asked == 2


async def test_an_x_that_refuses_every_cursor_is_not_asked_for_ever(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "search:tide", **RICH) as desk:
        posted(desk, 1)
        await desk.poll("search:tide")
        asked = len(desk.server.asked)
        for n in range(1, 9):
            oldest = id_at(desk.clock.now() + n * DAY)
            message = f"'since_id' must be a tweet id created after then. Use one that is larger than {oldest}"
            desk.server.faults.append(invalid({"since_id": ["1"]}, message))
        assert (await desk.poll("search:tide")).outcome == "failed"
        assert len(desk.server.asked) - asked == 4
