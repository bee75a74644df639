"""No way in without the token, on any route."""

import base64
from collections.abc import Iterator

import httpx2
import pytest
from fastapi.routing import iter_route_contexts

from daemon.api.app import create_app
from daemon.api.callers import PASS_COOKIE
from daemon.blackboard.records import NewSource
from tests.fakes.desk import TOKEN, StillDesk
from tests.fakes.staged_board import Staged

SIGNED = "/hooks/index.html"
"""Deliveries: a signature stands for the token there, and their own tests say so."""
OPEN = frozenset({"/api/health", "/live/sign-in", "/live/sign-out", SIGNED})
PARTS = {
    "{item_id}": "x",
    "{feedback_id}": "1",
    "{source_id}": "1",
    "{call_id}": "1",
    "{name:path}": "a/b",
    "{name}": "index.html",
}
READING = frozenset({"GET", "HEAD"})


def basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


KEYS: dict[str, dict[str, str]] = {
    "none": {},
    "wrong": {"Authorization": "Bearer another-token"},
    "empty": {"Authorization": "Bearer "},
    "with a suffix": {"Authorization": f"Bearer {TOKEN}x"},
}
ODD_KEYS: dict[str, dict[str, str]] = {
    "no word": {"Authorization": "Bearer"},
    "no scheme": {"Authorization": TOKEN},
    "another scheme": {"Authorization": f"Token {TOKEN}"},
    "cut off": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "in capitals": {"Authorization": f"Bearer {TOKEN.upper()}"},
    "wrong password": {"Authorization": basic("reader", "another")},
    "empty password": {"Authorization": basic("reader", "")},
    "token as name": {"Authorization": basic(TOKEN, "")},
    "no base64": {"Authorization": f"Basic {TOKEN}"},
    "token as cookie": {"Cookie": f"{PASS_COOKIE}={TOKEN}"},
    "empty cookie": {"Cookie": f"{PASS_COOKIE}="},
}


def doors(desk: StillDesk) -> Iterator[tuple[str, str]]:
    """Every route and method, also those that the OpenAPI document leaves out."""
    for route in iter_route_contexts(create_app(desk).routes):
        path = route.path or ""
        for name, value in PARTS.items():
            path = path.replace(name, value)
        yield from ((method, path) for method in sorted(route.methods or ()))


def state_of(desk: StillDesk) -> tuple[object, ...]:
    """Everything a caller could have changed leaves an event, or shows here."""
    return desk.reader.last_event_id(), desk.reader.counts(), desk.reader.controls(), desk.reader.sources()


def test_every_route_is_tried_here(desk: StillDesk) -> None:
    """Those of the document, and more; what has a part in its path has a value for it."""
    found, document = list(doors(desk)), create_app(desk).openapi()["paths"]
    assert len(found) > sum(len(operations) for operations in document.values())
    assert {"/api/items", "/api/items/x/retry", "/metrics", "/openapi.json", "/feed.atom"} <= {
        path for _, path in found
    }
    assert not [path for _, path in found if "{" in path]


@pytest.mark.parametrize("key", KEYS)
async def test_a_wrong_key_opens_nothing(
    desk: StillDesk, staged: Staged, stranger: httpx2.AsyncClient, key: str
) -> None:
    """401 with a problem document and how to do better, and the board is as it was."""
    before = state_of(desk)
    for method, path in doors(desk):
        if path not in OPEN:
            answer = await stranger.request(method, path, headers=KEYS[key])
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"].split(maxsplit=1)[0] in {"Bearer", "Basic"}, (method, path)
            if method != "HEAD":
                assert answer.headers["content-type"] == "application/problem+json", (method, path)
    assert state_of(desk) == before
    assert desk.wakes == 0


@pytest.mark.parametrize("key", ODD_KEYS)
async def test_what_only_looks_like_the_key_opens_nothing(
    desk: StillDesk, stranger: httpx2.AsyncClient, key: str
) -> None:
    """Nor does half of it, or the right one in the wrong place."""
    for method, path in (("GET", "/api/items"), ("POST", "/api/admin/pause"), ("GET", "/feed.atom")):
        assert (await stranger.request(method, path, headers=ODD_KEYS[key])).status_code == 401
    assert await desk.engine.get_control("paused") is None


async def test_the_token_opens_no_webhook(desk: StillDesk, stranger: httpx2.AsyncClient) -> None:
    """It is no signature."""
    new = NewSource(kind="webhook", address="webhook:index.html")
    await desk.engine.add_source(new, by="tester")
    before = state_of(desk)
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}):
        assert (await stranger.post(SIGNED, headers=headers, json={"text": "A note."})).status_code == 400
    assert state_of(desk) == before


async def test_the_token_in_the_address_opens_nothing(desk: StillDesk, stranger: httpx2.AsyncClient) -> None:
    """It would stand in logs and histories."""
    for name in ("token", "access_token", "key"):
        assert (await stranger.get("/api/items", params={name: TOKEN})).status_code == 401


async def test_the_browsers_pass_changes_nothing(desk: StillDesk, staged: Staged, stranger: httpx2.AsyncClient) -> None:
    """A page of another site can make a browser send it along; it opens what is read alone."""
    headers, before = {"Cookie": f"{PASS_COOKIE}={desk.access.browser_pass}"}, desk.reader.last_event_id()
    changing = [(method, path) for method, path in doors(desk) if method not in READING and path not in OPEN]
    assert len(changing) > 15
    for method, path in changing:
        assert (await stranger.request(method, path, headers=headers)).status_code == 401, (method, path)
    assert desk.reader.last_event_id() == before
    assert (await stranger.get("/api/items", headers=headers)).status_code == 200


async def test_the_right_token_opens(stranger: httpx2.AsyncClient) -> None:
    """As a bearer's, whatever the case of the word, and as a password."""
    for authorization in (f"Bearer {TOKEN}", f"bearer {TOKEN}", basic("", TOKEN), basic("anyone", TOKEN)):
        assert (await stranger.get("/api/items", headers={"Authorization": authorization})).status_code == 200
