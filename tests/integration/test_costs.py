"""What the ledger says of a stretch of time, on a real board."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.budget import read_accounts
from daemon.blackboard.reading.costs import Window, read_costs, read_tokens
from daemon.blackboard.records import CallStatus
from tests.fakes.boards import Board, open_for_test
from tests.fakes.ledgers import Spender, stage_ledger

DAY = 86_400.0
NOON = 1_790_000_000.0 // DAY * DAY + DAY / 2
CURRENCY = {"CNY": 7.25, "EUR": 0.9}


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home")
    await opened.clock.advance(NOON - opened.clock.now())
    yield opened
    await opened.engine.close()


@pytest.fixture
async def items(board: Board) -> dict[str, str]:
    return await stage_ledger(board)


def costs(board: Board, *, since: float = NOON - 1, until: float = NOON + 1) -> dict[str, Any]:
    window = Window(since, until)
    return read_costs(board.engine.path, window=window, currency=CURRENCY, now=board.clock.now())


async def test_spent_unconfirmed_and_set_aside_are_what_the_budget_counts(board: Board, items: dict[str, str]) -> None:
    """To the micro-dollar, for the day, the month and each brain."""
    document = costs(board)
    charged = read_accounts(board.engine.path, now=NOON, is_running=False).charged
    kinds = ("cost_usd", "unconfirmed_usd", "set_aside_usd")
    assert [round(document[kind] * 1e6) for kind in kinds] == [4760, 5000, 10_000]
    assert charged["day"] == charged["month"] == 19_760
    assert sum(micro for scope, micro in charged.items() if scope.startswith("brain:")) == 19_760


@pytest.mark.parametrize("parts", ["by_brain", "by_task", "by_model", "by_status", "by_source", "by_day", "lines"])
async def test_the_parts_of_every_split_make_up_the_whole(board: Board, items: dict[str, str], parts: str) -> None:
    document = costs(board)
    found = document[parts].values() if isinstance(document[parts], dict) else document[parts]
    for key in ("calls", "prompt_tokens", "completion_tokens", "cached_tokens"):
        assert sum(one[key] for one in found) == document[key], key
    assert sum(round(one["cost_usd"] * 1e6) for one in found) == 4760


async def test_each_kind_of_call_has_its_line(board: Board, items: dict[str, str]) -> None:
    """Retries are told beside the kinds, among which they are counted already."""
    by_kind = costs(board)["by_kind"]
    assert {kind: (one["calls"], one["cost_usd"]) for kind, one in by_kind.items() if kind != "call"} == {
        "repair": (1, 0.0002),
        "hedge": (1, 0.00015),
        "batch": (2, 0.00005),
        "retries": (1, 0.0003),
    }
    assert by_kind["call"]["calls"] + 4 == 14


async def test_embeddings_and_readings_are_lines_of_their_own(board: Board, items: dict[str, str]) -> None:
    document = costs(board)
    lines = {(one["brain"], one["task"]): one["cost_usd"] for one in document["lines"]}
    assert lines["memory", "embed"] == 0.0004
    assert lines["sensor", "read"] == 0.0006
    assert document["by_source"]["(no item)"]["calls"] == 2


async def test_sources_are_told_by_name(board: Board, items: dict[str, str]) -> None:
    document = costs(board)
    assert {name: one["cost_usd"] for name, one in document["by_source"].items()} == {
        "(by hand)": 0.0,
        "(no item)": 0.001,
        "Example": 0.00376,
    }


async def test_the_dearest_items_come_first(board: Board, items: dict[str, str]) -> None:
    assert costs(board)["dearest_items"] == [
        {"id": items["dear"], "title": "dear", "calls": 4, "cost_usd": 0.0035},
        {"id": items["cheap"], "title": "cheap", "calls": 4, "cost_usd": 0.00026},
    ]


async def test_what_went_wrong_is_counted(board: Board, items: dict[str, str]) -> None:
    document = costs(board)
    counts = ("failed_calls", "malformed_calls", "unconfirmed_calls", "cancelled_calls", "unpriced_calls", "open_calls")
    assert [document[name] for name in counts] == [1, 1, 1, 1, 1, 2]


async def test_a_model_tells_where_its_prices_came_from(board: Board, items: dict[str, str]) -> None:
    by_model = costs(board)["by_model"]
    assert by_model["m"]["price_sources"] == ["genai-prices 0.2.3"]
    assert by_model["writer"]["price_sources"] == ["configuration"]
    assert by_model["unpriced"]["price_sources"] == []
    assert {name: one["unpriced_calls"] for name, one in by_model.items() if one["unpriced_calls"]} == {"unpriced": 1}


async def test_caching_tells_what_it_saved(board: Board, items: dict[str, str]) -> None:
    document = costs(board)
    assert (document["cached_tokens"], document["cache_saving_usd"]) == (4000, 0.0003)


async def test_money_is_told_in_every_currency(board: Board, items: dict[str, str]) -> None:
    document = costs(board)
    assert document["cost_cny"] == 0.03451
    assert document["currencies"] == {"CNY": 0.03451, "EUR": 0.004284}


async def test_a_window_leaves_out_what_was_before_and_after(board: Board) -> None:
    spender = Spender(board)
    (item,) = await board.post("one")
    for cost in (1, 10, 100):
        await spender.spend(item, cost=cost)
        await board.clock.advance(DAY)
    day = costs(board, since=NOON + DAY / 2, until=NOON + 1.5 * DAY)
    assert (day["calls"], round(day["cost_usd"] * 1e6)) == (1, 10)
    assert day["by_day"][0]["day"] == "2026-09-22"


async def test_the_time_before_is_there_to_compare_with(board: Board) -> None:
    (item,) = await board.post("one")
    for cost in (1, 10):
        await Spender(board).spend(item, cost=cost)
        await board.clock.advance(DAY)
    second = costs(board, since=NOON + DAY / 2, until=NOON + 1.5 * DAY)
    assert (second["before"]["calls"], second["before"]["cost_usd"]) == (1, 0.000001)
    assert costs(board, since=NOON - DAY / 2, until=NOON + DAY / 2)["before"] is None


async def test_items_that_wait_for_the_budget_are_counted_until_their_time(board: Board) -> None:
    await board.post("one", "two", "three")
    claims = await board.claim()
    await board.engine.snooze(claims[0], until=NOON + 3600, reason="the day's budget", waits_for="budget")
    await board.engine.snooze(claims[1], until=NOON + 3600, reason="breaker", waits_for="breaker")
    assert costs(board)["waiting_for_budget"] == 1
    await board.clock.advance(3600)
    assert costs(board)["waiting_for_budget"] == 0


async def test_a_board_without_calls_costs_nothing(board: Board) -> None:
    document = BoardReader(board.engine.path).costs(since=0)
    assert (document["calls"], document["cost_usd"], document["cost_cny"]) == (0, 0.0, None)
    assert document["by_kind"]["retries"]["calls"] == 0
    assert (document["by_day"], document["dearest_items"], document["by_source"]) == ([], [], {})


async def test_two_sources_of_one_name_stay_apart(board: Board) -> None:
    from daemon.blackboard.records import NewSource

    for number in (1, 2):
        new = NewSource(kind="rss", address=f"https://example.org/{number}", name="Same")
        source = await board.engine.add_source(new, by="test")
        (item,) = await board.post(f"item {number}", source_id=source.id)
        await Spender(board).spend(item)
    assert list(costs(board)["by_source"]) == ["Same (source 1)", "Same (source 2)"]


async def test_the_tokens_of_answered_calls_are_read_by_length_of_the_prompt(
    board: Board, items: dict[str, str]
) -> None:
    read = read_tokens(board.engine.path, window=Window(NOON - 1, NOON + 1))
    short = {row["brain"]: row for row in read(86_400, -1, 9000)}
    long = {row["brain"]: row for row in read(86_400, 9000, 2**62)}
    assert (short["right"]["prompt_tokens"], short["right"]["cost_micro"]) == (9000, 2000)
    assert list(long) == ["left"]
    assert (long["left"]["prompt_tokens"], long["left"]["cached_tokens"]) == (10_000, 4000)
    assert short["left"]["unpriced_calls"] == 1
    assert (short["left"]["batch_calls"], short["left"]["tokenless_calls"]) == (1, 0)


async def test_a_call_under_way_is_no_answered_one(board: Board) -> None:
    (item,) = await board.post("one")
    await Spender(board).spend(item, status=CallStatus.SENT)
    assert list(read_tokens(board.engine.path, window=Window(0, NOON + 1))(86_400, -1, 2**62)) == []


@pytest.mark.parametrize("query", ["ledger_sums", "sums_by_origin", "total_between", "tokens_between"])
async def test_the_sums_never_read_a_row_of_calls(board: Board, query: str) -> None:
    """The answers in the rows are long: a million calls must not mean gigabytes to read."""
    names = ("since", "until", "items", "bucket", "above", "upto")
    with closing(sqlite3.connect(board.engine.path)) as db:
        plan = db.execute(f"EXPLAIN QUERY PLAN {load_queries('read_costs')[query]}", dict.fromkeys(names, 1))
        lines = [row[3] for row in plan if "calls" in row[3]]
    assert lines
    assert all(re.search("COVERING INDEX calls_(by_time|readings)", line) for line in lines), lines


async def test_waiting_items_are_found_without_looking_at_the_queue(board: Board) -> None:
    with closing(sqlite3.connect(board.engine.path)) as db:
        query = load_queries("read_costs")["items_waiting"]
        lines = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", {"now": 1.0})]
    assert not [line for line in lines if line.startswith("SCAN")]
    assert any("items_available (state=? AND available_at>?)" in line for line in lines), lines
