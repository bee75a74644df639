"""`davidagent costs`: what the ledger says."""

import time
from typing import Annotated, Any

import typer

from daemon.cli.invocation import BOARD_FILE, JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import count, money, print_json, say
from daemon.core.errors import UsageError

Document = dict[str, Any]


def costs(
    context: typer.Context,
    *,
    since: Annotated[str, typer.Option(metavar="TIME", help="How far back: 12h, 1d, 30d …")] = "1d",
    as_json: JsonFlag = False,
) -> None:
    """Show calls, tokens and money: in all, by brain, by model, by day."""
    from daemon.blackboard.reading import BoardReader
    from daemon.blackboard.reading.costs import costs_document

    settings = invocation(context).settings()
    start = time.time() - _span(since)
    reader = BoardReader(settings.home / BOARD_FILE)
    rate = settings.budget.currency.get("CNY")
    document = reader.costs(since=start, cny_rate=rate) if reader.exists else costs_document([], cny_rate=rate)
    if as_json:
        print_json(document)
    else:
        _show(document, since=since)


def _span(text: str) -> float:
    from daemon.core.settings.values import parse_span

    try:
        return parse_span(text)
    except ValueError as error:
        raise UsageError(f"--since: {error}") from error


def _show(document: Document, *, since: str) -> None:
    yuan = f" (¥{document['cost_cny']:.2f})" if document["cost_cny"] is not None else ""
    say(f"The last {since}: {count(document['calls'], 'call')}, {money(document['cost_usd'])}{yuan}")
    if document["unconfirmed_usd"]:
        say(f"  set aside for calls whose end is not known: {money(document['unconfirmed_usd'])}")
    if document["unpriced_calls"]:
        say(f"  {count(document['unpriced_calls'], 'call')} by models whose price is not known; not in the sum")
    for title, parts in (
        ("by brain", document["by_brain"]),
        ("by model", document["by_model"]),
        ("by day (UTC)", {one["day"]: one for one in document["by_day"]}),
    ):
        if parts:
            say()
            _show_parts(title, parts)


def _show_parts(title: str, parts: dict[str, Document]) -> None:
    shown = Listing(title, ">calls", ">tokens in", ">of them cached", ">tokens out", ">cost")
    for name, one in parts.items():
        tokens = (one["prompt_tokens"], one["cached_tokens"], one["completion_tokens"])
        shown.add(name, f"{one['calls']:,}", *(f"{number:,}" for number in tokens), money(one["cost_usd"]))
    shown.show()
