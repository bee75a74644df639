"""A board as it is after years: a million items, three million calls, ten million events, made in a few minutes.

The rows are what the engine would have written, put in without it. `python -m bench.big_board HOME [--items N]`.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.big_board_people import add_people
from daemon.blackboard import open_board
from daemon.blackboard.budgets import periods
from daemon.blackboard.sqlite.files import BOARD_NAME
from daemon.core.clock import SystemClock
from daemon.core.ids import TimeSortedIds

DAYS = 120
SOURCES = 300
FAILURES = 40
_AT_ONCE = 20_000
_DAY = 86_400.0
_WORDS = (
    *("bridge", "harbour", "model", "council", "battery", "kelp", "sensor", "mayor", "orbit", "vaccine", "tariff"),
    *("compiler", "river", "museum", "startup", "budget", "satellite", "glacier", "网络", "芯片", "卫星", "疫苗"),
)
_MODELS = (
    ("left", "extract", "gemini", "gemini-3.8-flash", 3_000, 700, 1_400),
    ("right", "draft", "anthropic", "claude-sonnet-5-5", 4_000, 900, 26_000),
    ("left", "review", "gemini", "gemini-3.8-flash", 5_000, 500, 1_600),
)
_STATES = (("PUBLISHED", 0.93), ("DISCARDED", 0.06), ("DEAD_LETTER", 0.004), ("HELD", 0.001), ("QUEUED", 0.005))
_STEPS = ("INGESTING", "DRAFTING", "REVIEWING", "PUBLISHING")

Row = tuple[Any, ...]


def main() -> None:
    """Make one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args()
    started = time.monotonic()
    make_big_board(options.home, items=options.items)
    size = (options.home / BOARD_NAME).stat().st_size
    print(f"{options.items:,} items in {time.monotonic() - started:.0f} s, {size / 1e9:.1f} GB")


def make_big_board(home: Path, *, items: int, now: float | None = None) -> None:
    """Fill a fresh board in `home`; three calls and ten events for each item, the newest of them now.

    Without the statistics of ANALYZE, which nobody makes on a board in use.
    """
    home.mkdir(parents=True, exist_ok=True)
    asyncio.run(_create(home))
    board = sqlite3.connect(home / BOARD_NAME)
    board.execute("PRAGMA synchronous = OFF")
    board.execute("PRAGMA cache_size = -400000")
    filling = _Filling(items=items, now=now or time.time())
    with board:
        board.executemany(_SOURCE, filling.sources())
    for first in range(0, items, _AT_ONCE):
        numbers = range(first, min(items, first + _AT_ONCE))
        with board:
            board.executemany(_ITEM, (filling.item(number) for number in numbers))
            board.executemany(_OBSERVATION, (filling.observation(number) for number in numbers))
            board.executemany(_ARTIFACT, (row for number in numbers for row in filling.artifacts(number)))
            board.executemany(_CALL, (row for number in numbers for row in filling.calls(number)))
            board.executemany(_EVENT, (row for number in numbers for row in filling.events(number)))
    with board:
        board.executemany(_SPENDING, filling.spending())
    add_people(board)
    board.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    board.close()


async def _create(home: Path) -> None:
    clock = SystemClock()
    ids = TimeSortedIds(clock.now, random.Random(1))
    async with await open_board(home=home, clock=clock, ids=ids, boot_id="big"):
        pass


