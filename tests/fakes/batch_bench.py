"""The gateway with its batch economy on a real board, in front of the fake provider, with a clock the test owns."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from brains.llm.base import CallContext
from brains.llm.batch.base import BatchLedger
from brains.llm.batch.economy import BatchEconomy
from brains.llm.gateway import EchelonGateway, build_gateway
from brains.llm.groups import Endpoint
from brains.schemas import Knowledge
from daemon.core.errors import BatchPendingError
from daemon.core.events import Event
from daemon.core.settings.models import BatchSettings, BudgetSettings, LlmSettings
from daemon.resilience.breaker import Breaker
from daemon.resilience.gate import Gate
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.boards import Board, open_for_test
from tests.fakes.llm import Attempts, extract_request, llm_settings, model
from tests.fakes.provider_server import FakeProviderServer
from tests.fakes.stories import story

BATCHES = BatchSettings(enabled=True, collect=30.0, poll=60.0, max_wait=3600.0)
UNBOUND = BudgetSettings(daily_usd=None, monthly_usd=None, per_item_usd=None)

Wrap = Callable[[BoardLedger], BatchLedger]


@dataclass
class BatchBench:
    """One process' life: `crash` gives the next one, on the same board."""

    board: Board
    server: FakeProviderServer
    settings: LlmSettings
    budget: BudgetSettings
    gate: Gate
    gateway: EchelonGateway
    economy: BatchEconomy
    events: list[Event]
    endpoints: Mapping[str, Endpoint]
    items: dict[str, str] = field(default_factory=dict)
    """Item ids by story."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def post(self, *stories: str) -> None:
        """An item for each story."""
        for name, item_id in zip(stories, await self.board.post(*stories), strict=True):
            self.items[name] = item_id

    async def ask(self, name: str, *, urgency: str = "low") -> Knowledge:
        """Ask for the knowledge of a story, as its item's step does. Raises `BatchPendingError` and others."""
        if name not in self.items:
            await self.post(name)
        context = CallContext(self.items[name], 0, 1, Attempts(), urgency=urgency)
        answer = await self.gateway.ask(extract_request(story(int(name))), context)
        assert isinstance(answer.value, Knowledge)
        return answer.value

    async def is_pending(self, name: str) -> bool:
        """Ask; whether the step was told to wait for a batch."""
        try:
            await self.ask(name)
        except BatchPendingError:
            return True
        return False

    async def send(self, *names: str) -> None:
        """Take these into a batch and have it sent."""
        for name in names:
            assert await self.is_pending(name)
        await self.later(BATCHES.collect)

    async def later(self, seconds: float = BATCHES.poll) -> None:
        """Let time pass, and do what is due then."""
        self.board.clock.set(self.board.clock.now() + seconds)
        await self.economy.attend()

    async def calls(self, columns: str = "status, kind") -> list[tuple[Any, ...]]:
        """Columns of all calls, oldest first."""
        return await self.board.rows(f"SELECT {columns} FROM calls ORDER BY id")

    async def crash(self, **changes: Any) -> "BatchBench":
        """The next process on the board as it is left now, after its recovery."""
        await self.gateway.close()
        board = await self.board.crash(boot_id=f"b{random.random()}")
        kept = {"settings": self.settings, "budget": self.budget} | changes
        following = make_bench(board, self.server, **kept)
        following.items = self.items
        await following.economy.recover()
        return following

    async def close(self) -> None:
        """End this process softly; one that has crashed already stays as it is."""
        await self.gateway.close()
        await self.board.engine.close()

    def told(self, type_: str) -> list[Mapping[str, Any]]:
        """The data of the economy's and the gateway's events of that type."""
        return [event.data for event in self.events if event.type == type_]


async def open_bench(
    home: Path, server: FakeProviderServer, vendor: str, *, batch: BatchSettings = BATCHES, **changes: Any
) -> BatchBench:
    """A bench on a fresh board with one model of that vendor."""
    settings = llm_settings({"only": model(server, vendor)}, batch=batch)
    return make_bench(await open_for_test(home), server, settings=settings, **changes)


def make_bench(
    board: Board,
    server: FakeProviderServer,
    *,
    settings: LlmSettings,
    budget: BudgetSettings = UNBOUND,
    wrap: Wrap = lambda ledger: ledger,
) -> BatchBench:
    """A bench on an open board. `wrap` is put around the economy's ledger."""
    events: list[Event] = []
    ledger = BoardLedger(engine=board.engine, budget=budget, now=board.clock.now, keep_prompts_days=30)
    gate = Gate(settings.max_concurrency)
    found: dict[str, Endpoint] = {}

    def economy(endpoints: Mapping[str, Endpoint], breakers: Mapping[str, Breaker]) -> BatchEconomy:
        found.update(endpoints)
        return BatchEconomy(
            settings.batch,
            ledger=wrap(ledger),
            endpoints=endpoints,
            gate=gate,
            breakers=breakers,
            clock=board.clock,
            emit=events.append,
        )

    gateway = build_gateway(
        settings,
        ledger=ledger,
        gate=gate,
        clock=board.clock,
        rng=random.Random(3),
        emit=events.append,
        batch=economy,
    )
    assert isinstance(gateway.batches, BatchEconomy)
    return BatchBench(board, server, settings, budget, gate, gateway, gateway.batches, events, found)
