"""A process that spends as fast as it can, until it is killed or may not; run as a script.

`bare`: a thousand tasks book calls on the board without a model behind them; a line is written for each verb that has
returned. `gateway`: a thousand items are asked about at once, through the gateway and a vendor's SDK; at the end it
writes how many were answered and how many wait.
"""

import asyncio
import json
import os
import random
import sys
from collections import Counter
from itertools import count
from pathlib import Path

from brains.llm.base import CallContext
from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.records import CallStatus, Settlement
from daemon.core.clock import SystemClock
from daemon.core.errors import BudgetExceededError
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.models import BudgetSettings, LlmSettings, ModelSettings
from daemon.runtime.bookkeeping import BoardLedger
from tests.fakes.boards import call, seen
from tests.fakes.llm import TEXT, Attempts, extract_request, llm_settings, open_desk

AT_ONCE = 1000
RESERVED = 400
"""Micro-dollars: the limit of the answer's tokens at a dollar for a million."""
PRICE = {"input_mtok": 0, "output_mtok": 1}
GATE = 3


def book(engine: SqliteEngine, *, cap_micro: int) -> BoardLedger:
    """A ledger with the day's cap alone."""
    budget = BudgetSettings(daily_usd=cap_micro / 1_000_000, monthly_usd=None, per_item_usd=None)
    return BoardLedger(engine=engine, budget=budget)


async def board(home: Path, *, boot: str) -> SqliteEngine:
    """The board of the spree."""
    clock = SystemClock()
    return await open_board(home=home, clock=clock, ids=TimeSortedIds(clock.now, random.Random(boot)), boot_id=boot)


async def items(engine: SqliteEngine) -> list[str]:
    """The same thousand items at every start."""
    posted = await engine.post([seen(f"n{number}") for number in range(AT_ONCE)], source_id=None, by="t")
    return [one.item_id for one in posted]


def settings(url: str) -> LlmSettings:
    """One model at the fake provider."""
    model = ModelSettings(
        provider="openai", model="m", api_key="k", base_url=f"{url}/v1", price=PRICE, max_tokens=RESERVED
    )
    return llm_settings({"m": model}, max_concurrency=GATE)


async def spend_bare(home: Path, *, cap_micro: int, boot: str) -> None:
    """Book, and settle at a part of what was set aside, without end."""
    engine = await board(home, boot=boot)
    ledger, rng = book(engine, cap_micro=cap_micro), random.Random(boot)

    async def spend(item_id: str) -> None:
        for number in count():
            try:
                call_id = await ledger.begin_call(call(item_id, request_hash=f"{number}", reserved=RESERVED))
            except BudgetExceededError:
                continue
            os.write(1, f"begun {call_id}\n".encode())
            cost = rng.randrange(1, RESERVED)
            await ledger.settle_call(call_id, Settlement(CallStatus.OK, cost_micro=cost, answer="{}"))
            os.write(1, f"settled {call_id} {cost}\n".encode())

    await asyncio.gather(*map(spend, await items(engine)))


async def ask_all(home: Path, *, cap_micro: int, boot: str, url: str) -> None:
    """Ask about every item at once, each with a text of its own."""
    async with await board(home, boot=boot) as engine:
        ledger = book(engine, cap_micro=cap_micro)
        async with open_desk(settings(url), ledger=ledger, clock=SystemClock()) as desk:

            async def ask(number: int, item_id: str) -> str:
                context = CallContext(item_id=item_id, round=0, epoch=1, attempts=Attempts())
                try:
                    await desk.gateway.ask(extract_request(f"{TEXT} It is item number {number}."), context)
                except BudgetExceededError:
                    return "waits"
                return "answered"

            ids = await items(engine)
            outcomes = await asyncio.gather(*(ask(number, item_id) for number, item_id in enumerate(ids)))
    os.write(1, f"{json.dumps(Counter(outcomes))}\n".encode())


if __name__ == "__main__":
    mode, folder, cap, boot_id, *rest = sys.argv[1:]
    if mode == "bare":
        asyncio.run(spend_bare(Path(folder), cap_micro=int(cap), boot=boot_id))
    else:
        asyncio.run(ask_all(Path(folder), cap_micro=int(cap), boot=boot_id, url=rest[0]))
