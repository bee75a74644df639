"""Items that wait for the article behind them."""

from dataclasses import replace
from typing import Any

import pytest

from daemon.blackboard.records import NewSource
from daemon.blackboard.senses import Article, ArticleOutcome, AwaitedArticle
from daemon.blackboard.states import State
from tests.fakes.boards import Board, failure, seen

WITHIN = 600.0
FULL = Article(
    ArticleOutcome.READ,
    "https://a.example/story",
    "read",
    text="The whole story.",
    language="en",
    author="Ada",
    published_at=5.0,
    facts={"title": "Story"},
)
PAYWALL = Article(ArticleOutcome.PAYWALL, "https://a.example/story", "the page shows a part only", author="Nobody")


async def await_article(board: Board, name: str = "n", **more: Any) -> str:
    wanted = {"url": "https://a.example/story", "article_within": WITHIN, "tags": ("t",)} | more
    (posted,) = await board.engine.post([seen(name, **wanted)], source_id=None, by="t")
    return posted.item_id


async def test_a_new_item_waits_for_its_article(board: Board) -> None:
    """It cannot be claimed; what is to be fetched is told with what the feed said."""
    item = await await_article(board)
    assert await board.item(item, "state, waits_for") == ("QUEUED", "article")
    assert await board.claim() == []
    until = board.clock.now() + WITHIN
    assert await board.engine.awaited_articles(limit=5) == [
        AwaitedArticle(item, None, "https://a.example/story", "n", "text of n", until, ("t",))
    ]
    assert await board.engine.next_available_at(steps=()) is None


async def test_after_its_time_it_goes_on_without(board: Board) -> None:
    """The claim ends the wait, and an article that comes then changes nothing."""
    item = await await_article(board)
    await board.clock.advance(WITHIN)
    claim = await board.claim_one()
    assert (claim.item.id, claim.observation.text) == (item, "text of n")
    assert await board.item(item, "waits_for") == (None,)
    assert await board.engine.awaited_articles(limit=5) == []
    assert not await board.engine.settle_article(item, FULL)
    assert await board.rows("SELECT text FROM observations") == [("text of n",)]


async def test_its_text_takes_the_place_of_the_feeds(board: Board) -> None:
    """The feed's own is kept; author, language and date are taken where it gave none; the item may be claimed."""
    item = await await_article(board, extra={"guid": "g"})
    assert await board.engine.settle_article(item, FULL)
    claim = await board.claim_one()
    seen_now = claim.observation
    assert (seen_now.text, seen_now.author, seen_now.language, seen_now.published_at) == (FULL.text, "Ada", "en", 5.0)
    assert seen_now.extra == {
        "guid": "g",
        "feed_text": "text of n",
        "article": {"title": "Story", "outcome": "read", "url": FULL.url, "note": "read"},
    }
    settled = next(event for event in board.told if event.type == "article_settled")
    assert (settled.item_id, settled.to_state) == (item, None)
    assert settled.data == {"outcome": "read", "note": "read", "characters": 16, "url": FULL.url}


async def test_what_the_feed_said_of_itself_stands(board: Board) -> None:
    """The article's author, language and date are only taken where the feed gave none."""
    item = await await_article(board, author="Eve", language="zh", published_at=0.0)
    await board.engine.settle_article(item, FULL)
    seen_now = (await board.claim_one()).observation
    assert (seen_now.author, seen_now.language, seen_now.published_at) == ("Eve", "zh", 0.0)


async def test_without_a_text_the_item_says_what_the_feed_said(board: Board) -> None:
    """Nothing of a page that is not the article is believed; why is kept."""
    item = await await_article(board)
    assert await board.engine.settle_article(item, PAYWALL)
    seen_now = (await board.claim_one()).observation
    assert (seen_now.text, seen_now.author) == ("text of n", None)
    assert seen_now.extra == {"article": {"outcome": "paywall", "url": PAYWALL.url, "note": PAYWALL.note}}


async def test_it_settles_once(board: Board) -> None:
    """Two that fetch the same: the second changes nothing and tells nothing."""
    item = await await_article(board)
    assert await board.engine.settle_article(item, FULL)
    told = len(board.told)
    assert not await board.engine.settle_article(item, replace(FULL, text="another"))
    assert not await board.engine.settle_article("nobody", FULL)
    assert len(board.told) == told
    assert await board.rows("SELECT text FROM observations") == [(FULL.text,)]


async def test_halves_of_characters_are_kept_as_something_that_can_be_written(board: Board) -> None:
    """A page may hold what no text may."""
    item = await await_article(board)
    odd = replace(FULL, text="a \ud800 b", note="x \ud800", url="https://a.example/\ud800", author="\ud800")
    assert await board.engine.settle_article(item, replace(odd, facts={"k": "\ud800"}))
    assert (await board.claim_one()).observation.text.startswith("a ")


