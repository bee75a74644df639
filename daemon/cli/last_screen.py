"""The last screen of the demo: what was published, where it is, what it cost, what to do next."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from daemon.cli.invocation import BOARD_FILE, near, program_name
from daemon.cli.listing import Listing
from daemon.cli.output import clean, count, is_terminal, money, say, show
from daemon.runtime.reports import DemoReport, OnceReport


def show_last_screen(report: DemoReport) -> None:
    """Print it: a framed headline on a terminal, plain lines elsewhere."""
    _show_headline(report)
    say()
    _show_posts(report)
    say()
    show_places(report)
    say()
    _show_lines("What to do next", _next_steps(report))


def show_places(report: OnceReport) -> None:
    """Print where the posts are."""
    _show_lines("Where it is", [(label, near(path)) for label, path in report.places])


def _show_headline(report: DemoReport) -> None:
    others = [
        f"{number:,} {what}"
        for number, what in (
            (report.discarded, "discarded (duplicates, nothing to say)"),
            (report.held, "held for you"),
            (report.dead, "dead letters"),
            (report.waiting, "waiting"),
        )
        if number
    ]
    headline = f"{count(report.published, 'post')} published in {report.seconds:.1f} s for {money(report.cost_usd)}"
    detail = "; ".join(others)
    if not is_terminal():
        say(headline)
        say(detail)
        return
    from rich.panel import Panel
    from rich.text import Text

    body = Text(headline, style="bold green")
    if detail:
        body.append(f"\n{detail}", style="default not bold")
    show(Panel(body, title="DavidAgent demo", title_align="left", expand=False, padding=(1, 3)))


def _show_posts(report: DemoReport) -> None:
    """The titles; off a terminal, where there is room, the files too. On one, a title is a link to its file."""
    if not is_terminal():
        posts = Listing(">#", "published", "file", flexible="published")
        for number, (title, path) in enumerate(report.posts, 1):
            posts.add(number, title, Path(path).name)
        posts.show()
        return
    posts = Listing(">#", "published", flexible="published")
    for number, (title, path) in enumerate(report.posts, 1):
        posts.add(number, title, styles=("dim", f"bold link {path.absolute().as_uri()}"))
    posts.show()


def _show_lines(title: str, lines: Sequence[tuple[str, str]]) -> None:
    from rich.text import Text

    show(Text(title, style="bold"))
    width = max((len(label) for label, _ in lines), default=0)
    for label, value in lines:
        say(f"  {label:<{width}}  {clean(value)}")


def _next_steps(report: DemoReport) -> list[tuple[str, str]]:
    own = program_name()
    desk = f"{own} --home {shlex.quote(near(report.home))}"
    steps = [
        ("the posts", f"open {_first_page(report)} in a browser"),
        ("at a glance", f"{desk} status"),
        ("every item", f"{desk} items"),
        ("one item", f"{desk} show {_an_item(report)}"),
    ]
    if report.held:
        steps.append(("waits for you", f"{desk} items --state HELD"))
    return [
        *steps,
        ("your own feed", f"{own} sources add URL"),
        ("day and night", f"{own} run"),
    ]


def _first_page(report: DemoReport) -> str:
    return next((near(path) for label, path in report.places if "HTML" in label), near(report.home))


def _an_item(report: DemoReport) -> str:
    """An id to try `show` with."""
    from daemon.blackboard.reading import BoardReader
    from daemon.blackboard.states import State

    reader = BoardReader(report.home / BOARD_FILE)
    found = reader.items(state=State.PUBLISHED, limit=1) if reader.exists else []
    return str(found[0]["id"]) if found else "ID"
