"""Taking items, keeping them, losing them."""

import asyncio

import pytest

from daemon.blackboard.records import FetchState, NewSource
from daemon.blackboard.states import State, Step
from daemon.core.errors import LostClaimError
from tests.fakes.boards import ALL, WAY, Board, artifact, failure, open_for_test


async def test_a_queued_item_is_claimed_into_ingesting(board: Board) -> None:
    """The claim has a new epoch and a lease."""
    (item,) = await board.post("x")
    claim = await board.claim_one()
    assert (claim.item.id, claim.item.state, claim.item.epoch, claim.step) == (item, State.INGESTING, 1, Step.EXTRACT)
    assert await board.item(item, "state, epoch, claimed_by, lease_until") == (
        "INGESTING",
        1,
        "w1",
        board.clock.now() + 60,
    )
    assert (board.told[-1].type, board.told[-1].from_state, board.told[-1].to_state) == (
        "item_claimed",
        "QUEUED",
        "INGESTING",
    )


async def test_the_first_claim_of_an_item_names_it_and_later_ones_do_not(board: Board) -> None:
    """Who listens since a moment ago knows what is being worked on; the history does not repeat it at each step."""
    await board.post("x")
    first = await board.claim_one()
    title = board.told[-1].data["title"]
    await board.engine.advance(first)
    await board.claim_one()
    assert (title, board.told[-1].type) == (first.item.title, "item_claimed")
    assert "title" not in board.told[-1].data


async def test_a_claimed_item_is_not_claimed_again(board: Board) -> None:
    """One owner."""
    await board.post("x")
    assert len(await board.claim()) == 1
    assert await board.claim(worker="w2") == []


async def test_many_claimers_share_without_overlap(board: Board) -> None:
    """Twenty at once get each item once."""
    await board.post(*(f"n{i}" for i in range(50)))
    claims = await asyncio.gather(*(board.claim(worker=f"w{i}", limit=5) for i in range(20)))
    taken = [claim.item.id for some in claims for claim in some]
    assert len(taken) == len(set(taken)) == 50


async def test_what_is_nearest_to_its_end_comes_first_then_what_is_oldest(board: Board) -> None:
    """PUBLISHING before REVIEWING before DRAFTING before QUEUED."""
    for claim in [await board.claim_in(state) for state in (State.DRAFTING, State.PUBLISHING, State.REVIEWING)]:
        await board.engine.release(claim)
    older, newer = await board.post("older", "newer")
    claims = await board.claim()
    assert [claim.item.state for claim in claims[:3]] == [State.PUBLISHING, State.REVIEWING, State.DRAFTING]
    assert [claim.item.id for claim in claims[3:]] == [older, newer]


async def test_only_the_wanted_steps_are_claimed_and_no_more_than_the_limit(board: Board) -> None:
    """A closed endpoint leaves its step alone."""
    claim = await board.claim_in(State.DRAFTING)
    await board.engine.release(claim)
    await board.post("a", "b", "c")
    assert [one.step for one in await board.claim(steps=(Step.EXTRACT,), limit=2)] == [Step.EXTRACT] * 2
    assert [one.step for one in await board.claim(steps=(Step.DRAFT, Step.REVIEW))] == [Step.DRAFT]
    assert await board.claim(steps=()) == []


async def test_a_claim_brings_all_artifacts_oldest_first(board: Board) -> None:
    """Kept per round, never overwritten."""
    await board.post("x")
    await board.engine.advance(await board.claim_one(), artifacts=[artifact("knowledge", n=1)])
    await board.engine.advance(await board.claim_one(), artifacts=[artifact("draft", n=2)])
    await board.engine.reject(await board.claim_one(), reasons=["no"], artifacts=[artifact("review", n=3)])
    claim = await board.claim_one()
    assert [(a.kind, a.round, a.content["n"]) for a in claim.artifacts] == [
        ("knowledge", 0, 1),
        ("draft", 0, 2),
        ("review", 0, 3),
    ]
    assert claim.item.round == 1
    assert claim.latest("draft").content == {"n": 2}


