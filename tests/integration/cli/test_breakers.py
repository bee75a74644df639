"""What `status` and `doctor` say of breakers, of who holds the board, and of what else is not as usual."""

import asyncio
import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.core.clock import SystemClock
from tests.fakes.desk import TOKEN, open_still_desk
from tests.fakes.served_desk import serve_still_desk
from tests.fakes.staged_board import Staged, opened
from tests.integration.cli.conftest import Command, Said, in_a_process

OPEN = {"name": "gemini/flash", "state": "open", "reason": "5 of 8 calls failed", "opened_at": 1.0}
CLOSED = {"name": "anthropic/haiku", "state": "closed", "reason": None, "opened_at": None, "next_probe_at": None}


def leave(home: Path, *breakers: dict[str, Any], text: str | None = None) -> None:
    """The breakers on the board, as a daemon that has ended left them."""

    async def made() -> None:
        async with opened(home) as engine:
            await engine.write_vital("breakers", json.dumps(breakers) if text is None else text)

    asyncio.run(made())


def line_of(said: Said, name: str) -> str:
    return next(line for line in said.out.splitlines() if line.startswith(name))


@pytest.fixture
def soon() -> float:
    """A time that is still to come."""
    return SystemClock().now() + 3600


def test_breakers_stand_as_the_dead_daemon_left_them(davidagent: Command, home: Path, soon: float) -> None:
    leave(home, CLOSED, OPEN | {"next_probe_at": soon})
    said = davidagent("status")
    at = f"{datetime.fromtimestamp(soon).astimezone():%H:%M:%S}"
    words = f"gemini/flash open (5 of 8 calls failed), probe at {at}"
    assert line_of(said, "breakers") == f"breakers  as the daemon left them: {words}"
    assert [one["state"] for one in davidagent("status", "--json").document["breakers"]] == ["closed", "open"]


def test_a_probe_whose_time_has_come_is_the_next_call(davidagent: Command, home: Path) -> None:
    leave(home, OPEN | {"next_probe_at": 2.0}, {"name": "b", "state": "half-open", "reason": None})
    line = line_of(davidagent("status"), "breakers")
    assert "failed), a probe is due: the next call is one; b half-open, a probe is due: the next call is one" in line


@pytest.mark.parametrize("text", ["no json", "7", '["a", null]'])
def test_what_is_no_breaker_is_left_out(davidagent: Command, home: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "davidagent.yaml").write_text("api: {port: 0}\n")
    leave(home, text=text)
    assert davidagent("status", "--json").document["breakers"] == []
    assert line_of(davidagent("status"), "breakers") == "breakers  all closed"
    assert davidagent("doctor").code == 0


async def test_the_breakers_of_a_running_daemon_are_its_own(tmp_path: Path) -> None:
    async with open_still_desk(tmp_path) as desk:
        half_open = {"name": "b", "state": "half-open", "reason": None}
        await desk.engine.write_vital("breakers", json.dumps([half_open]))
        desk.engine.set_address("http://127.0.0.1:1")
        said = await in_a_process("status", home=tmp_path)
    assert line_of(said, "breakers") == "breakers  b half-open, a probe is under way"


async def test_a_davidagent_that_is_starting_is_not_said_to_be_absent(tmp_path: Path) -> None:
    """It holds the board, and has no address yet."""
    async with open_still_desk(tmp_path):
        said = await in_a_process("status", home=tmp_path)
        status = (await in_a_process("status", "--json", home=tmp_path)).document
    assert said.out.startswith(f"A davidagent (process {os.getpid()}) is starting, or at work")
    assert "davidagent run" not in said.out
    assert (status["daemon"]["running"], status["is_written"], status["writer_pid"]) == (False, True, os.getpid())
    rest = (await in_a_process("status", "--json", home=tmp_path)).document
    assert (rest["is_written"], rest["writer_pid"]) == (False, None)


# --- the doctor ---


