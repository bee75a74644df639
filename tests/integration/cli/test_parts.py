"""The models' and the memory's checks, the memory without a daemon."""

import asyncio
import json
from pathlib import Path

from daemon.blackboard import Holder
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.records import NewSource
from daemon.cli.checks.board import check_sources
from daemon.cli.checks.machine import check_clock
from daemon.cli.checks.services import check_daemon, check_memory
from daemon.core.settings.models import MemorySettings, Settings
from sensors.remedies import OTHER
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.staged_board import opened, seen, stage
from tests.integration.cli.conftest import Command

FAR_AHEAD = 4_000_000_000.0


def test_a_hanging_daemon_is_wrong(tmp_path: Path) -> None:
    async def made() -> Path:
        async with opened(tmp_path) as engine:
            await engine.write_vital("daemon", json.dumps({"pid": 7, "heartbeat_at": 1_790_000_000.0}))
            return engine.path

    check = check_daemon(Holder(pid=7, address="http://127.0.0.1:1"), reader=BoardReader(asyncio.run(made())))
    assert check.status == "wrong"
    assert "has not shown a sign of life" in check.detail


def test_a_daemon_without_word_yet_is_fine(tmp_path: Path) -> None:
    reader = BoardReader(tmp_path / "blackboard.db")
    assert check_daemon(Holder(pid=7, address="http://127.0.0.1:1"), reader=reader).status == "ok"
    assert "no API" in check_daemon(Holder(pid=7), reader=reader).detail


def test_a_clock_behind_the_board_is_wrong(tmp_path: Path) -> None:
    async def made() -> Path:
        async with opened(tmp_path, clock=ManualClock(FAR_AHEAD)) as engine:
            await engine.post([seen("one")], source_id=None, by="test")
            return engine.path

    check = check_clock(BoardReader(asyncio.run(made())))
    assert check.status == "wrong"
    assert "still to come" in check.detail


def test_a_source_that_is_late_is_noted(tmp_path: Path) -> None:
    async def made() -> Path:
        async with opened(tmp_path) as engine:
            await stage(engine)
            (source,) = await engine.due_sources(limit=5)
            from dataclasses import replace

            fetch = replace(source.fetch, last_fetch_at=1.0, next_fetch_at=2.0, last_error="404", errors_in_row=2)
            await engine.record_fetch(source.id, fetch=fetch, observations=[], event={"outcome": "failed"})
            return engine.path

    summary, failing = check_sources(BoardReader(asyncio.run(made())), settings=Settings())
    assert "1 source, 0 without complaint" in summary.detail
    assert (failing.status, failing.detail) == ("note", "Example is failing: 404")
    assert failing.advice == f"{OTHER.help} davidagent sources disable 1 ends the trying"


def test_a_source_that_lacks_its_token_is_noted(tmp_path: Path) -> None:
    """Before it was asked for the first time; and of many that ail the first alone are named."""

    async def made() -> Path:
        async with opened(tmp_path) as engine:
            for at in range(12):
                await engine.add_source(NewSource("x", f"@a{at}"), by="test")
            return engine.path

    summary, first, *_, rest = check_sources(BoardReader(asyncio.run(made())), settings=Settings())
    assert "12 sources, 0 without complaint" in summary.detail
    assert "X_BEARER_TOKEN" in first.advice
    assert (rest.detail, rest.advice) == ("2 more cannot be read", "davidagent sources")


async def test_a_chroma_server_is_asked(tmp_path: Path) -> None:
    async with FeedServer() as server:
        server.on("/api/v2/heartbeat", Reply(b"{}"))
        settings = MemorySettings(mode="http", url=server.url(""))
        found = await asyncio.to_thread(check_memory, settings)
    assert (found.status, found.detail) == ("ok", f"{settings.url} answers")
    gone = await asyncio.to_thread(check_memory, settings)
    assert gone.status == "wrong"
    assert "chroma run" in gone.advice
    assert check_memory(MemorySettings(mode="off")).status == "ok"


def test_the_memory_is_rebuilt_and_searched_without_a_daemon(davidagent: Command) -> None:
    assert davidagent("memory", "rebuild", "--json").document == {"to_remember": 0}
    status = davidagent("memory", "status", "--json").document
    assert (status["mode"], status["status"], status["size"], status["waiting"]) == ("embedded", "ok", 0, 0)
    assert davidagent("memory", "search", "anything", "--json").document == []
    assert davidagent("memory", "search", "anything").out == "Nothing is known of that.\n"
    assert davidagent("memory").out.startswith("memory  ok (embedded)")
