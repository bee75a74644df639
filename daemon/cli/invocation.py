"""What every command shares: where the configuration is, and what it says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from daemon.blackboard.reading import BoardReader
    from daemon.core.settings.loading import LoadedSettings
    from daemon.core.settings.models import Settings

BOARD_FILE = "blackboard.db"

JsonFlag = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON document and nothing else.")]


@dataclass(frozen=True, slots=True)
class Invocation:
    """The options before the command."""

    config: Path | None = None
    home: Path | None = None
    is_verbose: bool = False

    def load(self) -> "LoadedSettings":
        """The configuration with everything applied. Raises `ConfigError`."""
        from daemon.core.settings.loading import load_settings

        return load_settings(config=self.config, environ=os.environ, cwd=Path.cwd(), overrides=self._overrides())

    def load_warned(self) -> "LoadedSettings":
        """The same; its warnings go to standard error."""
        from daemon.cli.output import warn

        loaded = self.load()
        for warning in loaded.warnings:
            warn(warning)
        return loaded

    def settings(self) -> "Settings":
        """The settings alone; warnings go to standard error."""
        return self.load_warned().settings

    def reader(self) -> "BoardReader":
        """The board's read side; works whether the daemon runs or not."""
        from daemon.blackboard.reading import BoardReader

        return BoardReader(self.settings().home / BOARD_FILE)

    def _overrides(self) -> Mapping[str, Any]:
        overrides: dict[str, Any] = {}
        if self.home is not None:
            overrides["home"] = str(self.home.absolute())
        if self.is_verbose:
            overrides["log"] = {"level": "debug"}
        return overrides


def invocation(context: typer.Context) -> Invocation:
    """The options before the command, as the program's callback kept them."""
    found: Invocation = context.obj
    return found


def examples(*lines: str) -> str:
    """An epilog that shows how the command is used; one line each."""
    return "\n".join(("Examples:", *(f"  {line}" for line in lines)))
