"""`davidagent pause` and `resume`: stop taking up work, and go on."""

import typer

from daemon.cli.acting import act
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import print_json, say


def pause(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Take up no more work until resume, also after a restart; what is in hand is finished, sources are read on."""
    done = act(invocation(context).settings(), lambda actions: actions.pause(is_paused=True))
    if as_json:
        print_json(done)
    else:
        say("Paused: nothing new is taken up.  Go on with: davidagent resume")


def resume(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Take up work again."""
    done = act(invocation(context).settings(), lambda actions: actions.pause(is_paused=False))
    if as_json:
        print_json(done)
    else:
        say("Resumed.")
