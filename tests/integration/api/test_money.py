"""Costs and the budget through the API."""

import json

import httpx2
import pytest

from daemon.api.app import create_app
from tests.fakes.desk import StillDesk
from tests.fakes.staged_board import Staged

FAR = {"since": "3650d"}


async def test_costs_are_compared_with_other_models(api: httpx2.AsyncClient, staged: Staged) -> None:
    query = {**FAR, "what_if": ["gpt-5", "claude-haiku-5-5"], "price_in": 1, "price_out": 2}
    document = (await api.get("/api/costs", params=query)).json()
    assert [one["model"] for one in document["what_if"]] == [
        *("openai/gpt-5", "anthropic/claude-haiku-5-5", "$1 in, $2 out")
    ]
    assert document["what_if"][2]["cost_usd"] == 0.00014


async def test_costs_of_one_day(api: httpx2.AsyncClient, staged: Staged) -> None:
    day = (await api.get("/api/costs", params={"day": "2026-09-21"})).json()
    other = (await api.get("/api/costs", params={"day": "2026-09-22"})).json()
    assert (day["calls"], other["calls"]) == (1, 0)
    assert other["before"]["calls"] == 1


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"what_if": "gtp-5"}, "openai/gpt-5"),
        ({"price_in": 1}, "both"),
        ({"price_in": "inf", "price_out": 1}, "finite"),
        ({"day": "never"}, "is no day"),
        ({"day": "today", "since": "1d"}, "not both"),
    ],
)
async def test_a_question_that_makes_no_sense_is_a_problem(
    api: httpx2.AsyncClient, query: dict[str, str], words: str
) -> None:
    answer = await api.get("/api/costs", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


async def test_the_budget_is_shown_raised_and_reset(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    shown = (await api.get("/api/budget")).json()
    assert [(one["scope"], one["cap_usd"]) for one in shown["scopes"]] == [("day", 5.0), ("month", 100.0)]
    body = {"daily_usd": 8, "per_brain_daily_usd": {"left": 2, "sensor": 0.5}}
    raised = (await api.post("/api/budget", json=body)).json()
    assert (raised["changed"], raised["woken"], raised["warnings"], desk.wakes) == (True, 0, [], 1)
    assert {one["scope"]: one["cap_usd"] for one in raised["scopes"]} == {"day": 8.0, "month": 100.0} | {
        "brain:left": 2.0,
        "brain:sensor": 0.5,
    }
    assert set(json.loads(await desk.engine.get_control("budget") or "{}")) == {"day", "brain:left", "brain:sensor"}
    reset = (await api.post("/api/budget/reset")).json()
    assert (reset["changed"], reset["scopes"][0]["cap_usd"]) == (True, 5.0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"daily_usd": -1},
        {"daily_usd": "much"},
        {"per_brain_daily_usd": {"third": 1}},
        {"yearly_usd": 1},
        {"daily_usd": 1e9},
    ],
)
async def test_a_budget_that_is_none_is_refused(
    desk: StillDesk, api: httpx2.AsyncClient, body: dict[str, object]
) -> None:
    answer = await api.post("/api/budget", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert await desk.engine.get_control("budget") is None


def test_the_routes_are_described(desk: StillDesk) -> None:
    paths = create_app(desk).openapi()["paths"]
    assert set(paths["/api/budget"]) == {"get", "post"}
    assert set(paths["/api/budget/reset"]) == {"post"}
    asked = {one["name"] for one in paths["/api/costs"]["get"]["parameters"]}
    assert asked == {"since", "day", "what_if", "price_in", "price_out"}
