"""Dead letters that a person hands to another model, or words anew."""

import pytest

from daemon.blackboard.records import PublicationStatus
from daemon.blackboard.states import State, Step
from daemon.core.errors import NotFoundError, WrongStateError
from tests.fakes.boards import Board, artifact, call, failure, seen


async def _edit(
    board: Board, item_id: str, *, title: str | None = "A new name", text: str | None = "Other words"
) -> bool:
    return await board.engine.edit(item_id, title=title, text=text, model=None, by="p")


async def test_a_retry_with_a_model_names_it_in_every_later_claim(board: Board) -> None:
    """Through all steps, and its event tells it; who claims without a choice sees none."""
    item = await board.bury_one()
    await board.post("beside")
    assert await board.engine.revive(ids=[item], model="other", by="p") == [item]
    event = next(e for e in board.told if e.type == "item_revived")
    assert event.data == {"by": "p", "group": "g", "model": "other"}
    models = {claim.item.id: claim.item.model for claim in await board.claim()}
    assert models[item] == "other"
    assert set(models.values()) == {"other", None}


async def test_a_plain_retry_forgets_an_earlier_choice(board: Board) -> None:
    """Its event names no model."""
    item = await board.bury_one()
    await board.engine.revive(ids=[item], model="other", by="p")
    await board.engine.bury(await board.claim_one(), failure=failure())
    await board.engine.revive(by="p")
    assert board.told[-1].data == {"by": "p", "group": "g"}
    assert (await board.claim_one()).item.model is None


async def test_what_a_model_was_chosen_for_can_be_claimed_alone(board: Board) -> None:
    """Of the steps that are asked for, when its time has come, and once."""
    chosen, _ = await board.bury_one(state=State.DRAFTING), await board.bury_one(state=State.DRAFTING)
    await board.engine.revive(ids=[chosen], model="other", by="p")
    await board.engine.revive(by="p")

    async def claim(*steps: Step) -> list[str]:
        claims = await board.engine.claim(worker_id="w", steps=steps, limit=9, lease_seconds=60, is_chosen=True)
        return [claim.item.id for claim in claims]

    assert await claim(Step.EXTRACT, Step.REVIEW, Step.PUBLISH) == []
    assert await claim(*Step) == [chosen]
    assert await claim(*Step) == []


async def test_what_a_model_was_chosen_for_is_found_by_its_own_index(board: Board) -> None:
    """However long the backlog is."""
    from daemon.blackboard.queries import load_queries

    values = dict.fromkeys(("publish", "review", "draft", "extract", "limit"), 1) | {"now": 0.0}
    sql = "EXPLAIN QUERY PLAN " + load_queries("items")["find_chosen"]
    plan = await board.engine._writer.run(lambda transaction: transaction.execute(sql, values).fetchall())
    assert any("items_chosen" in row[3] for row in plan)
    assert not any("TEMP B-TREE" in row[3] for row in plan)


async def test_an_edited_dead_letter_begins_anew_with_its_new_words(board: Board) -> None:
    """All attempts, its own budget, no error; the round stays, and what was made before too."""
    claim = await board.claim_in(State.REVIEWING)
    await board.engine.reject(claim, reasons=["r"], artifacts=[artifact("draft")])
    claim = await board.claim_one()
    await board.engine.begin_call(call(claim.item.id, reserved=70), caps={})
    await board.engine.record_attempt(claim, failure=failure(), attempt=1, retry_at=None)
    await board.engine.bury(claim, failure=failure(group="g"))
    before = claim.observation.text
    assert await board.engine.edit(claim.item.id, title="A new name", text="Other words", model="m2", by="p")
    facts = "state, title, round, attempts, rescues, reason, error, failure_group, died_in, model, budget_from_micro"
    assert await board.item(claim.item.id, facts) == (
        *("QUEUED", "A new name", 1, 0, 0, None, None, None, None, "m2"),
        (await board.item(claim.item.id, "cost_micro"))[0],
    )
    assert await board.rows("SELECT item_id, title, text, edited_by, edited_at FROM edits") == [
        (claim.item.id, claim.item.title, before, "p", board.clock.now())
    ]
    event = board.told[-1]
    assert (event.type, event.from_state, event.to_state) == ("item_edited", "DEAD_LETTER", "QUEUED")
    assert event.data == {
        "by": "p",
        "group": "g",
        "title_before": claim.item.title,
        "chars_before": len(before),
        "chars_after": 11,
        "model": "m2",
    }
    again = await board.claim_one()
    assert (again.item.state, again.observation.title, again.observation.text) == (
        State.INGESTING,
        "A new name",
        "Other words",
    )
    await board.engine.advance(again)
    assert [one.kind for one in (await board.claim_one()).artifacts] == ["draft"]


