"""`davidagent run`, `once` and `demo`: the work itself."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import count, is_terminal, money, print_json, say, warn
from daemon.cli.progress import shown_progress
from daemon.core.errors import UsageError
from daemon.runtime.reports import OnceReport

if TYPE_CHECKING:
    from daemon.core.settings.models import Settings


def run(
    context: typer.Context,
    *,
    with_dashboard: Annotated[
        bool, typer.Option("--dashboard", metavar="", help="Start the dashboard with it.")
    ] = False,
) -> None:
    """Run the daemon: sensors, brains, publisher and API, until SIGTERM or Ctrl-C stops it softly."""
    from daemon.app import run_daemon
    from daemon.cli.dashboard import running_dashboard

    loaded = invocation(context).load_warned()
    with (
        running_dashboard(loaded) if with_dashboard else nullcontext(),
        asyncio.Runner(loop_factory=_fast_loop()) as runner,
    ):
        code = runner.run(run_daemon(loaded.settings, path=loaded.path))
    raise typer.Exit(code)


def once(
    context: typer.Context,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", metavar="", help="Exit code 1 if a dead letter was made.")
    ] = False,
    patience: Annotated[
        str | None,
        typer.Option(
            help="Give up waiting for what is away after this long (5m …); the items stay.", show_default=False
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Read every source once, work off the board, and end."""
    from daemon.app import run_once

    settings = _quieter(invocation(context).settings())
    seconds = _patience(patience)
    with _told_when_stopped(), shown_progress("once") as progress:
        report = asyncio.run(run_once(settings, strict=strict, patience=seconds, progress=progress))
    if as_json:
        print_json(report_document(report))
    else:
        _show_report(report)
    _tell_what_is_open(report)
    if report.waiting or (strict and report.dead):
        raise typer.Exit(1)


def demo(
    context: typer.Context,
    *,
    home: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to work; without it, a fresh folder is made.", show_default=False),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Do the whole job on the sample feeds, offline and free, and show where the posts are."""
    from daemon.app import run_demo

    wanted = home or invocation(context).home
    with shown_progress("demo") as progress:
        report = asyncio.run(run_demo(wanted.absolute() if wanted else None, progress=progress))
    if as_json:
        print_json(report_document(report))
        return
    from daemon.cli.last_screen import show_last_screen

    show_last_screen(report)


def report_document(report: OnceReport) -> dict[str, Any]:
    """A report as JSON."""
    return {
        "published": report.published,
        "discarded": report.discarded,
        "held": report.held,
        "dead": report.dead,
        "waiting": report.waiting,
        "waits_for": dict(report.waits_for),
        "failed_sources": dict(report.failed_sources),
        "network": report.network,
        "cost_usd": report.cost_usd,
        "seconds": round(report.seconds, 2),
        "places": [{"label": label, "path": str(path)} for label, path in report.places],
        "posts": [{"title": title, "path": str(path)} for title, path in report.posts],
    }


def summary_of(report: OnceReport) -> str:
    """What came of it, in one line."""
    ends = {"published": report.published, "discarded": report.discarded, "held": report.held, "dead": report.dead}
    what = ", ".join(f"{number:,} {end}" for end, number in ends.items() if number) or "nothing new"
    if report.failed_sources:
        what += f", {count(len(report.failed_sources), 'source')} could not be read"
    return f"{what}; {money(report.cost_usd)}, {report.seconds:.1f} s"


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Makes uvloop's event loop, which carries a hall of listeners; None where there is none (Windows)."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _show_report(report: OnceReport) -> None:
    """The summary; on a terminal also where the new posts are, and what a person may do next."""
    say(summary_of(report))
    if report.published and is_terminal():
        from daemon.cli.last_screen import show_places

        say()
        show_places(report)
    if report.held:
        say("held for you: davidagent items --state HELD, then approve, reject or discard")
    if report.dead:
        say("dead letters: davidagent groups, then davidagent retry --all")


@contextmanager
def _told_when_stopped() -> Iterator[None]:
    """Says what Ctrl-C has left behind."""
    try:
        yield
    except KeyboardInterrupt:
        warn("stopped; nothing is lost: the next davidagent once or run goes on with what is not done yet")
        raise


def _tell_what_is_open(report: OnceReport) -> None:
    """Which sources could not be read, and how many items wait for what."""
    from daemon.runtime.network import UNREACHED
    from sensors.remedies import ailment_of

    unreached = UNREACHED if report.network else frozenset[str]()
    if report.network:
        warn(report.network)
    for source, why in report.failed_sources.items():
        if ailment_of(why).name not in unreached:
            warn(f"{source}: {why}")
    if report.waiting:
        reasons = "; ".join(f"{number} for {what}" for what, number in report.waits_for.items())
        warn(f"{count(report.waiting, 'item')} left waiting ({reasons}); the next run goes on with them")


def _quieter(settings: "Settings") -> "Settings":
    """Only warnings are logged unless the configuration sets a level: the progress and the summary say the rest."""
    if "level" in settings.log.model_fields_set:
        return settings
    return settings.model_copy(update={"log": settings.log.model_copy(update={"level": "warning"})})


def _patience(text: str | None) -> float | None:
    from daemon.core.settings.values import parse_span

    try:
        return None if text is None else parse_span(text)
    except ValueError as error:
        raise UsageError(f"--patience: {error}") from error
