"""What a person decides."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from daemon.blackboard.records import PublicationStatus
from daemon.blackboard.states import State
from daemon.core.errors import NotFoundError, WrongStateError
from tests.fakes.boards import WAY, Board, failure

Deciding = Callable[[Board, list[str]], Awaitable[list[str]]]

DECISIONS: dict[str, Deciding] = {
    "revive": lambda board, ids: board.engine.revive(ids=ids, by="p"),
    "approve": lambda board, ids: board.engine.approve(ids, by="p"),
    "send_back": lambda board, ids: board.engine.send_back(ids, reason="r", by="p"),
    "dismiss": lambda board, ids: board.engine.dismiss(ids, reason="r", by="p"),
}
FROM = {"revive": {"DEAD_LETTER"}, "approve": {"HELD"}, "send_back": {"HELD"}, "dismiss": {"HELD", "DEAD_LETTER"}}


async def _one_of_each(board: Board) -> dict[str, str]:
    claims = {state: await board.claim_in(state) for state in (State.INGESTING, State.DRAFTING, State.PUBLISHING)}
    await board.engine.discard(claims[State.INGESTING], reason="r")
    await board.engine.advance(claims[State.PUBLISHING])
    held = await board.hold_one()
    dead = await board.bury_one()
    (queued,) = await board.post("q")
    return {
        "DISCARDED": claims[State.INGESTING].item.id,
        "DRAFTING": claims[State.DRAFTING].item.id,
        "PUBLISHED": claims[State.PUBLISHING].item.id,
        "HELD": held,
        "DEAD_LETTER": dead,
        "QUEUED": queued,
    }


@pytest.mark.parametrize("verb", sorted(DECISIONS))
async def test_items_in_other_states_are_passed_over(board: Board, verb: str) -> None:
    """And a second call does nothing at all."""
    items = await _one_of_each(board)
    done = await DECISIONS[verb](board, list(items.values()))
    assert set(done) == {items[state] for state in FROM[verb]}
    told = len(board.told)
    assert await DECISIONS[verb](board, list(items.values())) == []
    assert len(board.told) == told


@pytest.mark.parametrize("verb", sorted(DECISIONS))
async def test_an_unknown_id_is_an_error_and_nothing_is_changed(board: Board, verb: str) -> None:
    """The other ids are left alone too."""
    item = await (board.bury_one() if verb == "revive" else board.hold_one())
    before = await board.item(item, "state")
    with pytest.raises(NotFoundError, match="nope"):
        await DECISIONS[verb](board, [item, "nope"])
    assert await board.item(item, "state") == before


@pytest.mark.parametrize("state", WAY)
async def test_a_revived_item_is_in_the_state_it_died_in_with_all_attempts(board: Board, state: State) -> None:
    """It resumes where it failed."""
    item = await board.bury_one(state=state)
    assert await board.engine.revive(ids=[item], by="p") == [item]
    claim = await board.claim_one()
    assert (claim.item.state, claim.item.attempts, claim.item.rescues, claim.item.error) == (state, 0, 0, None)
    event = next(e for e in board.told if e.type == "item_revived")
    assert (event.from_state, event.to_state, event.data["by"]) == ("DEAD_LETTER", state, "p")


async def test_revive_by_group_or_all(board: Board) -> None:
    """One failure group, then the rest."""
    first, second = await board.bury_one(group="g1"), await board.bury_one(group="g2")
    assert await board.engine.revive(group="g1", by="p") == [first]
    assert await board.engine.revive(by="p") == [second]
    assert await board.engine.revive(by="p") == []


async def test_thousands_are_revived_in_portions(board: Board) -> None:
    """All of them, once each."""
    await board.post(*(f"n{i}" for i in range(2100)))
    claims = await board.claim(limit=2100)
    await asyncio.gather(*(board.engine.bury(claim, failure=failure()) for claim in claims))
    assert sorted(await board.engine.revive(by="p")) == sorted(claim.item.id for claim in claims)
    assert await board.rows("SELECT count(*) FROM events WHERE type = 'item_revived'") == [(2100,)]


async def test_send_back_opens_a_new_round_with_the_persons_reason(board: Board) -> None:
    """The writer reads it in the item's reason."""
    item = await board.hold_one()
    await board.engine.send_back([item], reason="say it shorter", by="p")
    claim = await board.claim_one()
    assert (claim.item.state, claim.item.round, claim.item.reason) == (State.DRAFTING, 1, "say it shorter")


async def test_what_was_held_while_it_was_sent_is_not_written_anew(board: Board) -> None:
    """It is at some sinks already, and another title would put it there twice; nothing is changed, of no item."""
    checked, sent = await board.hold_one(), await board.hold_one(state=State.PUBLISHING)
    with pytest.raises(WrongStateError, match="approve or discard"):
        await board.engine.send_back([checked, sent], reason="another title", by="p")
    assert await board.item(checked, "state, round") == ("HELD", 0)
    assert await board.item(sent, "state, round") == ("HELD", 0)


async def test_the_persons_reason_outlives_a_wait_and_a_death(board: Board) -> None:
    """A snooze, a dead letter and its revival leave it for the writer."""
    item = await board.hold_one()
    await board.engine.send_back([item], reason="say it shorter", by="p")
    await board.engine.snooze(await board.claim_one(), until=board.clock.now(), reason="breaker open")
    await board.engine.bury(await board.claim_one(), failure=failure())
    await board.engine.revive(by="p")
    assert (await board.claim_one()).item.reason == "say it shorter"


async def test_a_dismissed_item_is_final(board: Board) -> None:
    """With the reason and who said so."""
    item = await board.bury_one()
    await board.engine.dismiss([item], reason="old news", by="p")
    assert await board.item(item, "state, reason, died_in, finalized_at") == (
        "DISCARDED",
        "old news",
        None,
        board.clock.now(),
    )
    assert board.told[-1].data == {"by": "p", "reason": "old news"}


@pytest.mark.parametrize("before", [None, PublicationStatus.UNKNOWN, PublicationStatus.FAILED])
async def test_approving_after_an_unknown_outcome_sends_again_on_purpose(
    board: Board, before: PublicationStatus | None
) -> None:
    """The next intent is new, so the sink is sent without a look-up; the first intent's time stays."""
    claim = await board.claim_in(State.PUBLISHING)
    first = await board.engine.intend(claim, sink="notify", key="k")
    if before:
        await board.engine.settle_publication(claim, key="k", status=before)
    await board.engine.hold(claim, reason="unknown")
    board.clock.set(board.clock.now() + 100)
    await board.engine.approve([claim.item.id], by="p")
    again = await board.engine.intend(await board.claim_one(), sink="notify", key="k")
    assert (again.is_new, again.status, again.intent_at) == (True, PublicationStatus.INTENT, first.intent_at)


async def test_approving_never_sends_again_what_is_done(board: Board) -> None:
    """A sink that has the post keeps it."""
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.intend(claim, sink="markdown", key="k")
    await board.engine.settle_publication(claim, key="k", status=PublicationStatus.DONE, location="/x")
    await board.engine.hold(claim, reason="another sink")
    await board.engine.approve([claim.item.id], by="p")
    again = await board.engine.intend(await board.claim_one(), sink="markdown", key="k")
    assert (again.is_new, again.status, again.location) == (False, PublicationStatus.DONE, "/x")
