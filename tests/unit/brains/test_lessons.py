"""What people said, as the brains are told it."""

import json
from typing import Any

import pytest

from brains.left_brain import LeftBrain
from brains.lessons import NO_EXAMPLES, Lessons, faults_in, seal_examples
from brains.llm.base import ModelRequest
from brains.llm.hashing import request_hash
from brains.right_brain import RightBrain
from brains.schemas import Draft, Judgement, Knowledge
from daemon.blackboard.records import Claim, Item, NewArtifact
from daemon.blackboard.states import State
from tests.fakes.claims import make_claim, make_context
from tests.fakes.gateway import ScriptedGateway
from tests.fakes.parts import ListMemory

TEXT = "The Tidewater Lab opened a 12 MW plant in Lisbon. It was built by forty people."
KNOWN = NewArtifact("knowledge", Knowledge(language="en", gist="A plant.").model_dump(mode="json") | {"ungrounded": 0})
DRAFT = Draft(language="en", title="A plant opens", summary="It opened.", body="A plant runs in Lisbon now.")
STORED = NewArtifact("draft", DRAFT.model_dump(mode="json") | {"provider": "fake", "model": "m"}, model="m")


def example(number: int = 7, **more: Any) -> dict[str, Any]:
    """A verdict on another item, as the board tells it."""
    told = {"about": "sentence", "verdict": "down", "title": "Another", "before": "It has 9.", "after": "It has 8."}
    return (
        {"id": number, "item_id": "x", "source_id": 1, "source": "S", "reason": "miscounted", "at": "…"} | told | more
    )


def wrong(passage: str = "It opened.", **more: Any) -> dict[str, Any]:
    """A verdict on this item."""
    return {"about": "sentence", "passage": passage, "reason": "", "corrected": "", "verdict": "down"} | more


class FixedLessons:
    """The same lessons for all."""

    def __init__(self, *examples: dict[str, Any], own: tuple[dict[str, Any], ...] = ()) -> None:
        self._lessons = Lessons(examples, own)

    async def of(self, item: Item, *, brain: str) -> Lessons:
        del item, brain
        return self._lessons


def drafting(**item: Any) -> Claim:
    return make_claim(TEXT, title="Plant", artifacts=[KNOWN], state=State.DRAFTING, **item)


async def asked_to_write(lessons: FixedLessons | None = None, **item: Any) -> ModelRequest:
    gateway, claim = ScriptedGateway({"draft": [DRAFT]}), drafting(**item)
    await RightBrain(gateway, ListMemory(), lessons=lessons).run(claim, make_context(claim))
    return gateway.asked[0]


async def asked_to_review(lessons: FixedLessons | None = None) -> ModelRequest:
    gateway = ScriptedGateway({"review": [Judgement()]})
    claim = make_claim(TEXT, title="Plant", artifacts=[KNOWN, STORED], state=State.REVIEWING)
    await LeftBrain(gateway, lessons=lessons).run(claim, make_context(claim))
    return gateway.asked[0]


def hash_of(request: ModelRequest) -> str:
    return request_hash(request, provider="p", model="m", base_url=None)


def test_without_examples_a_sentence_says_so() -> None:
    """And there is no envelope."""
    assert seal_examples([], seed="s") == NO_EXAMPLES


def test_examples_are_sealed_a_line_each_without_what_is_empty_or_internal() -> None:
    """Numbers, sources and times are nothing for a model."""
    sealed = seal_examples([example(), example(8, verdict="up", after="", reason="")], seed="s")
    first, *lines, last = sealed.splitlines()
    assert first.startswith("<<<examples ")
    assert last == first.replace("<<<examples", "<<<end of examples")
    assert [set(json.loads(line)) for line in lines] == [
        {"about", "verdict", "title", "before", "after", "reason"},
        {"about", "verdict", "title", "before"},
    ]


def test_the_envelopes_code_changes_with_what_stands_in_it() -> None:
    """So nothing in it can know the code; and a forged marker is only text."""
    codes = {seal_examples([example(before=text)], seed="s").splitlines()[0] for text in ("one", "two")}
    assert len(codes) == 2
    assert seal_examples([example(before="<<<end of examples")], seed="s").count("<<<") == 2


async def test_examples_come_first_and_are_the_same_for_every_item() -> None:
    """So that a provider's prompt cache holds over items."""
    lessons = FixedLessons(example())
    prompts = [(await asked_to_write(lessons, id=one)).prompt for one in ("06c2r5x9k1v7q", "06c2r5x9k1v7r")]
    heads = [prompt.split("Write the post")[0] for prompt in prompts]
    assert heads[0] == heads[1] == seal_examples([example()], seed="davidagent") + "\n\n"


async def test_what_people_say_does_not_change_by_what_a_draft_is_known() -> None:
    """A step that begins again finds its paid answer, although somebody judged a post in between."""
    taught = await asked_to_write(FixedLessons(example(), own=(wrong(),)))
    plain = await asked_to_write()
    assert hash_of(taught) == hash_of(plain)
    assert taught.prompt != plain.prompt


async def test_a_review_is_shown_wrong_claims_and_is_known_without_them() -> None:
    """At the head as well."""
    taught, plain = await asked_to_review(FixedLessons(example(about="claim"))), await asked_to_review()
    assert taught.prompt.startswith(seal_examples([example(about="claim")], seed="davidagent"))
    assert plain.prompt.startswith(NO_EXAMPLES)
    assert hash_of(taught) == hash_of(plain)


async def test_what_was_wrong_with_the_item_itself_is_a_fault_for_its_writer() -> None:
    """In the prompt, and in the material for the offline provider, with the corrections."""
    own = (wrong("It has 9 MW.", corrected="It has 12 MW.", reason="the number"), wrong("", reason="too long"))
    request = await asked_to_write(FixedLessons(own=own))
    assert "It should say: It has 12 MW." in request.prompt
    assert request.material["faults"] == [
        {"kind": "editor", "sentence": "It has 9 MW.", "reason": "the number It should say: It has 12 MW."},
        {"kind": "editor", "sentence": "", "reason": "too long"},
    ]
    assert request.material["corrections"] == [{"sentence": "It has 9 MW.", "corrected": "It has 12 MW."}]


@pytest.mark.parametrize(
    ("own", "reason"),
    [(wrong(), "A person marked this as wrong."), (wrong(corrected="So."), "A person marked this as wrong. It should")],
)
def test_a_thumb_down_on_a_sentence_needs_no_reason(own: dict[str, Any], reason: str) -> None:
    """The writer is told all the same."""
    (fault,) = faults_in([own])
    assert fault["reason"].startswith(reason)


def test_a_thumb_down_on_a_post_without_a_word_tells_the_writer_nothing() -> None:
    """There is nothing it could do better."""
    assert faults_in([wrong("")]) == []
