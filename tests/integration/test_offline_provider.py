"""The offline provider as the gateway uses it, and the feeds that ship, from their XML to the checked digest."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from brains.envelope import disarm
from brains.grounding import Sources, Verdict, check_draft
from brains.grounding.source import read_source
from brains.llm.base import ModelRequest
from brains.llm.providers.offline import OfflineProvider
from brains.schemas import Draft, Judgement, Knowledge
from daemon.blackboard.records import Observation, Usage
from daemon.core.errors import BadRequestError, CallTimeoutError
from sensors.feeds.entries import observe
from sensors.feeds.parsing import parse

SAMPLES = sorted((Path(__file__).parents[2] / "data" / "samples").glob("*.xml"))
NOW = 1_795_176_000.0
SCHEMAS: dict[str, type[BaseModel]] = {"extract": Knowledge, "draft": Draft, "review": Judgement}
PROVIDER_TIMEOUT = 60.0


@pytest.fixture(scope="module")
def provider() -> OfflineProvider:
    """One provider, so that its model is loaded once."""
    return OfflineProvider()


def request(task: str, material: dict[str, Any]) -> ModelRequest:
    """A request with that material and no prompt: the provider reads none."""
    brain = "right" if task == "draft" else "left"
    schema = SCHEMAS[task]
    return ModelRequest(
        task=task, brain=brain, system="", prompt="", schema=schema, prompt_version="1", material=material
    )


async def ask(provider: OfflineProvider, task: str, material: dict[str, Any]) -> str:
    """The text of the answer."""
    answer = await provider.complete(request(task, material), model="offline", timeout=PROVIDER_TIMEOUT)
    assert (answer.usage, answer.model, answer.finish) == (Usage(), "offline", "stop")
    return answer.text


async def digest(provider: OfflineProvider, *, title: str, text: str) -> tuple[Knowledge, Draft]:
    """Extract, then draft."""
    known = Knowledge.model_validate_json(await ask(provider, "extract", {"title": title, "text": text}))
    material = {"title": title, "text": text, "knowledge": known.model_dump(mode="json"), "language": known.language}
    return known, Draft.model_validate_json(await ask(provider, "draft", material))


def observations(paths: Sequence[Path] = SAMPLES) -> list[Observation]:
    """What the sensor makes of the feeds."""
    found: list[Observation] = []
    for path in paths:
        feed, _ = parse(path.read_bytes(), url="https://feeds.example.org/feed")
        found += observe(feed, url="https://feeds.example.org/feed", now=NOW).observations
    return found


def sample(words: str) -> Observation:
    """The sample whose title has these words."""
    return next(o for o in observations() if words in o.title)


def test_the_samples_are_twelve_entries_in_three_feeds() -> None:
    """English and Chinese, RSS and Atom, all dated in November 2026."""
    assert len(SAMPLES) == 3
    assert {path.name.split(".")[-2] for path in SAMPLES} == {"atom", "rss"}
    found = observations()
    assert len(found) == 12
    assert {o.language for o in found} == {"en", "zh"}
    assert all(o.published_at and 1_793_491_200 <= o.published_at <= NOW for o in found)


def test_two_samples_are_the_same_story() -> None:
    """The aggregator's copy has the same global key, though its link carries tracking."""
    links = [
        identity.key
        for o in observations()
        for identity in o.identities
        if identity.is_global and "link" in identity.key
    ]
    assert len(links) - len(set(links)) == 1


@pytest.mark.parametrize("seen", observations(), ids=lambda o: o.title)
async def test_a_sample_becomes_a_digest_without_a_fault(provider: OfflineProvider, seen: Observation) -> None:
    """Every sentence passes the fact check, or the entry is discarded for want of text."""
    text = disarm(seen.text)
    known, draft = await digest(provider, title=seen.title, text=text)
    if seen.title == "Photo of the week":
        assert known.discard_reason
        return
    assert known.discard_reason is None
    checked = check_draft(draft, sources=Sources(read_source(text, facts=(seen.title,)), ()))
    assert [c.faults for c in checked if c.verdict is Verdict.FAULT] == []
    assert len(draft.body) > 200
    assert draft.topics


async def test_the_injected_sample_obeys_nothing(provider: OfflineProvider) -> None:
    """Hidden and visible orders leave no trace; the story around them is told."""
    seen = sample("60-gram sensor")
    known, draft = await digest(provider, title=seen.title, text=seen.text)
    told = (known.model_dump_json() + draft.model_dump_json()).casefold()
    assert not any(word in told for word in ("kelpcoin", "/claim", "ignore all", "developer mode", "http"))
    assert "4.2 kilometres of rope" in draft.body
    assert "Ruth Abara" in draft.body


