"""The last screen of the demo: what was published, where it is, what it cost, what to do next."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from daemon.cli.listing import Listing
from daemon.cli.output import clean, count, is_terminal, money, say, show
from daemon.runtime.reports import DemoReport


def show_last_screen(report: DemoReport) -> None:
    """Print it: a framed headline on a terminal, plain lines elsewhere."""
    _show_headline(report)
    say()
    posts = Listing(">#", "published", "file", flexible="published")
    for number, (title, path) in enumerate(report.posts, 1):
        posts.add(number, title, Path(path).name, styles=("dim", "bold", "cyan"))
    posts.show()
    say()
    _show_lines("Where it is", [(label, str(path)) for label, path in report.places])
    say()
    _show_lines("What to do next", _next_steps(report))


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


def _show_lines(title: str, lines: Sequence[tuple[str, str]]) -> None:
    from rich.text import Text

    show(Text(title, style="bold"))
    width = max((len(label) for label, _ in lines), default=0)
    for label, value in lines:
        say(f"  {label:<{width}}  {clean(value)}")


def _next_steps(report: DemoReport) -> list[tuple[str, str]]:
    option = f" --home {shlex.quote(str(report.home))}"
    steps = [
        (f"davidagent{option} status", "the desk at a glance"),
        (f"davidagent{option} items", "every item, and what became of it"),
        (f"davidagent{option} show ID", "one item: source, knowledge, draft, check, history"),
    ]
    if report.held:
        steps.append((f"davidagent{option} items --state HELD", "what waits for your decision"))
    return [
        *steps,
        ("davidagent sources add URL", "your own feed, on your own desk"),
        ("davidagent run", "the daemon, day and night"),
    ]