async def test_advancing_and_claiming_in_one_batch_brings_the_artifact(board: Board) -> None:
    """What was inserted earlier in the same transaction is seen."""
    await board.post("x")
    claim = await board.claim_one()
    _, claims = await asyncio.gather(
        board.engine.advance(claim, artifacts=[artifact("knowledge", n=1)]), board.claim(worker="w2")
    )
    assert [a.content for a in claims[0].artifacts] == [{"n": 1}]


async def test_a_snoozed_item_waits_for_its_time(board: Board) -> None:
    """And `next_available_at` says when."""
    await board.post("x")
    claim = await board.claim_one()
    until = board.clock.now() + 30
    await board.engine.snooze(claim, until=until, reason="breaker open")
    assert await board.claim() == []
    assert await board.engine.next_available_at(steps=ALL) == until
    assert await board.engine.next_available_at(steps=(Step.DRAFT,)) is None
    board.clock.set(until)
    assert (await board.claim_one()).item.error == "breaker open"


async def test_next_available_at_is_none_on_an_empty_board(board: Board) -> None:
    """And when all is claimed."""
    assert await board.engine.next_available_at(steps=ALL) is None
    await board.post("x")
    await board.claim()
    assert await board.engine.next_available_at(steps=ALL) is None


async def test_heartbeat_renews_and_tells_what_is_lost(board: Board) -> None:
    """A lost claim is named, the others are renewed."""
    await board.post("x", "y")
    mine, lost = await board.claim()
    board.clock.set(board.clock.now() + 61)
    await board.engine.heartbeat([mine], lease_seconds=60)
    assert await board.engine.rescue(max_rescues=5) == [lost.item.id]
    assert await board.engine.heartbeat([mine, lost], lease_seconds=60) == {lost.item.id}


async def test_rescue_leaves_live_claims_alone(board: Board) -> None:
    """Only a lease that is over is ended."""
    await board.post("x")
    await board.claim()
    board.clock.set(board.clock.now() + 59)
    assert await board.engine.rescue(max_rescues=5) == []
    board.clock.set(board.clock.now() + 1)
    assert len(await board.engine.rescue(max_rescues=5)) == 1


async def test_rescue_with_a_worker_frees_all_others_at_once(board: Board) -> None:
    """A restarted daemon need not wait for the leases of its former self."""
    await board.post("x", "y")
    old = await board.claim_one(worker="old")
    new = await board.claim_one(worker="new")
    assert await board.engine.rescue(worker_id="new", max_rescues=5) == [old.item.id]
    await board.engine.advance(new)
    again = await board.claim(worker="new", steps=(Step.EXTRACT,))
    assert [(one.item.id, one.item.rescues) for one in again] == [(old.item.id, 1)]


async def test_a_late_worker_changes_nothing(board: Board) -> None:
    """After a rescue its epoch is over, whoever holds the item now."""
    await board.post("x")
    late = await board.claim_one(worker="w1")
    board.clock.set(board.clock.now() + 61)
    await board.engine.rescue(max_rescues=5)
    current = await board.claim_one(worker="w1")
    with pytest.raises(LostClaimError, match="epoch 1"):
        await board.engine.advance(late, artifacts=[artifact()])
    assert await board.rows("SELECT count(*) FROM artifacts") == [(0,)]
    assert await board.engine.advance(current) is State.DRAFTING


async def test_an_item_rescued_too_often_is_buried(board: Board) -> None:
    """It may be what kills the process."""
    (item,) = await board.post("x")
    for _ in range(3):
        await board.claim()
        board.clock.set(board.clock.now() + 61)
        assert await board.engine.rescue(max_rescues=2) == [item]
    assert await board.item(item, "state, died_in, failure_group") == (
        "DEAD_LETTER",
        "INGESTING",
        "NeverEndedError:extract",
    )
    assert board.told[-1].data["failure"]["error_class"] == "NeverEndedError"


async def test_rescues_are_counted_within_one_step(board: Board) -> None:
    """A step that ends starts the count again."""
    await board.post("x")
    await board.claim()
    await board.engine.rescue(worker_id="other", max_rescues=5)
    await board.engine.advance(await board.claim_one())
    assert (await board.claim_one()).item.rescues == 0


