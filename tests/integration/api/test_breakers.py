"""Breakers, shown and closed through the API."""

import httpx2

from tests.fakes.desk import StillDesk


async def test_they_are_listed_as_they_stand(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """With why, since when, and the next probe; none at first."""
    assert (await api.get("/api/breakers")).json() == []
    desk.ill.open("quick", is_open=False)
    desk.ill.open("vendor/m: x")
    found = (await api.get("/api/breakers")).json()
    assert found == [dict(one) for one in desk.breakers()]
    assert [(one["name"], one["state"]) for one in found] == [("quick", "closed"), ("vendor/m: x", "open")]
    assert found[1]["next_probe_at"] > found[1]["opened_at"]


async def test_a_reset_closes_one_tells_who_and_is_done_once(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """By its name as it is, slashes, colons and spaces too."""
    desk.ill.open("vendor/m: x")
    before = desk.reader.last_event_id()
    path, headers = "/api/breakers/vendor%2Fm%3A%20x/reset", {"DavidAgent-Client": "dashboard"}
    done = (await api.post(path, headers=headers)).json()
    assert (done["name"], done["state"], done["reset"]) == ("vendor/m: x", "closed", True)
    again = (await api.post("/api/breakers/vendor/m: x/reset", headers=headers)).json()
    assert again == done | {"reset": False}
    (event,) = desk.reader.events(after=before)
    assert event["type"] == "breaker_reset"
    assert event["data"] == {"name": "vendor/m: x", "by": "dashboard", "before": "open"}


async def test_an_unknown_one_is_told_which_there_are(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    desk.ill.open("quick")
    answer = await api.post("/api/breakers/quik/reset")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["detail"] == "there is no breaker quik; there are: quick"
    assert desk.breakers()[0]["state"] == "open"
