"""The way to the live page: who may see it, how a browser signs in, how its files are sent."""

import gzip
from pathlib import Path

import httpx2
import pytest

from daemon.api.app import create_app
from daemon.api.live.files import page_files
from daemon.api.routes.live import MOST_WRONG_TRIES
from tests.fakes.desk import TOKEN, StillDesk, open_still_desk

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORM = {**BROWSER, "Content-Type": "application/x-www-form-urlencoded"}


async def _sign_in(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post("/live/sign-in", data={"token": token}, headers=BROWSER)


async def test_a_stranger_gets_the_form_and_a_program_a_problem(stranger: httpx2.AsyncClient) -> None:
    page, problem = await stranger.get("/live", headers=BROWSER), await stranger.get("/live")
    assert (page.status_code, problem.status_code) == (401, 401)
    assert '<form method="post" action="/live/sign-in">' in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["type"] == "urn:davidagent:problem:unauthorized"


@pytest.mark.parametrize("name", sorted(page_files()))
async def test_no_part_of_the_page_is_open_to_strangers(stranger: httpx2.AsyncClient, name: str) -> None:
    assert (await stranger.get(f"/live/{name}")).status_code == 401


async def test_every_part_that_the_page_names_is_there(api: httpx2.AsyncClient) -> None:
    page = (await api.get("/live")).text
    names = {name for name in page_files() if f'"/live/{name}"' in page}
    assert names == set(page_files()) - {"live.html", "sign_in.css"}
    assert {(await api.get(f"/live/{name}")).status_code for name in names} == {200}
    assert (await api.get("/live/nothing.js")).status_code == 404


async def test_the_page_allows_itself_alone(api: httpx2.AsyncClient) -> None:
    policy = (await api.get("/live")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_a_browser_that_has_the_file_is_told_so(api: httpx2.AsyncClient) -> None:
    first = await api.get("/live/live.js")
    again = await api.get("/live/live.js", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["cache-control"] == "private, no-cache"


async def test_files_are_packed_for_who_takes_it(api: httpx2.AsyncClient) -> None:
    plain = await api.get("/live/live.js", headers={"Accept-Encoding": "identity, gzip;q=0"})
    packed = await api.get("/live/live.js", headers={"Accept-Encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == gzip.decompress(page_files()["live.js"].packed)
    assert packed.headers["etag"] != plain.headers["etag"]


async def test_when_events_are_public_so_is_the_page(tmp_path: Path) -> None:
    async with open_still_desk(tmp_path, api={"public_events": True}) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            assert (await client.get("/live")).status_code == 200
            assert (await client.get("/live/live.css")).status_code == 200
            assert (await client.get("/api/items")).status_code == 401


async def test_the_right_token_gives_a_pass_that_reads_and_does_not_write(
    desk: StillDesk, stranger: httpx2.AsyncClient
) -> None:
    answer = await _sign_in(stranger, TOKEN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/live")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/", desk.access.browser_pass))
    assert TOKEN not in cookie
    assert (await stranger.get("/live")).status_code == 200
    assert (await stranger.post("/api/items", json={"text": "x" * 50})).status_code == 401
    assert (await stranger.get("/live/sign-out")).headers["location"] == "/live"
    assert (await stranger.get("/live")).status_code == 401


async def test_behind_a_proxy_with_tls_the_pass_goes_over_tls_alone(stranger: httpx2.AsyncClient) -> None:
    headers = {**BROWSER, "X-Forwarded-Proto": "https"}
    answer = await stranger.post("/live/sign-in", data={"token": TOKEN}, headers=headers)
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_wrong_token_gives_nothing_and_is_said_in_one_line(stranger: httpx2.AsyncClient) -> None:
    answer = await _sign_in(stranger, "wrong")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "That is not the token." in answer.text
    program = await stranger.post("/live/sign-in", data={"token": "wrong"})
    assert program.json()["detail"] == "that is not the token"


async def test_after_ten_wrong_tries_not_even_the_right_token_opens(stranger: httpx2.AsyncClient) -> None:
    for _ in range(MOST_WRONG_TRIES):
        assert (await _sign_in(stranger, "wrong")).status_code == 401
    answer = await _sign_in(stranger, TOKEN)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert "set-cookie" not in answer.headers


async def test_right_tries_are_not_counted(stranger: httpx2.AsyncClient) -> None:
    answers = [await _sign_in(stranger, TOKEN) for _ in range(MOST_WRONG_TRIES + 2)]
    assert {answer.status_code for answer in answers} == {303}


@pytest.mark.parametrize("body", [b"token=" + b"x" * 5000, b"&".join([b"a=1"] * 9), b"token=\xff"])
async def test_what_is_no_form_with_a_token_is_refused(stranger: httpx2.AsyncClient, body: bytes) -> None:
    answer = await stranger.post("/live/sign-in", content=body, headers=FORM)
    assert answer.status_code in {401, 422}
    assert "set-cookie" not in answer.headers


async def test_another_address_of_the_same_network_gives_no_more_tries(desk: StillDesk) -> None:
    """A client of IPv6 has as many addresses as it likes."""
    app, statuses = create_app(desk), []
    for number in range(MOST_WRONG_TRIES + 1):
        transport = httpx2.ASGITransport(app=app, client=(f"2001:db8::{number + 1:x}", 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            statuses.append((await _sign_in(client, "wrong")).status_code)
    assert statuses == [401] * MOST_WRONG_TRIES + [429]


async def test_a_sign_in_that_is_not_a_form_is_refused(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.post("/live/sign-in", json={"token": TOKEN})
    assert answer.status_code == 422


async def test_the_form_speaks_the_browsers_language(stranger: httpx2.AsyncClient) -> None:
    page = await stranger.get("/live", headers={**BROWSER, "Accept-Language": "fr, zh-CN;q=0.8, en;q=0.5"})
    assert 'lang="zh-Hans"' in page.text
    assert "令牌" in page.text


async def test_a_new_token_makes_old_passes_worthless(desk: StillDesk, stranger: httpx2.AsyncClient) -> None:
    await _sign_in(stranger, TOKEN)
    desk.access._hold("another-token")
    assert (await stranger.get("/live")).status_code == 401


async def test_the_form_is_there_for_an_owner_also_where_the_page_is_open(stranger: httpx2.AsyncClient) -> None:
    """It opens nothing by itself."""
    page = await stranger.get("/live/sign-in", headers=BROWSER)
    assert page.status_code == 200
    assert '<form method="post" action="/live/sign-in">' in page.text
