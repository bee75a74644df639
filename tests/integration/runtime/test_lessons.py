"""What people said, kept at hand for the steps: read once, read anew when it changes, and never in the way."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from brains.lessons import NOTHING
from daemon.blackboard.feedback import About, NewFeedback, Verdict
from daemon.blackboard.records import Claim, Item, NewArtifact, NewSource
from daemon.blackboard.states import State, Step
from daemon.core.events import Event
from daemon.core.settings.models import FeedbackSettings
from daemon.runtime.lessons import BoardLessons, SourceTrust
from tests.fakes.boards import seen
from tests.fakes.parts import ScriptedBrain
from tests.fakes.runtime_bench import Bench

CLAIM = "The harbour has two cranes."


def lessons_of(
    bench: Bench, *, told: list[Event] | None = None, board: Path | None = None, **changes: int
) -> BoardLessons:
    heard: list[Event] = [] if told is None else told
    return BoardLessons(
        board or bench.engine.path,
        settings=FeedbackSettings(**changes),
        emitter=bench.emitter,
        emit=heard.append,
        clock=bench.clock,
    )


async def drafted(bench: Bench, *names: str, source_id: int | None = None) -> list[Item]:
    """Items with knowledge and a draft, in REVIEWING."""
    posted = await bench.engine.post([seen(name) for name in names], source_id=source_id, by="test")
    knowledge = NewArtifact("knowledge", {"gist": "g", "claims": [{"statement": CLAIM}]})
    draft = NewArtifact("draft", {"title": "T", "summary": "", "body": "One. Two. Three."})
    for artifact in (knowledge, draft):
        for claim in await claims(bench, len(names)):
            await bench.engine.advance(claim, artifacts=[artifact])
    found = {claim.item.id: claim.item for claim in await claims(bench, len(names))}
    return [found[one.item_id] for one in posted]


async def claims(bench: Bench, count: int) -> list[Claim]:
    return await bench.engine.claim(worker_id="w", steps=frozenset(Step), limit=count, lease_seconds=60)


async def say(bench: Bench, item: Item, **words: Any) -> int:
    new = NewFeedback(item.id, **{"verdict": Verdict.DOWN, "reason": "dull", **words})
    return (await bench.engine.give_feedback(new, by="test")).id


async def source(bench: Bench, name: str) -> int:
    return (await bench.engine.add_source(NewSource("rss", f"https://{name}.example", name), by="test")).id


async def test_a_verdict_is_there_for_the_next_step_and_gone_when_withdrawn(bench: Bench) -> None:
    """Without a restart; what is known is not read again in between."""
    one, two = await drafted(bench, "one", "two")
    lessons = lessons_of(bench)
    assert await lessons.of(two, brain="right") == NOTHING
    number = await say(bench, one)
    assert [told["id"] for told in (await lessons.of(two, brain="right")).examples] == [number]
    await bench.engine.withdraw_feedback(number, by="test")
    assert await lessons.of(two, brain="right") == NOTHING


async def test_the_same_source_comes_first_then_the_newest(bench: Bench) -> None:
    """And what was said of the item itself is no example, but a fault of its own."""
    near, far = await source(bench, "near"), await source(bench, "far")
    old, own = await drafted(bench, "old", "own", source_id=near)
    new, newest = await drafted(bench, "new", "newest", source_id=far)
    numbers = [await say(bench, item) for item in (old, new, newest, own)]
    found = await lessons_of(bench).of(own, brain="right")
    assert [told["id"] for told in found.examples] == [numbers[0], numbers[2], numbers[1]]
    assert [told["id"] for told in found.own] == [numbers[3]]
    assert len((await lessons_of(bench, examples=2).of(own, brain="right")).examples) == 2


async def test_without_examples_the_writer_still_hears_what_was_wrong_with_the_item(bench: Bench) -> None:
    """`feedback.examples: 0` switches off examples alone."""
    one, two = await drafted(bench, "one", "two")
    await say(bench, one)
    lessons = lessons_of(bench, examples=0)
    assert await lessons.of(two, brain="right") == NOTHING
    assert len((await lessons.of(one, brain="right")).own) == 1


async def test_praise_of_the_item_is_no_fault_of_it(bench: Bench) -> None:
    """Only thumbs down are."""
    (one,) = await drafted(bench, "one")
    await say(bench, one, verdict=Verdict.UP)
    assert (await lessons_of(bench).of(one, brain="right")).own == ()


async def test_each_brain_hears_what_concerns_it(bench: Bench) -> None:
    """Claims that were wrong go to the reviewer, posts and sentences to the writer."""
    one, two = await drafted(bench, "one", "two")
    of_claim = await say(bench, one, about=About.CLAIM, passage=CLAIM, corrected="It has three cranes.")
    liked = await say(bench, one, about=About.SENTENCE, passage="Two.", verdict=Verdict.UP, reason="")
    await say(bench, one, about=About.SENTENCE, passage="One.", reason="")
    lessons = lessons_of(bench)
    assert [told["id"] for told in (await lessons.of(two, brain="left")).examples] == [of_claim]
    assert [told["id"] for told in (await lessons.of(two, brain="right")).examples] == [liked]


async def test_a_board_that_cannot_be_read_takes_the_examples_away_and_nothing_else(
    bench: Bench, tmp_path: Path
) -> None:
    """The step goes on, and an event tells."""
    (one,) = await drafted(bench, "one")
    told: list[Event] = []
    assert await lessons_of(bench, told=told, board=tmp_path / "gone.db").of(one, brain="right") == NOTHING
    assert [event.type for event in told] == ["examples_missing"]


async def test_a_verdict_that_comes_while_it_is_read_is_not_missed(bench: Bench) -> None:
    """What was read before it is not kept."""
    one, two = await drafted(bench, "one", "two")
    await say(bench, one)
    lessons = lessons_of(bench)
    reading = asyncio.gather(*(lessons.of(two, brain="right") for _ in range(5)))
    number = await say(bench, one, about=About.SENTENCE, passage="Two.")
    await reading
    assert number in [told["id"] for told in (await lessons.of(two, brain="right")).examples]


@pytest.mark.parametrize(
    ("up", "down", "changes", "is_held"),
    [
        (0, 5, {}, True),
        (0, 4, {}, False),
        (1, 5, {}, False),
        (1, 7, {}, True),
        (0, 4, {"hold_after": 4}, True),
        (0, 5, {"hold_below": 0}, False),
        (5, 0, {"hold_below": 1}, True),
    ],
)
async def test_a_source_is_distrusted_by_laplaces_rule(
    bench: Bench, *, up: int, down: int, changes: dict[str, float], is_held: bool
) -> None:
    """(up + 1) / (up + down + 2) under the limit, after enough verdicts; (1, 5) is exactly at a quarter."""
    of_source = await drafted(bench, *(f"n{i}" for i in range(8)), source_id=await source(bench, "a"))
    trust = SourceTrust(bench.engine.path, settings=FeedbackSettings.model_validate(changes), emitter=bench.emitter)
    assert await trust.why_hold(of_source[0]) is None
    for number, item in enumerate(of_source[: up + down]):
        await say(bench, item, verdict=Verdict.UP if number < up else Verdict.DOWN)
    why = await trust.why_hold(of_source[0])
    assert (why is not None) is is_held
    if why is not None:
        assert f"({up} up, {down} down)" in why


async def test_what_a_person_posted_is_never_distrusted(bench: Bench) -> None:
    """It has no source."""
    mine = await drafted(bench, *(f"n{i}" for i in range(6)))
    for item in mine:
        await say(bench, item)
    trust = SourceTrust(bench.engine.path, settings=FeedbackSettings(), emitter=bench.emitter)
    assert await trust.why_hold(mine[0]) is None


async def test_a_post_that_has_passed_is_held_with_the_reason(bench: Bench) -> None:
    """Only after its review, and it can be approved."""

    async def why_hold(item: Item) -> str | None:
        return f"people distrust {item.title}"

    (item_id,) = await bench.post()
    steps = bench.steps(ScriptedBrain(), why_hold=why_hold)
    for _ in range(3):
        await steps.run(await bench.claim())
    item = bench.reader.item(item_id)["item"]
    assert (item["state"], item["reason"]) == (State.HELD, "people distrust Item 0")
