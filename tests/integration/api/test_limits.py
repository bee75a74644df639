"""What no caller may bring: endless bodies, impossible numbers, text that is none."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from daemon.api.limits import MAX_BODY_BYTES, MAX_BODY_BYTES_OF_STRANGERS

PIECE = b" " * 65_536


class Endless:
    """A body without a length, that tells how much of it was taken."""

    def __init__(self, pieces: int) -> None:
        self.pieces = pieces
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.pieces):
            self.taken += len(PIECE)
            yield PIECE


async def test_a_stranger_cannot_make_the_daemon_keep_a_long_body(stranger: httpx2.AsyncClient) -> None:
    """Nothing of it is read; where strangers may send something, to sign in, it is cut off early."""
    body, form = Endless(200), Endless(200)
    answer = await stranger.post("/api/items", content=body)
    assert (answer.status_code, body.taken) == (401, 0)
    assert answer.headers["content-type"] == "application/problem+json"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await stranger.post("/live/sign-in", content=form, headers=kind)
    assert answer.status_code in {413, 422}
    assert form.taken <= MAX_BODY_BYTES_OF_STRANGERS + 2 * len(PIECE)


async def test_a_body_beyond_all_that_is_wanted_is_refused(api: httpx2.AsyncClient) -> None:
    """Also from one who has the token; what fits is read."""
    assert (await api.post("/api/sources/import", content=Endless(MAX_BODY_BYTES // len(PIECE) + 1))).status_code == 413
    text = "The bridge was closed on Monday for three hours. " * 10_000
    assert (await api.post("/api/items", json={"text": text})).status_code == 202


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/dead-letters/retry", '{"group": "\\ud83d"}'),
        ("POST", "/api/dead-letters/retry", '{"ids": ["\\ud83d"]}'),
        ("POST", "/api/items/decisions", '{"verb": "approve", "ids": ["\\ud83d"]}'),
        ("POST", "/api/items", '{"text": "half \\ud83d of it"}'),
        ("POST", "/api/sources", '{"address": "https://a.example", "tags": ["\\ud83d"]}'),
        ("POST", "/api/sources", '{"address": "https://a.example", "every": 0}'),
        ("POST", "/api/sources", '{"address": "https://a.example", "every": -5}'),
        ("POST", "/api/sources", '{"address": "https://a.example", "every": 1e999}'),
        ("POST", "/api/sources", '{"address": "https://a.example", "every": NaN}'),
        ("DELETE", f"/api/sources/{2**63}", None),
        ("POST", f"/api/sources/{2**63}/enable", None),
        ("POST", "/api/sources/-1/disable", None),
    ],
)
async def test_nonsense_is_the_callers_fault(api: httpx2.AsyncClient, method: str, path: str, body: Any) -> None:
    """422 with a problem document, never a fault of the daemon, and nothing is changed."""
    answer = await api.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await api.get("/api/sources")).json() == []
