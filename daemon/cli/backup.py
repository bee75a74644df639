"""`davidagent backup`: a copy of the board, also while the daemon works."""

from pathlib import Path
from typing import Annotated

import typer

from daemon.cli.acting import act
from daemon.cli.invocation import BOARD_FILE, JsonFlag, invocation
from daemon.cli.output import print_json, say
from daemon.core.errors import NotFoundError

_MEGABYTE = 1_000_000


def backup(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The file to write; it must not be there yet.", show_default=False)
    ],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Copy the board to a new file, safely, also while the daemon works."""
    target, settings = path.absolute(), invocation(context).settings()
    if not (settings.home / BOARD_FILE).exists():
        raise NotFoundError(f"there is no board in {settings.home} to copy; --home names another folder")
    done = act(settings, lambda actions: actions.backup(target))
    if as_json:
        print_json(done)
    else:
        say(f"{done['path']} holds the board ({done['bytes'] / _MEGABYTE:.1f} MB).")