async def test_attempts_survive_release_snooze_and_rescue_but_not_the_step(board: Board) -> None:
    """A crash does not give back what is used up."""
    (item,) = await board.post("x")
    claim = await board.claim_one()
    await board.engine.record_attempt(claim, failure=failure(), attempt=2, retry_at=board.clock.now() + 4)
    await board.engine.rescue(worker_id="other", max_rescues=5)
    assert await board.claim() == []
    board.clock.set(board.clock.now() + 4)
    claim = await board.claim_one()
    assert (claim.item.attempts, claim.item.error) == (2, "it broke")
    await board.engine.release(claim)
    claim = await board.claim_one()
    await board.engine.snooze(claim, until=board.clock.now(), reason="r")
    claim = await board.claim_one()
    assert claim.item.attempts == 2
    await board.engine.advance(claim)
    assert await board.item(item, "attempts, error") == (0, None)


async def test_an_attempt_keeps_the_claim_and_tells_its_traceback(board: Board) -> None:
    """Every attempt's traceback is in the history."""
    await board.post("x")
    claim = await board.claim_one()
    await board.engine.record_attempt(claim, failure=failure(), attempt=1, retry_at=None)
    event = board.told[-1]
    assert event.type == "attempt_failed"
    assert (event.data["failure"]["traceback"], event.data["attempt"]) == ("Traceback …", 1)
    assert await board.engine.advance(claim) is State.DRAFTING


@pytest.mark.parametrize("state", WAY)
async def test_release_leaves_the_item_for_the_next(board: Board, state: State) -> None:
    """Back unworked, in the same state."""
    claim = await board.claim_in(state)
    await board.engine.release(claim)
    again = await board.claim_one(worker="w2")
    assert (again.item.id, again.item.state, again.item.epoch) == (claim.item.id, state, claim.item.epoch + 1)


async def test_a_cancelled_claim_gives_back_what_it_got(board: Board) -> None:
    """Nobody would ever work on it otherwise."""
    (item,) = await board.post("x")
    waiting = asyncio.create_task(board.claim())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await board.rows("SELECT 1")
    assert await board.events(item) == ["item_posted", "item_claimed", "item_released"]
    assert len(await board.claim(worker="w2")) == 1


async def test_a_claim_that_is_cancelled_while_the_board_closes_is_given_back_and_keeps_nobody_waiting(
    board: Board,
) -> None:
    """The last batch has an abandoned claim in it: it goes back all the same, and the others get their answers."""
    (item,) = await board.post("x")
    waiting = asyncio.create_task(board.claim())
    beside = asyncio.create_task(board.engine.record_event("e", data={}))
    await asyncio.sleep(0)
    waiting.cancel()
    await board.engine.close()
    async with asyncio.timeout(5):
        await asyncio.gather(waiting, beside, return_exceptions=True)
    assert isinstance(beside.result(), int)
    again = await open_for_test(board.home, clock=board.clock)
    assert await again.item(item, "claimed_by, rescues") == (None, 0)
    await again.engine.close()


async def test_a_clock_that_was_set_back_holds_nothing_up(board: Board) -> None:
    """What was due before is due again; a wait keeps its rest; sources come as early as they would have."""
    await board.post("due", "waits")
    due, waits = await board.claim()
    source = await board.engine.add_source(NewSource("rss", "https://a.example"), by="p")
    at = board.clock.now()
    await board.engine.record_fetch(source.id, fetch=FetchState(next_fetch_at=at + 60), observations=[], event={})
    await board.engine.advance(due)
    await board.engine.snooze(waits, until=at + 30, reason="the breaker is open")
    board.clock.set(at - 3600)
    assert await board.claim() == []
    assert await board.engine.bring_forward(3600) == 2
    assert [claim.item.id for claim in await board.claim()] == [due.item.id]
    assert await board.item(waits.item.id, "available_at") == (at - 3600 + 30,)
    assert await board.engine.next_fetch_at() == at - 3600 + 60
    assert (board.told[-2].type, board.told[-2].data["items"]) == ("clock_set_back", 2)
