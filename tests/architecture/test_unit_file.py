"""The systemd unit is valid and hardened."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "daemon" / "systemd" / "davidagent.service"


@pytest.fixture
def installed_unit(tmp_path: Path) -> Path:
    """The unit as it is after installation, its command being a program that exists here."""
    if shutil.which("systemd-analyze") is None:
        reason = "systemd-analyze is not installed (Debian: apt-get install systemd)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    command = Path(sys.executable).with_name("davidagent")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/davidagent/.venv/bin/davidagent", str(command)))
    return unit


def test_systemd_accepts_the_unit(installed_unit: Path) -> None:
    """`systemd-analyze verify` has nothing to say."""
    done = subprocess.run(["systemd-analyze", "verify", installed_unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_hardened(installed_unit: Path) -> None:
    """`systemd-analyze security` rates the exposure below 2 of 10."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", installed_unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
