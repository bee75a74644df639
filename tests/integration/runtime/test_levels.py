"""The level's keeper on a real board, with a clock of the test's own; and what the worker does at each level."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.core.errors import BoardFullError
from daemon.core.events import Event
from daemon.core.settings.level_models import LevelSettings, SilenceSettings, TroubleSettings
from daemon.resilience.chosen_level import LEVEL_SET, choice
from daemon.resilience.levels import CurrentLevel, Level
from daemon.runtime.levels import LevelKeeper, free_bytes
from daemon.runtime.worker import Worker
from tests.fakes.boards import Board, open_for_test
from tests.fakes.parts import HangingBrain, ScriptedBrain
from tests.fakes.runtime_bench import Bench
from tests.fakes.waiting import until

SETTINGS = LevelSettings(
    window=60,
    l1=TroubleSettings(enter=0.1, leave=0.05, least_faults=3, dwell=20),
    l2=TroubleSettings(enter=0.4, leave=0.2, least_faults=8, dwell=30),
    l3=SilenceSettings(after=15, free_disk=1000, dwell=10),
)


class Answering:
    """Who can be asked, as the test says."""

    def __init__(self) -> None:
        self.silent: tuple[str, ...] = ()
        self.is_away = False

    def silent_tasks(self) -> tuple[str, ...]:
        return self.silent

    def is_first_choice_away(self) -> bool:
        return self.is_away


class Stage:
    """A keeper on a board."""

    def __init__(self, board: Board, settings: LevelSettings = SETTINGS) -> None:
        self.board = board
        self.clock = board.clock
        self.answering = Answering()
        self.told: list[Event] = []
        self.free: int | None = 10**12
        self.current = CurrentLevel()
        self.keeper = LevelKeeper(
            settings,
            current=self.current,
            answering=self.answering,
            engine=board.engine,
            emit=self.told.append,
            clock=board.clock,
            free_disk=lambda: self.free,
        )

    async def see(self, *, seconds: int = 1) -> str:
        """Look once a second for so long; answers the level then."""
        for _ in range(seconds):
            self.clock.set(self.clock.now() + 1)
            await self.keeper.look()
        return self.keeper.level.value

    def settle(self, fault: str | None = None, *, times: int = 1, **more: Any) -> None:
        """Calls that ended."""
        status = "ok" if fault is None else "error"
        data = {
            "call_id": 1,
            "provider": "anthropic",
            "kind": "call",
            "brain": "left",
            "status": status,
            "fault": fault,
        }
        for _ in range(times):
            self.keeper.on_event(Event("call_settled", self.clock.now(), data=data | more))

    async def choose(self, wanted: str, *, for_seconds: float | None = None) -> None:
        """What a person does through the API."""
        chosen = choice(wanted, for_seconds=for_seconds, by="api", why="", now=self.clock.now())
        control = chosen.control() if chosen else None
        await self.board.engine.set_control(LEVEL_SET, control, by="api")
        self.keeper.on_event(Event("control_set", self.clock.now(), data={"key": LEVEL_SET, "value": control}))

    def way(self) -> list[tuple[str, str]]:
        """What was told: the level and by whom."""
        return [(event.data["level"], event.data["by"]) for event in self.told if event.type == "level_changed"]

    async def vital(self, key: str) -> str | None:
        return await self.board.engine.get_control(key)


async def fill(board: Board) -> None:
    """Write until there is no room for another two hundred bytes."""
    for number in range(10_000):
        await board.engine.write_vital(f"filler{number}", "x" * 200)


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    board = await open_for_test(tmp_path)
    yield board
    await board.engine.close()


async def test_faults_lead_up_and_calm_leads_back(board: Board) -> None:
    """The events name both levels, the figures and the rules; the board's vital signs follow at once."""
    stage = Stage(board)
    await stage.keeper.start()
    stage.settle(times=10)
    stage.settle("CallTimeoutError", times=3)
    assert await stage.see() == await stage.vital("level") == "L1"
    stage.settle("ServerFaultError", times=8)
    assert await stage.see() == await stage.vital("level") == "L2"
    assert await stage.see(seconds=90) == await stage.vital("level") == "L0"
    assert stage.way() == [("L1", "auto"), ("L2", "auto"), ("L1", "auto"), ("L0", "auto")]
    assert stage.told[0].data == {
        "level": "L1",
        "before": "L0",
        "reason": "3 of 13 calls failed within 60 s (23%)",
        "by": "auto",
        "until": None,
    }


