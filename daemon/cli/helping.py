"""How `--help` looks: the program's commands and options, without the types of switches, and with examples."""

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

Function = TypeVar("Function", bound=Callable[..., Any])


class _PlainHelp:
    """Shows `--help` itself as the switch it is; typer would put `<bool>` beside it."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option, without a type."""
        option = super().get_help_option(ctx)  # type: ignore[misc]  # of the command this is mixed into
        if option is not None:
            option.metavar = ""
        return option


class Command(_PlainHelp, TyperCommand):
    """One command."""


class Group(_PlainHelp, TyperGroup):
    """A noun with commands of its own, or the whole program."""


class CommandLine(typer.Typer):
    """A `typer.Typer` all of whose commands are ours."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Function], Function]:
        """As `typer.Typer.command`."""
        return super().command(name, cls=Command, **settings)


def examples(*lines: str) -> str:
    """An epilog that shows how the command is used; one line each."""
    return "\n".join(("Examples:", *(f"  {line}" for line in lines)))