async def test_an_edit_leaves_alone_what_it_does_not_name(board: Board) -> None:
    """With nothing but a model, no words are kept beside those there are."""
    item = await board.bury_one()
    title, text = (await board.item(item, "title"))[0], await board.rows("SELECT text FROM observations")
    assert await board.engine.edit(item, title=None, text=None, model="m2", by="p")
    assert board.told[-1].data == {
        "by": "p",
        "group": "g",
        "chars_before": len(text[0][0]),
        "chars_after": len(text[0][0]),
        "model": "m2",
    }
    assert await board.item(item, "title, model") == (title, "m2")
    assert await board.rows("SELECT count(*) FROM edits") == [(0,)]
    assert await board.rows("SELECT text FROM observations") == text


async def test_each_edit_is_kept(board: Board) -> None:
    """What the source said stays the first."""
    item = await board.bury_one()
    ((text,),) = await board.rows("SELECT text FROM observations")
    for title in ("first", "second"):
        await _edit(board, item, title=title, text=None)
        await board.engine.bury(await board.claim_one(), failure=failure())
    assert await board.rows("SELECT text FROM edits ORDER BY id") == [(text,), (text,)]
    assert [row[0] for row in await board.rows("SELECT title FROM edits ORDER BY id")][1] == "first"


async def test_an_edited_post_is_known_again(board: Board) -> None:
    """By what it was known before; nothing is posted twice."""
    claim = await board.claim_in(State.INGESTING)
    await board.engine.bury(claim, failure=failure())
    await _edit(board, claim.item.id)
    (again,) = await board.engine.post([seen(claim.item.title)], source_id=None, by="t")
    assert (again.item_id, again.is_new) == (claim.item.id, False)


@pytest.mark.parametrize("status", [None, PublicationStatus.DONE, PublicationStatus.UNKNOWN])
async def test_what_may_be_published_is_not_edited(board: Board, status: PublicationStatus | None) -> None:
    """Under another title it could be there twice; nothing is changed."""
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.intend(claim, sink="markdown", key="k")
    if status:
        await board.engine.settle_publication(claim, key="k", status=status)
    await board.engine.bury(claim, failure=failure())
    told = len(board.told)
    with pytest.raises(WrongStateError, match=r"published already \(markdown\)"):
        await _edit(board, claim.item.id)
    assert await board.item(claim.item.id, "state, title") == ("DEAD_LETTER", claim.item.title)
    assert await board.rows("SELECT count(*) FROM edits") == [(0,)]
    assert len(board.told) == told


async def test_what_certainly_went_nowhere_may_be_edited(board: Board) -> None:
    """A sink that refused it has nothing."""
    claim = await board.claim_in(State.PUBLISHING)
    await board.engine.intend(claim, sink="notify", key="k")
    await board.engine.settle_publication(claim, key="k", status=PublicationStatus.FAILED)
    await board.engine.bury(claim, failure=failure())
    assert await _edit(board, claim.item.id)


@pytest.mark.parametrize("state", [State.QUEUED, State.HELD, State.DRAFTING])
async def test_only_a_dead_letter_is_edited(board: Board, state: State) -> None:
    """Anything else is passed over, without an event."""
    if state is State.QUEUED:
        (item,) = await board.post("q")
    else:
        item = await board.hold_one() if state is State.HELD else (await board.claim_in(state)).item.id
    told = len(board.told)
    assert not await _edit(board, item)
    assert await board.item(item, "state") == (state.value,)
    assert len(board.told) == told


async def test_an_unknown_item_is_not_edited(board: Board) -> None:
    with pytest.raises(NotFoundError, match="nope"):
        await _edit(board, "nope")


async def test_a_crash_leaves_an_edit_whole_or_not_begun(board: Board) -> None:
    """Words, state and event are of one transaction; after the answer they are all there."""
    item = await board.bury_one()
    await _edit(board, item)
    after = await board.crash()
    try:
        assert await after.item(item, "state, title") == ("QUEUED", "A new name")
        assert await after.rows("SELECT text FROM observations WHERE item_id = ?", item) == [("Other words",)]
        assert (await after.events(item))[-1] == "item_edited"
    finally:
        await after.engine.close()