def test_the_doctor_notes_an_open_breaker(davidagent: Command, home: Path, tmp_path: Path, soon: float) -> None:
    (tmp_path / "davidagent.yaml").write_text("api: {port: 0}\n")
    leave(home, CLOSED, OPEN | {"next_probe_at": soon})
    found = [check for check in davidagent("doctor", "--json").document["checks"] if check["name"] == "breaker"]
    assert [check["status"] for check in found] == ["note"]
    assert re.fullmatch(
        r"gemini/flash open \(5 of 8 calls failed\), probe at [\d:]{8}, as the daemon left it", found[0]["detail"]
    )
    assert found[0]["advice"]
    assert davidagent("doctor").out.endswith("Nothing is wrong, but see the notes above.\n")


def test_the_doctor_notes_that_chaos_is_on(davidagent: Command, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text("api: {port: 0}\n")
    assert davidagent("doctor").out.endswith("All is well.\n")
    davidagent("chaos", "on", "--for", "10m")
    (found,) = [check for check in davidagent("doctor", "--json").document["checks"] if check["name"] == "chaos"]
    assert (found["status"], found["advice"]) == ("note", "davidagent chaos off")
    assert "10% network errors" in found["detail"]
    assert davidagent("doctor").out.endswith("Nothing is wrong, but see the notes above.\n")
    davidagent("chaos", "off")
    assert davidagent("doctor").out.endswith("All is well.\n")


def test_chaos_by_the_configuration_is_noted_without_a_board(davidagent: Command, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text("chaos: {enabled: true}\n")
    said = davidagent("doctor").out
    assert "calls fail on purpose, by the configuration: 100% 0.5 to 3 s extra" in said


def test_the_doctor_does_not_call_a_board_with_dead_letters_well(
    davidagent: Command, staged: Staged, tmp_path: Path
) -> None:
    (tmp_path / "davidagent.yaml").write_text("api: {port: 0}\n")
    said = davidagent("doctor")
    assert said.code == 0
    assert "1 dead letter" in said.out
    assert "All is well." not in said.out


# --- the command ---


def test_the_command_lists_them_as_status_does(davidagent: Command, home: Path, soon: float) -> None:
    """As the daemon left them, and nothing where none ever was."""
    assert davidagent("breakers", "--json").document == []
    leave(home, CLOSED, OPEN | {"next_probe_at": soon})
    assert davidagent("breakers", "--json").document == davidagent("status", "--json").document["breakers"]
    said = davidagent("breakers").out.splitlines()
    assert said[:2] == ["No daemon is running; the last one left them so:", "anthropic/haiku closed"]
    assert said[2].startswith("gemini/flash open (5 of 8 calls failed), probe at ")


@pytest.mark.parametrize("which", ["gemini/flash", "--all"])
def test_without_a_daemon_there_is_none_to_reset(davidagent: Command, home: Path, which: str) -> None:
    leave(home, OPEN)
    said = davidagent("breakers", "reset", which)
    assert said.code == 1
    assert said.err.startswith("davidagent: no daemon is running, so there is no breaker to reset;")
    assert davidagent("breakers", "--json").document == [OPEN]


@pytest.mark.parametrize("words", [(), ("quick", "--all")])
def test_a_reset_says_which(davidagent: Command, words: tuple[str, ...]) -> None:
    said = davidagent("breakers", "reset", *words)
    assert (said.code, "say which" in said.err) == (2, True)


def test_the_running_daemon_resets_one_or_all(davidagent: Command, home: Path) -> None:
    """A second time there is nothing to do; an unknown name is refused in a sentence."""
    names = ("vendor/m", "quick", "writer")
    leave(home, *(OPEN | {"name": name} for name in names))
    (home / "api.token").write_text(TOKEN)
    with serve_still_desk(home) as served:
        served.desk.engine.set_address(served.address)
        for name in names:
            served.desk.ill.open(name)
        assert davidagent("breakers", "reset", "vendor/m").out == "vendor/m is asked again.\n"
        assert davidagent("breakers", "reset", "vendor/m").out == "vendor/m was closed already.\n"
        done = davidagent("breakers", "reset", "--all", "--json").document
        assert [(one["name"], one["reset"]) for one in done] == [
            ("vendor/m", False),
            ("quick", True),
            ("writer", True),
        ]
        assert {one["state"] for one in served.desk.breakers()} == {"closed"}
        wrong = davidagent("breakers", "reset", "nobody")
        assert (wrong.code, wrong.err.startswith("davidagent: there is no breaker nobody; there are: ")) == (1, True)
