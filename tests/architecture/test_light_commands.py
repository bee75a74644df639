"""Commands that only look must not load what only the daemon needs."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("anthropic", "openai", "google.genai", "chromadb", "streamlit", "fastapi", "feedparser", "wordllama"),
    *("uvicorn", "httpx2", "numpy", "jieba", "apprise", "genai_prices", "psutil", "aiosqlite"),
)
PROGRAM = """
import sys
from daemon.cli.program import run
code = run(sys.argv[1:])
sys.stderr.write("\\n".join(["", *sys.modules]))
sys.exit(code)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("status", "--json"),
        ("items", "--json"),
        ("costs",),
        ("costs", "--json"),
        ("budget", "--json"),
        ("sources", "--json"),
    ],
)
def test_a_command_that_looks_loads_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--home", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(root), "HOME": str(tmp_path)},
        timeout=60,
    )
    loaded = set(done.stderr.splitlines())
    assert "daemon.cli.status" in loaded
    assert not loaded & set(HEAVY)


def test_json_needs_no_rich(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--home", str(tmp_path), "status", "--json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(root), "HOME": str(tmp_path)},
        timeout=60,
    )
    assert "rich.console" not in done.stderr.splitlines()
