"""`davidagent post`: a person puts an item on the board."""

import sys
from typing import Annotated

import typer

from daemon.cli.acting import act, what_follows
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import print_json, say
from daemon.core.errors import UsageError


def post(
    context: typer.Context,
    what: Annotated[
        str | None,
        typer.Argument(metavar="[URL|-]", help="A page to fetch, or - to read the text from standard input."),
    ] = None,
    *,
    text: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The text itself; with a URL, the page is not fetched.", show_default=False),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="Its title; without one, the page's or the first line.", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Post an item: a page, a text, or standard input. The same thing again is the same item."""
    url, body = _source_of(what, text=text)
    settings = invocation(context).settings()
    posted = act(settings, lambda actions: actions.post(url=url, text=body, title=title))
    if as_json:
        print_json(posted)
    elif posted["new"]:
        say(f"Posted as {posted['id']}.{what_follows(settings, changed=1)}")
    else:
        say(f"On the board already, as {posted['id']} ({posted['state']}).")


def _source_of(what: str | None, *, text: str | None) -> tuple[str | None, str | None]:
    if what == "-":
        if text is not None:
            raise UsageError("the text comes from --text or from standard input, not from both")
        from sensors.text.charsets import decode

        return None, decode(sys.stdin.buffer.read())[0]
    if what is None and text is None:
        raise UsageError("say what: a URL, --text T, or - for standard input")
    return what, text
