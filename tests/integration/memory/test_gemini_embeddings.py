"""The memory with vectors of a provider: the real SDK, a real board as the ledger, a real Chroma."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from brains.llm.embedding import BookedEmbeddings, Purpose, tokens_by_characters
from brains.llm.embedding_models import DEFAULT_MODEL, DIMENSIONS, build_embeddings
from brains.memory.base import Memory, Remembered
from brains.memory.building import build_memory
from daemon.core.clock import SystemClock
from daemon.core.errors import BreakerOpenError, BudgetExceededError, ConfigError
from daemon.core.events import Event
from daemon.core.settings.models import BudgetSettings, LlmSettings, MemorySettings, ModelSettings, PriceSettings
from daemon.resilience.gate import Gate
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.boards import Board, call, open_for_test
from tests.fakes.chroma_server import require_chroma
from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.provider_wire import WireRequest

require_chroma()

SOLAR = Remembered("06solar", "Solar farms set a record", "Solar plants delivered 47.3% of the load.", 10.5)
FISH = Remembered("06fish", "Herring return", "Fishermen saw herring in the bay for the first time in years.", 30.0)


class Listening(Rule):
    """A rule that applies to nothing and keeps what it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[Mapping[str, Any]] = []

    def matches(self, request: WireRequest) -> bool:
        self.bodies.append(request.body)
        return False


@dataclass
class Desk:
    """A memory, what it stands on, and what it said."""

    board: Board
    server: FakeProviderServer
    home: Path
    gate: Gate = field(default_factory=lambda: Gate(3))
    events: list[Event] = field(default_factory=list)
    opened: list[Memory] = field(default_factory=list)

    def embeddings(self, *, budget: BudgetSettings | None = None, **changes: Any) -> BookedEmbeddings:
        values = {"provider": "gemini", "model": DEFAULT_MODEL, "api_key": "key-0000", "base_url": self.server.url}
        built = build_embeddings(
            MemorySettings(embeddings="gemini"),
            LlmSettings(models={"vectors": ModelSettings(**{**values, **changes})}),
            ledger=BoardLedger(engine=self.board.engine, budget=budget or BudgetSettings()),
            gate=self.gate,
            clock=SystemClock(),
            rng=random.Random(1),
            emit=self.events.append,
        )
        assert built is not None
        return built

    def memory(self, *, timeout: float = 10.0, **changes: Any) -> Memory:
        memory = build_memory(
            MemorySettings(embeddings="gemini", timeout=timeout),
            home=self.home,
            clock=SystemClock(),
            emit=self.events.append,
            embeddings=self.embeddings(**changes),
        )
        self.opened.append(memory)
        return memory

    def said(self) -> list[str]:
        return [event.type for event in self.events]

    async def calls(self, columns: str) -> list[tuple[Any, ...]]:
        return await self.board.rows(f"SELECT {columns} FROM calls ORDER BY id")

    async def charged(self) -> int:
        rows = await self.board.rows("SELECT charged_micro FROM spending WHERE scope = 'day'")
        return int(rows[0][0]) if rows else 0


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    board = await open_for_test(tmp_path)
    async with FakeProviderServer() as server:
        found = Desk(board, server, tmp_path)
        yield found
        for memory in found.opened:
            await memory.close()
    await board.engine.close()


