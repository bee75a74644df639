"""`davidagent hooks`: what others send to, and the secrets they sign with."""

import time
from typing import Annotated, Any

import typer

from daemon.cli.acting import act
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import age, moment, print_json, say

Document = dict[str, Any]

app = CommandLine(
    help="The webhooks, to which others send: list, rotate a secret.",
    epilog=examples("davidagent hooks", "davidagent sources add webhook:builds", "davidagent hooks rotate builds"),
    invoke_without_command=True,
)


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List the webhooks when no other command is given."""
    if context.invoked_subcommand is None:
        list_hooks(context, as_json=as_json)


@app.command("list")
def list_hooks(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List every webhook and when it was last used."""
    from daemon.api.hooking import hook_documents

    reader = invocation(context).reader()
    found = hook_documents(reader.path, now=time.time()) if reader.exists else []
    if as_json:
        print_json(found)
    elif found:
        _show(found)
    else:
        say("No webhooks yet.  Add one with: davidagent sources add webhook:NAME")


@app.command(epilog=examples("davidagent hooks rotate builds"))
def rotate(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The webhook.", show_default=False)],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Make a new secret for a webhook, and print it this once; the former one holds for another day."""
    done: Document = act(invocation(context).settings(), lambda actions: actions.rotate_hook(name))
    if as_json:
        print_json(done)
        return
    say(done["secret"])
    until = done["former_until"]
    former = f"the secret before it holds until {moment(until)}" if until else "none before it holds any more"
    say(f"Deliveries to {done['hook']} are signed with this from now on; {former}.  It is not shown again.")


def _show(found: list[Document]) -> None:
    shown = Listing("name", "path", "enabled", "last delivery", ">items today", ">source", flexible="path")
    for one in found:
        enabled = "yes" if one["enabled"] else "no"
        used = age(one["last_delivery_at"]) or "never"
        shown.add(one["name"], one["hook"], enabled, used, one["items_today"], one["source_id"])
    shown.show()
