"""`davidagent chaos`: faults on purpose at the providers' edge, to see how the desk takes them."""

from typing import Annotated, Any

import typer

from daemon.cli.acting import act
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import moment, print_json, say
from daemon.cli.spans import seconds_for

Document = dict[str, Any]


def _share(what: str) -> Any:
    return typer.Option(metavar="SHARE", min=0, max=1, help=f"Share of {what}.", show_default=False)


app = CommandLine(
    help="Faults on purpose at the providers' edge: status, on, off. Never on by default.",
    epilog=examples(
        "davidagent chaos",
        "davidagent chaos on --network-errors 0.3 --for 10m",
        "davidagent chaos off",
    ),
    invoke_without_command=True,
)


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show the status when no other command is given."""
    if context.invoked_subcommand is None:
        status(context, as_json=as_json)


@app.command()
def status(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show whether faults are made on purpose, which, and until when."""
    _show(act(invocation(context).settings(), lambda actions: actions.chaos_status()), as_json=as_json)


@app.command()
def on(
    context: typer.Context,
    *,
    network_errors: Annotated[float | None, _share("calls whose connection fails")] = None,
    rate_limits: Annotated[float | None, _share("calls answered 429")] = None,
    garbage: Annotated[float | None, _share("answers turned into garbage")] = None,
    truncated: Annotated[float | None, _share("answers that break off")] = None,
    latency_share: Annotated[float | None, _share("calls that are slowed down")] = None,
    memory_down: Annotated[bool, typer.Option("--memory-down", metavar="", help="The memory is dead.")] = False,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Which faults fall where.", show_default=False)] = None,
    span: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="Off by itself after that.", show_default=False)
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make faults from now on; what is not named is as in the configuration (section chaos)."""
    named = {
        "network_errors": network_errors,
        "rate_limits": rate_limits,
        "garbage": garbage,
        "truncated": truncated,
        "latency_share": latency_share,
        "memory_down": memory_down or None,
        "seed": seed,
    }
    faults = {name: value for name, value in named.items() if value is not None}
    seconds = seconds_for(span)
    done = act(invocation(context).settings(), lambda actions: actions.chaos_on(faults, for_seconds=seconds))
    _show(done, as_json=as_json)


@app.command()
def off(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Make no faults any more."""
    _show(act(invocation(context).settings(), lambda actions: actions.chaos_off()), as_json=as_json)


def _show(document: Document, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    if not document["on"]:
        say("Chaos is off.")
        return
    until = f" until {moment(document['until'])}" if document["until"] else ""
    by = "the configuration" if document["set_by"] == "configuration" else "a switch"
    say(f"CHAOS IS ON{until}, by {by}: calls fail on purpose.  End it with: davidagent chaos off")
    for name, value in document["faults"].items():
        say(f"  {name.replace('_', ' '):<15} {_setting(name, value)}")


def _setting(name: str, value: Any) -> str:
    """One setting with its unit: a share of all calls, seconds, a plain number, or yes and no."""
    match value:
        case bool():
            return "yes" if value else "no"
        case [shortest, longest]:
            return f"{shortest:g} to {longest:g} s"
        case _ if name == "retry_after":
            return f"{value:g} s"
        case _ if name == "seed":
            return str(value)
        case _:
            return f"{100 * value:g}% of the calls"