async def test_what_is_remembered_is_recalled_and_every_token_is_booked(desk: Desk) -> None:
    """Two calls of the brain `memory` that belong to no item, priced by the table, equal to the provider's counters."""
    memory = desk.memory()
    assert await memory.remember([SOLAR, FISH])
    recall = await memory.recall("who saw herring again?", limit=1)
    assert [one.item_id for one in recall.memories] == ["06fish"]
    rows = await desk.calls("item_id, brain, task, provider, model, status, prompt_tokens, completion_tokens")
    said = ("memory", "embed", "gemini", DEFAULT_MODEL, "ok")
    tokens = [entry.tokens.prompt for entry in desk.server.stats.log]
    assert rows == [(None, *said, count, 0) for count in tokens]
    assert len(rows) == 2
    assert (memory.status(), desk.said()) == ("ok", [])
    # $0.20 for a million tokens, rounded up for each call.
    assert await desk.charged() == sum(-(-count * 20 // 100) for count in tokens)


@pytest.mark.parametrize(
    ("model", "purpose", "parameter", "start"),
    [
        ("gemini-embedding-001", Purpose.DOCUMENT, "RETRIEVAL_DOCUMENT", "some"),
        ("gemini-embedding-001", Purpose.QUERY, "RETRIEVAL_QUERY", "some"),
        ("gemini-embedding-2", Purpose.DOCUMENT, None, "title: none | text: some"),
        ("gemini-embedding-2", Purpose.QUERY, None, "task: search result | query: some"),
    ],
)
async def test_each_model_is_told_the_purpose_in_its_own_way(
    desk: Desk, model: str, purpose: Purpose, parameter: str | None, start: str
) -> None:
    """And every text is a request of its own, of the wanted size; vectors have length one, a blank text costs none."""
    listening = Listening()
    desk.server.rules.append(listening)
    embeddings = desk.embeddings(model=model)
    vectors = await embeddings.vectors(["some words", " ", "some others"], purpose=purpose, timeout=5)
    await embeddings.close()
    assert [len(vector) for vector in vectors] == [DIMENSIONS] * 3
    assert [round(sum(value * value for value in vector), 6) for vector in vectors] == [1.0, 0.0, 1.0]
    (asked,) = listening.bodies
    assert [one["content"]["parts"][0]["text"] for one in asked["requests"]] == [
        f"{start} words",
        f"{start} others",
    ]
    assert {one.get("taskType") for one in asked["requests"]} == {parameter}
    assert {one["outputDimensionality"] for one in asked["requests"]} == {DIMENSIONS}


async def test_a_provider_that_tells_no_tokens_is_booked_by_characters(desk: Desk) -> None:
    """And the price says so."""
    embeddings = desk.embeddings(model="gemini-embedding-001")
    await embeddings.vectors(["eight characters and 开源芯片"], purpose=Purpose.QUERY, timeout=5)
    await embeddings.close()
    ((tokens, price),) = await desk.calls("prompt_tokens, price")
    assert tokens == tokens_by_characters("eight characters and 开源芯片") == 6 + 4
    assert json.loads(price)["tokens"] == "counted by characters"


async def test_a_price_of_ones_own_wins_over_the_table(desk: Desk) -> None:
    embeddings = desk.embeddings(price=PriceSettings(input_mtok=1000.0, output_mtok=0.0))
    await embeddings.vectors(["a few words"], purpose=Purpose.QUERY, timeout=5)
    await embeddings.close()
    assert await desk.charged() == desk.server.stats.tokens.prompt * 1000


async def test_over_the_cap_nothing_is_known_nothing_fails_and_it_catches_up(desk: Desk) -> None:
    """No request leaves; the memory says why; the next day it goes on, and says that too."""
    await desk.board.engine.begin_call(replace(call(""), item_id=None, reserved_micro=1000), caps={})
    memory = desk.memory(budget=BudgetSettings(daily_usd=0.001))
    assert not await memory.remember([SOLAR])
    recall = await memory.recall("solar", limit=1)
    assert (recall.memories, recall.is_degraded, memory.status()) == ((), True, "degraded")
    assert desk.said() == ["memory_degraded"]
    assert "budget" in desk.events[0].data["reason"]
    assert await memory.size() == 0
    assert memory.status() == "degraded", "the store answers, but its vectors cannot be paid"
    assert (desk.server.stats.log, len(await desk.calls("id"))) == ([], 1)
    desk.board.clock.set(desk.board.clock.now() + 86_400)
    assert await memory.remember([SOLAR])
    assert [one.item_id for one in (await memory.recall("solar", limit=1)).memories] == ["06solar"]
    assert desk.said() == ["memory_degraded", "memory_restored"]


async def test_the_brain_memory_can_have_a_budget_of_its_own(desk: Desk) -> None:
    embeddings = desk.embeddings(budget=BudgetSettings(per_brain_daily_usd={"memory": 0.0}))
    with pytest.raises(BudgetExceededError):
        await embeddings.vectors(["some words"], purpose=Purpose.QUERY, timeout=5)
    await embeddings.close()


@pytest.mark.parametrize(
    ("rule", "status", "is_charged"),
    [
        (Rule(fault=Fault.STATUS, status=503), "error", False),
        (Rule(fault=Fault.STATUS, status=429, retry_after=7), "error", False),
        (Rule(fault=Fault.BAD_KEY), "error", False),
        (Rule(fault=Fault.HANG), "unconfirmed", True),
        (Rule(fault=Fault.GARBAGE_BODY), "unconfirmed", True),
        (Rule(fault=Fault.RESET), "unconfirmed", True),
    ],
)
async def test_a_fault_degrades_the_memory_and_is_booked_as_what_it_is(
    desk: Desk, rule: Rule, status: str, *, is_charged: bool
) -> None:
    """What may have been paid stays charged; the provider comes back and so does the memory."""
    desk.server.rules.append(rule)
    memory = desk.memory(timeout=0.5)
    await memory.size()
    assert (await memory.recall("solar", limit=1)).is_degraded
    assert [row[0] for row in await desk.calls("status")] == [status]
    assert (await desk.charged() > 0) == is_charged
    assert desk.said()[0] == "memory_degraded"
    desk.server.heal()
    assert not (await memory.recall("solar", limit=1)).is_degraded
    assert desk.said()[-1] == "memory_restored"


async def test_a_sick_provider_is_left_alone(desk: Desk) -> None:
    """After enough faults nothing is sent and nothing is booked; its change is told."""
    desk.server.rules.append(Rule(fault=Fault.STATUS, status=500))
    memory = desk.memory()
    for _ in range(20):
        assert (await memory.recall("solar", limit=1)).is_degraded
    assert len(desk.server.stats.log) == len(await desk.calls("id")) == 5
    assert desk.said().count("breaker_changed") == 1
    embeddings: Any = memory._embeddings  # type: ignore[attr-defined]
    with pytest.raises(BreakerOpenError):
        await embeddings.vectors(["solar"], purpose=Purpose.QUERY, timeout=5)


async def test_who_gives_up_waiting_cancels_the_request_and_it_is_booked(desk: Desk) -> None:
    desk.server.rules.append(Rule(fault=Fault.HANG))
    embeddings = desk.embeddings()
    asking = asyncio.create_task(embeddings.vectors(["solar"], purpose=Purpose.QUERY, timeout=60))
    await desk.server.until(lambda stats: stats.in_flight == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await desk.server.until(lambda stats: stats.in_flight == 0)
    await embeddings.close()
    assert await desk.calls("status, cost_micro") == [("unconfirmed", None)]
    assert desk.gate.in_flight == 0


async def test_nothing_is_paid_for_a_store_that_is_dead(desk: Desk) -> None:
    """The store's own breaker is asked first."""
    (desk.home / "memory").mkdir()
    (desk.home / "memory" / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    memory = desk.memory()
    for _ in range(10):
        assert (await memory.recall("solar", limit=1)).is_degraded
    assert len(desk.server.stats.log) <= 2


async def test_the_gate_holds_for_vectors_too(desk: Desk) -> None:
    desk.gate = Gate(2)
    desk.server.latency = 0.05
    embeddings = desk.embeddings()
    await asyncio.gather(*(embeddings.vectors([f"text {n}"], purpose=Purpose.QUERY, timeout=5) for n in range(8)))
    await embeddings.close()
    assert desk.server.stats.max_in_flight == 2


def test_the_packaged_model_needs_no_provider() -> None:
    nothing: Any = None
    built = build_embeddings(
        MemorySettings(), LlmSettings(), ledger=nothing, gate=nothing, clock=nothing, rng=nothing, emit=nothing
    )
    assert built is None


def test_without_a_key_the_settings_are_refused() -> None:
    nothing: Any = None
    with pytest.raises(ConfigError, match=r"memory\.embeddings: gemini needs a model"):
        build_embeddings(
            MemorySettings(embeddings="gemini"),
            LlmSettings(),
            ledger=nothing,
            gate=nothing,
            clock=nothing,
            rng=nothing,
            emit=nothing,
        )
