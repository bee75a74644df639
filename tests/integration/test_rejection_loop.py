"""A draft with faults goes back with reasons until it is right, or to a person; on a real board."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from brains.left_brain import LeftBrain
from brains.llm.base import ModelRequest
from brains.right_brain import RightBrain
from brains.schemas import Draft, Evidence, Finding, Judgement, Knowledge
from daemon.blackboard import open_board
from daemon.blackboard.records import Claim, Observation
from daemon.blackboard.states import State, Step
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.models import ReviewSettings
from daemon.runtime.steps import StepRunner
from tests.fakes.gateway import ScriptedGateway
from tests.fakes.parts import ListMemory
from tests.fakes.runtime_bench import Bench

OPENED = "The Tidewater Lab opened a 12 MW plant in Lisbon on 3 March 2026."
BUILT = "Norvik built it in two years, and it serves 2,300 homes."
KNOWN = Knowledge(language="en", gist="A plant opened.", claims=[Finding(statement=OPENED, evidence=OPENED)])


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock, emitter = SystemClock(), Emitter()
    ids = TimeSortedIds(clock.now, random.Random(1))
    engine = await open_board(home=tmp_path, clock=clock, ids=ids, boot_id="boot", emitter=emitter)
    async with engine:
        yield Bench(engine, emitter, clock)


def draft(body: str) -> Draft:
    return Draft(language="en", title="Tidewater Lab opens plant", summary=OPENED, body=body)


def honest_judge(request: ModelRequest) -> Judgement:
    return Judgement(evidence=[Evidence(sentence=s, source=BUILT) for s in request.material["sentences"]])


async def drive(bench: Bench, gateway: ScriptedGateway, *, max_rounds: int = 2) -> list[Claim]:
    """Post one item and run its steps with the real brains until it is published or waits; answers its claims."""
    left, right = LeftBrain(gateway), RightBrain(gateway, ListMemory())
    steps = StepRunner(
        engine=bench.engine,
        brains={Step.EXTRACT: left, Step.DRAFT: right, Step.REVIEW: left},
        publisher=bench.publisher(),
        review=ReviewSettings(max_rounds=max_rounds),
        clock=bench.clock,
    )
    seen = Observation("Tidewater Lab opens plant", f"{OPENED} {BUILT}")
    await bench.engine.post([seen], source_id=None, by="test")
    return await finish(bench, steps)


async def finish(bench: Bench, steps: StepRunner) -> list[Claim]:
    claims: list[Claim] = []
    while taken := await bench.engine.claim(worker_id="w1", steps=list(Step), limit=1, lease_seconds=60):
        claims += taken
        await steps.run(taken[0])
    return claims


def faults_given(gateway: ScriptedGateway) -> list[list[Any]]:
    """The faults each draft was written with."""
    return [request.material["faults"] for request in gateway.asked if request.task == "draft"]


async def test_a_fault_goes_back_and_the_next_draft_passes(bench: Bench) -> None:
    """One round: the writer is told which sentence is wrong and what the source has, and mends it."""
    gateway = ScriptedGateway(
        {
            "extract": [KNOWN],
            "draft": [draft(f"{OPENED}\n\nIt serves 3,200 homes."), draft(f"{OPENED}\n\nIt serves 2,300 homes.")],
            "review": [honest_judge],
        }
    )
    claims = await drive(bench, gateway)
    first, second = faults_given(gateway)
    assert first == []
    (fault,) = second
    assert (fault["kind"], fault["sentence"]) == ("number", "It serves 3,200 homes.")
    assert bench.states() == {State.PUBLISHED}
    assert [claim.item.round for claim in claims] == [0, 0, 0, 1, 1, 1]
    kept = [(a.kind, a.round) for a in claims[-1].artifacts]
    assert kept == [("knowledge", 0), ("draft", 0), ("review", 0), ("draft", 1), ("review", 1)]


async def test_a_draft_that_stays_wrong_goes_to_a_person(bench: Bench) -> None:
    """After the last round it is held, with the reasons; nothing is published."""
    gateway = ScriptedGateway({"extract": [KNOWN], "draft": [draft("Siemens built it.")], "review": [Judgement()]})
    claims = await drive(bench, gateway)
    assert bench.states() == {State.HELD}
    assert gateway.tasks().count("draft") == 3
    (item,) = bench.reader.items()
    assert claims[-1].item.round == 2
    assert item["state"] == State.HELD


async def test_a_persons_reason_reaches_the_writer(bench: Bench) -> None:
    """Sent back by hand: the next draft is written with the reason, and passes."""
    gateway = ScriptedGateway(
        {
            "extract": [KNOWN],
            "draft": [draft("Siemens built it."), draft(f"{OPENED}")],
            "review": [Judgement()],
        }
    )
    claims = await drive(bench, gateway, max_rounds=0)
    item_id = claims[0].item.id
    assert bench.states() == {State.HELD}
    await bench.engine.send_back([item_id], reason="Leave the builder out.", by="anna")
    left, right = LeftBrain(gateway), RightBrain(gateway, ListMemory())
    steps = StepRunner(
        engine=bench.engine,
        brains={Step.EXTRACT: left, Step.DRAFT: right, Step.REVIEW: left},
        publisher=bench.publisher(),
        review=ReviewSettings(),
        clock=bench.clock,
    )
    await finish(bench, steps)
    kinds = [fault["kind"] for fault in faults_given(gateway)[1]]
    assert kinds == ["name", "editor"]
    assert bench.states() == {State.PUBLISHED}
