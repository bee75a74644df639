"""`davidagent budget`: what may still be spent, and more of it for today or this month."""

import math
import time
from typing import Annotated, Any

import typer

from daemon.cli.acting import act, what_follows
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import BOARD_FILE, JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import clean, count, moment, money, print_json, say
from daemon.cli.waits import raise_command
from daemon.core.errors import UsageError

Document = dict[str, Any]

_BRAINS = ("left", "right", "memory", "sensor")

app = CommandLine(
    help="What may still be spent: show, raise, reset.",
    epilog=examples(
        "davidagent budget",
        "davidagent budget raise --daily 8",
        "davidagent budget raise --brain left=2 --brain right=4",
        "davidagent budget reset",
    ),
    invoke_without_command=True,
)


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show the budget when no other command is given."""
    if context.invoked_subcommand is None:
        show(context, as_json=as_json)


@app.command()
def show(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show caps, what stands against them, how fast it goes, and where the day ends."""
    from daemon.api.spending import budget_report
    from daemon.blackboard.reading import BoardReader

    settings = invocation(context).settings()
    reader = BoardReader(settings.home / BOARD_FILE)
    document = budget_report(reader, budget=settings.budget, now=time.time())
    if as_json:
        print_json(document)
    else:
        _show(document)


@app.command("raise")
def raise_caps(
    context: typer.Context,
    *,
    daily: Annotated[float | None, typer.Option(metavar="USD", min=0, help="Today's cap.", show_default=False)] = None,
    monthly: Annotated[
        float | None, typer.Option(metavar="USD", min=0, help="This month's cap.", show_default=False)
    ] = None,
    brain: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BRAIN=USD",
            help="A brain's cap for today: left, right, memory, sensor (readings).",
            show_default=False,
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Set caps for today or this month (UTC) over the configured ones; what waits for the budget goes on."""
    named = {"day": daily, "month": monthly, **dict(_brain_cap(text) for text in brain or ())}
    caps = {scope: usd for scope, usd in named.items() if usd is not None}
    if not caps:
        raise UsageError("say which cap: --daily USD, --monthly USD or --brain left=USD")
    if not all(math.isfinite(usd) and usd >= 0 for usd in caps.values()):
        raise UsageError("a cap is an amount of dollars, 0 or more")
    settings = invocation(context).settings()
    done = act(settings, lambda actions: actions.raise_budget(caps))
    if as_json:
        print_json(done)
        return
    for one in done["scopes"]:
        if one["scope"] in caps:
            say(f"{_name(one['scope'])}: {money(one['cap_usd'])} until {moment(one['ends_at'])}")
    _tell(done, follows=what_follows(settings, changed=done["woken"]))


@app.command()
def reset(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Let the configured caps hold again."""
    settings = invocation(context).settings()
    done = act(settings, lambda actions: actions.reset_budget())
    if as_json:
        print_json(done)
        return
    say("The configured caps hold again." if done["changed"] else "The configured caps hold.")
    _tell(done, follows=what_follows(settings, changed=done["woken"]))


def _brain_cap(text: str) -> tuple[str, float]:
    from daemon.blackboard.budgets import scope_of_brain

    name, _, usd = text.partition("=")
    if name not in _BRAINS:
        raise UsageError(f"--brain: {clean(name)!r} is no brain; there are {', '.join(_BRAINS)}")
    try:
        return scope_of_brain(name), float(usd)
    except ValueError as error:
        raise UsageError(f"--brain: {clean(text)!r} names no amount; write it like left=2.50") from error


def _tell(done: Document, *, follows: str) -> None:
    for warning in done["warnings"]:
        say(f"Note: {warning}")
    if done["woken"] and not done["warnings"]:
        say(f"{count(done['woken'], 'item')} that waited for the budget may go on.{follows}")


def _show(document: Document) -> None:
    shown = Listing("budget", ">cap", ">spent", ">set aside", ">unconfirmed", ">left", "until")
    for one in document["scopes"]:
        cap = "none" if one["cap_usd"] is None else money(one["cap_usd"])
        amounts = (money(one[key]) for key in ("spent_usd", "set_aside_usd", "unconfirmed_usd"))
        left = "" if one["left_usd"] is None else money(one["left_usd"])
        name = _name(one["scope"]) + (" *" if one["raised"] else "")
        shown.add(name, cap, *amounts, left, moment(one["ends_at"]))
    shown.show()
    say()
    for line in _remarks(document):
        say(line)


def _remarks(document: Document) -> list[str]:
    lines = [f"* set by hand; configured: {_configured(one)}" for one in document["scopes"] if one["raised"]]
    if document["per_item_usd"] is not None:
        lines.append(f"an item   at most {money(document['per_item_usd'])}")
    lines += _speed(document["burn"])
    ahead = document["forecast"]
    reached = f"; the cap is reached {moment(ahead['cap_reached_at'])}" if ahead["cap_reached_at"] else ""
    end = money(ahead["day_end_usd"])
    lines.append(f"forecast  {end} at the day's end (UTC) if it goes on like the last hour{reached}")
    month = f"{money(ahead['month_end_usd'])} at the month's end"
    lines.append(f"          {month} if each later day costs {money(ahead['per_day_usd'])}, as they did lately")
    if waiting := document["waiting_items"]:
        command = raise_command(document["short_of"])
        lines.append(f"waiting   {count(waiting, 'item')} for the budget{command and f'; {command}'}")
    return lines


def _speed(burn: Document) -> list[str]:
    last = f"{money(burn['usd_per_minute'])} and {burn['tokens_per_minute']:,} tokens in the last minute"
    usual = f"{money(burn['average_usd_per_minute'])} and {burn['average_tokens_per_minute']:,.0f}"
    lines = [f"speed     {last}; {usual} a minute in the hour before"]
    if burn["stage"] != "normal":
        lines.append(f"          the burn-rate breaker is in stage {burn['stage']}: {clean(burn['reason'])}")
    return lines


def _configured(scope: Document) -> str:
    usd = scope["configured_usd"]
    return f"{_name(scope['scope'])} {'has no cap' if usd is None else money(usd)}"


def _name(scope: str) -> str:
    brain = scope.removeprefix("brain:")
    return f"{brain} brain" if brain in ("left", "right") else brain