_SOURCE = """
INSERT INTO sources (id, kind, address, name, origin, created_at, last_fetch_at, last_success_at)
VALUES (?, 'rss', ?, ?, 'added', ?, ?, ?)
"""
_ITEM = """
INSERT INTO items (
    id, state, title, url, source_id, round, attempts, epoch, available_at, died_in, held_in, reason, error,
    failure_group, cost_micro, created_at, updated_at, finalized_at, remembered_at
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_OBSERVATION = "INSERT INTO observations (item_id, text, language) VALUES (?, ?, 'en')"
_ARTIFACT = "INSERT INTO artifacts (item_id, kind, round, model, content, created_at) VALUES (?, ?, 0, ?, ?, ?)"
_CALL = """
INSERT INTO calls (
    item_id, brain, task, provider, model, request_hash, attempt, round, epoch, status, prompt_tokens,
    completion_tokens, cached_tokens, reserved_micro, cost_micro, price_source, latency_ms, first_token_ms, answer,
    error, started_at, ended_at
)
VALUES (?, ?, ?, ?, ?, ?, 1, 0, 1, ?, ?, ?, ?, ?, ?, 'genai-prices', ?, ?, ?, ?, ?, ?)
"""
_EVENT = "INSERT INTO events (at, type, item_id, from_state, to_state, data) VALUES (?, ?, ?, ?, ?, ?)"
_SPENDING = "INSERT INTO spending (scope, period, charged_micro) VALUES (?, ?, ?)"


class _Filling:
    """The rows, by the number of the item they belong to: the same number gives the same rows."""

    def __init__(self, *, items: int, now: float) -> None:
        self._items = items
        self._start = now - DAYS * _DAY
        self._step = DAYS * _DAY / items
        at = iter(range(items))
        ids = TimeSortedIds(lambda: self._start + next(at) * self._step, random.Random(2))
        self._ids = [ids() for _ in range(items)]
        self._charged: dict[tuple[str, str], int] = {}

    def sources(self) -> Iterator[Row]:
        """Feeds."""
        for number in range(1, SOURCES + 1):
            address = f"https://feed-{number}.example.org/rss.xml"
            yield number, address, f"Feed {number}", self._start, self._at(self._items - 1), self._at(self._items - 1)

    def item(self, number: int) -> Row:
        """One item."""
        state, at = self._state(number), self._at(number)
        is_over = state in {"PUBLISHED", "DISCARDED"}
        died_in = _STEPS[number % 3] if state == "DEAD_LETTER" else None
        error = f"CallTimeoutError: no answer within 60 s (case {number % FAILURES})" if died_in else None
        group = f"CallTimeoutError at case {number % FAILURES}" if died_in else None
        return (
            *(self._ids[number], state, self._title(number), f"https://example.org/{number}", number % SOURCES + 1),
            *(0, 4 if died_in else 0, 4, at, died_in, "REVIEWING" if state == "HELD" else None),
            *("checked; waits for approval" if state == "HELD" else None, error, group, 29_000),
            *(at, at + 90, at + 90 if is_over else None, at + 95 if state == "PUBLISHED" else None),
        )

    def observation(self, number: int) -> Row:
        """Some hundred characters of text."""
        return self._ids[number], f"{self._title(number)}. " * 6

    def artifacts(self, number: int) -> Iterator[Row]:
        """Knowledge, draft, review and post of what is published."""
        if self._state(number) != "PUBLISHED":
            return
        title = self._title(number)
        knowledge = {"language": "en", "gist": title, "claims": [{"statement": title, "evidence": title}] * 3}
        draft = {"language": "en", "title": title, "summary": title, "body": title * 8, "topics": []}
        review = {"passed": True, "faults": [], "evidence": [], "sentences_checked": 8, "judged_by": "grounding"}
        post = self._post(number, draft=draft)
        for kind, content in (("knowledge", knowledge), ("draft", draft), ("review", review), ("post", post)):
            yield self._ids[number], kind, _MODELS[0][3], json.dumps(content), self._at(number) + 60

    def _post(self, number: int, *, draft: dict[str, Any]) -> dict[str, Any]:
        """As `publish.compose.post_content` writes one."""
        said = {name: draft[name] for name in ("language", "title", "summary", "body")}
        origin = {"source": f"Feed {number % SOURCES + 1}", "link": f"https://example.org/{number}", "author": None}
        made = {"models": [_MODELS[1][3]], "cost_usd": 0.029, "is_digest": False, "claims": [], "tags": []}
        names = {"item_id": self._ids[number], "slug": f"post-{number}", "published_at": self._at(number) + 60}
        return names | said | origin | made

    def calls(self, number: int) -> Iterator[Row]:
        """Three, of which one in fifty failed."""
        at = self._at(number)
        for place, (brain, task, provider, model, prompt, completion, micro) in enumerate(_MODELS):
            is_failed = (number * 3 + place) % 50 == 0
            status, cost, error = ("error", 0, "ServerFaultError: 503") if is_failed else ("ok", micro, None)
            self._charge(at, brain=brain, micro=cost)
            yield (
                *(self._ids[number], brain, task, provider, model, f"{number:x}-{place}", status),
                *((0, 0, 0) if is_failed else (prompt + number % 500, completion + number % 90, number % 1_000)),
                *(micro * 20, cost, 2_000 + number % 3_000, 400 + number % 600),
                *(
                    None if is_failed else json.dumps({"text": self._title(number) * 5}),
                    error,
                    at + place,
                    at + place + 3,
                ),
            )

    def events(self, number: int) -> Iterator[Row]:
        """Ten: posted, then for each of three steps claimed, settled, advanced."""
        at, item_id = self._at(number), self._ids[number]
        yield at, "item_posted", item_id, None, "QUEUED", json.dumps({"title": self._title(number), "by": "sensor"})
        states = ("QUEUED", *_STEPS)
        for place, (brain, task, provider, model, prompt, completion, micro) in enumerate(_MODELS):
            was, to, then = states[place], states[place + 1], states[place + 2]
            told = {"brain": brain, "task": task, "provider": provider, "model": model, "status": "ok"}
            figures = {"prompt_tokens": prompt, "completion_tokens": completion, "cost_usd": micro / 1e6}
            yield at + place * 20, "item_claimed", item_id, was, to, '{"by":"0"}'
            yield at + place * 20 + 9, "call_settled", item_id, None, None, json.dumps(told | figures)
            last = self._state(number) if place == len(_MODELS) - 1 else then
            yield at + place * 20 + 10, "item_advanced", item_id, to, last, "{}"

    def spending(self) -> Iterator[Row]:
        """The sums of the calls that were made; call it last."""
        for (scope, period), micro in self._charged.items():
            yield scope, period, micro

    def _charge(self, at: float, *, brain: str, micro: int) -> None:
        for key in periods(at, brain=brain).items():
            self._charged[key] = self._charged.get(key, 0) + micro

    def _state(self, number: int) -> str:
        share = (number * 0.6180339887) % 1
        for state, part in _STATES:
            if share < part:
                return state
            share -= part
        return "PUBLISHED"

    def _title(self, number: int) -> str:
        words = (_WORDS[number // len(_WORDS) ** place % len(_WORDS)] for place in range(5))
        return f"{' '.join(words)} {number}"

    def _at(self, number: int) -> float:
        return self._start + number * self._step


if __name__ == "__main__":
    main()
