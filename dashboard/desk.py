"""The desk that the pages look at: its settings and the read side of its board."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.sqlite.files import BOARD_NAME
from daemon.core.settings.layers import PREFIX
from daemon.core.settings.loading import load_settings
from daemon.core.settings.models import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk. Nothing here can write to its board."""

    settings: Settings
    board: Path
    reader: BoardReader
    config: Path | None
    """The configuration file; None: there is none."""


def desk() -> Desk:
    """The desk of this process, as `davidagent dashboard` named it in the environment. Raises `ConfigError`."""
    return _desk(tuple(sorted(_ours(os.environ).items())), Path.cwd())


@lru_cache(maxsize=4)
def _desk(ours: tuple[tuple[str, str], ...], folder: Path) -> Desk:
    """The settings are read once for a process; other variables of ours (in tests) are another desk."""
    del ours
    loaded = load_settings(environ=os.environ, cwd=folder)
    board = loaded.settings.home / BOARD_NAME
    return Desk(loaded.settings, board, BoardReader(board), loaded.path)


def _ours(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(PREFIX)}
