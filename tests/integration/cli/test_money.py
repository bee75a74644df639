"""`costs`, `budget`, and what `status` says of money."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.api.server import ApiServer
from daemon.blackboard.records import CallKind, CallStatus
from daemon.core.clock import SystemClock
from daemon.core.settings.models import Settings
from daemon.runtime.access import open_access
from tests.fakes.boards import Board, open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.desk import open_still_desk
from tests.fakes.ledgers import Spender, stage_ledger
from tests.fakes.staged_board import seen
from tests.integration.cli.conftest import Command, in_a_process

FIELDS = {
    *("calls", "prompt_tokens", "completion_tokens", "cached_tokens", "cost_usd", "cost_cny", "by_brain", "by_model"),
    *("by_day", "unconfirmed_usd", "cache_write_tokens", "reasoning_tokens", "by_task", "by_source", "by_kind"),
    *("by_status", "cache_saving_usd", "set_aside_usd", "failed_calls", "cancelled_calls", "unconfirmed_calls"),
    *("lines", "dearest_items", "currencies", "before", "since", "until", "waiting_for_budget"),
}


@pytest.fixture
def spent(home: Path) -> dict[str, str]:
    """The home's board with the staged ledger, spent just now; the ids of its items."""

    async def made() -> dict[str, str]:
        board = await open_for_test(home, clock=ManualClock(SystemClock().now()))
        try:
            return await stage_ledger(board)
        finally:
            await board.engine.close()

    return asyncio.run(made())


def rows(home: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(home / "blackboard.db")) as db:
        return db.execute(query).fetchall()


def test_costs_are_those_of_the_ledger_to_the_micro_dollar(
    davidagent: Command, home: Path, spent: dict[str, str]
) -> None:
    document = davidagent("costs", "--json").document
    ((cost, reserved),) = rows(
        home,
        "SELECT sum(cost_micro), sum(CASE WHEN status IN ('sent', 'batched', 'unconfirmed') THEN reserved_micro END)"
        " FROM calls",
    )
    ((charged,),) = rows(home, "SELECT charged_micro FROM spending WHERE scope = 'month'")
    assert round(document["cost_usd"] * 1e6) == cost
    assert round((document["unconfirmed_usd"] + document["set_aside_usd"]) * 1e6) == reserved
    assert cost + reserved == charged


def test_costs_have_every_field_with_and_without_a_board(davidagent: Command) -> None:
    empty = davidagent("costs", "--json").document
    assert set(empty) >= FIELDS
    assert (empty["calls"], empty["cost_cny"], empty["by_source"]) == (0, 0.0, {})
    assert "what_if" not in empty


def test_costs_of_a_day_leave_out_other_days(davidagent: Command, spent: dict[str, str]) -> None:
    days = [davidagent("costs", "--day", day, "--json").document for day in ("today", "yesterday", "2020-02-29")]
    assert sum(one["calls"] for one in days) == 14
    assert days[2]["calls"] == 0
    assert days[2]["since"] == "2020-02-29T00:00:00.000Z"
    assert days[2]["until"] == "2020-03-01T00:00:00.000Z"


def test_costs_are_explained_in_words(davidagent: Command, spent: dict[str, str]) -> None:
    said = davidagent("costs").out
    for words in (
        "The last 1d: 14 calls, $0.0048 (¥0.03)",
        "4,000 of 29,000 tokens in came from the providers' caches, which saved $0.0003",
        "of that: retries $0.0003 (1), repairs $0.0002 (1)",
        "1 call failed, 1 answer had the wrong form, 1 call given up",
        "1 call of unknown outcome: $0.0050 stays charged to the budget",
        "set aside for 2 calls under way: $0.0100",
        "1 call by models whose price is not known; not in the sum",
        "memory embed",
        "sensor read",
        "genai-prices 0.2.3",
        "configuration",
        "(by hand)",
        spent["dear"],
    ):
        assert words in said, words


def test_the_day_before_is_told_to_compare_with(davidagent: Command, home: Path) -> None:
    async def made() -> None:
        board = await open_for_test(home, clock=ManualClock(1_700_000_000.0))
        (item,) = await board.post("one")
        await Spender(board).spend(item, cost=2000)
        await board.clock.advance(86_400)
        await Spender(board).spend(item, cost=3000)
        await board.engine.close()

    asyncio.run(made())
    said = davidagent("costs", "--day", "2023-11-15").out
    assert "2023-11-15 (UTC): 1 call, $0.0030" in said
    assert "the day before: 1 call, $0.0020: 50% more now" in said


