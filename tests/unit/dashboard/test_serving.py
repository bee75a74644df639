"""What the dashboard's process does before its first visitor comes."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from daemon.blackboard.sqlite.files import BOARD_NAME
from dashboard.serving import count_ahead

ASKED = dedent("""
    import ast, sys
    from pathlib import Path
    from dashboard.serving import load

    load()
    for script in (Path("dashboard/app.py"), *Path("dashboard/views").glob("*.py")):
        for node in ast.walk(ast.parse(script.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module not in sys.modules:
                print(script, node.module)
""")


def test_no_script_of_a_page_imports_what_is_not_loaded_yet() -> None:
    """Two sessions that import at the same moment can be handed a module that is half made."""
    asked = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True, timeout=60)
    assert asked.stdout == ""
    assert asked.stderr == ""


@pytest.mark.parametrize("board", [None, b"not a board at all, but long enough to be looked at" * 100])
def test_counting_ahead_leaves_what_is_wrong_to_the_pages(
    board: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No board yet, and a file that is none."""
    monkeypatch.setenv("DAVIDAGENT_HOME", str(tmp_path))
    if board is not None:
        (tmp_path / BOARD_NAME).write_bytes(board)
    count_ahead()
