"""`davidagent config`: what applies, and whether it can work."""

import typer

from daemon.cli.helping import CommandLine, examples
from daemon.cli.invocation import JsonFlag, invocation
from daemon.cli.output import count, print_json, say, warn
from daemon.core.errors import ConfigError

app = CommandLine(
    help="The configuration: check it, or show what applies.",
    epilog=examples("davidagent config check", "davidagent --config my.yaml config show"),
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
    where = str(loaded.path) if loaded.path else None
    if as_json:
        print_json({"ok": True, "path": where, "problems": [], "warnings": list(loaded.warnings)})
        return
    for warning in loaded.warnings:
        warn(warning)
    name = where or "No configuration file, so the defaults apply: that"
    say(f"{name} is fine" + (f", with {count(len(loaded.warnings), 'warning')}." if loaded.warnings else "."))


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
