"""Intents, outcomes, and what the memory has taken in."""

import pytest

from daemon.blackboard.records import PublicationStatus
from daemon.blackboard.states import State
from daemon.core.errors import LostClaimError, NotFoundError
from tests.fakes.boards import Board


async def test_an_intent_is_new_once(board: Board) -> None:
    """The second time it may be at the sink already."""
    claim = await board.claim_in(State.PUBLISHING)
    first = await board.engine.intend(claim, sink="atom", key="k")
    assert (first.is_new, first.status, first.intent_at) == (True, PublicationStatus.INTENT, board.clock.now())
    again = await board.engine.intend(claim, sink="atom", key="k")
    assert (again.is_new, again.intent_at) == (False, first.intent_at)


async def test_an_intent_survives_a_crash(board: Board) -> None:
    """The next claim finds it and looks before it sends."""
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.intend(claim, sink="atom", key="k")
    after = await board.crash()
    try:
        await after.engine.rescue(worker_id="w2", max_rescues=5)
        again = await after.engine.intend(await after.claim_one(worker="w2"), sink="atom", key="k")
        assert (again.is_new, again.status) == (False, PublicationStatus.INTENT)
    finally:
        await after.engine.close()


async def test_what_certainly_failed_is_new_again(board: Board) -> None:
    """A sink that refused has nothing of it."""
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.intend(claim, sink="atom", key="k")
    await board.engine.settle_publication(claim, key="k", status=PublicationStatus.FAILED)
    assert (await board.engine.intend(claim, sink="atom", key="k")).is_new
    assert not (await board.engine.intend(claim, sink="atom", key="k")).is_new


@pytest.mark.parametrize("later", [PublicationStatus.FAILED, PublicationStatus.UNKNOWN])
async def test_what_is_done_stays_done(board: Board, later: PublicationStatus) -> None:
    """No later word takes it back."""
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.intend(claim, sink="atom", key="k")
    await board.engine.settle_publication(claim, key="k", status=PublicationStatus.DONE, location="/feed")
    await board.engine.settle_publication(claim, key="k", status=later)
    found = await board.engine.intend(claim, sink="atom", key="k")
    assert (found.status, found.location, found.is_new) == (PublicationStatus.DONE, "/feed", False)


async def test_without_the_claim_nothing_is_intended_or_settled(board: Board) -> None:
    """A late worker neither announces nor reports."""
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.intend(claim, sink="atom", key="k")
    await board.engine.rescue(worker_id="other", max_rescues=5)
    with pytest.raises(LostClaimError):
        await board.engine.intend(claim, sink="html", key="k2")
    with pytest.raises(LostClaimError):
        await board.engine.settle_publication(claim, key="k", status=PublicationStatus.DONE)
    assert await board.rows("SELECT key, status FROM publications") == [("k", "intent")]


async def test_settling_what_was_never_intended_is_an_error(board: Board) -> None:
    """There is nothing to settle."""
    claim = await board.claim_in(State.PUBLISHING)
    with pytest.raises(NotFoundError, match="no publication k"):
        await board.engine.settle_publication(claim, key="k", status=PublicationStatus.DONE)


async def test_publications_tell_their_events(board: Board) -> None:
    """Intent and outcome."""
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.intend(claim, sink="atom", key="k")
    await board.engine.settle_publication(claim, key="k", status=PublicationStatus.DONE, location="/f")
    assert [event.type for event in board.told[-2:]] == ["publication_intended", "publication_settled"]
    assert board.told[-1].data == {"sink": "atom", "key": "k", "status": "done", "location": "/f"}


async def test_published_items_wait_for_the_memory_oldest_first(board: Board) -> None:
    """Marked ones are passed over, until all is forgotten for a rebuild."""
    items = []
    for _ in range(3):
        claim = await board.claim_in(State.PUBLISHING)
        await board.engine.advance(claim)
        items.append(claim.item.id)
        board.clock.set(board.clock.now() + 1)
    assert await board.engine.unremembered(limit=2) == items[:2]
    await board.engine.mark_remembered(items[:2])
    assert await board.engine.unremembered(limit=10) == items[2:]
    assert await board.engine.forget_remembered() == 3
    assert await board.engine.unremembered(limit=10) == items
