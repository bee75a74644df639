"""Which of two tellings of one story stands."""

from typing import Any

import pytest

from daemon.blackboard.records import NewSource
from tests.fakes.boards import Board, failure, seen

SHORT = "The tide is high."
LONG = "The tide is high, and the harbour stays closed until Monday. " * 4


async def sources(board: Board, count: int = 2) -> list[int]:
    names = [f"https://{n}.example" for n in range(count)]
    return [(await board.engine.add_source(NewSource("rss", name), by="t")).id for name in names]


async def post(board: Board, text: str, *, source: int | None, **more: Any) -> tuple[str, bool, str | None]:
    (posted,) = await board.engine.post([seen("story", text=text, **more)], source_id=source, by="s")
    return posted.item_id, posted.is_new, posted.duplicate_of


async def judged(board: Board) -> str:
    """The next item is discarded for what it says; answers its id."""
    claim = await board.claim_one()
    await board.engine.discard(claim, reason="too little text")
    return claim.item.id


async def test_what_was_discarded_for_what_it_says_stands_for_no_fuller_telling(board: Board) -> None:
    """Whoever tells it next is a duplicate of the fuller one; a source is not told what it told itself."""
    first, second, third = await sources(board, 3)
    slight, _, _ = await post(board, SHORT, source=first)
    assert await judged(board) == slight
    full, is_new, duplicate_of = await post(board, LONG, source=second)
    assert (is_new, duplicate_of) == (True, None)
    assert (await post(board, LONG, source=third))[2] == full
    assert await post(board, SHORT, source=first) == (slight, False, None)
    assert await post(board, LONG, source=second) == (full, False, None)
    assert (await post(board, LONG, source=None))[:2] == (full, False)


async def test_a_slight_telling_that_nobody_took_up_is_a_duplicate_of_a_fuller_one(board: Board) -> None:
    """It does not matter which of the two is judged first."""
    first, second = await sources(board)
    slight, _, _ = await post(board, SHORT, source=first)
    full, _, duplicate_of = await post(board, LONG, source=second)
    assert duplicate_of is None
    assert await board.item(slight, "duplicate_of") == (full,)


@pytest.mark.parametrize("text", [SHORT, SHORT + " Mind.", "", f"{SHORT} https://example.org/{'a' * 300}"])
async def test_a_telling_that_says_no_more_is_a_duplicate_as_ever(board: Board, text: str) -> None:
    """A long link says nothing."""
    first, second = await sources(board)
    slight, _, _ = await post(board, SHORT, source=first)
    await judged(board)
    assert (await post(board, text, source=second))[2] == slight


async def test_chinese_says_much_in_few_signs(board: Board) -> None:
    first, second = await sources(board)
    slight, _, _ = await post(board, "潮水很高", source=first)
    await judged(board)
    assert (await post(board, "潮水很高，港口将关闭至星期一，渡轮全部停航，居民请留在家中。", source=second))[2] is None
    assert slight


async def test_what_is_told_or_was_put_away_by_a_person_stands(board: Board) -> None:
    """However short: published, in work, held and then discarded by a person, itself a duplicate."""
    first, second, third = await sources(board, 3)
    item, _, _ = await post(board, SHORT, source=first)
    await board.engine.advance(await board.claim_one())
    assert (await post(board, LONG, source=second))[2] == item
    await board.engine.bury(await board.claim_one(), failure=failure())
    await board.engine.dismiss([item], reason="not for us", by="t")
    assert (await post(board, LONG, source=third))[2] == item


async def test_what_waits_for_its_article_will_say_more(board: Board) -> None:
    first, second = await sources(board)
    item, _, _ = await post(board, SHORT, source=first, url="https://example.org/a", article_within=60.0)
    assert (await post(board, LONG, source=second))[2] == item


async def test_a_person_may_post_what_a_feed_told_with_too_few_words(board: Board) -> None:
    (first,) = await sources(board, 1)
    slight, _, _ = await post(board, SHORT, source=first)
    await judged(board)
    full, is_new, duplicate_of = await post(board, LONG, source=None)
    assert (is_new, duplicate_of) == (True, None)
    assert (await post(board, LONG, source=None))[:2] == (full, False)
    assert (await post(board, LONG, source=first))[:2] == (slight, False)
