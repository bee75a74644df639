"""The page on costs: each of its figures is the one that the commands say of the same time."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from daemon.cli.program import run
from dashboard import figures
from tests.fakes.boards import open_for_test
from tests.fakes.clock import ManualClock
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.ledgers import Spender, stage_ledger
from tests.fakes.processes import write_config

pytestmark = pytest.mark.soak

DAY = 86_400.0
OTHER = "anthropic/claude-haiku-5-5"
STRANGE = {"provider": "openai", "model": "nobody-knows", "base_url": "http://127.0.0.1:9/v1", "api_key": "test-0000"}
OWN = {**STRANGE, "model": "our-own", "price": {"input_mtok": 2.0, "output_mtok": 8.0}}
GROUP = {"echelon1": {"models": ["own", "strange"]}}
SETTINGS = {
    "llm": {"models": {"strange": STRANGE, "own": OWN}, "groups": {"left": GROUP, "right": GROUP}},
    "budget": {"daily_usd": 0.05, "per_item_usd": 0.05},
    "memory": {"mode": "off"},
}
SUMS = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens", "cost_usd")

Open = Callable[..., Any]
Told = Callable[..., Any]


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """The page on the home of the test, which is the working folder, too: `open_page(days="1")`."""
    monkeypatch.chdir(tmp_path)
    write_config(tmp_path, SETTINGS)

    def opened(*, locale: str = "en-US", **query: Any) -> Any:
        app = open_app(tmp_path, monkeypatch=monkeypatch, page="economics", query=query, locale=locale)
        assert not app.exception
        return app

    return opened


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """What a command says as JSON, on the same home and with the same settings."""

    def asked(*arguments: str) -> Any:
        capsys.readouterr()
        assert run(["--home", str(tmp_path), *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def spent(tmp_path: Path) -> dict[str, str]:
    """A little two days ago; a bit of everything today, of which one item waits for the budget; ids by name."""

    async def made() -> dict[str, str]:
        board = await open_for_test(tmp_path, clock=ManualClock(time.time() - 2 * DAY))
        (old,) = await board.post("a report of the day before yesterday")
        await Spender(board).spend(old, cost=7_000, brain="right", task="draft", model="writer", tokens=(900, 90))
        await board.clock.advance(2 * DAY - 1)
        items = await stage_ledger(board)
        for claim in await board.claim():
            await board.engine.snooze(claim, until=4e9, reason="the day's budget", waits_for="budget")
        await board.engine.close()
        return items | {"old": old}

    return asyncio.run(made())


def metrics(app: Any) -> list[tuple[str, str]]:
    return [(one.label, one.value.replace("\\", "")) for one in app.metric]


def in_figures(document: Any) -> list[tuple[str, str]]:
    """The large figures of a document of `davidagent costs`."""
    tokens = [figures.number(document[key]) for key in ("prompt_tokens", "completion_tokens")]
    money, calls = figures.usd(document["cost_usd"]), figures.number(document["calls"])
    return list(zip(("Cost", "Calls", "Tokens in", "Tokens out"), (money, calls, *tokens), strict=True))


def table(app: Any, first: str, second: str = "cost_usd") -> list[dict[str, Any]]:
    """The rows of the table with these columns at its begin."""
    frames = [one.value for one in app.dataframe]
    (found,) = [one for one in frames if [first, second] == [*one.columns[:2]] and "difference_usd" not in one.columns]
    rows: list[dict[str, Any]] = found.to_dict("records")
    return rows


def elsewhere(app: Any) -> dict[str, dict[str, Any]]:
    """What other models would have cost, by their names."""
    (found,) = [one.value for one in app.dataframe if "difference_usd" in one.value.columns]
    return {row["model"]: row for row in found.to_dict("records")}


def drawn(app: Any) -> list[dict[str, Any]]:
    """The parts of the bars."""
    (data,) = app.get("vega_lite_chart")[0].proto.datasets
    rows: list[dict[str, Any]] = convert_arrow_bytes_to_pandas_df(data.data.data).to_dict("records")
    return rows


def words_of(app: Any) -> str:
    return texts_of(app).replace("\\", "")


def test_each_figure_of_today_is_that_of_the_command(open_page: Open, told: Told, spent: dict[str, str]) -> None:
    """Sums, what was paid twice, what is open, and the time before; of the hours their sum is that of the day."""
    app, costs = open_page(days="1"), told("costs", "--day", "today")
    assert metrics(app) == in_figures(costs)
    words = words_of(app)
    for kind, name in (("retries", "retries"), ("repair", "repairs of the form"), ("batch", "at their lower price")):
        one = costs["by_kind"][kind]
        assert f"{name} {figures.usd(one['cost_usd'])} ({one['calls']}×)" in words
    assert figures.in_currency(costs["cost_cny"], name="CNY", rate=1.0) in words
    assert f"{costs['cached_tokens']:,} cached" in words
    assert f"{costs['failed_calls']} failed" in words
    assert f"caches saved {figures.usd(costs['cache_saving_usd'])}" in words
    assert f"{costs['open_calls']} calls under way: {figures.usd(costs['set_aside_usd'])}" in words
    assert f"{costs['unconfirmed_calls']} call of unknown outcome stays charged" in words
    assert figures.usd(costs["unconfirmed_usd"]) in words
    assert "No call the day before." in words
    assert costs["before"] is None
    assert "a day in UTC: it began" in words
    assert "price of **unpriced** is not known: 1 call is in no sum" in words


def test_each_part_of_a_week_is_that_of_the_command(open_page: Open, told: Told, spent: dict[str, str]) -> None:
    """The days hold every call there is, as the last seven days of the command do."""
    app, costs = open_page(days="7", by="task"), told("costs", "--since", "7d")
    assert metrics(app)[4:] == in_figures(costs)
    for kind, name in (("brain", {"left brain": "left", "right brain": "right"}), ("model", {})):
        rows = {name.get(row[kind], row[kind]): row for row in table(app, kind)}
        for part, sums in costs[f"by_{kind}"].items():
            if part in rows:
                assert {key: rows[part][key] for key in SUMS} == {key: sums[key] for key in SUMS}
        assert len(rows) == len(costs[f"by_{kind}"])
        assert sum(row["cost_usd"] for row in rows.values()) == pytest.approx(costs["cost_usd"])
        assert sum(row["share"] for row in rows.values()) == pytest.approx(1, abs=0.001)
    assert {row["model"]: row["price_sources"] for row in table(app, "model")} == {
        name: ", ".join(one["price_sources"]) for name, one in costs["by_model"].items()
    }
    sources = {row["source"]: row["cost_usd"] for row in table(app, "source")}
    assert list(sources.values()) == sorted((one["cost_usd"] for one in costs["by_source"].values()), reverse=True)
    assert sources["Example"] == costs["by_source"]["Example"]["cost_usd"]
    assert [row["calls"] for row in table(app, "task")] == [
        one["calls"] for one in sorted(costs["by_task"].values(), key=lambda one: (-one["cost_usd"], -one["calls"]))
    ]
    assert sum(row["value"] for row in drawn(app)) == pytest.approx(costs["cost_usd"])
    words = words_of(app)
    for one in costs["dearest_items"]:
        assert f"{figures.usd(one['cost_usd'])}, {one['calls']} call" in words
    titles = [one.label.removeprefix(":primary[").removesuffix("]") for one in app.get("page_link")]
    assert [figures.plain(one["title"]) for one in costs["dearest_items"]] == titles[-len(costs["dearest_items"]) :]


def test_the_budget_is_that_of_the_command(open_page: Open, told: Told, spent: dict[str, str]) -> None:
    """Caps, what stands against them, the speed, both forecasts, and what waits."""
    budget, app = told("budget"), open_page()
    words, bars = words_of(app), [one.text.replace("\\", "") for one in app.get("progress")]
    day, month = budget["scopes"][:2]
    for scope, name in ((day, "day"), (month, "month")):
        assert f"{figures.usd(scope['left_usd'])} of {figures.usd(scope['cap_usd'])} left of the {name}" in bars
        assert f"{figures.usd(scope['spent_usd'])} spent" in words
        assert f"{figures.usd(scope['set_aside_usd'])} set aside for calls under way" in words
        assert f"{figures.usd(scope['unconfirmed_usd'])} unconfirmed" in words
    ahead = budget["forecast"]
    assert f"If each later day costs {figures.usd(ahead['per_day_usd'])}" in words
    assert f"the month ends at {figures.usd(ahead['month_end_usd'])}" in words
    # The rest of the day goes on like the last hour, so it shrinks from second to second.
    said = words.partition("the day (UTC) ends at $")[2].split()[0].rstrip(".")
    assert float(said) == pytest.approx(ahead["day_end_usd"], rel=0.02)
    assert "Money goes too fast" not in words
    assert f"{budget['waiting_items']} items wait for the budget." in words
    assert ("The cap is reached at " in words) is (ahead["cap_reached_at"] is not None)
    assert "tokens. A usual minute of the hour before: " in words


def test_elsewhere_it_costs_what_the_command_says(open_page: Open, told: Told, spent: dict[str, str]) -> None:
    """Models of the configuration, and one that the address names; what has no price is named loudly."""
    app = open_page(days="1", **{"with": [OTHER, "nobody/knows-it"]})
    costs = told("costs", "--day", "today", "--what-if", "own", "--what-if", OTHER)
    rows = elsewhere(app)
    assert rows["As it was"]["cost_usd"] == costs["cost_usd"]
    assert rows["As it was"]["right_usd"] == costs["by_brain"]["right"]["cost_usd"]
    for one in costs["what_if"]:
        row = rows[one["model"]]
        assert (row["cost_usd"], row["difference_usd"]) == (one["cost_usd"], one["difference_usd"])
        assert row["left_usd"] == one["by_brain"]["left"]["cost_usd"]
        assert row["output_mtok"] == one["price"]["output_mtok"]
    assert set(rows) == {"As it was", "offline", "own", OTHER}
    words = words_of(app)
    assert "another model's tokenizer counts differently" in words
    assert "the full price also for 1 call that went through a batch" in words
    assert {row["name"]: row["price_source"] for row in table(app, "name", "model")} == {
        "strange": "",
        "own": "your configuration",
        "offline": "free: runs in this process",
    }
    assert "The price of **strange** is not known: its calls are in no sum" in words
    (choice,) = app.multiselect
    choice.set_value([OTHER, "openai/gpt-5"]).run()
    assert app.query_params["with"] == [OTHER, "openai/gpt-5"]
    assert "openai/gpt-5" in elsewhere(app)


def test_what_is_chosen_stands_in_the_address(open_page: Open, spent: dict[str, str]) -> None:
    app = open_page(days="1")
    assert "The last 24 hours" in words_of(app)
    app.selectbox(key="economics.field.by").set_value("model").run()
    app.button_group(key="economics.field.days").set_value(30).run()
    assert app.query_params == {"days": "30", "by": "model"}
    assert "The last 30 days" in words_of(app)
    assert len(json.loads(app.get("vega_lite_chart")[0].proto.spec)["encoding"]["x"]["scale"]["domain"]) == 30
    assert {row["part"] for row in drawn(app)} >= {"writer", "m"}


def test_a_quiet_desk_has_sentences_and_no_empty_charts(tmp_path: Path, open_page: Open) -> None:
    """Without a board, and with one on which nothing was called; in Chinese, too."""
    assert "There is no board yet" in words_of(open_page())

    async def made() -> None:
        board = await open_for_test(tmp_path, clock=ManualClock(time.time()))
        await board.engine.close()

    asyncio.run(made())
    app = open_page(locale="zh-CN")
    words = words_of(app)
    assert "这段时间没有调用模型。" in words
    assert "预算与速度" in words
    assert not app.get("vega_lite_chart")
    assert not app.multiselect
