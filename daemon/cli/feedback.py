"""`davidagent feedback`: what people say of posts."""

from typing import Annotated, Any

import typer

from daemon.blackboard.feedback import About, Verdict
from daemon.cli.acting import act
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import BOARD_FILE, JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import age, count, print_json, say
from daemon.core.errors import UsageError

Document = dict[str, Any]

app = CommandLine(
    help="What people say of posts: give, list, withdraw. Later prompts show it, and sources are trusted by it.",
    epilog=examples(
        "davidagent feedback give 06c2r5x9k1v7q up",
        "davidagent feedback give 06c2r5x9k1v7q down --sentence 'It opened in May.' --corrected 'It opened in June.'",
        "davidagent feedback list",
    ),
    invoke_without_command=True,
)

_STYLES = {"up": "green", "down": "red"}
_NOTHING: Document = {
    "feedback": [],
    "next": None,
    "previous": None,
    "counts": {"up": 0, "down": 0, "corrected": 0, "by_source": []},
    "trust": [],
}


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List the newest when no other command is given."""
    if context.invoked_subcommand is None:
        list_feedback(context, as_json=as_json)


@app.command(epilog=examples("davidagent feedback give 06c2r5x9k1v7q down --why 'The second number is last year's'"))
def give(
    context: typer.Context,
    item_id: Annotated[str, typer.Argument(metavar="ID", help="The item's id.", show_default=False)],
    verdict: Annotated[Verdict, typer.Argument(metavar="up|down", help="Thumbs.", show_default=False)],
    *,
    sentence: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="A sentence of the post, word for word.", show_default=False),
    ] = None,
    claim: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="A claim of the knowledge, word for word.", show_default=False),
    ] = None,
    why: Annotated[str, typer.Option(metavar="REASON", help="Why.", show_default=False)] = "",
    corrected: Annotated[
        str, typer.Option(metavar="TEXT", help="What it should say instead.", show_default=False)
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Judge a post, or one sentence or claim of it. Said again it changes nothing; another verdict replaces it."""
    about, passage = _subject(sentence, claim)
    words = {"passage": passage, "reason": why, "corrected": corrected}
    done = act(
        invocation(context).settings(),
        lambda actions: actions.give_feedback(item_id, verdict=verdict.value, about=about.value, **words),
    )
    if as_json:
        print_json(done)
    else:
        say(f"Noted as number {done['id']}.  Published posts stay as they are; later ones are written with it in mind.")


@app.command("list")
def list_feedback(
    context: typer.Context,
    *,
    item: Annotated[str | None, typer.Option(metavar="ID", help="Only on this item.", show_default=False)] = None,
    about: Annotated[
        About | None, typer.Option(metavar="WHAT", help="Only about: post, sentence, claim.", show_default=False)
    ] = None,
    verdict: Annotated[Verdict | None, typer.Option(metavar="up|down", help="Only these.", show_default=False)] = None,
    at: Annotated[str | None, typer.Option(metavar="PLACE", help="Another page.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="At most this many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List what was said, the newest first, with the sums of all and the trust in each source."""
    from daemon.blackboard.reading.feedback import feedback_report

    board = invocation(context).settings().home / BOARD_FILE
    found = _NOTHING
    if board.exists():
        found = feedback_report(board, item_id=item, about=about, verdict=verdict, at=at, limit=limit)
    if as_json:
        print_json(found)
    else:
        _show(found)


@app.command()
def withdraw(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="The verdict's number.", show_default=False)],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Take a verdict back, as if it had not been given."""
    done = act(invocation(context).settings(), lambda actions: actions.withdraw_feedback(number))
    if as_json:
        print_json(done)
    else:
        say("Withdrawn." if done["withdrawn"] else f"There is no verdict {number}, or it is withdrawn already.")


def _subject(sentence: str | None, claim: str | None) -> tuple[About, str]:
    if sentence is not None and claim is not None:
        raise UsageError("say either --sentence or --claim: one verdict is about one of them")
    if sentence is not None:
        return About.SENTENCE, sentence
    return (About.POST, "") if claim is None else (About.CLAIM, claim)


def _show(found: Document) -> None:
    if not found["feedback"]:
        say("Nothing was said yet.  Judge a post with: davidagent feedback give ID up")
        return
    shown = Listing(">no", "verdict", "about", "item", "passage", "why", ">age", flexible="passage")
    for one in found["feedback"]:
        cells = (one["id"], one["verdict"], one["about"], one["item_id"], one["passage"] or one["title"], _why(one))
        shown.add(*cells, age(one["at"]), styles=(None, _STYLES[one["verdict"]]))
    shown.show()
    counts = found["counts"]
    say(f"\n{counts['up']:,} up, {counts['down']:,} down, {count(counts['corrected'], 'correction')}")
    if found["next"]:
        say(f"The next page: --at {found['next']}")


def _why(one: Document) -> str:
    parts = (one["reason"], f"should be: {one['corrected']}" if one["corrected"] else "")
    return "; ".join(part for part in parts if part)
