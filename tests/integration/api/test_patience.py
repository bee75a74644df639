"""A command that meets a daemon at its limits: it waits as it is asked to, up to a minute, and then says so."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.api.server import ApiServer
from daemon.blackboard.reading import BoardReader
from daemon.core.errors import RateLimitedError
from daemon.core.settings.models import Settings
from daemon.runtime.access import open_access
from daemon.runtime.remote import Patience, RemoteActions
from tests.fakes.desk import TOKEN, open_still_desk
from tests.fakes.feed_server import FeedServer, Reply
from tests.integration.cli.conftest import in_a_process


class Waiting:
    """Counts what was waited and said, instead of doing it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.waited: list[float] = []

    def patience(self, seconds: float = 60.0) -> Patience:
        return Patience(seconds=seconds, tell=self.said.append, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a daemon that takes one post a minute."""
    async with open_still_desk(tmp_path, api={"limits": {"posts_per_minute": 1}}) as desk:
        server = ApiServer(desk, host="127.0.0.1", port=0)
        yield await server.start()
        await server.stop()


async def test_it_waits_once_and_then_names_the_setting(narrow: str) -> None:
    waiting = Waiting()
    async with RemoteActions(narrow, token=TOKEN, patience=waiting.patience()) as remote:
        await remote.post(url=None, text="The first.", title=None)
        with pytest.raises(RateLimitedError, match=r"api\.limits\.posts_per_minute"):
            await remote.post(url=None, text="The second.", title=None)
    assert waiting.waited == [60.0]
    (said,) = waiting.said
    assert said.startswith("waiting, at most 60 s: a client may post 1 a minute")


async def test_without_patience_it_is_said_at_once(narrow: str) -> None:
    async with RemoteActions(narrow, token=TOKEN) as remote:
        await remote.post(url=None, text="The first.", title=None)
        with pytest.raises(RateLimitedError, match="takes no more just now"):
            await remote.post(url=None, text="The second.", title=None)


async def test_it_is_done_when_there_is_room_again() -> None:
    waiting = Waiting()
    async with FeedServer() as server:

        async def sleep(seconds: float) -> None:
            waiting.waited.append(seconds)
            if len(waiting.waited) == 2:
                server.on("/api/budget", Reply(b"{}", headers={"Content-Type": "application/json"}))

        busy = Reply(b'{"detail": "full"}', status=503, headers={"Retry-After": "7"})
        server.on("/api/budget", busy)
        patience = Patience(tell=waiting.said.append, sleep=sleep)
        async with RemoteActions(server.url(""), token="t", patience=patience) as remote:
            assert await remote.budget() == {}
    assert waiting.waited == [7.0, 7.0]
    assert len(waiting.said) == 1


@pytest.mark.parametrize("asked", ["61", "soon", "-5", "", "Fri, 20 Nov 2026 12:00:00 GMT"])
async def test_what_asks_for_more_than_a_minute_or_nonsense_is_not_waited_for(asked: str) -> None:
    waiting = Waiting()
    async with FeedServer() as server:
        server.on("/api/budget", Reply(b'{"detail": "full"}', status=503, headers={"Retry-After": asked}))
        async with RemoteActions(server.url(""), token="t", patience=waiting.patience()) as remote:
            with pytest.raises(Exception, match="full"):
                await remote.budget()
    assert waiting.waited == []


async def test_a_command_at_the_limit_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    """A real command against a listener whose window is never free within its minute of patience."""
    open_access(Settings(home=tmp_path))
    async with FeedServer() as server:
        refused = Reply(
            b'{"detail": "a client may post 5 a minute (api.limits.posts_per_minute)"}',
            status=429,
            headers={"Retry-After": "90"},
        )
        server.on("/api/items", refused)
        async with open_still_desk(tmp_path) as desk:
            desk.engine.set_address(server.url(""))
            said = await in_a_process("post", "--text", "One too many.", home=tmp_path)
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "api.limits.posts_per_minute" in said.err
    assert BoardReader(tmp_path / "blackboard.db").counts()["QUEUED"] == 0
