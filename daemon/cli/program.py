"""The program: its commands, its options, and how it ends.

Exit codes: 0 done, 1 something failed, 2 wrong use or configuration, 130 stopped by Ctrl-C.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from daemon.cli import breakers, budget, chaos, configuration, feedback, hooks, memory, sources, tokens
from daemon.cli.backup import backup
from daemon.cli.costs import costs
from daemon.cli.dashboard import dashboard
from daemon.cli.deciding import approve, discard, groups, reject, retry
from daemon.cli.doctor import doctor
from daemon.cli.editing import edit
from daemon.cli.errand import errand
from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import Invocation
from daemon.cli.items import items, show_item
from daemon.cli.level import level
from daemon.cli.output import warn
from daemon.cli.pausing import pause, resume
from daemon.cli.posting import post
from daemon.cli.running import demo, once
from daemon.cli.running import run as run_daemon
from daemon.cli.status import status
from daemon.core.errors import ConfigError, DavidAgentError, UsageError

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
_GLOBAL_OPTIONS = frozenset({"--config", "--home", "--verbose", "--version"})

app = CommandLine(
    name="davidagent",
    help="Feeds in, checked posts out.  New here?  Start with: davidagent demo",
    epilog=examples("davidagent demo", "davidagent sources add https://example.org/feed.xml", "davidagent run"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

WORK, LOOK, DECIDE, CARE = "Work", "Look", "Decide", "Set up and care"


def _show_version(*, is_wanted: bool) -> None:
    if is_wanted:
        from daemon.core.version import version

        typer.echo(f"davidagent {version()}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The configuration file, davidagent.yaml.", show_default=False)
    ] = None,
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder with board, memory and posts.", show_default=False)
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", metavar="", help="Log everything; tracebacks with errors.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _show_version(is_wanted=value),
            is_eager=True,
            metavar="",
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Keep the options for the command."""
    del version
    context.obj = Invocation(config=config, home=home, is_verbose=verbose)


_COST_EXAMPLES = examples(
    "davidagent costs --day 2026-11-20",
    "davidagent costs --since 30d --what-if anthropic/claude-sonnet-5-5 --what-if gpt-5",
    "davidagent costs --since 30d --price-in 0.40 --price-out 1.20 --json",
)


def _register() -> None:
    """Put the commands in the order and groups that `--help` shows."""
    _register_work()
    _register_looking()
    _register_deciding()
    _register_care()
    # For our own dashboard, which has texts too long for a command line and its own name in the events.
    app.command(hidden=True)(errand)


def _register_work() -> None:
    add = app.command
    add(rich_help_panel=WORK, epilog=examples("davidagent run", "davidagent --config my.yaml run"))(run_daemon)
    add(rich_help_panel=WORK, epilog=examples("davidagent once", "davidagent once --strict --patience 5m"))(once)
    add(rich_help_panel=WORK, epilog=examples("davidagent demo", "davidagent demo --home /tmp/demo"))(demo)
    add(
        rich_help_panel=WORK,
        epilog=examples(
            "davidagent post https://example.org/an-article",
            "davidagent post --title 'A note' --text 'The text …'",
            "davidagent post - < notes.txt",
        ),
    )(post)


def _register_looking() -> None:
    add = app.command
    add(rich_help_panel=LOOK, epilog=examples("davidagent status", "davidagent status --json"))(status)
    add(
        rich_help_panel=LOOK,
        epilog=examples("davidagent items --state DEAD_LETTER", "davidagent items --search battery --json"),
    )(items)
    add(
        "show",
        rich_help_panel=LOOK,
        epilog=examples("davidagent show 06c2r5x9k1v7q", "davidagent show 06c2r5x9k1v7q --call 17"),
    )(show_item)
    add(rich_help_panel=LOOK, epilog=_COST_EXAMPLES)(costs)
    app.add_typer(budget.app, name="budget", rich_help_panel=LOOK)
    add(rich_help_panel=LOOK, epilog=examples("davidagent groups"))(groups)


