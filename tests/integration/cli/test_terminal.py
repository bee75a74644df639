"""What a person sees on a terminal of 80 columns."""

import asyncio
import os
import pty
import re
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.fakes.staged_board import Staged
from tests.integration.cli.conftest import _clean_environment

WIDTH = 80
_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\]8;[^\x1b]*\x1b\\)")


async def on_a_terminal(*arguments: str, home: Path, **environment: str) -> str:
    """What a command writes to a terminal, as it comes."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "daemon", "--home", str(home), *arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=asyncio.subprocess.DEVNULL,
        env={**_clean_environment(), "TERM": "xterm", "COLUMNS": str(WIDTH), **environment},
    )
    os.close(theirs)
    said = await asyncio.to_thread(_read_all, ours)
    assert await process.wait() == 0
    return said


def _read_all(end: int) -> str:
    parts = []
    try:
        while part := os.read(end, 65536):
            parts.append(part)
    except OSError:  # the other end of a terminal hangs up with an error
        pass
    os.close(end)
    return b"".join(parts).decode()


@pytest.mark.parametrize("command", ["status", "items", "sources", "costs --since 9000d"])
async def test_no_line_is_wider_than_the_terminal(command: str, home: Path, staged: Staged) -> None:
    said = await on_a_terminal(*command.split(), home=home)
    lines = _SEQUENCE.sub("", said).splitlines()
    assert len(lines) > 2
    assert max(cell_len(line) for line in lines) <= WIDTH


async def test_a_group_is_shown_with_the_command_that_revives_it(home: Path, staged: Staged) -> None:
    said = _SEQUENCE.sub("", await on_a_terminal("groups", home=home))
    assert re.search(r"^1 item: \w+", said)
    assert "davidagent retry --group " in said
    assert staged.dead in said


async def test_colours_can_be_switched_off(home: Path, staged: Staged) -> None:
    """By NO_COLOR; bold stays."""
    coloured, plain = await on_a_terminal("items", home=home), await on_a_terminal("items", home=home, NO_COLOR="1")
    assert re.search(r"\x1b\[3[0-9]m", coloured)
    assert not re.search(r"\x1b\[3[0-8]m", plain)


@pytest.mark.soak
async def test_the_last_screen_of_the_demo_fits(tmp_path: Path) -> None:
    """With Chinese titles, and each title a link to its file."""
    home = tmp_path / "d"
    said = await on_a_terminal("demo", "--home", str(home), home=home)
    titles = [line for line in said.splitlines() if "]8;" in line]
    assert len(titles) == 10
    assert any("钠离子储能站并网半年" in title and "file://" in title for title in titles)
    shown = _SEQUENCE.sub("", said.replace(str(home), "davidagent-demo")).splitlines()
    assert max(cell_len(line) for line in shown) <= WIDTH
