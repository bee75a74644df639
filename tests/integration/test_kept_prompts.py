"""What is kept of a prompt is what the provider was sent: first questions, retries, repairs, sessions, batches."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from brains.llm.base import CallContext
from brains.schemas import Knowledge
from daemon.blackboard.reading.desk_calls import call_in_full
from daemon.blackboard.records import CallKind
from daemon.blackboard.sqlite.engine import SqliteEngine
from daemon.core.redaction import register_secrets
from daemon.core.settings.models import BudgetSettings, LlmSettings
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.batch_bench import open_bench
from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import InstantClock
from tests.fakes.hearing import HearingRule
from tests.fakes.llm import VENDORS, Attempts, Desk, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.provider_wire import WireRequest

UNBOUND = BudgetSettings(daily_usd=None, monthly_usd=None, per_item_usd=None)
FORM = "\n\n[form of the answer: Knowledge]"


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@pytest.fixture
def heard(server: FakeProviderServer) -> list[WireRequest]:
    """Every request, as the server reads it."""
    rule = HearingRule()
    server.rules.append(rule)
    return rule.heard


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    board = await open_for_test(tmp_path / "home")
    yield board
    await board.engine.close()


class Asker:
    """An item on the board, and what its calls tell afterwards."""

    def __init__(self, engine: SqliteEngine, item_id: str) -> None:
        self.engine, self.item_id = engine, item_id
        self.context = CallContext(item_id=item_id, round=0, epoch=2, attempts=Attempts())

    def desk(self, settings: LlmSettings) -> Any:
        ledger = BoardLedger(engine=self.engine, budget=UNBOUND, keep_prompts_days=30)
        return open_desk(settings, ledger=ledger, clock=InstantClock())

    def told(self, count: int) -> list[dict[str, Any]]:
        return [call_in_full(self.engine.path, n, item_id=self.item_id) for n in range(1, count + 1)]


@pytest.fixture
async def asker(board: Board) -> Asker:
    (item_id,) = await board.post("x")
    return Asker(board.engine, item_id)


def is_of(call: dict[str, Any], request: WireRequest) -> bool:
    """What is kept of the call stands in what the server heard; a vendor's own form may add to it."""
    return call["prompt"] in request.prompt and call["system"].removesuffix(FORM) in request.system


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_question_and_its_repair_are_kept_as_they_were_sent(
    server: FakeProviderServer, heard: list[WireRequest], asker: Asker, vendor: str
) -> None:
    """Under one request hash, each with its own words; asked again from the ledger, nothing is added."""
    server.rules.append(Rule(fault=Fault.WRONG_SHAPE, times=1))
    for _ in range(2):
        async with asker.desk(llm_settings({"m": model(server, vendor)})) as desk:
            await desk.gateway.ask(extract_request(), asker.context)
    question, repair = asker.told(2)
    assert (question["prompt"], question["system"]) == (extract_request().prompt, extract_request().system + FORM)
    assert (repair["kind"], len(heard)) == (CallKind.REPAIR, 2)
    assert repair["prompt"] != question["prompt"] != ""
    assert is_of(question, heard[0])
    assert is_of(repair, heard[1])


async def test_a_session_keeps_what_was_said_before(
    server: FakeProviderServer, heard: list[WireRequest], asker: Asker
) -> None:
    """Each turn under its role, the new question last."""
    async with asker.desk(llm_settings({"m": model(server, OPENAI)})) as desk:
        session = _converse(desk, asker)
        for prompt in ("The tramway opened in May.", "The library was closed."):
            await session.ask(prompt, schema=Knowledge, prompt_version="session.v1", max_tokens=500)
    first, second = asker.told(2)
    assert first["prompt"] == "The tramway opened in May."
    said = heard[1].turns[1]
    assert second["prompt"] == (
        f"[user]\nThe tramway opened in May.\n\n[assistant]\n{said}\n\n[user]\nThe library was closed."
    )


def _converse(desk: Desk, asker: Asker) -> Any:
    return desk.gateway.session("extract", context=asker.context, system="You record facts.", brain="left")


async def test_a_secret_of_the_configuration_is_never_kept(server: FakeProviderServer, asker: Asker) -> None:
    """The text had it in; what only looks like a secret, or like a telephone, is content and stays."""
    secret = f"planted-{random.Random(5).getrandbits(64):x}"
    register_secrets([secret])
    text = f"Call +86 138 0013 8000, key sk-ant-api03-abcdefghijklmnop1234: {secret}."
    async with asker.desk(llm_settings({"m": model(server, OPENAI)})) as desk:
        await desk.gateway.ask(extract_request(text), asker.context)
    (call,) = asker.told(1)
    assert text.replace(secret, "***") in call["prompt"]


async def test_a_batched_question_is_kept_before_it_is_sent(server: FakeProviderServer, tmp_path: Path) -> None:
    async with await open_bench(tmp_path / "batched", server, "anthropic") as bench:
        assert await bench.is_pending("1")
        assert server.batches.asked["submit"] == 0
        ((call_id,),) = await bench.calls("id")
        call = call_in_full(bench.board.engine.path, call_id, item_id=bench.items["1"])
    assert (call["status"], call["kind"]) == ("batched", "batch")
    assert "Story 1x" in call["prompt"]
