"""The script of the nightly backup: what it keeps can be put back, and what is damaged is not kept."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.fakes.staged_board import Staged
from tests.integration.cli.conftest import Command

pytestmark = pytest.mark.soak  # whole daemons


ROOT = Path(__file__).parents[3]
STORY = "The mill of Orrin reopened on 4 March 2026 after eleven years of repairs that cost two million pounds."
PROGRAM = Path(sys.executable).with_name("davidagent")


def _script(name: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts beside the units for that home."""
    environment = os.environ | {"DAVIDAGENT_HOME": str(home), "PROGRAM": str(PROGRAM)}
    command = ["sh", str(ROOT / "daemon" / "systemd" / name), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*Z"))


@pytest.fixture(autouse=True)
def configured(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration file, as a service has one."""
    path = home.with_name("davidagent.yaml")
    path.write_text("memory: {mode: off}\n")
    monkeypatch.setenv("DAVIDAGENT_CONFIG", str(path))


def test_a_home_that_was_destroyed_comes_back_and_goes_on_where_it_was(
    davidagent: Command, home: Path, tmp_path: Path
) -> None:
    """Board and posts are as they were: what was published is not again, what waited is done once."""
    davidagent("post", "--title", "The mill", "--text", STORY)
    published = davidagent("once", "--json").document["published"]
    places = [path for folder in ("posts", "site") for path in (home / folder).iterdir()]
    before = {path: path.read_bytes() for path in places}
    davidagent("post", "--title", "Another mill", "--text", STORY.replace("Orrin", "Marrow Bay"))
    done = _script("backup.sh", str(tmp_path / "kept"), home=home)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(home)
    backup = Path(done.stdout.strip())
    with tarfile.open(backup / "files.tar.gz") as files:
        files.extractall(home, filter="data")
    shutil.copy(backup / "blackboard.db", home)
    assert davidagent("status", "--json").document["states"]["PUBLISHED"] == published == 1
    assert {path: path.read_bytes() for path in before} == before
    assert (backup / "davidagent.yaml").is_file()
    again = davidagent("once", "--json").document
    assert (again["published"] + again["discarded"], again["waiting"]) == (1, 0)
    names = [path.name for path in (home / "posts").iterdir()]
    assert len(names) == 1 + again["published"]


@pytest.mark.usefixtures("staged")
def test_only_the_newest_are_kept_and_nothing_is_left_lying(home: Path, tmp_path: Path) -> None:
    """An old one goes when a new one is whole; no half of one stays, here or in the home."""
    folder = tmp_path / "kept"
    for old in ("2020-01-01T000000Z", "2021-01-01T000000Z"):
        (folder / old).mkdir(parents=True)
    done = _script("backup.sh", str(folder), "2", home=home)
    assert done.returncode == 0, done.stderr
    assert _kept(folder) == ["2021-01-01T000000Z", Path(done.stdout.strip()).name]
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    assert not (home / "board-for-backup.db").exists()


def test_a_damaged_board_is_not_kept_and_the_old_backups_stay(staged: Staged, home: Path, tmp_path: Path) -> None:
    """The doctor looks at the copy; a night that fails takes nothing away."""
    del staged
    folder = tmp_path / "kept"
    (folder / "2020-01-01T000000Z").mkdir(parents=True)
    with (home / "blackboard.db").open("r+b") as board:
        board.seek(5 * 8192)
        board.write(b"\xff" * 20 * 8192)
    done = _script("backup.sh", str(folder), "1", home=home)
    assert done.returncode != 0
    assert done.stderr
    assert _kept(folder) == ["2020-01-01T000000Z"]


def test_the_administrators_command_says_what_the_program_says(home: Path) -> None:
    """Its exit code and output are those of `davidagent` for the service's home."""
    done = _script("davidagent.sh", "backup", str(home / "copy.db"), home=home)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"there is no board in {home}" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write what is not its own")
def test_what_the_administrator_writes_belongs_to_the_service(home: Path) -> None:
    """A token made by root in a home of another user is that user's."""
    home.mkdir()
    os.chown(home, 65533, 65533)
    assert _script("davidagent.sh", "token", "rotate", home=home).returncode == 0
    assert {path.stat().st_uid for path in (home, *home.rglob("*"))} == {65533}
