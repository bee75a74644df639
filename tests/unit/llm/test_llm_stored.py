"""Stored answers: the board is asked where there may be one, and only there."""

from dataclasses import replace

from brains.llm.stored import StoredAnswers
from daemon.blackboard.records import CallKind, CallStatus, NewCall, Settlement
from tests.fakes.llm import context
from tests.fakes.recording_ledger import RecordingLedger

FIRST, LATER = replace(context(), epoch=1), context()


class AskedLedger(RecordingLedger):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def find_answer(self, *, item_id: str, request_hash: str) -> None:
        self.asked.append(f"{item_id} {request_hash}")


def call(kind: CallKind = CallKind.CALL, request_hash: str = "h") -> NewCall:
    return NewCall(
        item_id="item1", brain="left", task="extract", provider="p", model="m", request_hash=request_hash, kind=kind
    )


async def test_an_item_in_its_first_claim_has_no_answer_anywhere() -> None:
    """Nor in its later ones, as long as this process has answered nothing."""
    ledger = AskedLedger()
    answers = StoredAnswers(ledger)
    await answers.find(FIRST, "h")
    await answers.find(LATER, "h")
    assert ledger.asked == []


async def test_an_item_that_was_claimed_before_is_asked_about() -> None:
    """A former process may have answered."""
    ledger = AskedLedger()
    await StoredAnswers(ledger).find(LATER, "h")
    assert ledger.asked == ["item1 h"]


async def test_what_this_process_answered_is_asked_about() -> None:
    """The answer itself is on the board only; other requests of the item still are not."""
    ledger = AskedLedger()
    answers = StoredAnswers(ledger)
    await answers.find(FIRST, "h")
    answers.settled(call(), Settlement(CallStatus.OK))
    answers.settled(call(request_hash="other"), Settlement(CallStatus.ERROR))
    await answers.find(LATER, "h")
    await answers.find(LATER, "other")
    assert ledger.asked == ["item1 h"]


async def test_an_item_that_may_go_through_a_batch_is_asked_about() -> None:
    """Its answer comes past this process's own calls."""
    ledger = AskedLedger()
    answers = StoredAnswers(ledger)
    await answers.find(replace(FIRST, urgency="low"), "h")
    await answers.find(FIRST, "h")
    answers.settled(call(CallKind.BATCH), Settlement(CallStatus.BATCHED))
    await answers.find(LATER, "h")
    assert ledger.asked == ["item1 h", "item1 h"]
