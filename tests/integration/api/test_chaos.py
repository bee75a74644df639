"""Faults on purpose, switched through the API and by the command line's side of it."""

import time
from datetime import datetime
from pathlib import Path

import httpx2
import pytest

from daemon.api.app import create_app
from daemon.core.chaos import CHAOS, chaos_state
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk


async def test_it_is_off_by_default(api: httpx2.AsyncClient) -> None:
    document = (await api.get("/api/chaos")).json()
    assert (document["on"], document["set_by"], document["until"]) == (False, "configuration", None)


async def test_a_stranger_switches_nothing(desk: StillDesk, stranger: httpx2.AsyncClient) -> None:
    for method, path in (("GET", ""), ("POST", "/on"), ("POST", "/off")):
        assert (await stranger.request(method, f"/api/chaos{path}", json={})).status_code == 401
    assert await desk.engine.get_control(CHAOS) is None


async def test_on_stands_on_the_board_and_off_takes_it_away(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    document = (await api.post("/api/chaos/on", json={"network_errors": 0.3, "for": "10m"})).json()
    assert (document["on"], document["set_by"], document["faults"]["network_errors"]) == (True, "switch", 0.3)
    ends_in = datetime.fromisoformat(document["until"]).timestamp() - time.time()
    assert 590 < ends_in <= 600
    control = await desk.engine.get_control(CHAOS)
    assert chaos_state(desk.settings.chaos, control, now=time.time()).is_on
    assert not chaos_state(desk.settings.chaos, control, now=time.time() + 601).is_on
    assert (await api.post("/api/chaos/off")).json()["on"] is False
    assert await desk.engine.get_control(CHAOS) is None


@pytest.mark.parametrize("body", [{"network_errors": 2}, {"nonsense": 1}, {"for": "soon"}, {"for": 0}])
async def test_settings_of_no_use_are_refused(
    desk: StillDesk, api: httpx2.AsyncClient, body: dict[str, object]
) -> None:
    answer = await api.post("/api/chaos/on", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert await desk.engine.get_control(CHAOS) is None


async def test_configured_chaos_can_be_switched_off(tmp_path: Path) -> None:
    """The switch stands over the configuration, also after a restart."""
    async with open_still_desk(tmp_path, chaos={"enabled": True}) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as api:
            assert (await api.get("/api/chaos")).json()["on"] is True
            assert (await api.post("/api/chaos/off")).json() | {"faults": None} == {
                "on": False,
                "set_by": "switch",
                "until": None,
                "faults": None,
            }
