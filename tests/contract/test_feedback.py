"""What people say of items: kept once for each passage, told in events, refused where it means nothing."""

from typing import Any

import pytest

from daemon.blackboard.feedback import LONGEST_REASON, About, NewFeedback, Verdict
from daemon.blackboard.records import NewArtifact
from daemon.core.errors import NotFoundError, UsageError, WrongStateError
from tests.fakes.boards import Board

SENTENCE = "The harbour opened in *May*."
CLAIM = "The harbour has two cranes."


async def drafted(board: Board, name: str = "harbour") -> str:
    """An item with knowledge and a draft, waiting for its review."""
    (item_id,) = await board.post(name)
    knowledge = {"gist": "g", "claims": [{"statement": CLAIM, "evidence": "e"}]}
    draft = {"title": "A harbour", "summary": "It is open.", "body": f"- {SENTENCE}\n- It is\n  deep."}
    for artifact in (NewArtifact("knowledge", knowledge), NewArtifact("draft", draft)):
        await board.engine.advance(await board.claim_one(), artifacts=[artifact])
    return item_id


def said(item_id: str, verdict: Verdict = Verdict.DOWN, **more: Any) -> NewFeedback:
    return NewFeedback(item_id, verdict, **more)


async def rows_of(board: Board) -> list[tuple[Any, ...]]:
    return await board.rows("SELECT about, passage, verdict, reason, corrected, given_by FROM feedback ORDER BY id")


async def test_a_verdict_is_kept_and_told_in_one_event(board: Board) -> None:
    """What comes back is what stands on the board."""
    item = await drafted(board)
    given = await board.engine.give_feedback(said(item, reason="dull", corrected="Better."), by="p")
    assert (given.item_id, given.title, given.about, given.by) == (item, "harbour", About.POST, "p")
    assert given.at == board.clock.now()
    assert await rows_of(board) == [("post", "", "down", "dull", "Better.", "p")]
    (event,) = [one for one in board.told if one.type == "feedback_given"]
    assert event.item_id == item
    assert event.data == {
        "about": "post",
        "passage": "",
        "verdict": "down",
        "reason": "dull",
        "corrected": "Better.",
        "id": given.id,
        "before": None,
        "by": "p",
    }


async def test_the_same_again_is_no_event_and_keeps_who_said_it_first(board: Board) -> None:
    """Also after a while, and when somebody else says it."""
    item = await drafted(board)
    first = await board.engine.give_feedback(said(item), by="p")
    told = len(board.told)
    await board.clock.advance(60)
    assert await board.engine.give_feedback(said(item), by="q") == first
    assert len(board.told) == told


async def test_another_verdict_on_the_same_replaces_it_and_the_event_tells_what_was(board: Board) -> None:
    """There is one verdict for each passage."""
    item = await drafted(board)
    first = await board.engine.give_feedback(said(item, reason="dull"), by="p")
    second = await board.engine.give_feedback(said(item, Verdict.UP), by="q")
    assert second.id == first.id
    assert await rows_of(board) == [("post", "", "up", "", "", "q")]
    assert board.told[-1].data["before"] == {"verdict": "down", "reason": "dull", "corrected": "", "by": "p"}


async def test_post_sentence_and_claim_are_judged_apart(board: Board) -> None:
    """Three verdicts on one item; a sentence may be copied from the page, where Markdown's marks are gone."""
    item = await drafted(board)
    await board.engine.give_feedback(said(item), by="p")
    await board.engine.give_feedback(
        said(item, about=About.SENTENCE, passage="The harbour opened in May.", corrected="It opened in June."), by="p"
    )
    await board.engine.give_feedback(said(item, about=About.SENTENCE, passage="It is\ndeep."), by="p")
    await board.engine.give_feedback(said(item, about=About.CLAIM, passage=CLAIM), by="p")
    assert [row[:2] for row in await rows_of(board)] == [
        ("post", ""),
        ("sentence", "The harbour opened in May."),
        ("sentence", "It is deep."),
        ("claim", CLAIM),
    ]


