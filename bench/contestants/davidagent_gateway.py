"""DavidAgent's gateway on a board, with everything that is on by default.

Gate, retries, a fall-back, breakers, a limit of calls at once, budgets; the money is reserved before each call and
settled after it, both written and synced to the disk (`synchronous=full`).
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.contestants.calls import MODEL, SYSTEM, Ask, Load, Verdict, main
from brains.llm.base import CallContext, ModelRequest
from brains.llm.gateway import build_gateway
from daemon.blackboard import open_board
from daemon.blackboard.records import Observation
from daemon.core.clock import SystemClock
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.loading import load_settings
from daemon.core.settings.models import Settings
from daemon.resilience.attempts import LocalAttempts
from daemon.resilience.gate import Gate
from daemon.runtime.bookkeeping import BoardLedger

ITEMS = 500
"""Calls are booked on so many items in turn."""


@asynccontextmanager
async def gateway(load: Load) -> AsyncIterator[Ask]:
    """The gateway and the board it books on; at the end all is written."""
    settings = _settings(load)
    clock, emitter, rng = SystemClock(), Emitter(), random.Random(1)
    engine = await open_board(
        home=load.home, clock=clock, ids=TimeSortedIds(clock.now, rng), boot_id="bench", emitter=emitter
    )
    seen = [Observation(title=f"Item {n}", text="A sentence.") for n in range(ITEMS)]
    items = [posted.item_id for posted in await engine.post(seen, source_id=None, by="bench")]
    ledger = BoardLedger(engine=engine, budget=settings.budget)
    asking = build_gateway(
        settings.llm,
        ledger=ledger,
        gate=Gate(settings.llm.max_concurrency),
        clock=clock,
        rng=rng,
        emit=emitter.emit,
    )

    async def ask(number: int) -> None:
        context = CallContext(item_id=items[number % ITEMS], round=0, epoch=1, attempts=LocalAttempts())
        answer = await asking.ask(_request(load.prompt(number)), context)
        assert isinstance(answer.value, Verdict)

    yield ask
    await asking.close()
    await engine.close()


def _request(prompt: str) -> ModelRequest:
    return ModelRequest(
        task="extract",
        brain="left",
        system=SYSTEM,
        prompt=prompt,
        schema=Verdict,
        prompt_version="bench",
        max_tokens=1024,
    )


def _settings(load: Load) -> Settings:
    model: dict[str, Any] = {
        "provider": "anthropic",
        "model": MODEL,
        "api_key": "test-key-0000",
        "base_url": load.base_url,
    }
    echelon = {"concurrency_limit": 64, "timeout": 60, "max_retries": 3}
    group = {"echelon1": {"models": ["writer"], **echelon}, "echelon2": {"models": ["spare"], **echelon}}
    llm = {
        "max_concurrency": 64,
        "models": {"writer": model, "spare": model},
        "groups": {"left": group, "right": group},
        "stream": {"enabled": load.is_stream},
    }
    budget = {"daily_usd": 1000, "monthly_usd": 1000, "per_item_usd": 1000}
    overrides = {"home": str(load.home), "llm": llm, "budget": budget}
    return load_settings(environ={}, cwd=Path(load.home), overrides=overrides).settings


if __name__ == "__main__":
    main(gateway)
