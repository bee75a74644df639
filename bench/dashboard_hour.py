"""An hour of a dashboard that is left open, fast-forwarded, on a board that changes meanwhile: does its process grow?

Each page is opened by a session of the real server and each of its live parts drawn as often as an hour has room for,
one after the other without the pauses. Between the pages sessions come and go. What the process holds is noted before,
and after every page.
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import httpx2

from bench.dashboard_server import Served, holdings_of, served
from bench.dashboard_viewers import PAGES, Page, viewer
from bench.dashboard_writing import open_engine
from daemon.blackboard import SqliteEngine
from daemon.blackboard.records import CallStatus, NewCall, Observation, Settlement, Usage
from daemon.blackboard.states import Step

Figures = dict[str, Any]
HOUR_SECONDS: Final = 3600.0
_GUESTS: Final = 5
"""Sessions that come, look at a page and go, after each page."""
WARM_UP: Final = 60
"""How often each live part is drawn before the first look at the process."""
SESSION_FILES: Final = 3
"""Of the event loop that Streamlit makes for each session, and keeps for two minutes after its browser has gone."""
_CHANGE_SECONDS: Final = 0.05
_CACHED: Final = re.compile(r"^cache_memory_bytes\{(?:.*)\} (\d+)", re.MULTILINE)


def simulate(
    home: Path, *, seconds: float = HOUR_SECONDS, pages: Sequence[Page] = PAGES, warm_up: int = WARM_UP
) -> Figures:
    """`{"seconds", "drawn", "items_meanwhile", "faults", "held": [{"page", "megabytes", "threads", …}]}`.

    The first of `held` is what the process held after a warm-up. `seconds` of simulated time for each page.
    """
    with served(home) as dashboard:
        return asyncio.run(_simulated(home, dashboard, seconds=seconds, pages=pages, warm_up=warm_up))


async def _simulated(home: Path, dashboard: Served, *, seconds: float, pages: Sequence[Page], warm_up: int) -> Figures:
    held: list[Figures] = []
    drawn, faults, sessions = 0, list[str](), 0
    async with await open_engine(home) as engine:
        changing = asyncio.create_task(_change(engine))
        for page in pages:
            await _stay(dashboard.origin, page, most=warm_up)
            await _come_and_go(dashboard.origin)
            sessions += 1 + _GUESTS
        held.append(_look(dashboard, "after the warm-up", sessions=sessions))
        for page in pages:
            count, wrong = await _stay(dashboard.origin, page, seconds=seconds)
            await _come_and_go(dashboard.origin)
            drawn, faults = drawn + count, [*faults, *wrong]
            sessions += 1 + _GUESTS
            held.append(_look(dashboard, _name_of(page), sessions=sessions))
            print(held[-1], flush=True)
        changing.cancel()
        with suppress(asyncio.CancelledError):
            await changing
        return {"seconds": seconds, "drawn": drawn, "commits": engine.commits, "faults": faults, "held": held}


async def _stay(
    origin: str, page: Page, *, seconds: float = HOUR_SECONDS, most: int | None = None
) -> tuple[int, list[str]]:
    """Keep a page open; how often a part was drawn, and what went wrong."""
    async with viewer(origin) as one:
        await one.open(page)
        drawn = 0
        left = {part: min(int(seconds / every), most or 1_000_000) for part, every in one.rhythm.items()}
        while any(left.values()):
            for part in [part for part, count in left.items() if count and part in one.rhythm]:
                await one.refresh(part)
                left[part] -= 1
                drawn += 1
            left = {part: left.get(part, 0) for part in one.rhythm}
        return drawn, one.faults


async def _come_and_go(origin: str) -> None:
    for number in range(_GUESTS):
        async with viewer(origin) as guest:
            await guest.open(PAGES[number % len(PAGES)])


async def _change(engine: SqliteEngine) -> None:
    """Items come, and go through their steps, some to their death."""
    number = 0
    while True:
        number += 1
        seen = Observation(title=f"News {number}", text="Words. " * 50, url=None, identities=())
        await engine.post([seen], source_id=None, by="bench")
        for claim in await engine.claim(worker_id="w", steps=set(Step), limit=3, lease_seconds=60):
            call = NewCall(
                claim.item.id, "left", "extract", "gemini", "m", request_hash=f"{number}", reserved_micro=900
            )
            call_id = await engine.begin_call(call, caps={})
            await engine.settle_call(call_id, Settlement(CallStatus.OK, Usage(300, 70), cost_micro=140, answer="{}"))
            await engine.advance(claim)
        await asyncio.sleep(_CHANGE_SECONDS)


def _look(dashboard: Served, page: str, *, sessions: int) -> Figures:
    told = httpx2.get(f"{dashboard.origin}/_stcore/metrics", trust_env=False).text
    cached = sum(int(one) for one in _CACHED.findall(told))
    return {
        "page": page,
        **asdict(holdings_of(dashboard.process)),
        "cached_bytes": cached,
        "sessions": sessions,
    }


def _name_of(page: Page) -> str:
    path, query = page
    return "&".join((path or "overview", *(f"{key}={value}" for key, value in query.items())))
