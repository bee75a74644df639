"""Nothing is lost and nothing is done twice, at whatever commit the process dies."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_dying_at_every_commit_loses_and_doubles_nothing(moment: str, tmp_path: Path) -> None:
    """For every commit of a run, before it or after it: all items are published once, in one file, with one event."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.recovery.kill_matrix", tmp_path, moment],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    trials = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(trial["died"] for trial in trials) >= 10, "too few deaths: the matrix is empty"
    wrong = [trial for trial in trials if not _is_right(trial)]
    assert wrong == []


def _is_right(trial: dict[str, object]) -> bool:
    return trial | {"moment": 0, "died": True} == {
        "states": {"PUBLISHED": 2},
        "files_per_item": [1, 1],
        "published_events": 2,
        "faults": [],
        "feed_entries": 2,
        "second": 0,
        "moment": 0,
        "died": True,
    }
