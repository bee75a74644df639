"""The level, shown and set through the API."""

import time
from datetime import datetime
from typing import Any

import httpx2
import pytest

from daemon.core.events import Event
from daemon.resilience.chosen_level import LEVEL_SET
from tests.fakes.desk import StillDesk


async def test_it_is_normal_at_first(api: httpx2.AsyncClient) -> None:
    found = (await api.get("/api/admin/level")).json()
    assert {key: found[key] for key in ("level", "by", "until", "automatic", "leaves_at")} == {
        "level": "L0",
        "by": "auto",
        "until": None,
        "automatic": "L0",
        "leaves_at": None,
    }


async def test_a_stranger_neither_sees_nor_sets_it(desk: StillDesk, stranger: httpx2.AsyncClient) -> None:
    assert (await stranger.get("/api/admin/level")).status_code == 401
    assert (await stranger.post("/api/admin/level", json={"level": "L3"})).status_code == 401
    assert await desk.engine.get_control(LEVEL_SET) is None


async def test_what_is_set_holds_at_once_is_told_and_goes_back_to_auto(
    desk: StillDesk, api: httpx2.AsyncClient
) -> None:
    """With who, why and until when; the health of the desk has it too."""
    told: list[Event] = []
    desk.emitter.listen(told.append)
    body = {"level": "L2", "for": "30m", "why": "on stage"}
    found = (await api.post("/api/admin/level", json=body, headers={"davidagent-client": "dashboard"})).json()
    assert (found["level"], found["by"], found["reason"]) == ("L2", "dashboard", "on stage")
    assert 1790 < datetime.fromisoformat(found["until"]).timestamp() - time.time() <= 1800
    assert desk.health()["level"] == await desk.engine.get_control("level") == "L2"
    assert (await api.get("/api/admin/level")).json() == found
    assert (await api.post("/api/admin/level", json={"level": "auto"})).json()["level"] == "L0"
    changes = [event.data for event in told if event.type == "level_changed"]
    assert [(one["before"], one["level"], one["by"]) for one in changes] == [
        ("L0", "L2", "dashboard"),
        ("L2", "L0", "auto"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"level": "L4"},
        {"level": None},
        {},
        {"level": "L1", "for": 0},
        {"level": "L1", "for": "soon"},
        {"level": "L1", "for": 1e12},
        {"level": "auto", "for": 60},
        {"level": "L1", "why": "x" * 501},
        {"level": "L1", "more": 1},
    ],
)
async def test_what_makes_no_sense_is_refused(desk: StillDesk, api: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    answer = await api.post("/api/admin/level", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert desk.levels.level == "L0"