@pytest.mark.parametrize("more", [{"article_within": None}, {"url": None}])
async def test_what_has_no_article_waits_for_none(board: Board, more: dict[str, Any]) -> None:
    """At once, as ever."""
    await await_article(board, **more)
    assert await board.engine.awaited_articles(limit=5) == []
    assert len(await board.claim()) == 1


async def test_a_duplicate_waits_for_none(board: Board) -> None:
    """It is discarded anyway; nothing is fetched for it. What is known already is no new wait either."""
    first = await await_article(board)
    again = await await_article(board)
    assert again == first
    other = await board.engine.add_source(_feed(), by="t")
    (twin,) = await board.engine.post(
        [seen("n", url="https://a.example/story", article_within=WITHIN)], source_id=other.id, by="t"
    )
    assert twin.duplicate_of == first
    assert [one.item_id for one in await board.engine.awaited_articles(limit=5)] == [first]


def _feed() -> Any:
    from daemon.blackboard.records import NewSource

    return NewSource("rss", "https://b.example/feed")


async def test_they_come_oldest_first_and_in_portions(board: Board) -> None:
    """After the last of a portion come the next ones."""
    items = [await await_article(board, f"n{number}") for number in range(5)]
    first = await board.engine.awaited_articles(limit=3)
    rest = await board.engine.awaited_articles(limit=3, after=first[-1].item_id)
    assert [one.item_id for one in (*first, *rest)] == items


async def test_it_can_be_woken_for_good(board: Board) -> None:
    """What ends waits of other kinds ends this one."""
    item = await await_article(board)
    assert await board.engine.wake(waits_for="article") == 1
    assert not await board.engine.settle_article(item, FULL)
    assert len(await board.claim()) == 1


async def test_an_edited_dead_letter_waits_for_no_article(board: Board) -> None:
    """What a person wrote is not overwritten by a page that comes late."""
    item = await await_article(board)
    await board.clock.advance(WITHIN)
    await board.engine.bury(await board.claim_one(), failure=failure())
    await board.engine.edit(item, title=None, text="my words", model=None, by="p")
    assert await board.item(item, "state, waits_for") == (State.QUEUED.value, None)
    assert not await board.engine.settle_article(item, FULL)
    assert (await board.claim_one()).observation.text == "my words"


async def test_a_crash_leaves_the_wait(board: Board) -> None:
    """The next process goes on fetching."""
    item = await await_article(board)
    crashed = await board.crash()
    try:
        assert [one.item_id for one in await crashed.engine.awaited_articles(limit=5)] == [item]
        assert await crashed.engine.settle_article(item, FULL)
        assert (await crashed.claim_one()).observation.text == FULL.text
    finally:
        await crashed.engine.close()


async def test_the_feed_that_named_the_link_is_told(board: Board) -> None:
    """Who fetches it asks where the link is from."""
    source = await board.engine.add_source(NewSource(kind="rss", address="https://a.example/feed"), by="t")
    wanted = seen("n", url="https://a.example/story", article_within=WITHIN)
    await board.engine.record_fetch(source.id, fetch=source.fetch, observations=[wanted], event={})
    (awaited,) = await board.engine.awaited_articles(limit=5)
    assert (awaited.source_id, awaited.source_address) == (source.id, "https://a.example/feed")


async def test_finding_them_reads_their_own_index_alone(board: Board) -> None:
    """A backlog of a million does not slow the search down."""
    from daemon.blackboard.queries import load_queries

    query = load_queries("senses")["awaited_articles"]
    plan = [row[3] for row in await board.rows(f"EXPLAIN QUERY PLAN {query}", "", 5)]
    assert plan == [
        "SEARCH i USING INDEX items_awaiting (id>?)",
        "SEARCH o USING PRIMARY KEY (item_id=?)",
        "SEARCH s USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
    ]


async def test_what_waited_while_nobody_was_there_waits_anew(board: Board) -> None:
    """Only what has its time behind it, and was not taken up; the others keep theirs."""
    late = await await_article(board, "late")
    taken = await await_article(board, "taken", article_within=1.0)
    await board.clock.advance(2)
    assert (await board.claim_one()).item.id == taken
    await board.clock.advance(WITHIN)
    young = await await_article(board, "young")
    until = board.clock.now() + WITHIN
    assert await board.engine.await_anew(within=60.0) == 1
    assert await board.claim() == []
    waits = {one.item_id: one.until for one in await board.engine.awaited_articles(limit=5)}
    assert waits == {late: board.clock.now() + 60.0, young: until}
    assert await board.engine.await_anew(within=60.0) == 0