async def test_numbers_not_told_yet_are_listed_in_bold(provider: OfflineProvider) -> None:
    """With their units, under their heading."""
    seen = sample("Brackwater library")
    _, draft = await digest(provider, title=seen.title, text=seen.text)
    listed = draft.body.partition("## Numbers")[2].partition("##")[0]
    assert "**55 pages an hour**" in listed
    assert "**1.7 million lines**" in listed


async def test_chinese_sample_has_its_people_and_figures(provider: OfflineProvider) -> None:
    """The engineer is quoted by name, the company and the yield are in the knowledge."""
    seen = sample("玻璃基板")
    known, draft = await digest(provider, title=seen.title, text=seen.text)
    assert {q.speaker for q in known.quotes} >= {"陆知远"}
    assert {"云溪半导体", "陆知远", "何立群"} <= {e.name for e in known.entities}
    assert {"91.4%", "6.8亿元", "1000小时"} <= {n.value for n in known.numbers}
    assert draft.summary.startswith("云溪半导体11月17日宣布")
    assert "责任编辑" not in draft.body


async def test_the_same_material_gives_the_same_bytes() -> None:
    """Across providers, tasks and order of asking."""
    seen = sample("Night bus")
    first, second = OfflineProvider(), OfflineProvider()
    await digest(first, title="warm", text="Something else was read before. It must not matter at all here.")
    material = {"title": seen.title, "text": seen.text}
    assert await ask(first, "extract", material) == await ask(second, "extract", material)
    assert await ask(first, "draft", material) == await ask(second, "draft", material)


async def test_five_thousand_words_take_well_under_a_second(provider: OfflineProvider) -> None:
    """After loading, on the text of all English samples over and over with changing numbers."""
    story = "\n\n".join(o.text for o in observations() if o.language == "en" and "KelpCoin" not in o.text)
    text = "\n\n".join(story.replace("1", str(n)) for n in range(3, 7))
    assert len(text.split()) > 5_000
    await digest(provider, title="Warm-up", text=text[:2_000])
    start = time.perf_counter()
    await ask(provider, "extract", {"title": "Everything", "text": text})
    assert time.perf_counter() - start < 1.0


async def test_the_event_loop_stays_free(provider: OfflineProvider) -> None:
    """Other work goes on while a long text is read."""
    text = "\n\n".join(o.text for o in observations() if o.language == "en") * 4
    ticks = 0
    task = asyncio.create_task(ask(provider, "extract", {"title": "Long", "text": text}))
    while not task.done():
        await asyncio.sleep(0.005)
        ticks += 1
    assert json.loads(task.result())["language"] == "en"
    assert ticks > 5


async def test_a_review_judges_by_words(provider: OfflineProvider) -> None:
    """Evidence for what is there, a fault for what is not."""
    text = sample("Rust kept").text
    true, false = (
        "The round trip returned 43 percent of the energy that went in.",
        "The mayor resigned over the budget.",
    )
    judgement = Judgement.model_validate_json(await ask(provider, "review", {"sentences": [true, false], "text": text}))
    assert [e.sentence for e in judgement.evidence] == [true]
    assert [f.sentence for f in judgement.faults] == [false]


async def test_faults_are_told_no_more(provider: OfflineProvider) -> None:
    """A sentence the review found faulty is not in the next draft."""
    seen = sample("Rust kept")
    _, draft = await digest(provider, title=seen.title, text=seen.text)
    sentence = draft.summary.split(". ")[0] + "."
    faults = [{"kind": "unsupported", "sentence": sentence, "reason": "no"}, {"kind": "editor", "sentence": ""}]
    again = await ask(provider, "draft", {"title": seen.title, "text": seen.text, "faults": faults})
    assert sentence not in again
    assert len(Draft.model_validate_json(again).body) > 200


async def test_incomplete_material_is_a_bad_request(provider: OfflineProvider) -> None:
    """Neither a task it does not know nor a missing text can be answered, now or later."""
    with pytest.raises(BadRequestError, match="incomplete"):
        await ask(provider, "draft", {"title": "No text"})
    with pytest.raises(BadRequestError, match="does not know"):
        await provider.complete(
            ModelRequest(
                task="sing", brain="left", system="", prompt="", schema=Draft, prompt_version="1", material={}
            ),
            model="offline",
            timeout=1,
        )


async def test_a_timeout_is_a_timeout(provider: OfflineProvider) -> None:
    """It answers in time or says that it did not."""
    with pytest.raises(CallTimeoutError):
        await provider.complete(request("extract", {"title": "T", "text": "One two."}), model="offline", timeout=0)


async def test_it_is_local_and_closes(provider: OfflineProvider) -> None:
    """Free, without a network, with nothing to close."""
    assert (provider.name, provider.is_local) == ("offline", True)
    await provider.close()
