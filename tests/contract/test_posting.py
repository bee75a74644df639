"""What becomes of observations."""

import asyncio

import pytest

from daemon.blackboard.records import Identity, NewSource, Observation
from daemon.core.errors import NotFoundError
from tests.fakes.boards import Board, seen


async def two_sources(board: Board) -> tuple[int, int]:
    first = await board.engine.add_source(NewSource("rss", "https://a.example"), by="t")
    second = await board.engine.add_source(NewSource("rss", "https://b.example"), by="t")
    return first.id, second.id


async def test_a_posted_observation_comes_back_whole_in_its_claim(board: Board) -> None:
    """Text, author, date, tags, extra and source name survive the board."""
    source = await board.engine.add_source(NewSource("rss", "https://a.example", name="A"), by="t")
    observation = seen("x", url="https://a/x", author="N", published_at=5.0, language="en", tags=("t",), extra={"k": 1})
    await board.engine.post([observation], source_id=source.id, by="sensor")
    claim = await board.claim_one()
    assert claim.item.source == "A"
    assert claim.item.tags == ("t",)
    assert claim.observation.extra == {"k": 1}
    assert (claim.observation.text, claim.observation.author) == ("text of x", "N")
    assert (claim.observation.published_at, claim.observation.language) == (5.0, "en")


async def test_posting_the_same_again_answers_the_same_item(board: Board) -> None:
    """A second post is not new and makes no item and no event."""
    (first,) = await board.post("x")
    (again,) = await board.engine.post([seen("x")], source_id=None, by="t")
    assert (again.item_id, again.is_new) == (first, False)
    assert await board.rows("SELECT count(*) FROM items") == [(1,)]
    assert await board.events(first) == ["item_posted"]


async def test_the_same_thing_twice_in_one_post_is_one_item(board: Board) -> None:
    """Identity holds within a batch too."""
    posted = await board.engine.post([seen("x"), seen("x"), seen("y")], source_id=None, by="t")
    assert [one.is_new for one in posted] == [True, False, True]
    assert posted[0].item_id == posted[1].item_id


async def test_a_source_knows_its_own_by_any_key_and_learns_the_others(board: Board) -> None:
    """First by guid, then the changed link is enough."""
    source, _ = await two_sources(board)
    (item,) = await board.post("x", source_id=source)
    moved = seen("new address", guid="x")
    assert (await board.engine.post([moved], source_id=source, by="s"))[0].item_id == item
    only_link = seen("new address", guid="new guid")
    assert (await board.engine.post([only_link], source_id=source, by="s"))[0].item_id == item


async def test_a_guid_means_nothing_in_another_source(board: Board) -> None:
    """Two feeds number their entries 1, 2, 3."""
    first, second = await two_sources(board)
    await board.engine.post([seen("a", guid="1")], source_id=first, by="s")
    (posted,) = await board.engine.post([seen("b", guid="1")], source_id=second, by="s")
    assert (posted.is_new, posted.duplicate_of) == (True, None)


async def test_what_another_source_told_is_a_new_item_with_duplicate_of(board: Board) -> None:
    """The left brain discards it with that reason."""
    first, second = await two_sources(board)
    (item,) = await board.post("x", source_id=first)
    (posted,) = await board.engine.post([seen("x", guid="other")], source_id=second, by="s")
    assert (posted.is_new, posted.duplicate_of) == (True, item)
    assert await board.item(posted.item_id, "duplicate_of") == (item,)


@pytest.mark.parametrize("again", [seen("x", guid="other"), seen("x", guid="third"), seen("y", guid="other")])
async def test_a_duplicate_told_again_by_its_own_source_is_not_new(board: Board, again: Observation) -> None:
    """It is known there by its guid and by the link that another told first."""
    first, second = await two_sources(board)
    await board.post("x", source_id=first)
    (duplicate,) = await board.engine.post([seen("x", guid="other")], source_id=second, by="s")
    (posted,) = await board.engine.post([again], source_id=second, by="s")
    assert (posted.item_id, posted.is_new) == (duplicate.item_id, False)


async def test_what_a_person_posts_is_known_from_any_source(board: Board) -> None:
    """Without a source, anyone's item is the answer."""
    first, _ = await two_sources(board)
    (item,) = await board.post("x", source_id=first)
    assert await board.post("x") == [item]