async def test_a_withdrawn_verdict_is_gone_and_told_once(board: Board) -> None:
    """A second call does nothing."""
    item = await drafted(board)
    given = await board.engine.give_feedback(said(item, reason="dull"), by="p")
    assert await board.engine.withdraw_feedback(given.id, by="q") is True
    assert await board.engine.withdraw_feedback(given.id, by="q") is False
    assert await rows_of(board) == []
    assert await board.events(item) == [*(await board.events(item))[:-2], "feedback_given", "feedback_withdrawn"]
    told = board.told[-1].data
    assert (told["id"], told["reason"], told["by"]) == (given.id, "dull", "q")


async def test_the_number_of_a_withdrawn_verdict_is_never_given_again(board: Board) -> None:
    """Or a second click on a page left open would take back what somebody else has said since."""
    item = await drafted(board)
    first = await board.engine.give_feedback(said(item), by="p")
    assert await board.engine.withdraw_feedback(first.id, by="p")
    second = await board.engine.give_feedback(said(item, about=About.CLAIM, passage=CLAIM), by="q")
    assert second.id > first.id
    assert not await board.engine.withdraw_feedback(first.id, by="p")
    assert len(await rows_of(board)) == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"about": About.SENTENCE, "passage": "The harbour closed."}, "does not stand in the newest post or draft"),
        ({"about": About.CLAIM, "passage": SENTENCE}, "no claim of the knowledge"),
        ({"about": About.SENTENCE}, "name the sentence"),
        ({"about": About.SENTENCE, "passage": "**"}, "name the sentence"),
        ({"passage": SENTENCE}, "names no passage"),
        ({"reason": "x" * (LONGEST_REASON + 1)}, "the reason has 2,001 characters"),
        ({"verdict": Verdict.UP, "corrected": "So."}, "needs no corrected text"),
        ({"about": About.CLAIM, "passage": CLAIM, "corrected": f" {CLAIM}"}, "the same as the passage"),
    ],
)
async def test_what_means_nothing_is_refused_and_changes_nothing(board: Board, wrong: dict[str, Any], why: str) -> None:
    """With a sentence that says what is wrong."""
    item = await drafted(board)
    told = len(board.told)
    with pytest.raises(UsageError, match=why):
        await board.engine.give_feedback(NewFeedback(**{"item_id": item, "verdict": Verdict.DOWN} | wrong), by="p")
    assert (await rows_of(board), len(board.told)) == ([], told)


@pytest.mark.parametrize("about", list(About))
async def test_what_is_not_made_yet_cannot_be_judged(board: Board, about: About) -> None:
    """An item in the queue has neither knowledge nor a draft."""
    (item,) = await board.post("queued")
    with pytest.raises(WrongStateError, match=r"has no (draft|knowledge) yet"):
        await board.engine.give_feedback(said(item, about=about, passage="" if about is About.POST else "x"), by="p")


async def test_an_unknown_item_is_an_error(board: Board) -> None:
    """It is named."""
    with pytest.raises(NotFoundError, match="no item nope"):
        await board.engine.give_feedback(said("nope"), by="p")


async def test_the_newest_text_counts(board: Board) -> None:
    """A sentence of a draft that was written anew cannot be judged any more."""
    item = await drafted(board)
    await board.engine.reject(await board.claim_one(), reasons=["r"])
    anew = NewArtifact("draft", {"title": "A harbour", "summary": "", "body": "It opened in June."})
    await board.engine.advance(await board.claim_one(), artifacts=[anew])
    with pytest.raises(UsageError):
        await board.engine.give_feedback(said(item, about=About.SENTENCE, passage=SENTENCE), by="p")
    await board.engine.give_feedback(said(item, about=About.SENTENCE, passage="It opened in June."), by="p")


async def test_personal_data_in_a_persons_words_is_hidden(board: Board) -> None:
    """On the board and in the event."""
    item = await drafted(board)
    wrong = said(item, reason="ask jane.doe@example.org", corrected="Write to jane.doe@example.org.")
    given = await board.engine.give_feedback(wrong, by="p")
    assert "jane" not in f"{given}{await rows_of(board)}{board.told[-1].data}"
    assert given.reason.startswith("ask ")
