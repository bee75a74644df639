"""`davidagent level`: how far the desk is degraded, and a person's own choice."""

from typing import Annotated, Any

import typer

from daemon.cli.acting import act
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import age, clean, moment, print_json, say
from daemon.cli.spans import seconds_for

Document = dict[str, Any]

SHOW = "show"
_CHOICES = (SHOW, "auto", "L0", "L1", "L2", "L3")
_WORDS = {
    "L0": "normal",
    "L1": "calls get more time, answers are used again, nothing is hedged",
    "L2": "only cheap models and the offline brain are asked, the memory rests",
    "L3": "sources are read on, everything else waits, and nothing is lost",
}
_WHAT_TO_DO = {
    "L0": "",
    "L1": "nothing to do: it ends by itself",
    "L2": "see the breakers above; it ends by itself",
    "L3": "free the disk, or see the breakers above; it ends by itself when that is over",
}


def level(
    context: typer.Context,
    *,
    wanted: Annotated[str, typer.Argument(metavar="[show|auto|L0|L1|L2|L3]", show_default=False)] = SHOW,
    span: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="Back to auto after that.", show_default=False)
    ] = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Kept with the change.", show_default=False)] = "",
    as_json: JsonFlag = False,
) -> None:
    """Show the level of degradation, or set it by hand: it wins over the rules until auto."""
    chosen, seconds = _choice(wanted), seconds_for(span)
    settings = invocation(context).settings()
    if chosen == SHOW:
        document = act(settings, lambda actions: actions.level_status())
    else:
        document = act(settings, lambda actions: actions.set_level(chosen, for_seconds=seconds, why=why))
    if as_json:
        print_json(document)
        return
    say(f"Level {document['level']}: {_WORDS[document['level']]}")
    for line in _facts(document):
        say(f"  {line}")


def banner(document: Document) -> str:
    """One line for `status` on a level that is not normal: why, since when, and what to do; nothing for L0."""
    if document["level"] == "L0":
        return ""
    since = f" for {age(document['since'])}" if document["since"] else ""
    todo = "davidagent level auto ends it" if document["by"] != "auto" else _WHAT_TO_DO[document["level"]]
    what = f"LEVEL {document['level']}{since}: {_WORDS[document['level']]}"
    return clean(f"{what} ({document['reason']}{_end(document)}); {todo}")


def _facts(document: Document) -> list[str]:
    facts = [f"why     {document['reason']}"]
    if document["since"]:
        facts.append(f"since   {moment(document['since'])}")
    if document["by"] != "auto":
        facts.append(f"set by  {document['by']}{_end(document) or ', until: davidagent level auto'}")
        facts.append(f"rules   {document['automatic']}")
    elif document["leaves_at"]:
        facts.append(f"stays   until {moment(document['leaves_at'])} at least")
    return facts


def _end(document: Document) -> str:
    return f", until {moment(document['until'])}" if document["until"] else ""


def _choice(wanted: str) -> str:
    for choice in _CHOICES:
        if wanted.casefold() == choice.casefold():
            return choice
    raise typer.BadParameter(f"there is no level {wanted}; write {', '.join(_CHOICES[:-1])} or {_CHOICES[-1]}")
