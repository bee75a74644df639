"""What every command shares: where the configuration is, and what it says."""

import os
import shlex
import shutil
import sys
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

        return load_settings(config=self.config, environ=os.environ, cwd=Path.cwd(), overrides=self.overrides())

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

    def overrides(self) -> Mapping[str, Any]:
        """What the options before the command set, as flags over the configuration."""
        overrides: dict[str, Any] = {}
        if self.home is not None:
            overrides["home"] = str(self.home.absolute())
        if self.is_verbose:
            overrides["log"] = {"level": "debug"}
        return overrides


def program_name() -> str:
    """How this program is called from here: by its name, or by its path where the shell would not find it."""
    own = Path(sys.argv[0])
    if own.name != "davidagent" or not own.is_file():
        return "davidagent"
    found = shutil.which("davidagent")
    if found and Path(found).samefile(own):
        return "davidagent"
    return shlex.quote(near(own))


def near(path: Path) -> str:
    """A path as it is best written here: relative when it is under the working directory."""
    absolute, here = path.absolute(), Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) and absolute != here else str(absolute)


def invocation(context: typer.Context) -> Invocation:
    """The options before the command, as the program's callback kept them."""
    found: Invocation = context.obj
    return found
