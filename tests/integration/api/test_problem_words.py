"""What refusals say: one clear sentence that a person can act on."""

import httpx2
import pytest

from tests.fakes.desk import TOKEN


@pytest.mark.parametrize("path", ["/api/items", "/openapi.json", "/metrics", "/feed.atom"])
async def test_what_needs_the_token_says_how_to_send_it_and_nothing_of_it_is_scrubbed(
    stranger: httpx2.AsyncClient, path: str
) -> None:
    answer = await stranger.get(path)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("this needs the token (davidagent token show), as ")
    assert "***" not in answer.text


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{}", "body: an item needs text or url"),
        (b'{"txt": "x"}', "body.txt: there is no such field"),
        (b'{"text":', "body.8: this is no JSON: Expecting value"),
        (b'["x"]', "body: must be a JSON object, sent with Content-Type: application/json"),
    ],
)
async def test_a_wrong_body_is_told_in_plain_words(api: httpx2.AsyncClient, body: bytes, detail: str) -> None:
    answer = await api.post("/api/items", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"]) == (422, detail)


async def test_a_body_without_its_type_is_told_which_it_must_have(api: httpx2.AsyncClient) -> None:
    answer = await api.post("/api/items", content=b'{"text": "x"}')
    assert answer.json()["detail"] == "body: must be a JSON object, sent with Content-Type: application/json"


async def test_an_address_that_is_not_there_says_where_the_addresses_are(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.get("/nope")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")
    assert "/openapi.json" in answer.json()["detail"]


async def test_a_method_that_is_not_taken_is_answered_with_those_that_are(api: httpx2.AsyncClient) -> None:
    answer = await api.delete("/api/admin/stats")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert "Allow" in answer.json()["detail"]


async def test_a_refused_stream_counts_under_its_own_address(stranger: httpx2.AsyncClient) -> None:
    """And is not timed: how long streams take says nothing."""
    await stranger.get("/api/events")
    metrics = await stranger.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert 'davidagent_http_requests_total{method="GET",route="/api/events",status="401"} 1.0' in metrics.text
    assert 'davidagent_http_request_duration_seconds_count{method="GET",route="refused"}' not in metrics.text
