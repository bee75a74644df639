"""`davidagent doctor`: is everything as it should be, and if not, what to do."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import print_json, say, show

if TYPE_CHECKING:
    from daemon.cli.checks import Check

_MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "wrong": ("WRONG", "bold red")}


def doctor(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Check this machine, the configuration, the board, the models, the memory and the sources.

    Exit code 1 when something is wrong; each finding says what to do.
    """
    from daemon.cli.checks import examine

    checks = examine(invocation(context))
    is_healthy = all(check.status != "wrong" for check in checks)
    if as_json:
        print_json({"healthy": is_healthy, "checks": [asdict(check) for check in checks]})
    else:
        _show(checks)
        say()
        say(_verdict(checks))
    if not is_healthy:
        raise typer.Exit(1)


def _verdict(checks: list["Check"]) -> str:
    found = {check.status for check in checks}
    if "wrong" in found:
        return "Something is wrong; see above."
    return "Nothing is wrong, but see the notes above." if "note" in found else "All is well."


def _show(checks: list["Check"]) -> None:
    from rich.table import Table
    from rich.text import Text

    from daemon.cli.output import clean

    shown = Table.grid(padding=(0, 2, 0, 0))
    for check in checks:
        mark, style = _MARKS[check.status]
        shown.add_row(Text(mark, style=style), Text(check.name), Text(clean(check.detail)))
        if check.advice:
            shown.add_row("", "", Text(f"→ {clean(check.advice)}", style="bold" if check.status == "wrong" else ""))
    show(shown)
