"""`davidagent errand`: one verb for another program of this desk (the dashboard), told as JSON on standard input."""

import json
import sys
from pathlib import Path
from typing import Any

import typer

from daemon.cli.acting import act, try_source
from daemon.cli.invocation import invocation
from daemon.cli.output import print_json
from daemon.core.errors import UsageError

_METHODS = frozenset(
    {
        *("post", "retry", "edit", "approve", "reject", "discard"),
        *("give_feedback", "withdraw_feedback"),
        *("add_source", "import_sources", "enable_source", "remove_source", "try_source", "rotate_hook"),
        *("pause", "raise_budget", "reset_budget", "chaos_on", "chaos_off", "set_level", "reset_breaker"),
        *("memory_status", "search_memory", "rebuild_memory", "backup"),
    }
)


def errand(context: typer.Context) -> None:
    """Do what standard input says, `{"method", "arguments", "options", "by"}`, and print what comes of it as JSON."""
    told = _told(sys.stdin.read())
    method, by = str(told.get("method")), str(told.get("by", "cli"))
    if method not in _METHODS:
        raise UsageError(f"there is no errand {method!r}")
    arguments, options = list(told.get("arguments", ())), dict(told.get("options", {}))
    if method == "backup":
        arguments = [Path(one).absolute() for one in arguments]
    settings = invocation(context).load().settings
    if method == "try_source":
        print_json(try_source(settings, *arguments, by=by))
        return
    print_json(act(settings, lambda actions: getattr(actions, method)(*arguments, **options), by=by))


def _told(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise UsageError(f"an errand is told as JSON on standard input: {error}") from error
    if not isinstance(told, dict):
        raise UsageError("an errand is told as a JSON object on standard input")
    return told
