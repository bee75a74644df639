"""The systemd units are valid and hardened."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.api.open_files import open_files_wanted
from daemon.core.settings.api_models import ApiSettings

SYSTEMD = Path(__file__).parents[2] / "daemon" / "systemd"
PLACE = "/opt/davidagent"
SERVICES = ("davidagent.service", "davidagent-backup.service", "davidagent-dashboard.service")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they are after installation, their commands being programs that exist here."""
    if shutil.which("systemd-analyze") is None:
        reason = "systemd-analyze is not installed (Debian: apt-get install systemd)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    command = Path(sys.executable).with_name("davidagent")
    for unit in [*SYSTEMD.rglob("*.service"), *SYSTEMD.rglob("*.timer")]:
        text = unit.read_text().replace("%h/davidagent/.venv/bin/davidagent", str(command))
        text = text.replace(f"{PLACE}/.venv/bin/davidagent", str(command)).replace(PLACE, str(SYSTEMD.parents[1]))
        (tmp_path / unit.relative_to(SYSTEMD)).parent.mkdir(exist_ok=True)
        (tmp_path / unit.relative_to(SYSTEMD)).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", [*SERVICES, "davidagent-backup.timer"])
def test_systemd_accepts_the_unit(name: str, installed: Path) -> None:
    """`systemd-analyze verify` has nothing to say."""
    command = ["systemd-analyze", "verify", installed / name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_persons_own_systemd_accepts_the_unit(installed: Path) -> None:
    """The unit of a user's service, looked at by a user's systemd."""
    command = ["systemd-analyze", "--user", "verify", installed / "user" / "davidagent.service"]
    environment = os.environ | {"XDG_RUNTIME_DIR": str(installed)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_the_unit_is_hardened(name: str, installed: Path) -> None:
    """`systemd-analyze security` rates the exposure below 2 of 10."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", installed / name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_desk_backup_and_dashboard_are_one_user_with_one_home() -> None:
    """What one writes with mode 600 the other can read."""
    found = [_settings(SYSTEMD / name) for name in SERVICES]
    assert len({one["User"] for one in found}) == 1
    assert {one["StateDirectory"].split()[0] for one in found} == {"davidagent"}
    assert len({one["Environment"] for one in found}) == 1


@pytest.mark.parametrize("name", ["davidagent.service", "user/davidagent.service"])
def test_the_unit_allows_an_open_file_for_each_listener(name: str) -> None:
    """`LimitNOFILE` is above what the default number of streams takes."""
    limit = int(_settings(SYSTEMD / name)["LimitNOFILE"])
    assert limit > open_files_wanted(ApiSettings())


def _settings(unit: Path) -> dict[str, str]:
    """The assignments; those of one name together."""
    found: dict[str, str] = {}
    for line in unit.read_text().splitlines():
        name, is_one, value = line.partition("=")
        if is_one and not line.startswith("#"):
            found[name] = f"{found[name]}\n{value}" if name in found else value
    return found
