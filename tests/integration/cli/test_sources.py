"""`davidagent sources test` and `export`: with a daemon, without one, and without a board."""

import json
import socket
from pathlib import Path

import pytest

from daemon.api.server import ApiServer
from daemon.core.settings.models import Settings
from daemon.runtime.access import open_access
from tests.fakes.desk import open_still_desk
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import item, rss
from tests.integration.cli.conftest import Command, in_a_process

ALLOWED = {"DAVIDAGENT_SENSORS__ALLOW_HOSTS": '["127.0.0.1"]'}
FEED = rss(item(1, date="Tue, 01 Sep 2026 06:00:00 GMT"), item(2), title="Tides\x1b[31m")
PAGE = (
    b'<html><head><title>A blog</title><link rel="alternate" type="application/rss+xml" title="All" href="/f"></head>'
)


def is_untouched(home: Path) -> bool:
    """Nothing was made there."""
    return not home.exists()


async def test_an_address_is_told_without_a_board_and_leaves_none(home: Path) -> None:
    """Of a page what it announces; exit 1 says that it cannot be read."""
    async with FeedServer() as server:
        feed, page = server.on("/f", Reply(FEED)), server.on("/page", Reply(PAGE))
        told = await in_a_process("sources", "test", feed, home=home, **ALLOWED)
        document = await in_a_process("sources", "test", feed, "--json", home=home, **ALLOWED)
        ill = await in_a_process("sources", "test", page, home=home, **ALLOWED)
        closed = await in_a_process("sources", "test", feed, home=home)
    assert told.code == 0
    assert told.out.splitlines()[0] == "Tides[31m: RSS with 2 entries"
    assert told.out.splitlines()[-1] == f"Add it with: davidagent sources add {feed}"
    assert (document.document["readable"], document.document["entries"]) == (True, 2)
    assert ill.code == 1
    assert ill.out.splitlines()[2:] == ["The page announces:", f"  {feed}  RSS: All"]
    assert (closed.code, "not a public address" in closed.out) == (1, True)
    assert is_untouched(home)


async def test_a_running_daemon_tells_it(tmp_path: Path) -> None:
    """It may read what this command may not."""
    access = open_access(Settings(home=tmp_path))
    async with open_still_desk(tmp_path, sensors={"allow_hosts": ["127.0.0.1"]}) as desk, FeedServer() as feeds:
        desk.access = access
        server = ApiServer(desk, host="127.0.0.1", port=0)
        desk.engine.set_address(await server.start())
        address = feeds.on("/f", Reply(FEED))
        added = await in_a_process("sources", "add", address, "--name", "T", home=tmp_path)
        told = await in_a_process("sources", "test", address, home=tmp_path)
        errand = json.dumps({"method": "try_source", "arguments": [address], "by": "dashboard"})
        same = await in_a_process("errand", home=tmp_path, stdin=errand.encode())
        await server.stop()
    assert added.code == told.code == 0
    assert "It is source 1 already: T" in told.out
    assert same.document["known_as"] == {"id": 1, "name": "T"}


def test_what_is_no_address_is_wrong_use(davidagent: Command) -> None:
    said = davidagent("sources", "test", "nonsense")
    assert said.code == 2
    assert "neither a feed's web address" in said.err


def test_nobody_there_is_said_with_what_would_help(davidagent: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVIDAGENT_SENSORS__ALLOW_HOSTS", '["127.0.0.1"]')
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        said = davidagent("sources", "test", f"http://127.0.0.1:{unused.getsockname()[1]}/f")
    assert said.code == 1
    assert "no connection to" in said.out
    assert "tried again by itself" in said.out


def test_the_feeds_are_written_to_a_file_once(davidagent: Command, tmp_path: Path) -> None:
    """Never over another file unasked; a login stays here, and that is said."""
    davidagent("sources", "add", "https://a.example/f", "--as-is", "--name", "A", "--tag", "news")
    davidagent("sources", "add", "https://me:moonstone@b.example/f", "--as-is", "--name", "Bulletins")
    file = tmp_path / "feeds.opml"
    first = davidagent("sources", "export", str(file))
    assert (first.code, first.out) == (0, f"{file} holds 1 feed.\n")
    assert "left out: Bulletins (" in first.err
    assert "moonstone" not in file.read_text()
    again = davidagent("sources", "export", str(file))
    assert (again.code, "--force replaces it" in again.err) == (2, True)
    forced = davidagent("sources", "export", str(file), "--force", "--json").document
    assert (forced["path"], forced["left_out"], forced["opml"]) == (str(file), ["Bulletins"], file.read_text())
    assert davidagent("sources", "export").out == file.read_text()
    nowhere = davidagent("sources", "export", str(tmp_path / "no" / "feeds.opml"))
    assert (nowhere.code, "cannot write" in nowhere.err) == (2, True)
