"""Spans of time as they are typed: `--for 10m`."""

import typer

from daemon.core.settings.values import parse_span


def seconds_for(span: str | None) -> float | None:
    """The seconds of `--for`; None without it. Raises `typer.BadParameter` for what is no span, or none at all."""
    if span is None:
        return None
    try:
        seconds = parse_span(span)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error
    if seconds <= 0:
        raise typer.BadParameter("must be more than 0 seconds", param_hint="--for")
    return seconds
