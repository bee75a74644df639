"""The command line's side of the API, against the real listener."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.api.server import ApiServer
from daemon.core.errors import (
    CallTimeoutError,
    ConfigError,
    ConnectionFaultError,
    DavidAgentError,
    NotFoundError,
    UsageError,
    WrongStateError,
)
from daemon.runtime.remote import RemoteActions
from tests.fakes.desk import TOKEN, StillDesk
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.staged_board import Staged

OPML = '<opml version="2.0"><body><outline text="a" xmlUrl="https://a.example/feed"/></body></opml>'


@pytest.fixture
async def remote(desk: StillDesk) -> AsyncIterator[RemoteActions]:
    server = ApiServer(desk, host="127.0.0.1", port=0)
    async with RemoteActions(await server.start(), token=TOKEN) as remote:
        yield remote
    await server.stop()


async def test_an_item_is_posted(remote: RemoteActions) -> None:
    first = await remote.post(url=None, text="A note.", title="N")
    assert await remote.post(url=None, text="A note.", title="N") == first | {"new": False}


async def test_dead_letters_are_revived(remote: RemoteActions, staged: Staged) -> None:
    assert await remote.retry(group="another") == {"revived": 0}
    assert await remote.retry(ids=[staged.dead]) == {"revived": 1}
    assert await remote.retry() == {"revived": 0}


async def test_held_items_are_decided(remote: RemoteActions, staged: Staged) -> None:
    assert await remote.approve([staged.held]) == {"approved": 1}
    assert await remote.discard([staged.dead], reason="old") == {"discarded": 1}


async def test_a_decision_on_many_is_all_or_none(remote: RemoteActions, desk: StillDesk, staged: Staged) -> None:
    with pytest.raises(WrongStateError, match=f"item {staged.queued} is QUEUED"):
        await remote.discard([staged.held, staged.queued], reason="x")
    with pytest.raises(NotFoundError, match="there is no item nope"):
        await remote.reject([staged.held, "nope"], reason="x")
    assert desk.reader.counts()["HELD"] == 1
    assert await remote.reject([staged.held], reason="the date") == {"rejected": 1}


async def test_sources_are_kept(remote: RemoteActions) -> None:
    added = await remote.add_source("https://b.example/feed", name="B", every_seconds=1800.0, tags=["x"])
    assert (added["every_seconds"], added["tags"]) == (1800.0, ["x"])
    assert await remote.import_sources(OPML) == {"added": 1, "known": 0, "problems": []}
    assert (await remote.enable_source("b", is_enabled=False))["enabled"] is False
    assert (await remote.enable_source(str(added["id"]), is_enabled=True))["enabled"] is True
    assert await remote.remove_source("https://b.example/feed") == {"removed": "https://b.example/feed"}
    with pytest.raises(NotFoundError, match="there is no source b"):
        await remote.remove_source("b")


async def test_memory_and_backup_are_reached(remote: RemoteActions, staged: Staged, tmp_path: Path) -> None:
    assert (await remote.memory_status())["mode"] == "off"
    assert await remote.rebuild_memory() == {"to_remember": 1}
    with pytest.raises(UsageError, match="the memory is off"):
        await remote.search_memory("x", limit=3)
    assert (await remote.backup(tmp_path / "copy.db"))["bytes"] > 0


async def test_a_wrong_token_is_wrong_configuration(remote: RemoteActions) -> None:
    async with RemoteActions(str(remote._client.base_url), token="wrong") as stranger:
        with pytest.raises(ConfigError, match="does not accept the token"):
            await stranger.memory_status()


async def test_a_daemon_that_is_gone_is_said_with_its_address() -> None:
    async with FeedServer() as server:
        address = server.url("")
    async with RemoteActions(address, token="t") as remote:
        with pytest.raises(ConnectionFaultError, match=f"the daemon at {address} cannot be reached"):
            await remote.memory_status()


async def test_a_daemon_that_hangs_is_given_up() -> None:
    import asyncio

    async with FeedServer() as server:
        server.on("/api/memory", Reply(hold=asyncio.Event()))
        async with RemoteActions(server.url(""), token="t", timeout=0.2) as remote:
            with pytest.raises(CallTimeoutError, match="did not answer"):
                await remote.memory_status()


async def test_an_answer_that_is_no_problem_document_is_an_error_all_the_same() -> None:
    async with FeedServer() as server:
        server.on("/api/memory", Reply(b"<html>", status=500))
        async with RemoteActions(server.url(""), token="t") as remote:
            with pytest.raises(DavidAgentError, match="the daemon answered 500"):
                await remote.memory_status()
