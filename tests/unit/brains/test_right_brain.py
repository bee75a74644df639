"""The right brain: drafts."""

from typing import Any

import pytest

from brains.base import Advanced
from brains.memory.base import Recall, Remembered
from brains.right_brain import RightBrain, faults_of
from brains.schemas import Draft, Fault, FaultKind, Knowledge, Review
from daemon.blackboard.records import NewArtifact
from daemon.blackboard.states import State
from daemon.core.errors import BrainError, ContextTooLongError
from tests.fakes.claims import make_claim, make_context
from tests.fakes.gateway import ScriptedGateway
from tests.fakes.parts import ListMemory

TEXT = "The Tidewater Lab opened a 12 MW plant in Lisbon. See https://news.example/plant for a chart."
KNOWN = NewArtifact(
    "knowledge",
    Knowledge(language="en", gist="A plant opened in Lisbon.").model_dump(mode="json") | {"ungrounded": 0},
)
DRAFT = Draft(language="en", title="A plant opens", summary="It opened.", body="The plant is open.")
FAULT = Fault(kind=FaultKind.NUMBER, sentence="It has 99 MW.", reason="the source does not have the number “99 MW”")


class KnowingMemory(ListMemory):
    """Recalls one post, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[dict[str, Any]] = []

    async def recall(self, text: str, *, limit: int, exclude: str | None = None) -> Recall:
        self.queries.append({"text": text, "limit": limit, "exclude": exclude})
        return Recall([Remembered("06c1", "Norvik plans a battery", "Norvik plans jobs. " * 200, 1_793_836_800.0)])


async def write(draft: Draft = DRAFT, *, memory: Any = None, **options: Any) -> tuple[Any, ScriptedGateway]:
    """The content of the stored draft, and the gateway."""
    gateway = ScriptedGateway({"draft": [draft]})
    item = {"artifacts": [KNOWN], "state": State.DRAFTING, "title": "Tidewater Lab opens plant"} | options
    brain = RightBrain(gateway, memory or ListMemory(), **item.pop("brain", {}))
    claim = make_claim(item.pop("text", TEXT), **item)
    outcome = await brain.run(claim, make_context(claim))
    assert isinstance(outcome, Advanced)
    return outcome.artifacts[0].content, gateway


async def test_a_draft_is_stored_with_what_it_drew_on() -> None:
    """The draft itself, the recalled posts, and who wrote it."""
    content, _ = await write(memory=KnowingMemory())
    assert {name: content[name] for name in ("title", "summary", "body", "language")} == {
        "title": "A plant opens",
        "summary": "It opened.",
        "body": "The plant is open.",
        "language": "en",
    }
    assert (content["provider"], content["model"], content["memory_degraded"]) == ("fake", "fake-1", False)
    (memory,) = content["memories"]
    assert memory["title"] == "Norvik plans a battery"
    assert len(memory["text"]) == 1500


async def test_memory_is_asked_about_the_item_and_never_for_itself() -> None:
    """Title and gist are the question; the item's own post is left out."""
    memory = KnowingMemory()
    await write(memory=memory, brain={"recall": 3})
    (query,) = memory.queries
    assert query == {
        "text": "Tidewater Lab opens plant\nA plant opened in Lisbon.",
        "limit": 3,
        "exclude": "06c2r5x9k1v7q",
    }


async def test_recall_can_be_off() -> None:
    """With `recall: 0` the memory is not asked."""
    memory = KnowingMemory()
    await write(memory=memory, brain={"recall": 0})
    assert memory.queries == []


async def test_a_memory_that_is_down_is_said_so() -> None:
    """The draft is written all the same."""
    memory = ListMemory()
    memory.is_down = True
    content, _ = await write(memory=memory)
    assert content["memory_degraded"]
    assert content["memories"] == []


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("See [the chart](https://news.example/plant).", "See the chart."),
        ("See [the story](https://news.example/story).", "See the story."),
        ("See [this](https://evil.example/x).", "See [this](https://evil.example/x)."),
        ("One.\n\n![chart](https://news.example/c.png)\n\nTwo.", "One.\n\n\n\nTwo."),
        ("A <b>bold</b> plant.<script>steal()</script>", "A bold plant."),
        ("Uses `<b>` in `Array<T>` and List<T>.", "Uses `<b>` in `Array<T>` and List<T>."),
    ],
)
async def test_markup_is_taken_out_of_a_body(body: str, kept: str) -> None:
    """Links the item has lose their address, images and HTML go, code stays; a foreign link is left for the review."""
    content, _ = await write(DRAFT.model_copy(update={"body": body}))
    assert content["body"] == kept


