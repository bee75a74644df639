"""Posting under a key: the same again is the item of then."""

import asyncio

import pytest

from daemon.blackboard.keys import PostKey, post_key
from daemon.core.errors import KeyReusedError, NotFoundError
from tests.fakes.boards import Board, seen

WEEK = 7 * 86_400.0
KEY = PostKey("k-1", "of this")


async def post(board: Board, name: str = "x", *, key: PostKey = KEY, source_id: int | None = None) -> tuple[str, bool]:
    (posted,) = await board.engine.post([seen(name)], source_id=source_id, by="t", key=key)
    return posted.item_id, posted.is_new


async def keys(board: Board) -> int:
    return int((await board.rows("SELECT count(*) FROM post_keys"))[0][0])


async def test_the_same_key_is_the_same_item_whatever_was_observed(board: Board) -> None:
    """A page may read differently the second time; the key says that it is the same post."""
    first, is_new = await post(board, "x")
    assert is_new
    assert await post(board, "what the page says now") == (first, False)
    assert await board.engine.find_posted(KEY) == first
    assert await board.events(first) == ["item_posted"]
    assert await board.rows("SELECT count(*) FROM items") == [(1,)]


async def test_the_same_key_for_something_else_is_refused_and_posts_nothing(board: Board) -> None:
    """The sentence names the key and the item."""
    first, _ = await post(board)
    other = PostKey(KEY.text, "of that")
    with pytest.raises(KeyReusedError, match=f"'k-1' was used for another post before .item {first}."):
        await post(board, "y", key=other)
    with pytest.raises(KeyReusedError):
        await board.engine.find_posted(other)
    assert await board.rows("SELECT count(*) FROM items") == [(1,)]


async def test_the_same_content_under_another_key_is_the_item_it_was(board: Board) -> None:
    """And that key is kept too."""
    first, _ = await post(board)
    assert await post(board, key=PostKey("k-2", "of this")) == (first, False)
    assert await keys(board) == 2


async def test_many_at_the_same_moment_make_one_item(board: Board) -> None:
    """They commit together, and only one of them is new."""
    posted = await asyncio.gather(*(post(board, f"read {i}") for i in range(20)))
    assert len({item_id for item_id, _ in posted}) == 1
    assert sum(is_new for _, is_new in posted) == 1


async def test_a_post_that_fails_leaves_no_key(board: Board) -> None:
    """Key and item are one transaction."""
    with pytest.raises(NotFoundError):
        await post(board, source_id=77)
    assert await board.engine.find_posted(KEY) is None
    assert await keys(board) == 0


async def test_a_key_outlives_a_crash(board: Board) -> None:
    """The new process knows what the old one answered, or did not come to answer."""
    first, _ = await post(board)
    again = await board.crash()
    assert await post(again, "y") == (first, False)
    await again.engine.close()


async def test_a_key_is_free_again_after_a_week(board: Board) -> None:
    """Not a moment before; then it may stand for something else."""
    first, _ = await post(board)
    await board.clock.advance(WEEK - 1)
    assert (await post(board, "y"))[0] == first
    await board.clock.advance(1)
    other = PostKey(KEY.text, "of that")
    assert await board.engine.find_posted(other) is None
    second, is_new = await post(board, "y", key=other)
    assert is_new
    assert await board.engine.find_posted(other) == second
    assert await keys(board) == 1


async def test_old_keys_are_forgotten_in_passing_a_few_at_a_time(board: Board) -> None:
    """A post takes away at most a hundred, the oldest first, and none that is still of use."""
    await asyncio.gather(*(post(board, key=PostKey(f"old-{i}", "f")) for i in range(150)))
    await board.clock.advance(WEEK)
    await post(board, key=PostKey("new-1", "f"))
    assert await keys(board) == 51
    await post(board, key=PostKey("new-2", "f"))
    assert await keys(board) == 2


def test_a_fingerprint_tells_everything_apart_that_is_asked_for() -> None:
    """Also which of the fields it stands in."""
    asked = [("a", None, None), (None, "a", None), (None, None, "a"), ("a", "b", None), ("b", "a", None)]
    prints = {post_key("k", url=url, text=text, title=title).fingerprint for url, text, title in asked}
    assert len(prints) == len(asked)
