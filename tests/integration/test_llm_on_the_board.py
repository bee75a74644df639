"""The gateway on the real board: its ledger, its budget, its stored answers."""

import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from brains.llm.base import Answer, CallContext
from daemon.blackboard.records import Observation
from daemon.blackboard.sqlite.engine import SqliteEngine, open_board
from daemon.core.errors import BudgetExceededError
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.models import BudgetSettings, LlmSettings
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.clock import InstantClock
from tests.fakes.llm import TEXT, VENDORS, Attempts, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import OPENAI, FakeProviderServer, Fault, Rule

UNBOUND = BudgetSettings(daily_usd=None, monthly_usd=None, per_item_usd=None)


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


async def board(home: Path, clock: InstantClock, boot: str = "boot1") -> SqliteEngine:
    ids = TimeSortedIds(clock.now, random.Random(1))
    return await open_board(home=home, clock=clock, ids=ids, boot_id=boot)


async def post(engine: SqliteEngine) -> CallContext:
    """An item, and a step of it."""
    posted = await engine.post([Observation("A plant", TEXT)], source_id=None, by="test")
    return CallContext(item_id=posted[0].item_id, round=0, epoch=2, attempts=Attempts())


async def ask_on(engine: SqliteEngine, settings: LlmSettings, asker: CallContext, clock: InstantClock) -> Answer[Any]:
    ledger = BoardLedger(engine=engine, budget=UNBOUND)
    async with open_desk(settings, ledger=ledger, clock=clock) as desk:
        return await desk.gateway.ask(extract_request(), asker)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_an_answer_outlives_the_process(server: FakeProviderServer, tmp_path: Path, vendor: str) -> None:
    """The board is closed and opened again; the same question is answered from it, and nothing is paid."""
    clock, settings = InstantClock(), llm_settings({"m": model(server, vendor)})
    answers = []
    async with await board(tmp_path, clock) as engine:
        asker = await post(engine)
        answers.append(await ask_on(engine, settings, asker, clock))
    async with await board(tmp_path, clock, "boot2") as engine:
        answers.append(await ask_on(engine, settings, asker, clock))
    with closing(sqlite3.connect(tmp_path / "blackboard.db")) as file:
        found = file.execute("SELECT status, prompt_tokens, completion_tokens, cost_micro > 0 FROM calls").fetchall()
    given = server.stats.tokens
    assert found == [("ok", given.prompt, given.completion, 1)]
    assert answers[0].value == answers[1].value
    assert len(server.stats.log) == 1


async def test_the_boards_budget_stops_a_call_before_it_is_sent(server: FakeProviderServer, tmp_path: Path) -> None:
    """Nothing reaches the provider; the day's end is told."""
    clock = InstantClock()
    budget = BudgetSettings(daily_usd=0.0001)
    async with await board(tmp_path, clock) as engine:
        asker = await post(engine)
        ledger = BoardLedger(engine=engine, budget=budget)
        async with open_desk(llm_settings({"m": model(server, OPENAI)}), ledger=ledger, clock=clock) as desk:
            with pytest.raises(BudgetExceededError) as caught:
                await desk.gateway.ask(extract_request(), asker)
    assert caught.value.until is not None
    assert caught.value.until > clock.now()
    assert server.stats.log == []


async def test_a_lost_answer_stays_charged_on_the_board(server: FakeProviderServer, tmp_path: Path) -> None:
    """Four resets leave four reservations: so a fifth call does not fit any more in a budget for four and a half."""
    clock = InstantClock()
    server.rules.append(Rule(fault=Fault.RESET))
    settings = llm_settings({"m": model(server, OPENAI)})
    async with open_desk(settings) as measured:
        with pytest.raises(Exception, match="4 attempts failed"):
            await measured.gateway.ask(extract_request(), CallContext("x", 0, 1, Attempts()))
    reserved = measured.ledger.calls[0].reserved_micro or 0
    server.heal()
    server.rules.append(Rule(fault=Fault.RESET, times=4))
    budget = BudgetSettings(daily_usd=reserved * 4.5 / 1_000_000, monthly_usd=None, per_item_usd=None)
    async with await board(tmp_path, clock) as engine:
        asker = await post(engine)
        ledger = BoardLedger(engine=engine, budget=budget)
        async with open_desk(settings, ledger=ledger, clock=clock) as desk:
            with pytest.raises(Exception, match="4 attempts failed"):
                await desk.gateway.ask(extract_request(), asker)
            with pytest.raises(BudgetExceededError):
                await desk.gateway.ask(extract_request(), CallContext(asker.item_id, 0, 1, Attempts()))
    assert len(server.stats.log) == 8
