"""Answers of former processes, used again for other items from the real board."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from brains.llm.base import CallContext
from brains.llm.degrading import Degrading
from brains.llm.stored import SharedAnswer
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.answers import answered
from daemon.blackboard.records import Observation
from daemon.blackboard.sqlite.engine import SqliteEngine
from daemon.blackboard.states import Step
from daemon.core.settings.level_models import LevelSettings
from daemon.core.settings.models import BudgetSettings, LlmSettings
from daemon.resilience.levels import CurrentLevel, Level
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.llm import TEXT, Attempts, Desk, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import OPENAI, FakeProviderServer
from tests.fakes.staged_board import opened

UNBOUND = BudgetSettings(daily_usd=None, monthly_usd=None, per_item_usd=None)


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def gateway(engine: SqliteEngine, settings: LlmSettings) -> Desk:
    """In L1, as a process that has just started."""
    level = CurrentLevel()
    level.value = Level.L1
    ledger = BoardLedger(engine=engine, budget=UNBOUND)
    return open_desk(settings, ledger=ledger, degrading=Degrading(LevelSettings(), level))


async def test_after_a_restart_an_answer_is_found_for_another_item(server: FakeProviderServer, tmp_path: Path) -> None:
    """Nothing is sent; the item shows a call that cost nothing and says whose answer it is; nothing is charged."""
    settings = llm_settings({"m": model(server, OPENAI)})
    async with opened(tmp_path) as engine:
        seen = [Observation(f"A plant {n}", TEXT) for n in range(2)]
        await engine.post(seen, source_id=None, by="test")
        claims = await engine.claim(worker_id="w", steps=list(Step), limit=2, lease_seconds=60)
        for claim in claims:
            asker = CallContext(item_id=claim.item.id, round=0, epoch=2, attempts=Attempts())
            async with gateway(engine, settings) as desk:
                found = answered(engine.path, task="extract", since=0)
                desk.gateway.share_answers(SharedAnswer(*one) for one in found)
                answer = await desk.gateway.ask(extract_request(), asker)
            await engine.advance(claim, calls=answer.calls)
        # What was used again is no answer of its own.
        assert [one.item_id for one in answered(engine.path, task="extract", since=0)] == [claims[0].item.id]
        assert answered(engine.path, task="draft", since=0) == []
        assert answered(engine.path, task="extract", since=3e9) == []
        first, second = (BoardReader(engine.path).item(claim.item.id) for claim in claims)
    assert len(server.stats.log) == 1
    assert (first["item"]["cost_usd"] > 0, second["item"]["cost_usd"]) == (True, 0)
    (call,) = second["calls"]
    assert (call["status"], call["model"], call["prompt_tokens"], call["cost_usd"]) == ("ok", "gpt-5-mini", 0, 0)
    assert call["error"] == f"not asked: the answer of call {first['calls'][0]['id']} was used again"
