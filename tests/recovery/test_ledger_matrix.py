"""No money and no item is lost with a batch, at whatever commit the process dies."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_dying_at_every_commit_of_a_batchs_life_loses_nothing(moment: str, tmp_path: Path) -> None:
    """The sums agree, nothing is left half sent, and every item goes on: at once, or when its batch ends."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.recovery.ledger_matrix", tmp_path, moment],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    trials = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(trial["died"] for trial in trials) >= 15, "too few deaths: the matrix is empty"
    assert [trial for trial in trials if not _is_right(trial)] == []
    assert {trial["recovered"] for trial in trials} >= {0, 1, 2}
    assert max(trial["waiting"] for trial in trials) > 0
    end = trials[-1]
    assert (end["statuses"], end["money"]) == (["ok", "ok", "ok", "error", "error"], [50])
    assert end["reads"] == [[7, 35]]
    assert [10, 50] in [pair for trial in trials for pair in trial["reads"]], "no reading was cut off"


def _is_right(trial: dict[str, Any]) -> bool:
    return (
        len(trial["money"]) == 1
        and len(trial["reads"]) == 1
        and "sent" not in trial["statuses"]
        and trial["unsent_batches"] == 0
        and trial["stuck"] == []
        and trial["faults"] == []
        and trial["items"] in (0, 4)
    )