def test_what_other_models_would_have_cost_stands_beside(davidagent: Command, spent: dict[str, str]) -> None:
    arguments = ("--what-if", "claude-haiku-5-5", "--what-if", "openai/gpt-5", "--price-in", "1", "--price-out", "10")
    document = davidagent("costs", *arguments, "--json").document
    names = [one["model"] for one in document["what_if"]]
    assert names == ["anthropic/claude-haiku-5-5", "openai/gpt-5", "$1 in, $10 out"]
    own = document["what_if"][2]
    assert set(own) == {"model", "cost_usd", "difference_usd", "by_brain", "price", "assumptions", "assumed"}
    # 25,000 tokens in and 2,300 out of the two brains, and the 1,000 of embeddings and readings that stay.
    assert round(own["cost_usd"] * 1e6) == 25_000 + 10 * 2_300 + 1000
    assert round((own["cost_usd"] - own["difference_usd"]) * 1e6) == 4760
    said = davidagent("costs", *arguments).out
    assert "With $1 in, $10 out: $0.0490 instead of $0.0048, $0.0442 more" in said
    assert "- the same numbers of tokens; another model's tokenizer counts differently" in said


def test_the_same_model_by_its_own_price_costs_what_it_cost(davidagent: Command, home: Path) -> None:
    """To the micro-dollar by which each call was rounded up."""
    from brains.llm.pricing import TablePrice
    from daemon.blackboard.records import Usage

    price = TablePrice(provider="gemini", model="gemini-3.8-flash", base_url=None)

    async def made() -> None:
        board = await open_for_test(home, clock=ManualClock(SystemClock().now()))
        (item,) = await board.post("one")
        for tokens in range(1000, 21_000, 1000):
            usage = Usage(tokens, tokens // 9, cached_tokens=tokens // 3)
            cost = price.cost(usage, at=board.clock.now())
            assert cost is not None
            cached = (usage.cached_tokens, 0)
            await Spender(board).spend(item, cost=cost.micro, tokens=(tokens, tokens // 9), cached=cached)
        await board.engine.close()

    asyncio.run(made())
    (other,) = davidagent("costs", "--what-if", "gemini-3.8-flash", "--json").document["what_if"]
    assert -20 <= round(other["difference_usd"] * 1e6) <= 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--what-if", "openai/gtp-5"), "openai/gpt-5"),
        (("--price-in", "1"), "--price-out"),
        (("--day", "20-11"), "is no day"),
        (("--day", "today", "--since", "1d"), "not both"),
        (("--since", "soon"), "is not a span of time"),
    ],
)
def test_a_question_that_makes_no_sense_is_exit_code_2(
    davidagent: Command, arguments: tuple[str, ...], words: str
) -> None:
    said = davidagent("costs", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1


def test_a_model_of_the_configuration_is_known_by_its_name(
    davidagent: Command, home: Path, spent: dict[str, str], tmp_path: Path
) -> None:
    model = "{provider: openai, model: own, base_url: 'http://127.0.0.1:1/v1', price: {input_mtok: 0, output_mtok: 0}}"
    (tmp_path / "davidagent.yaml").write_text(f"llm: {{models: {{home: {model}}}}}\n")
    (other,) = davidagent("costs", "--what-if", "home", "--json").document["what_if"]
    assert (other["model"], other["cost_usd"]) == ("home", 0.001)


def test_an_item_costs_what_is_known_to_be_spent(davidagent: Command, spent: dict[str, str]) -> None:
    """What its budget is charged with besides (calls under way, calls of unknown outcome) is told apart."""
    items = {one["id"]: one for one in davidagent("items", "--json").document}
    dearest = {one["id"]: one["cost_usd"] for one in davidagent("costs", "--json").document["dearest_items"]}
    assert {name: one["cost_usd"] for name, one in items.items() if one["cost_usd"]} == dearest
    note = items[spent["note"]]
    assert (note["cost_usd"], note["unconfirmed_usd"]) == (0.0, 0.005)
    assert [name for name, one in items.items() if "unconfirmed_usd" in one] == [spent["note"]]
    assert davidagent("show", spent["note"], "--json").document["item"]["unconfirmed_usd"] == 0.005
    assert "$0.00; calls of unknown outcome may have cost $0.0050 more" in davidagent("show", spent["note"]).out
    assert "unknown outcome" not in davidagent("show", spent["dear"]).out


# --- the budget ---


def test_the_budget_of_no_board_is_whole(davidagent: Command) -> None:
    document = davidagent("budget", "--json").document
    assert [(one["scope"], one["left_usd"]) for one in document["scopes"]] == [("day", 5.0), ("month", 100.0)]
    assert set(document) == {"at", "scopes", "per_item_usd", "burn", "forecast", "waiting_items", "short_of"}
    assert davidagent("budget", "show", "--json").document["scopes"] == document["scopes"]


def test_the_budget_is_shown_in_words(davidagent: Command, spent: dict[str, str]) -> None:
    said = davidagent("budget").out
    for words in ("day", "month", "left brain", "$100.00", "an item   at most $0.2500", "forecast", "speed"):
        assert words in said, words


def test_a_cap_is_raised_and_taken_back(davidagent: Command, home: Path) -> None:
    raised = davidagent("budget", "raise", "--daily", "8", "--brain", "left=2.5", "--json").document
    assert raised["changed"] is True
    assert {one["scope"]: one["cap_usd"] for one in raised["scopes"]} == {
        "day": 8.0,
        "month": 100.0,
        "brain:left": 2.5,
    }
    ((kept,),) = rows(home, "SELECT value FROM controls WHERE key = 'budget'")
    assert {scope: cap["usd"] for scope, cap in json.loads(kept).items()} == {"day": 8.0, "brain:left": 2.5}
    assert "* set by hand; configured: day $5.00" in davidagent("budget").out
    assert davidagent("budget", "raise", "--daily", "8", "--json").document["changed"] is False
    assert "The configured caps hold again." in davidagent("budget", "reset").out
    assert rows(home, "SELECT value FROM controls WHERE key = 'budget'") == []


def test_what_waits_for_the_budget_goes_on_when_it_is_raised(davidagent: Command, home: Path) -> None:
    _wait(home, "budget")
    assert "1 item waits for the budget" in davidagent("costs").out
    assert "waiting   1 item for the budget" in davidagent("budget").out
    said = davidagent("budget", "raise", "--monthly", "200").out
    assert "month: $200.00 until" in said
    assert "1 item that waited for the budget may go on.  The next davidagent once or run goes on with it." in said
    assert davidagent("budget", "--json").document["waiting_items"] == 0


def test_a_cap_below_what_is_spent_is_told(davidagent: Command, spent: dict[str, str]) -> None:
    said = davidagent("budget", "raise", "--daily", "0.001")
    assert said.code == 0
    assert "charged already" in said.out


@pytest.mark.parametrize(
    "arguments",
    [(), ("--daily", "-1"), ("--daily", "nan"), ("--daily", "inf"), ("--brain", "x=1"), ("--brain", "left")],
)
def test_a_raise_that_makes_no_sense_is_exit_code_2(
    davidagent: Command, home: Path, arguments: tuple[str, ...]
) -> None:
    said = davidagent("budget", "raise", *arguments)
    assert (said.code, said.out) == (2, "")
    assert not home.exists()


async def test_the_budget_goes_through_a_running_daemon(tmp_path: Path) -> None:
    """The board's lock is held here, so a command that wrote itself would fail."""
    access = open_access(Settings(home=tmp_path))
    async with open_still_desk(tmp_path) as desk:
        desk.access = access
        server = ApiServer(desk, host="127.0.0.1", port=0)
        desk.engine.set_address(await server.start())
        raised = await in_a_process("budget", "raise", "--daily", "9", "--brain", "right=3", "--json", home=tmp_path)
        control = await desk.engine.get_control("budget")
        shown = await in_a_process("budget", "--json", home=tmp_path)
        reset = await in_a_process("budget", "reset", "--json", home=tmp_path)
        await server.stop()
        assert (raised.code, raised.document["changed"]) == (0, True), raised.err
        assert set(json.loads(control or "{}")) == {"day", "brain:right"}
        assert {one["scope"]: one["cap_usd"] for one in shown.document["scopes"]}["brain:right"] == 3.0
        assert reset.document["changed"] is True
        assert await desk.engine.get_control("budget") is None
        assert desk.wakes == 2


# --- status ---


def test_status_tells_how_the_money_stands(davidagent: Command, spent: dict[str, str]) -> None:
    status = davidagent("status", "--json").document
    assert set(status["budget"]) >= {"left_usd", "daily_usd", "spent_usd", "forecast_usd"}
    assert (status["budget"]["daily_usd"], status["budget"]["spent_usd"]) == (5.0, 0.01976)
    assert (status["burn"], status["chaos"], status["pools"]) == ("normal", False, [])
    assert "budget    $4.98 of $5.00 left of the day" in davidagent("status").out


def test_status_warns_when_items_wait_for_the_budget(davidagent: Command, home: Path) -> None:
    """All caps are untouched here, so which one is short is not to be seen."""
    _wait(home, "budget")
    assert "1 item waits for the budget: see davidagent budget\n" in davidagent("status").out
    assert davidagent("budget").out.endswith("waiting   1 item for the budget\n")


def test_the_cap_that_is_used_up_is_the_one_to_raise(davidagent: Command, home: Path, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text("budget: {per_brain_daily_usd: {right: 0}, monthly_usd: 50}\n")
    _wait(home, "budget", "budget")
    command = "davidagent budget raise --brain right=USD\n"
    assert f"2 items wait for the budget: {command}" in davidagent("status").out
    assert f"waiting   2 items for the budget; {command}" in davidagent("budget").out
    (tmp_path / "davidagent.yaml").write_text("budget: {daily_usd: null, per_item_usd: null, monthly_usd: 0}\n")
    assert "davidagent budget raise --monthly USD\n" in davidagent("status").out


def test_status_counts_what_items_wait_for_besides_the_budget(davidagent: Command, home: Path) -> None:
    _wait(home, "breaker", "breaker", "burn", "batch", "turn", "turn")
    said = davidagent("status")
    assert davidagent("status", "--json").document["waiting"] == {"batch": 1, "breaker": 2, "burn": 1, "turn": 2}
    for words in (
        "2 items wait for a provider that is ill, and go on when it answers again",
        "1 item waits until money goes slower, and goes on then: davidagent budget says how fast",
        "1 item waits for the answers of a batch at the provider",
        "2 items wait for a limit of requests, and go on when there is room",
    ):
        assert f"\n{words}\n" in said.out, words
    assert "for the budget" not in said.out


def test_status_expects_no_more_than_the_cap(davidagent: Command, home: Path, tmp_path: Path) -> None:
    """The plain forecast stays in the document."""
    (tmp_path / "davidagent.yaml").write_text("budget: {daily_usd: 0.05}\n")
    _spend(home, cost=49_000)
    said = davidagent("status").out
    assert "$0.0010 of $0.0500 left of the day, at this speed the cap is reached 20" in said
    assert "expected by its end" not in said
    _spend(home, cost=1000)
    assert "$0.00 of $0.0500 left of the day, the cap is reached" in davidagent("status").out
    assert davidagent("status", "--json").document["budget"]["forecast_usd"] >= 0.05


def test_status_warns_while_chaos_is_on(davidagent: Command) -> None:
    davidagent("chaos", "on")
    assert davidagent("status", "--json").document["chaos"] is True
    assert "CHAOS IS ON" in davidagent("status").out
    davidagent("chaos", "off")
    assert "CHAOS" not in davidagent("status").out


async def test_status_believes_a_running_daemon_of_its_burn_rate_and_its_pools(tmp_path: Path) -> None:
    instance = {"endpoint": "a", "is_in": True, "reason": None}
    pool = {
        "pool": "quick",
        "instances": [instance, instance | {"endpoint": "b", "is_in": False, "reason": "it is ill"}],
    }
    async with open_still_desk(tmp_path) as desk:
        await desk.engine.post([seen("one")], source_id=None, by="test")
        await desk.engine.write_vital("burn", json.dumps({"stage": "hold", "reason": "too fast"}))
        await desk.engine.write_vital("pools", json.dumps([pool]))
        desk.engine.set_address("http://127.0.0.1:1")
        status = await in_a_process("status", "--json", home=tmp_path)
        words = await in_a_process("status", home=tmp_path)
        desk.engine.set_address(None)
        rest = await in_a_process("status", "--json", home=tmp_path)
    assert (status.document["burn"], status.document["pools"]) == ("hold", [pool])
    assert "money goes too fast (stage hold)" in words.out
    assert "pools     quick 1 of 2 in rotation (b: it is ill)" in words.out
    assert (rest.document["burn"], rest.document["pools"]) == ("normal", [])


def _wait(home: Path, *causes: str) -> None:
    """An item that waits for each of the causes, and one that does not wait."""

    async def made() -> None:
        now = SystemClock().now()
        board: Board = await open_for_test(home, clock=ManualClock(now))
        await board.post("due", *(f"item {number}" for number in range(len(causes))))
        claims = await board.claim(limit=len(causes))
        for claim, cause in zip(claims, causes, strict=True):
            if cause == "batch":
                await Spender(board).spend(claim.item.id, status=CallStatus.BATCHED, kind=CallKind.BATCH)
            await board.engine.snooze(claim, until=now + 3600, reason=f"waits for {cause}", waits_for=cause)
        await board.engine.close()

    asyncio.run(made())


def _spend(home: Path, *, cost: int) -> None:
    async def made() -> None:
        board = await open_for_test(home, clock=ManualClock(SystemClock().now()))
        await Spender(board).spend(None, cost=cost)
        await board.engine.close()

    asyncio.run(made())
