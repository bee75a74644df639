"""The token, sources, costs, memory and care through the API."""

from pathlib import Path

import httpx2
import pytest

from daemon.blackboard.reading import BoardReader
from tests.fakes.desk import StillDesk
from tests.fakes.staged_board import Staged

OPML = """<opml version="2.0"><body><outline text="a" xmlUrl="https://a.example/feed"/>
<outline text="b" xmlUrl="https://b.example/feed"/></body></opml>"""


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic a-token-of-the-test", "a-token-of-the-test"])
async def test_a_wrong_token_opens_nothing(stranger: httpx2.AsyncClient, header: str) -> None:
    answer = await stranger.get("/api/items", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "a-token-of-the-test" not in answer.text


async def test_a_source_lives_through_its_verbs(api: httpx2.AsyncClient) -> None:
    added = await api.post("/api/sources", json={"address": "https://a.example/feed", "name": "A", "every": "30m"})
    assert added.status_code == 201
    source = added.json()
    assert (source["name"], source["every_seconds"], source["enabled"]) == ("A", 1800.0, True)
    path = f"/api/sources/{source['id']}"
    assert (await api.post(f"{path}/disable")).json()["health"] == "disabled"
    assert (await api.post(f"{path}/enable")).json()["enabled"]
    assert (await api.delete(path)).json() == {"removed": "https://a.example/feed"}
    assert (await api.get("/api/sources")).json() == []


async def test_a_source_of_the_configuration_is_not_removed(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    from daemon.blackboard.records import NewSource

    await desk.engine.sync_sources([NewSource(kind="rss", address="https://c.example/feed", name="C")])
    (source,) = (await api.get("/api/sources")).json()
    answer = await api.delete(f"/api/sources/{source['id']}")
    assert answer.status_code == 422
    assert "configuration file" in answer.json()["detail"]


@pytest.mark.parametrize("address", ["nonsense", "ftp://a.example/feed", "https://", "@not an account"])
async def test_an_address_that_is_none_is_refused(api: httpx2.AsyncClient, address: str) -> None:
    assert (await api.post("/api/sources", json={"address": address})).status_code == 422


async def test_an_opml_file_is_taken_in_once(api: httpx2.AsyncClient) -> None:
    first = await api.post("/api/sources/import", json={"opml": OPML})
    again = await api.post("/api/sources/import", json={"opml": OPML})
    assert first.json() == {"added": 2, "known": 0, "problems": []}
    assert again.json() == {"added": 0, "known": 2, "problems": []}


async def test_what_is_no_opml_is_refused(api: httpx2.AsyncClient) -> None:
    assert (await api.post("/api/sources/import", json={"opml": "<html></html>"})).status_code == 422


async def test_costs_have_the_fields_of_the_contract(api: httpx2.AsyncClient, staged: Staged) -> None:
    document = (await api.get("/api/costs", params={"since": "3650d"})).json()
    assert {
        *("calls", "prompt_tokens", "completion_tokens", "cached_tokens", "cost_usd", "cost_cny"),
        *("by_brain", "by_model", "by_day", "unconfirmed_usd"),
    } <= set(document)
    assert (document["calls"], document["cost_usd"]) == (1, 0.0012)


async def test_a_span_that_is_none_is_refused(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/api/costs", params={"since": "yesterday"})
    assert answer.status_code == 422
    assert "yesterday" in answer.json()["detail"]


async def test_a_memory_that_is_off_says_so(api: httpx2.AsyncClient, staged: Staged) -> None:
    status = (await api.get("/api/memory")).json()
    assert status == {
        "mode": "off",
        "status": "off",
        "size": 0,
        "published": 1,
        "remembered": 0,
        "waiting": 1,
        "error": None,
        "bytes": 0,
        "model": None,
        "filled_with": None,
        "degraded_since": None,
        "waiting_since": status["waiting_since"],
        "rebuild": {"posts": 1, "tokens": 0, "cost_usd": 0.0},
    }
    assert (await api.get("/api/memory/search", params={"q": "anything"})).status_code == 422


async def test_stats_tell_how_large_the_board_is(api: httpx2.AsyncClient, staged: Staged) -> None:
    stats = (await api.get("/api/admin/stats")).json()
    assert stats["states"]["HELD"] == 1
    assert stats["last_event_id"] > 0
    assert stats["board_bytes"] > 0
    assert stats["paused"] is False


async def test_pause_and_resume_are_kept_on_the_board(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    assert (await api.post("/api/admin/pause")).json() == {"paused": True}
    assert await desk.engine.get_control("paused") is not None
    assert (await api.post("/api/admin/resume")).json() == {"paused": False}
    assert await desk.engine.get_control("paused") is None


async def test_a_backup_is_a_whole_board_and_never_overwrites(
    tmp_path: Path, api: httpx2.AsyncClient, staged: Staged
) -> None:
    target = tmp_path / "copy.db"
    answer = await api.post("/api/backup", json={"path": str(target)})
    assert answer.json() == {"path": str(target), "bytes": target.stat().st_size}
    assert BoardReader(target).counts()["HELD"] == 1
    assert (await api.post("/api/backup", json={"path": str(target)})).status_code == 422


@pytest.mark.parametrize("path", ["copy.db", "/no/such/folder/copy.db"])
async def test_a_backup_goes_where_it_can(api: httpx2.AsyncClient, path: str) -> None:
    assert (await api.post("/api/backup", json={"path": path})).status_code == 422


async def test_a_route_that_is_not_there_is_a_problem_too(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_fault_of_ours_shows_no_insides(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    desk.sick = None  # type: ignore[assignment]
    answer = await api.get("/api/health/detailed")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:davidagent:problem:fault"
    assert "Traceback" not in answer.text


async def test_a_file_in_the_home_of_nobody_is_refused_and_no_fault_of_ours(
    api: httpx2.AsyncClient,
) -> None:
    """Python raises for the home of a user that does not exist."""
    assert (await api.post("/api/sources", json={"address": "~nobody-of-that-name/feed.xml"})).status_code == 422
