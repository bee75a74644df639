import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from daemon.cli.program import run
from tests.fakes.staged_board import Staged, opened, stage


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with no configuration and no keys around."""
    for name in [name for name in os.environ if name.endswith("_API_KEY") or name.startswith("DAVIDAGENT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def davidagent(home: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command on that home, in this process."""

    def call(*arguments: str) -> Said:
        code = run(["--home", str(home), *arguments])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call


@pytest.fixture
def staged(home: Path) -> Staged:
    """The home's board, with an item in every place."""

    async def made() -> Staged:
        async with opened(home) as engine:
            return await stage(engine)

    return asyncio.run(made())


async def in_a_process(*arguments: str, home: Path, stdin: bytes = b"", **environment: str) -> Said:
    """Run the real command as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "daemon", "--home", str(home), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**_clean_environment(), **environment},
    )
    out, err = await process.communicate(stdin)
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


def _clean_environment() -> dict[str, str]:
    kept: Sequence[str] = ("PATH", "LANG", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
    root = str(Path(__file__).parents[3])
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": root,
        "HOME": "/nonexistent",
    }
