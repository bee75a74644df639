"""Every figure on a page is the one that the commands say: read off the pages, and compared with `--json`."""

import asyncio
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from daemon.blackboard.records import CallStatus, NewCall, Settlement, Usage
from daemon.blackboard.sqlite.engine import SqliteEngine
from daemon.blackboard.states import State
from daemon.cli.program import run
from dashboard.failures import failure_words
from dashboard.figures import money, number, plain, safe, span, usd
from tests.fakes.clock import ManualClock
from tests.fakes.dashboard import open_app, texts_of
from tests.fakes.staged_board import opened, stage
from tests.fakes.troubled_board import make_trouble

pytestmark = pytest.mark.soak

Open = Callable[..., Any]
Told = Callable[..., Any]
CURRENCY = {"CNY": 7.25}
SEEDED_SECONDS_AGO = 601.0
"""Just over ten minutes, so that an age in whole minutes is the same for a page and a command a little later."""
BREAKERS = [
    {"name": "gemini/flash", "state": "open", "reason": "5 of 8 calls failed", "next_probe_at": 4e9},
    {"name": "anthropic/writer", "state": "closed", "reason": None, "next_probe_at": None},
]


@pytest.fixture(params=[stage, make_trouble], ids=["staged", "troubled"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A board on which much has happened, and which has cost money in every way there is."""
    for name in [name for name in os.environ if name.endswith("_API_KEY") or name.startswith("DAVIDAGENT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    async def seed() -> None:
        async with opened(tmp_path, clock=ManualClock(time.time() - SEEDED_SECONDS_AGO)) as engine:
            await request.param(engine)
            await spend(engine)
            await engine.write_vital("breakers", json.dumps(BREAKERS))

    asyncio.run(seed())
    return tmp_path


@pytest.fixture
def told(home: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """`told("budget")`: the JSON document of a command."""

    def asked(*arguments: str) -> Any:
        capsys.readouterr()
        assert run(["--home", str(home), *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def open_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """A page of the dashboard on that board: `open_page("items", id=…)`."""

    def opened_page(page: str | None = None, **query: str) -> Any:
        st.cache_data.clear()
        app = open_app(home, monkeypatch=monkeypatch, page=page, query=query)
        assert not app.exception
        return app

    return opened_page


async def spend(engine: SqliteEngine) -> None:
    """A call under way, one of unknown outcome, and one of the memory that belongs to no item."""
    for number_of, settlement in enumerate((None, Settlement(CallStatus.UNCONFIRMED, error="the connection broke"))):
        call = NewCall(None, "right", "draft", "anthropic", "m", request_hash=f"h{number_of}", reserved_micro=70_000)
        call_id = await engine.begin_call(call, caps={})
        if settlement is not None:
            await engine.settle_call(call_id, settlement)
    embedded = NewCall(None, "memory", "embed", "gemini", "e", request_hash="h2", reserved_micro=90)
    usage = Usage(input_tokens=1234)
    await engine.settle_call(
        await engine.begin_call(embedded, caps={}), Settlement(CallStatus.OK, usage, cost_micro=61, latency_ms=40)
    )


def test_the_first_page_says_what_status_says(open_page: Open, told: Told) -> None:
    """States, ages, today's calls, tokens and money, caps, level, and what needs a person."""
    app, status, budget = open_page(), told("status"), told("budget")
    assert Counter(one.value for one in app.metric) == Counter(number(count) for count in status["states"].values())
    words = texts_of(app)
    for seconds in status["oldest_age_seconds"].values():
        assert f"oldest {span(seconds)}" in words
    today, day = status["today"], told("costs", "--day", "today")
    assert (today["calls"], today["cost_usd"]) == (day["calls"], day["cost_usd"])
    assert f"**{safe(money(today['cost_usd'], currency=CURRENCY))}**" in words
    assert f"¥{day['cost_cny']:.4f}" in words
    tokens = f"tokens: {number(today['prompt_tokens'])} in, {number(today['completion_tokens'])} out"
    assert f"Calls: {number(today['calls'])}; {tokens}" in words
    shown = [one.text for one in app.get("progress")]
    assert shown == [safe(left_words(one)) for one in budget["scopes"] if one["scope"] in ("day", "month")]
    held = status["states"]["HELD"]
    assert (f"{held} item is held for your decision" in words) is (held == 1)
    for group in told("groups"):
        assert f"{group['count']} dead letter" in words
        assert plain(failure_words(group["group"].partition("/")[0])) in words
    assert ("waits for the budget" in words) is (budget["waiting_items"] > 0)


def test_the_hours_of_the_first_page_are_those_of_the_items(open_page: Open, told: Told) -> None:
    """What was seen, published and buried in the last hours is on the board."""
    (table,) = open_page().get("vega_lite_chart")[0].proto.datasets
    drawn: Counter[str] = Counter()
    for row in convert_arrow_bytes_to_pandas_df(table.data.data).to_dict("records"):
        drawn[row["flow"]] += row["items"]
    states = Counter(one["state"] for one in told("items", "--limit", "500"))
    assert drawn["Seen"] == states.total()
    assert (drawn["Published"], drawn["Dead letters"]) == (states["PUBLISHED"], states["DEAD_LETTER"])


def test_the_list_says_what_items_says(open_page: Open, told: Told) -> None:
    """Of all and of each state: how many, which, from where, and what each cost."""
    for state in ("", *State):
        items = told("items", *(("--state", state) if state else ()), "--limit", "500")
        app = open_page("items", **({"state": state} if state else {}))
        if not items:
            assert not app.dataframe
            continue
        table = app.dataframe[0].value
        assert list(table["cost"]) == [usd(one["cost_usd"]) for one in items]
        assert list(table["source"]) == [one["source"] or "a person" for one in items]
        assert f"{number(len(items))} item{'' if len(items) == 1 else 's'}." in texts_of(app)


def test_the_page_of_an_item_says_what_show_says(open_page: Open, told: Told) -> None:
    """Calls, tokens, cost, latency; their sum, and the sums of each round; how long its story is."""
    for item_id in [one["id"] for one in told("items", "--limit", "500")]:
        document = told("show", item_id)
        app, calls, item = open_page("items", id=item_id), document["calls"], document["item"]
        words = texts_of(app)
        assert plain(f"{usd(item['cost_usd'])}") in words
        if calls:
            check_calls(app.dataframe[0].value, calls)
            sums = {key: number(sum(call[f"{key}_tokens"] for call in calls)) for key in ("prompt", "completion")}
            assert plain(f"Calls: {len(calls)}, tokens in: {sums['prompt']}, tokens out: {sums['completion']}") in words
        for kind, artifacts in groupby(document["artifacts"], key=lambda one: (one["kind"], one["round"])):
            if kind[0] == "draft":
                assert len(list(artifacts)) == 1
                assert plain(round_words([call for call in calls if call["round"] == kind[1]])) in words
        app.toggle(key="item.story.whole").set_value(True).run()
        assert len(app.table[0].value) == len(document["events"])


def check_calls(table: Any, calls: list[dict[str, Any]]) -> None:
    """A row for each call."""
    shown = {"id": "id", "in": "prompt_tokens", "cached": "cached_tokens", "out": "completion_tokens"}
    shown |= {"attempt": "attempt"}
    for column, key in shown.items():
        assert list(table[column]) == [call[key] for call in calls]
    assert list(table["cost"]) == [usd(call["cost_usd"]) for call in calls]
    assert list(table["seconds"].fillna(-1)) == [
        -1 if call["latency_ms"] is None else call["latency_ms"] / 1000 for call in calls
    ]
    assert [cell.partition(" ")[0] for cell in table["status"]] == [call["status"] for call in calls]


def round_words(calls: list[dict[str, Any]]) -> str:
    """What the page says of a round, up to its cost."""
    prompt, completion, latency = (
        sum(call[key] or 0 for call in calls) for key in ("prompt_tokens", "completion_tokens", "latency_ms")
    )
    cost = money(round(sum(call["cost_usd"] or 0 for call in calls), 6), currency=CURRENCY)
    tokens = f"tokens in: {number(prompt)}, tokens out: {number(completion)}"
    return f"This round: {len(calls)} call{'' if len(calls) == 1 else 's'}, {tokens}, {latency / 1000:.1f} s, {cost}"


def test_the_dead_letters_are_those_of_groups_and_cost_what_a_dry_run_says(open_page: Open, told: Told) -> None:
    """Of all, and of each group: how many, what they were charged with, and what a retry may cost."""
    app, groups, states = open_page("dead_letters"), told("groups"), told("status")["states"]
    assert sum(group["count"] for group in groups) == states["DEAD_LETTER"]
    assert f"{states['DEAD_LETTER']} item" in texts_of(app)
    for name in ("charged_usd", "at_most_usd"):
        assert plain(usd(told("retry", "--all", "--dry-run")[name])) in texts_of(app)
    for group in groups:
        dry = told("retry", "--group", group["group"], "--dry-run")
        alone = open_page("dead_letters", group=group["group"])
        words = texts_of(alone)
        assert dry["would_revive"] == group["count"]
        assert plain(f"Charged so far: {money(dry['charged_usd'], currency=CURRENCY)}.") in words
        assert plain(f"At most: {money(dry['at_most_usd'], currency=CURRENCY)}") in words
        if dry["likely_usd"] is not None:
            assert plain(f"likely to cost {money(dry['likely_usd'], currency=CURRENCY)}.") in words
        dead = [one["id"] for one in told("items", "--state", "DEAD_LETTER", "--limit", "500")]
        links = " ".join(one.proto.query_string for one in alone.get("page_link"))
        assert sum(one in links for one in dead) == group["count"]


def test_the_controls_say_what_budget_level_chaos_and_breakers_say(home: Path, open_page: Open, told: Told) -> None:
    """Also after a person has raised a cap, set a level, and turned chaos on."""
    for command in (
        ("budget", "raise", "--daily", "8.5"),
        ("level", "L2", "--for", "2h", "--why", "a show"),
        ("pause",),
    ):
        told(*command)
    told("chaos", "on", "--network-errors", "0.25")
    app, budget, level = open_page("control"), told("budget"), told("level")
    words = texts_of(app)
    capped = [one for one in budget["scopes"] if one["cap_usd"] is not None]
    assert [one.text for one in app.get("progress")] == [safe(left_words(one)) for one in capped]
    for one in budget["scopes"]:
        assert safe(f"{usd(one['spent_usd'])} spent") in words
        for key, said in (("set_aside_usd", "set aside for calls under way"), ("unconfirmed_usd", "unconfirmed")):
            assert one[key] == 0 or safe(f"{usd(one[key])} {said}") in words
    assert (
        safe(f"The cap of the day is set by a person; configured: {usd(budget['scopes'][0]['configured_usd'])}.")
        in words
    )
    (ends,) = re.findall(r"the day \(UTC\) ends at \\\$([\d.,]+)\.", words)
    assert float(ends) == pytest.approx(budget["forecast"]["day_end_usd"], rel=0.02)
    assert (f"{budget['waiting_items']} item waits for the budget." in words) is (budget["waiting_items"] == 1)
    assert f"Level {level['level']}: " in words
    assert level["reason"].removesuffix(".") in words.replace("\\", "")
    assert told("status")["paused"] is True
    assert "**Paused.**" in words
    assert told("chaos")["on"] is True
    assert "CHAOS IS ON" in words
    for breaker in told("status")["breakers"]:
        assert plain(breaker["name"]) in words
        assert breaker["reason"] is None or plain(breaker["reason"]) in words


def test_the_memory_page_says_what_memory_says(home: Path, open_page: Open, told: Told) -> None:
    """Before it was ever filled, and after."""
    del home
    for _ in range(2):
        app, memory = open_page("memory"), told("memory")
        shown = {one.label: one.value for one in app.main.metric}
        assert shown["Posts remembered"] == number(memory["remembered"])
        assert shown["Waiting to enter"] == number(memory["waiting"])
        assert shown["Embedding model"] == memory["model"]
        assert f"of {number(memory['published'])} published" in texts_of(app)
        assert memory["remembered"] == memory["size"]
        told("memory", "rebuild")
    (found,) = told("memory", "search", "a post of words", "--limit", "5") or [None]
    searched = texts_of(open_page("memory", q="a post of words"))
    assert found is None or plain(f"{found['score']:.2f}") in searched
    assert ("Nothing is known of that." in searched) is (found is None)


def left_words(scope: Mapping[str, Any]) -> str:
    """What stands at the bar of a cap."""
    brain = scope["scope"].partition(":")[2]
    name = f"the {brain} brain's day" if brain else f"the {scope['scope']}"
    return f"{usd(scope['left_usd'])} of {usd(scope['cap_usd'])} left of {name}"
