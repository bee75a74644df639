"""A thousand calls at once against a cap that pays for fifty, killed in the middle: nothing over it, nothing lost."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from brains.llm.base import CallContext
from daemon.blackboard import SqliteEngine
from daemon.blackboard.reading import BoardReader
from daemon.core.errors import BudgetExceededError, RetriesExhaustedError
from daemon.core.settings.models import CircuitBreakerSettings, FallbackSettings, LlmSettings
from tests.fakes.boards import call
from tests.fakes.llm import Attempts, extract_request, open_desk
from tests.fakes.processes import ProviderProcess, provider_process, wait_for
from tests.fakes.provider_server import FakeProviderServer, Fault, Rule
from tests.recovery import spending_spree
from tests.recovery.spending_spree import AT_ONCE, GATE, RESERVED, board, book, items, settings

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
PAYS_FOR = 50
CAP = PAYS_FOR * RESERVED


def _start(*arguments: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", spending_spree.__name__, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def _kill_after(child: "subprocess.Popen[bytes]", *, lines: int) -> list[list[str]]:
    """Let it acknowledge so much, kill it; answers all it acknowledged."""
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(lines)]
    child.kill()
    rest, _ = child.communicate()
    assert child.returncode < 0, "the kill came too late to mean anything"
    return [line.decode().split() for line in [*said, *rest.splitlines(keepends=True)] if line.endswith(b"\n")]


class Account:
    """What the board says of the money, in micro-dollars."""

    def __init__(self, home: Path) -> None:
        self._reader = BoardReader(home / "blackboard.db")
        costs = self._reader.costs(since=0)
        self.spent = round(costs["cost_usd"] * 1_000_000)
        self.unconfirmed = round(costs["unconfirmed_usd"] * 1_000_000)

    @property
    def charged(self) -> int:
        """What counts against the cap."""
        return self.spent + self.unconfirmed


async def _use_up(engine: SqliteEngine, item_id: str) -> int:
    """Book calls of a single micro-dollar until the cap is reached; answers how many there was room for."""
    ledger, room = book(engine, cap_micro=CAP), 0
    try:
        while True:
            await ledger.begin_call(call(item_id, reserved=1))
            room += 1
    except BudgetExceededError:
        return room


@pytest.mark.slow
async def test_a_killed_ledger_leaves_the_whole_remainder(tmp_path: Path) -> None:
    """What was acknowledged is spent, what was under way is unconfirmed, the rest is there to the micro-dollar."""
    told = _kill_after(_start("bare", tmp_path, CAP, "boot1"), lines=150)
    settled = {int(line[1]): int(line[2]) for line in told if line[0] == "settled"}
    assert len(settled) >= 50
    async with await board(tmp_path, boot="boot2") as engine:
        account = Account(tmp_path)
        assert account.charged <= CAP
        assert account.spent >= sum(settled.values())
        assert account.unconfirmed % RESERVED == 0
        assert account.unconfirmed > 0
        (first, *_) = await items(engine)
        assert await _use_up(engine, first) == CAP - account.charged


@pytest.fixture
def provider(tmp_path: Path) -> Any:
    with provider_process(tmp_path, latency=0.05) as running:
        yield running


def _tokens(provider: ProviderProcess) -> int:
    """What the provider gave out, which at this price is what it costs in micro-dollars."""
    return int(provider.stats()["tokens"]["completion"])


@pytest.mark.slow
async def test_a_killed_gateway_never_spends_over_the_cap(tmp_path: Path, provider: ProviderProcess) -> None:
    """By the provider's own count; the second process spends the remainder and lets the others wait."""
    home = tmp_path / "home"
    child = _start("gateway", home, CAP, "boot1", provider.url)
    wait_for(lambda: _is_in_the_middle(provider))
    child.kill()
    child.communicate()
    assert child.returncode < 0, "the kill came too late to mean anything"
    async with await board(home, boot="audit"):
        cut_off = Account(home)
    assert RESERVED <= cut_off.unconfirmed <= 2 * GATE * RESERVED
    assert cut_off.spent <= _tokens(provider) <= cut_off.charged < CAP
    ended = _start("gateway", home, CAP, "boot2", provider.url)
    outcomes = json.loads(ended.communicate()[0])
    account = Account(home)
    assert outcomes["answered"] + outcomes["waits"] == AT_ONCE
    assert account.unconfirmed == cut_off.unconfirmed
    assert cut_off.spent < account.spent <= _tokens(provider) <= account.charged <= CAP
    assert CAP - account.charged < RESERVED


def _is_in_the_middle(provider: ProviderProcess) -> bool:
    stats = provider.stats()
    return stats["by_outcome"].get("answered", 0) >= 8 and stats["in_flight"] > 0


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


async def _ask_all(engine: SqliteEngine, llm: LlmSettings) -> list[BaseException | object]:
    """A question about each item at once; retries come without waiting."""
    async with open_desk(llm, ledger=book(engine, cap_micro=CAP)) as desk:
        contexts = [CallContext(item_id=one, round=0, epoch=1, attempts=Attempts()) for one in await items(engine)]
        asking = (desk.gateway.ask(extract_request(), context) for context in contexts)
        return await asyncio.gather(*asking, return_exceptions=True)


async def test_a_thousand_calls_at_once_spend_at_most_the_cap(tmp_path: Path, server: FakeProviderServer) -> None:
    """The ledger and the provider agree to the token, and no call more would have fitted."""
    async with await board(tmp_path, boot="boot1") as engine:
        outcomes = await _ask_all(engine, settings(server.url))
        account = Account(tmp_path)
        assert account.spent == server.stats.tokens.completion <= CAP
        assert CAP - account.spent < RESERVED
        assert (account.unconfirmed, len(server.stats.log)) == (0, server.stats.count("answered"))
        waiting = [one for one in outcomes if isinstance(one, BudgetExceededError)]
        assert len(waiting) == AT_ONCE - len(server.stats.log)
        assert all(one.until is not None for one in waiting)


async def test_a_storm_of_timeouts_cannot_pass_the_cap(tmp_path: Path, server: FakeProviderServer) -> None:
    """Every call stays charged with all it may have cost: so as many are booked as the cap pays for, and no more."""
    server.rules.append(Rule(fault=Fault.HANG))
    async with await board(tmp_path, boot="boot1") as engine:
        outcomes = await _ask_all(engine, _impatient(settings(server.url)))
        account = Account(tmp_path)
        assert (account.spent, account.unconfirmed) == (0, CAP)
        assert PAYS_FOR / 2 < len(server.stats.log) <= PAYS_FOR
        assert Counter(map(type, outcomes)) == {
            RetriesExhaustedError: PAYS_FOR,
            BudgetExceededError: AT_ONCE - PAYS_FOR,
        }
        (first, *_) = await items(engine)
        assert await _use_up(engine, first) == 0


def _impatient(llm: LlmSettings) -> LlmSettings:
    """Calls are given up soon, without retries, and no breaker ends the storm."""
    group = llm.groups["left"]
    echelon = group.echelons["echelon1"].model_copy(update={"timeout": 0.2, "max_retries": 0})
    fallback = FallbackSettings(circuit_breaker=CircuitBreakerSettings(failure_threshold=10 * AT_ONCE))
    stormy = group.model_copy(update={"echelons": {"echelon1": echelon}, "fallback_config": fallback})
    return llm.model_copy(update={"groups": {"left": stormy}, "max_concurrency": 10})
