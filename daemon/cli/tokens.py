"""`davidagent token`: what opens the API, shown or made anew."""

from typing import Any

import typer

from daemon.cli.acting import act
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import print_json, say
from daemon.core.errors import DavidAgentError

app = CommandLine(
    help="The token of the API: show, rotate.",
    epilog=examples("davidagent token show", "davidagent token rotate"),
    no_args_is_help=True,
)


@app.command()
def show(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Print the token that opens the API. Whoever has it can do everything the desk can."""
    from daemon.runtime.access import TOKEN_FILE, read_token

    settings = invocation(context).settings()
    path = None if settings.api.token is not None else str(settings.home / TOKEN_FILE)
    token = read_token(settings)
    if token is None:
        raise DavidAgentError(f"there is no token in {settings.home} yet; davidagent run or token rotate makes one")
    if as_json:
        print_json({"token": token, "path": path})
    else:
        say(token)


@app.command()
def rotate(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Make a new token; the old one, and browsers that were let in with it, open nothing from this moment on."""
    done: dict[str, Any] = act(invocation(context).settings(), lambda actions: actions.rotate_token())
    if as_json:
        print_json(done)
    else:
        say(
            f"A new token is in {done['path']}; the old one opens nothing any more.  See it with: davidagent token show"
        )