def _register_deciding() -> None:
    add = app.command
    add(
        rich_help_panel=DECIDE,
        epilog=examples(
            "davidagent retry 06c2r5x9k1v7q",
            "davidagent retry --all --dry-run",
            "davidagent retry --group G --model offline",
        ),
    )(retry)
    add(
        rich_help_panel=DECIDE,
        epilog=examples("davidagent edit 06c2r5x9k1v7q --title 'The ferry'", "davidagent edit 06c2r5x9k1v7q --text -"),
    )(edit)
    add(rich_help_panel=DECIDE, epilog=examples("davidagent approve 06c2r5x9k1v7q"))(approve)
    add(rich_help_panel=DECIDE, epilog=examples("davidagent reject 06c2r5x9k1v7q --why 'The date is wrong'"))(reject)
    add(rich_help_panel=DECIDE, epilog=examples("davidagent discard 06c2r5x9k1v7q --why 'Not our topic'"))(discard)
    app.add_typer(feedback.app, name="feedback", rich_help_panel=DECIDE)
    add(rich_help_panel=DECIDE, epilog=examples("davidagent pause"))(pause)
    add(rich_help_panel=DECIDE, epilog=examples("davidagent resume"))(resume)
    add(rich_help_panel=DECIDE, epilog=examples("davidagent level", "davidagent level L2 --for 30m --why 'on stage'"))(
        level
    )


def _register_care() -> None:
    add = app.command
    app.add_typer(sources.app, name="sources", rich_help_panel=CARE)
    app.add_typer(hooks.app, name="hooks", rich_help_panel=CARE)
    app.add_typer(memory.app, name="memory", rich_help_panel=CARE)
    app.add_typer(configuration.app, name="config", rich_help_panel=CARE)
    app.add_typer(chaos.app, name="chaos", rich_help_panel=CARE)
    app.add_typer(breakers.app, name="breakers", rich_help_panel=CARE)
    app.add_typer(tokens.app, name="token", rich_help_panel=CARE)
    add(rich_help_panel=CARE, epilog=examples("davidagent doctor", "davidagent doctor --json"))(doctor)
    add(rich_help_panel=CARE, epilog=examples("davidagent backup board-copy.db"))(backup)
    add(rich_help_panel=CARE, epilog=examples("davidagent dashboard"))(dashboard)


_register()


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; answers the exit code. An error is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    is_verbose = "--verbose" in arguments
    try:
        code = app(list(arguments), prog_name="davidagent", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        if message := error.format_message():
            warn(_misplaced(error) or f"{message.replace('Value error, ', '')}{_hint(error)}")
        return error.exit_code
    except BrokenPipeError:
        _drop_output()
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the end of the program: every error is said in one line
        return _failed(error, is_verbose=is_verbose)
    return code if isinstance(code, int) else 0


def _failed(error: Exception, *, is_verbose: bool) -> int:
    if is_verbose:
        import traceback

        from daemon.core.redaction import scrub_text

        sys.stderr.write(scrub_text("".join(traceback.format_exception(error))))
    for line in _sentences(error):
        warn(" ".join(line.split("\n")))
    return MISUSED if isinstance(error, ConfigError | UsageError) else FAILED


def _sentences(error: Exception) -> Sequence[str]:
    if isinstance(error, ConfigError) and error.problems:
        return error.problems
    if isinstance(error, DavidAgentError | OSError):
        return (str(error),)
    return (f"a fault of the program, {type(error).__name__}: {error} (--verbose shows where)",)


def _hint(error: typer.TyperException) -> str:
    """Where the right use is told."""
    context = getattr(error, "ctx", None)
    return f" ({context.command_path} --help)" if context else ""


def _misplaced(error: typer.TyperException) -> str:
    """What to write when an option of the program was given to a command; nothing otherwise."""
    context, option = getattr(error, "ctx", None), getattr(error, "option_name", None)
    if not context or option not in _GLOBAL_OPTIONS:
        return ""
    return f"{option} goes before the command: {context.command_path.replace(' ', f' {option} … ', 1)}"


def _drop_output() -> None:
    """Whoever read our output has gone; keep the interpreter from saying so at its end."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