@pytest.mark.parametrize(
    "fault",
    [
        "AnswerLostError",
        "BrokenStreamError",
        "CallTimeoutError",
        "ConnectionFaultError",
        "RateLimitedError",
        "ServerFaultError",
        "SlowStreamError",
        "TransientError",
    ],
)
async def test_what_an_endpoint_did_counts(board: Board, fault: str) -> None:
    stage = Stage(board)
    stage.settle(fault, times=3, status="unconfirmed")
    assert await stage.see() == "L1"


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("BadRequestError", {}),
        ("RefusedError", {}),
        ("UnusableAnswerError", {"status": "malformed"}),
        ("LoopingStreamError", {"status": "unconfirmed"}),
        ("BadKeyError", {}),
        ("UnknownModelError", {}),
        ("CancelledError", {"status": "unconfirmed"}),
        ("CallTimeoutError", {"provider": "offline", "call_id": None}),
        ("CallTimeoutError", {"kind": "batch"}),
        ("CallTimeoutError", {"brain": "memory"}),
        ("CallTimeoutError", {"brain": "sensor", "provider": "x"}),
    ],
)
async def test_what_says_nothing_of_an_endpoint_does_not(board: Board, fault: str, more: dict[str, Any]) -> None:
    stage = Stage(board)
    stage.settle(fault, times=50, **more)
    assert await stage.see() == "L0"


@pytest.mark.parametrize(
    "more",
    [
        {"provider": "offline", "call_id": None},
        {"call_id": None},
        {"status": "error"},
        {"kind": "batch"},
        {"brain": "sensor", "provider": "x"},
    ],
)
async def test_free_answers_do_not_hide_the_faults(board: Board, more: dict[str, Any]) -> None:
    """Local answers, those that were used again, and calls that never left count neither way."""
    stage = Stage(board)
    stage.settle("CallTimeoutError", times=3)
    stage.settle(times=500, **more)
    assert await stage.see() == "L1"


async def test_answers_that_were_not_liked_count_as_answers(board: Board) -> None:
    stage = Stage(board)
    stage.settle("CallTimeoutError", times=3)
    stage.settle("RefusedError", times=40)
    assert await stage.see() == "L0"


async def test_silence_leads_to_l3_and_a_due_probe_one_step_back(board: Board) -> None:
    stage = Stage(board)
    stage.answering.silent = ("extract", "review")
    assert await stage.see(seconds=16) == "L3"
    assert await stage.see(seconds=30) == "L3"
    stage.answering.silent = ()
    assert await stage.see() == "L2"
    stage.answering.silent = ("extract", "review")
    assert await stage.see(seconds=16) == "L3"
    assert stage.keeper.document()["leaves_at"] is not None


async def test_a_nearly_full_disk_leads_to_l3(board: Board) -> None:
    """It is looked at every five seconds; freed, the levels are gone down one by one."""
    stage = Stage(board)
    await stage.keeper.start()
    stage.free = 999
    assert await stage.see(seconds=5) == "L3"
    stage.free = 1999
    assert await stage.see(seconds=60) == "L3"
    stage.free = 2000
    await stage.see(seconds=70)
    assert [level for level, _ in stage.way()] == ["L3", "L2", "L1", "L0"]


async def test_a_full_board_keeps_no_level_from_holding(board: Board) -> None:
    """What cannot be written is written later; the level holds from the first moment."""
    stage = Stage(board)
    await board.pragma("max_page_count=1")
    with pytest.raises(BoardFullError):
        await fill(board)
    stage.free = 0
    assert await stage.see(seconds=6) == "L3"
    assert await stage.vital("level_told") is None
    await board.pragma("max_page_count=1000000")
    await stage.see()
    assert json.loads(await stage.vital("level_told") or "")["level"] == "L3"


async def test_a_person_wins_over_the_rules_which_go_on(board: Board) -> None:
    stage = Stage(board)
    await stage.keeper.start()
    await stage.choose("L1")
    assert stage.current() is Level.L1
    stage.settle("CallTimeoutError", times=9)
    assert await stage.see() == "L1"
    document = stage.keeper.document()
    assert (document["by"], document["automatic"], document["until"]) == ("api", "L2", None)
    assert json.loads(await stage.vital("level_told") or "") == document
    await stage.choose("auto")
    assert (stage.keeper.level, stage.way()) == (Level.L2, [("L1", "api"), ("L2", "auto")])
    assert stage.told[-1].data["reason"] == "the rules decide again: 9 of 9 calls failed within 60 s (100%)"


async def test_a_choice_for_a_time_ends_by_itself(board: Board) -> None:
    stage = Stage(board)
    await stage.choose("L3", for_seconds=30)
    assert await stage.see(seconds=29) == "L3"
    assert await stage.see() == "L0"
    assert stage.way() == [("L3", "api"), ("L0", "auto")]
    assert stage.told[0].data["until"] == "2026-09-21T14:13:50.000Z"


async def test_a_choice_outlives_a_restart_and_is_not_told_twice(board: Board) -> None:
    first = Stage(board)
    await first.keeper.start()
    await first.choose("L2", for_seconds=100)
    await first.see()
    second = Stage(board)
    await second.keeper.start()
    assert (second.current(), second.way()) == (Level.L2, [])
    assert second.keeper.document() == first.keeper.document()
    assert await second.see(seconds=100) == "L0"