async def test_what_a_person_posted_first_is_a_duplicate_for_a_source(board: Board) -> None:
    """The feed brings it later."""
    first, _ = await two_sources(board)
    (item,) = await board.post("x")
    (posted,) = await board.engine.post([seen("x")], source_id=first, by="s")
    assert posted.duplicate_of == item


async def test_without_identities_everything_is_new(board: Board) -> None:
    """Nothing to know it by."""
    posted = await board.engine.post([seen("x", identities=())] * 2, source_id=None, by="t")
    assert [one.is_new for one in posted] == [True, True]


async def test_an_unknown_source_is_an_error_and_posts_nothing(board: Board) -> None:
    """All or none."""
    with pytest.raises(NotFoundError, match="no source 99"):
        await board.post("x", source_id=99)
    assert await board.rows("SELECT count(*) FROM items") == [(0,)]


async def test_thousands_at_once(board: Board) -> None:
    """A large first poll is one transaction and each entry gets its answer, in order."""
    many = [seen(f"n{i}") for i in range(3000)]
    posted = await board.engine.post(many, source_id=None, by="t")
    assert len({one.item_id for one in posted}) == len(many)
    again = await board.engine.post(many, source_id=None, by="t")
    assert [one.item_id for one in again] == [one.item_id for one in posted]
    assert not any(one.is_new for one in again)


async def test_the_same_thing_posted_by_many_at_once_is_one_item(board: Board) -> None:
    """Concurrent posts see each other."""
    posted = await asyncio.gather(*(board.engine.post([seen("x")], source_id=None, by=f"p{i}") for i in range(20)))
    assert sum(one.is_new for (one,) in posted) == 1
    assert len({one.item_id for (one,) in posted}) == 1


async def test_the_event_tells_who_posted_what(board: Board) -> None:
    """item_posted leads to QUEUED and carries by and title."""
    await board.post("x")
    (event,) = board.told
    assert (event.type, event.from_state, event.to_state) == ("item_posted", None, "QUEUED")
    assert (event.data["by"], event.data["title"]) == ("tester", "x")


async def test_identity_keys_outlive_their_item_state(board: Board) -> None:
    """A discarded entry that the feed shows again stays discarded."""
    (item,) = await board.post("x")
    await board.engine.discard(await board.claim_one(), reason="empty")
    (again,) = await board.engine.post(
        [seen("other", identities=(Identity("link:x", is_global=True),))], source_id=None, by="t"
    )
    assert (again.item_id, again.is_new) == (item, False)


def of_parts(*names: str) -> Observation:
    """A thread: known by its parts alone."""
    parts = tuple(Identity(f"link:{name}", is_global=True, is_part=True) for name in names)
    return Observation(title=names[0], text="\n\n".join(names), identities=parts)


async def test_what_has_more_parts_than_were_told_is_something_else(board: Board) -> None:
    """One post of a thread, told by another source, does not stand for the thread."""
    first, second = await two_sources(board)
    await board.engine.post([seen("1")], source_id=first, by="s")
    (thread,) = await board.engine.post([of_parts("1", "2")], source_id=second, by="s")
    assert (thread.is_new, thread.duplicate_of) == (True, None)
    (whole,) = await board.engine.post([of_parts("1", "2", "3")], source_id=second, by="s")
    assert whole.is_new


async def test_each_part_of_what_was_told_is_known_by_it(board: Board) -> None:
    """In its own source, and in others."""
    first, second = await two_sources(board)
    (thread,) = await board.engine.post([of_parts("1", "2", "3")], source_id=first, by="s")
    for name in "123":
        (own,) = await board.engine.post([seen(name)], source_id=first, by="s")
        assert (own.item_id, own.is_new) == (thread.item_id, False)
        (other,) = await board.engine.post([seen(name)], source_id=second, by="s")
        assert other.duplicate_of == thread.item_id


async def test_what_was_told_part_by_part_is_known_when_all_its_parts_are(board: Board) -> None:
    first, second = await two_sources(board)
    told = await board.engine.post([seen("1"), seen("2")], source_id=first, by="s")
    (own,) = await board.engine.post([of_parts("1", "2")], source_id=first, by="s")
    assert (own.item_id, own.is_new) == (told[0].item_id, False)
    (other,) = await board.engine.post([of_parts("1", "2")], source_id=second, by="s")
    assert other.duplicate_of == told[0].item_id
