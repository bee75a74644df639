"""`davidagent token`, with and without a daemon."""

import stat
from pathlib import Path

import pytest

from daemon.api.server import ApiServer
from daemon.core.settings.models import Settings
from daemon.runtime.access import open_access, read_token
from tests.fakes.desk import open_still_desk
from tests.integration.cli.conftest import Command, in_a_process


def test_show_prints_the_token_and_where_it_is(davidagent: Command, home: Path) -> None:
    token = open_access(Settings(home=home)).token
    assert davidagent("token", "show").out == f"{token}\n"
    assert davidagent("token", "show", "--json").document == {"token": token, "path": str(home / "api.token")}


def test_where_there_is_none_it_is_said_who_makes_one(davidagent: Command, home: Path) -> None:
    said = davidagent("token", "show")
    assert (said.code, said.out) == (1, "")
    assert "davidagent run" in said.err
    assert not home.exists()


def test_rotate_makes_a_new_one_that_only_its_owner_reads(davidagent: Command, home: Path) -> None:
    old = open_access(Settings(home=home)).token
    assert davidagent("token", "rotate", "--json").document == {"rotated": True, "path": str(home / "api.token")}
    assert read_token(Settings(home=home)) not in (None, old)
    assert stat.S_IMODE((home / "api.token").stat().st_mode) == 0o600
    told = davidagent("token", "rotate").out
    assert str(home / "api.token") in told
    assert (read_token(Settings(home=home)) or "?") not in told


def test_a_configured_token_is_not_rotated(davidagent: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVIDAGENT_API__TOKEN", "mine")
    said = davidagent("token", "rotate")
    assert said.code == 2
    assert "change it there, and restart" in said.err
    assert davidagent("token", "show", "--json").document == {"token": "mine", "path": None}


async def test_a_running_daemon_is_asked_and_the_next_command_uses_the_new_one(tmp_path: Path) -> None:
    access = open_access(Settings(home=tmp_path))
    old = access.token
    async with open_still_desk(tmp_path) as desk:
        desk.access = access
        server = ApiServer(desk, host="127.0.0.1", port=0)
        desk.engine.set_address(await server.start())
        rotated = await in_a_process("token", "rotate", "--json", home=tmp_path)
        after = await in_a_process("pause", "--json", home=tmp_path)
        await server.stop()
        events = desk.reader.events(after=0, limit=100)
    assert (rotated.code, after.document) == (0, {"paused": True})
    assert not access.admits(old)
    assert [one["data"] for one in events if one["type"] == "token_rotated"] == [{"by": "cli"}]
