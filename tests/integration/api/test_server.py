"""The listener on a real socket, and its token."""

import asyncio
import signal
import stat
from pathlib import Path

import httpx2
import pytest

from daemon.api.server import ApiServer
from daemon.core.errors import ConfigError
from daemon.core.settings.models import Settings
from daemon.runtime.access import Access, open_access, read_token
from tests.fakes.desk import TOKEN, StillDesk


async def test_it_serves_from_start_to_stop_at_the_address_it_tells(desk: StillDesk) -> None:
    server = ApiServer(desk, host="127.0.0.1", port=0)
    address = await server.start()
    async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
        assert (await client.get("/api/health")).json()["status"] == "healthy"
        answer = await client.get("/api/items", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.json() == []
        await server.stop()
        await server.stop()
        with pytest.raises(httpx2.TransportError):
            await client.get("/api/health")


async def test_it_leaves_the_signals_to_the_daemon(desk: StillDesk) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    server = ApiServer(desk, host="127.0.0.1", port=0)
    await server.start()
    during = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    await server.stop()
    assert during == before


async def test_a_port_in_use_is_said_in_one_line(desk: StillDesk) -> None:
    other = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    with pytest.raises(ConfigError, match=rf"127.0.0.1:{port} is in use by another program"):
        await ApiServer(desk, host="127.0.0.1", port=port).start()
    other.close()
    await other.wait_closed()


async def test_a_host_that_is_not_ours_is_said(desk: StillDesk) -> None:
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1"):
        await ApiServer(desk, host="192.0.2.1", port=0).start()


def test_a_token_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert read_token(settings) is None
    token = open_access(settings).token
    assert open_access(settings).token == token == read_token(settings)
    assert len(token) >= 40
    assert stat.S_IMODE((settings.home / "api.token").stat().st_mode) == 0o600


def test_two_homes_have_two_tokens(tmp_path: Path) -> None:
    assert open_access(Settings(home=tmp_path / "a")).token != open_access(Settings(home=tmp_path / "b")).token


def test_the_configured_token_wins_and_no_file_is_made(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path, "api": {"token": "mine"}})
    assert open_access(settings).token == "mine"
    assert not (tmp_path / "api.token").exists()


def test_a_token_is_compared_whole() -> None:
    assert Access("abc", path=None).admits("abc")
    assert not Access("abc", path=None).admits("ab")
    assert not Access("abc", path=None).admits("")
    assert not Access("abc", path=None).admits("äbc")
