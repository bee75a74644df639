"""The verbs that end a claim: one for each arrow, and nothing else."""

from collections.abc import Awaitable, Callable

import pytest

from daemon.blackboard.records import Claim, NewArtifact
from daemon.blackboard.states import TRANSITIONS, State, Verb
from daemon.core.errors import LostClaimError, WrongStateError
from tests.fakes.boards import WAY, Board, artifact, failure, settled

Ending = Callable[[Board, Claim], Awaitable[object]]

ENDINGS: dict[str, Ending] = {
    "advance": lambda board, claim: board.engine.advance(claim, artifacts=[artifact()], calls=[settled(claim.item.id)]),
    "reject": lambda board, claim: board.engine.reject(claim, reasons=["a", "b"], artifacts=[artifact("review")]),
    "hold": lambda board, claim: board.engine.hold(claim, reason="unsure", artifacts=[artifact()]),
    "discard": lambda board, claim: board.engine.discard(claim, reason="empty", artifacts=[artifact()]),
    "bury": lambda board, claim: board.engine.bury(claim, failure=failure(), calls=[settled(claim.item.id)]),
    "release": lambda board, claim: board.engine.release(claim),
    "snooze": lambda board, claim: board.engine.snooze(claim, until=1.0, reason="r"),
    "record_attempt": lambda board, claim: board.engine.record_attempt(
        claim, failure=failure(), attempt=1, retry_at=None
    ),
}
TOLD = {
    "advance": "item_advanced",
    "reject": "item_rejected",
    "hold": "item_held",
    "discard": "item_discarded",
    "bury": "item_buried",
}


async def _everything(board: Board) -> list[tuple[object, ...]]:
    tables = ("items", "artifacts", "calls", "events", "spending")
    return [row for table in tables for row in await board.rows(f"SELECT '{table}', * FROM {table}")]


@pytest.mark.parametrize("state", WAY)
@pytest.mark.parametrize("verb", sorted(TOLD))
async def test_each_verb_goes_where_the_table_says_and_nowhere_else(board: Board, verb: str, state: State) -> None:
    """An arrow that is not in the table is refused and changes nothing."""
    claim = await board.claim_in(state)
    before = await _everything(board)
    to = [t.target for t in TRANSITIONS if t.verb is Verb(verb) and t.source is state and t.by == "worker"]
    if not to:
        with pytest.raises(WrongStateError):
            await ENDINGS[verb](board, claim)
        assert await _everything(board) == before
        return
    await ENDINGS[verb](board, claim)
    assert await board.item(claim.item.id, "state, claimed_by, lease_until") == (to[0], None, None)
    event = board.told[-1]
    assert (event.type, event.from_state, event.to_state) == (TOLD[verb], state, to[0])


@pytest.mark.parametrize("verb", sorted(ENDINGS))
async def test_a_lost_claim_ends_nothing(board: Board, verb: str) -> None:
    """Each verb raises, and every table is as it was."""
    claim = await board.claim_in(State.REVIEWING if verb in {"reject", "hold"} else State.INGESTING)
    await board.engine.rescue(worker_id="other", max_rescues=5)
    before = await _everything(board)
    with pytest.raises(LostClaimError):
        await ENDINGS[verb](board, claim)
    assert await _everything(board) == before


@pytest.mark.parametrize("verb", sorted(ENDINGS))
async def test_another_worker_with_the_same_epoch_is_refused(board: Board, verb: str) -> None:
    """The worker's name is part of the guard."""
    claim = await board.claim_in(State.REVIEWING if verb in {"reject", "hold"} else State.INGESTING)
    stranger = Claim(claim.item, "stranger", claim.observation, claim.artifacts)
    with pytest.raises(LostClaimError):
        await ENDINGS[verb](board, stranger)


async def test_published_and_discarded_items_get_their_end_time(board: Board) -> None:
    """finalized_at is set exactly in final states."""
    claim = await board.claim_in(State.PUBLISHING)
    assert await board.engine.advance(claim) is State.PUBLISHED
    assert await board.item(claim.item.id, "finalized_at") == (board.clock.now(),)
    assert await board.claim() == []


async def test_a_rejection_carries_its_reasons_to_the_next_draft(board: Board) -> None:
    """As event data, and in the item's reason, a line each."""
    claim = await board.claim_in(State.REVIEWING)
    await board.engine.reject(claim, reasons=["number wrong", "no such name"])
    assert board.told[-1].data == {"reasons": ["number wrong", "no such name"], "round": 1}
    again = await board.claim_one()
    assert (again.item.state, again.item.round) == (State.DRAFTING, 1)
    assert again.item.reason == "number wrong\nno such name"


async def test_the_end_of_a_step_enters_its_calls_and_their_cost(board: Board) -> None:
    """Item, day and month are charged in the same transaction."""
    claim = await board.claim_in(State.INGESTING)
    await board.engine.advance(claim, calls=[settled(claim.item.id, cost=30), settled(claim.item.id, cost=12)])
    assert await board.item(claim.item.id, "cost_micro") == (42,)
    assert await board.rows("SELECT status, sum(cost_micro), count(*) FROM calls GROUP BY status") == [("ok", 42, 2)]
    assert {row[0] for row in await board.rows("SELECT charged_micro FROM spending")} == {42}


async def test_a_burial_keeps_state_failure_and_attempts(board: Board) -> None:
    """What a person needs to decide."""
    claim = await board.claim_in(State.DRAFTING)
    await board.engine.record_attempt(claim, failure=failure(), attempt=4, retry_at=None)
    await board.engine.bury(claim, failure=failure(group="g1", message="over"))
    assert await board.item(claim.item.id, "state, died_in, error, failure_group, attempts") == (
        "DEAD_LETTER",
        "DRAFTING",
        "over",
        "g1",
        4,
    )
    assert board.told[-1].data["failure"]["group"] == "g1"


async def test_an_unserialisable_artifact_hurts_only_its_own_verb(board: Board) -> None:
    """The item is still claimed and nothing was written."""
    claim = await board.claim_in(State.INGESTING)
    with pytest.raises(TypeError):
        await board.engine.advance(claim, artifacts=[artifact(x=object())])
    assert await board.item(claim.item.id, "state, claimed_by") == ("INGESTING", "w1")
    assert await board.engine.advance(claim) is State.DRAFTING


async def test_every_change_of_state_has_its_event(board: Board) -> None:
    """The events of an item, replayed, end in its state."""
    claim = await board.claim_in(State.REVIEWING)
    await board.engine.reject(claim, reasons=["r"])
    await board.engine.bury(await board.claim_one(), failure=failure())
    await board.engine.revive(by="t")
    rows = await board.rows("SELECT from_state, to_state FROM events WHERE item_id = ? ORDER BY id", claim.item.id)
    state = None
    for before, after in rows:
        assert before == state
        state = after
    assert state == "DRAFTING"


async def test_an_event_tells_in_short_what_the_step_made(board: Board) -> None:
    """The gist, and never the artifact itself."""
    claim = await board.claim_in(State.INGESTING)
    made = NewArtifact("knowledge", {"claims": ["long"] * 9}, "m1", gist={"claims": 9})
    await board.engine.advance(claim, artifacts=[made])
    assert board.told[-1].data == {"made": [{"kind": "knowledge", "model": "m1", "claims": 9}]}
