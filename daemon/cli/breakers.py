"""`davidagent breakers`: which models are left alone for a while, why, and closed by hand."""

import time
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daemon.cli.acting import act
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import BOARD_FILE, JsonFlag, invocation
from daemon.cli.output import clean, print_json, say
from daemon.core.errors import UsageError, WrongStateError

if TYPE_CHECKING:
    from daemon.cli.own import OwnActions
    from daemon.runtime.remote import RemoteActions

Document = dict[str, Any]

NO_DAEMON = (
    "no daemon is running, so there is no breaker to reset; "
    "what the last one left open is taken up again by the next davidagent run or once"
)

app = CommandLine(
    help="Models that are left alone for a while: show, reset.",
    epilog=examples(
        "davidagent breakers",
        "davidagent breakers reset quick",
        "davidagent breakers reset --all",
    ),
    invoke_without_command=True,
)


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show the breakers when no other command is given."""
    if context.invoked_subcommand is None:
        show(context, as_json=as_json)


@app.command()
def show(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show every model's breaker, as the daemon last told of it."""
    found, is_left = _breakers(context)
    if as_json:
        print_json(found)
        return
    if not found:
        say("No breaker has anything to tell yet.")
        return
    if is_left:
        say("No daemon is running; the last one left them so:")
    for one in found:
        is_closed = one.get("state") == "closed"
        say(f"{one.get('name')} closed" if is_closed else in_words(one, now=time.time(), is_left=is_left))


@app.command()
def reset(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The model.", show_default=False)] = None,
    *,
    is_all: Annotated[bool, typer.Option("--all", metavar="", help="Every one that is not closed.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Close a breaker at once; what waits for it goes on. A second call finds it closed and does nothing."""
    if (name is None) is not is_all:
        raise UsageError("say which: NAME (see davidagent breakers), or --all")
    found, is_left = _breakers(context)
    names = [name] if name is not None else [str(one.get("name")) for one in open_ones(found)]
    if is_left:
        raise WrongStateError(NO_DAEMON)
    settings = invocation(context).settings()
    done = [act(settings, partial(_reset, name=one)) for one in names]
    if as_json:
        print_json(done if is_all else done[0])
        return
    for one in done:
        say(f"{one['name']} is asked again." if one["reset"] else f"{one['name']} was closed already.")
    if not done:
        say("All breakers are closed already.")


def open_ones(breakers: list[Document]) -> list[Document]:
    """Those that refuse calls now."""
    return [one for one in breakers if one.get("state") != "closed"]


def in_words(one: Document, *, now: float, is_left: bool) -> str:
    """`gemini/flash open (5 of 8 calls failed), probe at 15:47:10`; `now` in epoch seconds.

    `is_left`: no process goes on with it, so nothing is under way; what was half-open probes with the next call.
    """
    why = f" ({one['reason']})" if one.get("reason") else ""
    name, state = one.get("name") or "?", one.get("state") or "open"
    return clean(f"{name} {state}{why}, {_probe(one, now=now, is_left=is_left)}")


async def _reset(actions: "OwnActions | RemoteActions", *, name: str) -> Document:
    return await actions.reset_breaker(name)


def _breakers(context: typer.Context) -> tuple[list[Document], bool]:
    """All of them, and whether nobody goes on with them now."""
    from daemon.blackboard import read_holder
    from daemon.blackboard.reading import BoardReader
    from daemon.blackboard.reading.status import breakers_of

    home = invocation(context).settings().home
    reader = BoardReader(home / BOARD_FILE)
    found = breakers_of(reader.controls()) if reader.exists else []
    return found, read_holder(home) is None


def _probe(one: Document, *, now: float, is_left: bool) -> str:
    if one.get("state") == "half-open" and not is_left:
        return "a probe is under way"
    due = one.get("next_probe_at")
    if not isinstance(due, int | float) or due <= now:
        return "a probe is due: the next call is one"
    return f"probe at {datetime.fromtimestamp(due).astimezone():%H:%M:%S}"