async def test_the_rules_level_outlives_a_restart_within_its_stay(board: Board) -> None:
    first = Stage(board)
    first.settle("CallTimeoutError", times=8)
    await first.see()
    second = Stage(board)
    second.clock.set(second.clock.now() + 10)
    await second.keeper.start()
    assert (second.keeper.level, second.way()) == (Level.L2, [])
    assert second.keeper.document()["since"] == first.keeper.document()["since"]


async def test_what_still_holds_at_a_restart_is_no_change(board: Board) -> None:
    """A disk that was full is full: the level is not left for the moment until it is looked at."""
    for _ in range(2):
        stage = Stage(board)
        stage.free = 500
        await stage.keeper.start()
        assert stage.keeper.level is Level.L3
        board.clock.set(board.clock.now() + 3600)
    assert stage.way() == []


async def test_after_its_stay_a_restart_learns_anew_and_says_so(board: Board) -> None:
    first = Stage(board)
    first.settle("CallTimeoutError", times=8)
    await first.see()
    second = Stage(board)
    second.clock.set(second.clock.now() + 31)
    await second.keeper.start()
    assert (second.keeper.level, await second.vital("level")) == (Level.L0, "L0")
    assert [(event.data["before"], event.data["level"]) for event in second.told] == [("L2", "L0")]


async def test_switched_off_the_rules_change_nothing_and_a_person_still_does(board: Board) -> None:
    stage = Stage(board, SETTINGS.model_copy(update={"enabled": False}))
    await stage.keeper.start()
    stage.settle("CallTimeoutError", times=50)
    stage.free = 0
    assert await stage.see(seconds=10) == "L0"
    await stage.choose("L2")
    assert (stage.keeper.level, stage.keeper.document()["automatic"]) == (Level.L2, "L0")


async def test_it_looks_every_second_until_it_is_cancelled(board: Board) -> None:
    stage = Stage(board)
    stage.settle("CallTimeoutError", times=3)
    running = asyncio.create_task(stage.keeper.run())
    try:
        await until(lambda: stage.clock.slept == [1.0])
        await stage.clock.advance(1)
        await until(lambda: stage.way() == [("L1", "auto")])
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_the_free_space_of_a_folder_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    assert (free_bytes(tmp_path) or 0) > 0
    assert free_bytes(tmp_path / "gone") is None


# --- the worker ---


@asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[None]:
    """The worker runs inside."""
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(grace_seconds=0)
        await running


async def test_in_l3_nothing_is_claimed_and_what_waits_is_safe(bench: Bench) -> None:
    """Posts are taken, no state and no attempt changes; when the level falls, all is published."""
    level = CurrentLevel()
    level.value = Level.L3
    ids = await bench.post(5)
    worker = bench.worker(bench.steps(ScriptedBrain()), is_resting=lambda: level() is Level.L3)
    async with at_work(worker):
        await asyncio.wait_for(worker.idle.wait(), 5)
        assert (bench.states(), set(bench.types())) == ({"QUEUED"}, {"item_posted"})
        level.value = Level.L2
        bench.emitter.emit(Event("level_changed", bench.clock.now(), data={"level": "L2"}))
        await until(bench.is_drained)
    assert {bench.reader.item(one)["item"]["state"] for one in ids} == {"PUBLISHED"}


async def test_what_is_in_hand_is_finished_in_l3(bench: Bench) -> None:
    """The step that runs ends as always; the next one of the item waits."""
    level, brain = CurrentLevel(), ScriptedBrain()

    def script(claim: Any) -> Any:
        level.value = Level.L3
        return passing(claim)

    passing, brain.script = brain.script, script
    await bench.post()
    worker = bench.worker(bench.steps(brain), is_resting=lambda: level() is Level.L3)
    async with at_work(worker):
        await until(lambda: worker.idle.is_set() and bench.states() == {"DRAFTING"})
    assert len(brain.seen) == 1
    assert (await bench.claim()).item.attempts == 0


async def test_with_longer_time_outs_a_step_may_take_longer(bench: Bench) -> None:
    """At the usual limit it would be buried; it is, at the longer one."""
    await bench.post()
    worker = bench.worker(bench.steps(HangingBrain()), step_timeout=0.05, patience=lambda: 3.0)
    async with at_work(worker):
        await until(bench.is_drained)
    (item,) = bench.reader.items()
    assert "took longer than 0.15 s" in item["error"]


async def test_nothing_is_buried_because_the_level_rose_in_its_middle(bench: Bench) -> None:
    """Its calls were given more time than the step had: it is put back, without an attempt."""
    await bench.post()
    brain = HangingBrain()
    worker = bench.worker(bench.steps(brain), step_timeout=0.2)
    async with at_work(worker):
        await brain.has_begun.wait()
        bench.emitter.emit(Event("level_changed", bench.clock.now(), data={"level": "L1"}))
        await until(lambda: "item_released" in bench.types())
    assert bench.states() == {"INGESTING"}


async def test_a_reader_without_an_api_is_told(board: Board) -> None:
    """What stands on the board is what `status` shows."""
    stage = Stage(board)
    await stage.choose("L1")
    await stage.see()
    assert BoardReader(board.engine.path).overview()["controls"]["level"] == "L1"
