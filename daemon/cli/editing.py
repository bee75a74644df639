"""`davidagent edit`: a dead letter that is to say something else; and what a retry would be, in words."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon.cli.acting import act, what_follows
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import count, money, print_json, say
from daemon.core.errors import UsageError

Model = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The model of llm.models that is to do it, alone.", show_default=False),
]


def edit(
    context: typer.Context,
    item_id: Annotated[str, typer.Argument(metavar="ID", help="The dead letter.", show_default=False)],
    *,
    title: Annotated[
        str | None, typer.Option(metavar="TITLE", help="What it is to be called.", show_default=False)
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="Where its new text is; - is standard input.", show_default=False),
    ] = None,
    model: Model = None,
    as_json: JsonFlag = False,
) -> None:
    """Change what a dead letter says and send it through all steps again. What it said before is kept."""
    if title is None and text is None and model is None:
        raise UsageError("say what is to be changed: --title, --text or --model")
    settings = invocation(context).settings()
    body = None if text is None else _read(text)
    done = act(settings, lambda actions: actions.edit(item_id, title=title, text=body, model=model))
    if as_json:
        print_json(done)
    elif done["edited"]:
        say(f"Edited, and begun anew.{what_follows(settings, changed=1)}")
    else:
        say("That was done before.")


def show_plan(plan: Mapping[str, Any]) -> None:
    """What a retry would be, in a few lines."""
    groups = f" of {count(plan['groups'], 'failure')}" if plan["groups"] else ""
    say(f"{count(plan['would_revive'], 'dead letter')}{groups} would be revived; nothing was changed.")
    if plan["model"]:
        say(f"  model         {plan['model']}, {_price(plan['price'])}")
    say(f"  charged       {money(plan['charged_usd'])} so far")
    say(f"  likely        {'not known' if plan['likely_usd'] is None else money(plan['likely_usd'])}")
    bound = "no bound: items have no budget (budget.per_item_usd), or a model's price is not known"
    say(f"  at most       {bound if plan['at_most_usd'] is None else money(plan['at_most_usd'])}")


def _price(price: Mapping[str, Any] | None) -> str:
    if price is None:
        return "whose price is not known"
    return f"${price['input_mtok']:g} in, ${price['output_mtok']:g} out for a million tokens ({price['source']})"


def _read(where: str) -> str:
    from sensors.text.charsets import decode

    if where == "-":
        return decode(sys.stdin.buffer.read())[0]
    try:
        return decode(Path(where).read_bytes())[0]
    except OSError as error:
        raise UsageError(f"{where} cannot be read: {error.strerror}") from error
