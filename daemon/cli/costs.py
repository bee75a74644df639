"""`davidagent costs`: what the ledger says, why, and what other models would have cost."""

import time
from typing import Annotated, Any

import typer

from daemon.cli.invocation import BOARD_FILE, JsonFlag, invocation
from daemon.cli.output import print_json

Document = dict[str, Any]


def costs(
    context: typer.Context,
    *,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="How far back: 12h, 30d …; 1d unless told.", show_default=False)
    ] = None,
    day: Annotated[
        str | None, typer.Option(metavar="DAY", help="One day (UTC): 2026-11-20, today.", show_default=False)
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help="Also: what this model would have cost.", show_default=False),
    ] = None,
    price_in: Annotated[
        float | None, typer.Option(metavar="USD", min=0, help="The same for a price: a million in,", show_default=False)
    ] = None,
    price_out: Annotated[
        float | None, typer.Option(metavar="USD", min=0, help="and a million out.", show_default=False)
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Explain what was spent, on what and why; and what the same work would have cost elsewhere."""
    from daemon.blackboard.reading import BoardReader
    from daemon.runtime.costing import Elsewhere, cost_report, window_of

    now = time.time()
    window = window_of(since=since, day=day, now=now)
    elsewhere = Elsewhere(tuple(what_if or ()), price_in=price_in, price_out=price_out)
    settings = invocation(context).settings()
    reader = BoardReader(settings.home / BOARD_FILE)
    document = cost_report(reader, window=window, settings=settings, elsewhere=elsewhere, now=now)
    if as_json:
        print_json(document)
        return
    from daemon.cli.explaining import explain

    explain(document, name=window.name, is_over=window.until <= now + 1)
