"""The settings of the levels, as a person writes them."""

from pathlib import Path

import pytest

from daemon.core.errors import ConfigError
from daemon.core.settings import load_settings
from daemon.core.settings.level_models import LevelSettings


def test_one_rule_alone_may_be_written(tmp_path: Path) -> None:
    """The others of its level stay as they are."""
    (tmp_path / "davidagent.yaml").write_text("levels: {l1: {dwell: 5s}, l2: {enter: 0.5}, l3: {free_disk: 1GiB}}")
    found, usual = load_settings(environ={}, cwd=tmp_path).settings.levels, LevelSettings()
    assert found.l1 == usual.l1.model_copy(update={"dwell": 5.0})
    assert found.l2 == usual.l2.model_copy(update={"enter": 0.5})
    assert found.l3 == usual.l3.model_copy(update={"free_disk": 1024**3})


@pytest.mark.parametrize("levels", ["{l1: {dwel: 5s}}", "{l1: 5}", "{l2: {enter: 2}}", "{l2: {least_faults: 0}}"])
def test_what_cannot_be_is_an_error(tmp_path: Path, levels: str) -> None:
    (tmp_path / "davidagent.yaml").write_text(f"levels: {levels}")
    with pytest.raises(ConfigError, match=r"levels\.l[12]"):
        load_settings(environ={}, cwd=tmp_path)
