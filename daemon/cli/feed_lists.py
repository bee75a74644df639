"""`davidagent sources import` and `export`: lists of feeds as OPML."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from daemon.cli.acting import act
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import clean, count, print_json, say, warn
from daemon.core.errors import UsageError

Document = dict[str, Any]

OpmlFile = Annotated[
    Path, typer.Argument(metavar="OPML", help="An OPML file.", exists=True, dir_okay=False, show_default=False)
]


def import_opml(context: typer.Context, file: OpmlFile, *, as_json: JsonFlag = False) -> None:
    """Add every feed of an OPML file, as feed readers export it; its folders become tags."""
    settings, text = invocation(context).settings(), _read(file)
    with _shown_work(f"Adding the feeds of {file.name}"):
        done: Document = act(settings, lambda actions: actions.import_sources(text))
    for problem in done["problems"]:
        warn(problem)
    if as_json:
        print_json(done)
    else:
        say(f"{count(done['added'], 'source')} added, {done['known']:,} known already.")


def export(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to; without one, to standard output.", show_default=False),
    ] = None,
    *,
    is_forced: Annotated[bool, typer.Option("--force", metavar="", help="Replace a file that is there.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write the feeds as OPML, their tags as folders; those with a login or a token in their address stay here."""
    from daemon.api.posting import opml_text
    from sensors.feeds.opml import kept_back

    reader = invocation(context).reader()
    sources = reader.sources() if reader.exists else []
    text, private = opml_text(sources), kept_back(sources)
    if private:
        # A name after a word such as token and a colon would be taken for the token, and hidden.
        warn(f"left out: {', '.join(map(clean, private))} (a login or a token stands in the address)")
    if file is not None:
        _write(file, text, is_forced=is_forced)
    if as_json:
        print_json({"path": str(file) if file else None, "left_out": private, "opml": text})
    elif file is not None:
        say(f"{file} holds {count(sum(one['kind'] == 'rss' for one in sources) - len(private), 'feed')}.")
    else:
        typer.echo(text, nl=False)


def _write(file: Path, text: str, *, is_forced: bool) -> None:
    try:
        with file.open("w" if is_forced else "x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already; --force replaces it") from error
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def _read(file: Path) -> str:
    from sensors.text.charsets import decode

    try:
        return decode(file.read_bytes())[0]
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error


@contextmanager
def _shown_work(what: str) -> Iterator[None]:
    """On a terminal, that it goes on; a list of thousands takes a while."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield
