"""`davidagent config`: what applies, whether it can work, and what of it is of an older kind."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import JsonFlag, invocation, near, program_name
from daemon.cli.output import clean, count, print_json, say, warn
from daemon.core.errors import ConfigError

if TYPE_CHECKING:
    from daemon.core.settings.migrating import Migration

app = CommandLine(
    help="The configuration: check it, show what applies, or bring an old one up to date.",
    epilog=examples("davidagent config check", "davidagent --config my.yaml config show", "davidagent config migrate"),
    invoke_without_command=True,
)


@app.callback()
def default(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Check when no other command is given."""
    if context.invoked_subcommand is None:
        check(context, as_json=as_json)


@app.command()
def check(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Say whether the configuration can work, and what is doubtful in it. Exit code 2 when it cannot."""
    try:
        loaded = invocation(context).load()
    except ConfigError as error:
        if as_json:
            print_json({"ok": False, "path": None, "problems": list(error.problems or (str(error),)), "warnings": []})
        raise
    from daemon.cli.checks.kinds import missing_kinds

    where = str(loaded.path) if loaded.path else None
    warnings = [*loaded.warnings, *missing_kinds(loaded.settings)]
    if as_json:
        print_json({"ok": True, "path": where, "problems": [], "warnings": warnings})
        return
    for warning in warnings:
        warn(warning)
    name = where or "No configuration file, so the defaults apply: that"
    if loaded.own_files:
        name += f", with {count(len(loaded.own_files), 'file')} of groups and pools,"
    say(f"{name} is fine" + (f", with {count(len(warnings), 'warning')}." if warnings else "."))


@app.command()
def show(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Print everything that applies, defaults included; secrets as ***."""
    import yaml

    from daemon.core.settings.dumping import dump_settings

    text = dump_settings(invocation(context).settings())
    if as_json:
        print_json(yaml.safe_load(text))
    else:
        typer.echo(text, nl=False)


@app.command(epilog=examples("davidagent config migrate", "davidagent config migrate --write"))
def migrate(
    context: typer.Context,
    *,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="The old file, where it is not beside the configuration.", show_default=False
        ),
    ] = None,
    write: Annotated[bool, typer.Option("--write", metavar="", help="Change the files.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Move a global fallback of the old kind into the groups. Shows the change; --write makes it."""
    from daemon.core.settings.migrating import plan_migration

    called = invocation(context)
    plan = plan_migration(
        environ=os.environ, cwd=Path.cwd(), config=called.config, overrides=called.overrides(), source=source
    )
    kept = plan.write() if plan is not None and write else ()
    if as_json:
        print_json(_migration_document(plan, kept=kept, is_written=write))
    elif plan is None:
        say("There is no global fallback, so there is nothing to do.")
    else:
        _show_migration(plan)
        say(_written(plan, kept) if write else _how_to_write(called.config, source))


def _show_migration(plan: "Migration") -> None:
    for change in plan.changes:
        typer.echo(clean(change.diff()))
    for line in (*plan.notes, *plan.warnings):
        warn(line)


def _written(plan: "Migration", kept: tuple[Path, ...]) -> str:
    pairs = zip(plan.changes, kept, strict=True)
    done = [f"{change.name} is changed; {near(old)} is what it was." for change, old in pairs]
    if plan.retired_to is not None:
        done.append(f"{plan.source} is called {near(plan.retired_to)} now.")
    return "\n".join(done)


def _how_to_write(config: Path | None, source: Path | None) -> str:
    options = ["--config", str(config)] if config else []
    command = [*options, "config", "migrate", *(["--from", str(source)] if source else []), "--write"]
    return f"Nothing is written yet. To do it: {program_name()} {shlex.join(command)}"


def _migration_document(plan: "Migration | None", *, kept: tuple[Path, ...], is_written: bool) -> dict[str, Any]:
    if plan is None:
        return {"from": None, "changes": [], "notes": [], "warnings": [], "written": False, "kept": [], "retired": None}
    return {
        "from": plan.source,
        "changes": [{"path": str(change.path), "diff": change.diff()} for change in plan.changes],
        "notes": list(plan.notes),
        "warnings": list(plan.warnings),
        "written": is_written,
        "kept": [str(path) for path in kept],
        "retired": str(plan.retired_to) if plan.retired_to else None,
    }