async def test_a_title_is_one_line_of_text() -> None:
    """No Markdown heading, no line end, no HTML."""
    content, _ = await write(DRAFT.model_copy(update={"title": "# A <i>plant</i>\nopens "}))
    assert content["title"] == "A plant opens"


@pytest.mark.parametrize(
    ("setting", "text", "wanted"),
    [
        ("source", TEXT, "en"),
        ("source", "滨海市新建的储能电站周二正式投入运行，为两千户居民供电。", "zh"),
        ("zh", TEXT, "zh"),
        ("de-AT", TEXT, "de"),
    ],
)
async def test_the_language_is_the_configured_one(setting: str, text: str, wanted: str) -> None:
    """`source` is the item's own."""
    _, gateway = await write(text=text, title="", brain={"language": setting})
    assert gateway.asked[0].material["language"] == wanted
    assert f"in this language: {wanted}" in gateway.asked[0].prompt


async def test_the_offline_provider_gets_the_question_as_data() -> None:
    """Everything the prompt says, by name."""
    _, gateway = await write(memory=KnowingMemory())
    material = gateway.asked[0].material
    assert set(material) == {
        *("title", "text", "knowledge", "memories", "faults", "corrections", "language", "source", "link")
    }
    assert material["link"] == "https://news.example/story"
    assert material["faults"] == []


def reviewed(*faults: Fault) -> NewArtifact:
    review = Review(passed=not faults, faults=list(faults))
    return NewArtifact("review", review.model_dump(mode="json"))


async def test_the_faults_of_the_last_draft_reach_the_writer() -> None:
    """As data and in the prompt."""
    reason = f"“It has 99 MW.”: {FAULT.reason}"
    _, gateway = await write(artifacts=[KNOWN, reviewed(FAULT)], round_=1, reason=reason)
    asked = gateway.asked[0]
    assert asked.material["faults"] == [FAULT.model_dump(mode="json")]
    assert "the source does not have the number" in asked.prompt


def test_a_persons_reason_is_a_fault_too() -> None:
    """Sent back by a person: the reason stands beside the faults of the review."""
    claim = make_claim(
        TEXT, state=State.DRAFTING, artifacts=[KNOWN, reviewed(FAULT)], round_=2, reason="Lead with the size."
    )
    assert faults_of(claim)[-1] == {"kind": "editor", "sentence": "", "reason": "Lead with the size."}
    assert len(faults_of(claim)) == 2


def test_a_review_of_what_the_item_said_before_it_was_edited_says_nothing_of_its_new_words() -> None:
    """Its knowledge is newer than that review: what was wrong then may be right now."""
    earlier = [KNOWN, reviewed(FAULT)]
    begun_anew = make_claim(TEXT, artifacts=[*earlier, KNOWN], state=State.DRAFTING, round_=1)
    assert faults_of(make_claim(TEXT, artifacts=earlier, state=State.DRAFTING, round_=1)) != []
    assert faults_of(begun_anew) == []


def test_the_first_draft_has_no_faults() -> None:
    """Whatever the item waited for before."""
    claim = make_claim(TEXT, state=State.DRAFTING, artifacts=[KNOWN], reason="the budget is spent")
    assert faults_of(claim) == []


async def test_a_long_source_is_shrunk_once() -> None:
    """Asked again with a short excerpt."""
    gateway = ScriptedGateway({"draft": [ContextTooLongError(), DRAFT]})
    claim = make_claim(
        "A paragraph of the story. " * 50 + "\n\n" + "More. " * 9000, state=State.DRAFTING, artifacts=[KNOWN]
    )
    await RightBrain(gateway, ListMemory()).run(claim, make_context(claim))
    assert len(gateway.asked[1].prompt) < 20_000 < len(gateway.asked[0].prompt)


@pytest.mark.parametrize(("state", "artifacts"), [(State.DRAFTING, []), (State.REVIEWING, [KNOWN])])
async def test_a_step_that_cannot_be_done_is_an_error(state: State, artifacts: list[NewArtifact]) -> None:
    """No knowledge, or not this brain's step."""
    claim = make_claim(TEXT, state=state, artifacts=artifacts)
    with pytest.raises(BrainError):
        await RightBrain(ScriptedGateway({}), ListMemory()).run(claim, make_context(claim))
