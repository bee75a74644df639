"""`davidagent retry`, `approve`, `reject` and `discard`: what only a person decides."""

import shlex
from typing import Annotated, Any

import typer

from daemon.cli.acting import act, what_follows
from daemon.cli.editing import Model, show_plan
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import clean, count, is_terminal, moment, print_json, say, show
from daemon.core.errors import UsageError

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="One or more item ids.", show_default=False)]


def retry(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Dead letters to revive.", show_default=False)
    ] = None,
    *,
    is_all: Annotated[bool, typer.Option("--all", metavar="", help="Every dead letter.")] = False,
    group: Annotated[
        str | None,
        typer.Option(metavar="G", help="Every dead letter of one failure (see davidagent groups).", show_default=False),
    ] = None,
    model: Model = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Change nothing: only say what it would be, and may cost.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Put dead letters back to work, in the state they died in. A second call finds none and does nothing.

    With --model, all their calls go to that model alone, until they are retried without it.
    """
    if sum((bool(ids), is_all, group is not None)) != 1:
        raise UsageError("say which: one or more ids, --group G, or --all")
    settings = invocation(context).settings()
    done = act(settings, lambda actions: actions.retry(ids=ids or None, group=group, model=model, dry_run=dry_run))
    if as_json:
        print_json(done)
    elif dry_run:
        show_plan(done)
    else:
        say(f"{count(done['revived'], 'dead letter')} revived.{what_follows(settings, changed=done['revived'])}")


def approve(context: typer.Context, ids: Ids, *, as_json: JsonFlag = False) -> None:
    """Publish held items. For one whose sending had an unknown end this means: send it again."""
    settings = invocation(context).settings()
    done = act(settings, lambda actions: actions.approve(ids))
    if as_json:
        print_json(done)
    else:
        say(f"{count(done['approved'], 'item')} approved.{what_follows(settings, changed=done['approved'])}")


def reject(
    context: typer.Context,
    ids: Ids,
    *,
    why: Annotated[
        str, typer.Option(metavar="REASON", help="What the writer should do differently.", show_default=False)
    ],
    as_json: JsonFlag = False,
) -> None:
    """Have held items written anew, with your reason."""
    settings = invocation(context).settings()
    done = act(settings, lambda actions: actions.reject(ids, reason=why))
    if as_json:
        print_json(done)
    else:
        say(f"{count(done['rejected'], 'item')} sent back.{what_follows(settings, changed=done['rejected'])}")


def discard(
    context: typer.Context,
    ids: Ids,
    *,
    why: Annotated[str, typer.Option(metavar="REASON", help="The reason that is kept.")] = "discarded by a person",
    as_json: JsonFlag = False,
) -> None:
    """Drop held items and dead letters; they stay on the board as DISCARDED."""
    done = act(invocation(context).settings(), lambda actions: actions.discard(ids, reason=why))
    if as_json:
        print_json(done)
    else:
        say(f"{count(done['discarded'], 'item')} discarded.")


def groups(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show dead letters grouped by what they failed of."""
    reader = invocation(context).reader()
    found = reader.dead_letter_groups() if reader.exists else []
    if as_json:
        print_json(found)
        return
    if not found:
        say("No dead letters.")
        return
    if is_terminal():
        for one in found:
            _show_group(one)
        return
    shown = Listing("group", ">items", "first", "last", "for example", flexible="for example")
    for one in found:
        sample = f"{one['sample']['id']}: {one['sample']['error']}"
        shown.add(one["group"], one["count"], moment(one["first_at"]), moment(one["last_at"]), sample)
    shown.show()


def _show_group(group: dict[str, Any]) -> None:
    """A group in lines that can be read at any width, and the command that revives it."""
    from rich.text import Text

    what = group["group"].partition("/")[0]
    first, last = moment(group["first_at"]), moment(group["last_at"])
    times = first if first == last else f"{first} to {last}"
    show(Text(f"{count(group['count'], 'item')}: {clean(what)}", style="bold") + Text(f"  {times}", style="dim"))
    say(f"  for example  {group['sample']['id']}: {group['sample']['error']}")
    say(f"  revive       davidagent retry --group {shlex.quote(group['group'])}\n")
