"""What a stretch of time cost, in words and tables for a person."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from daemon.cli.listing import Listing
from daemon.cli.output import clean, count, money, say

Document = dict[str, Any]

_SIGNS = {"CNY": "¥", "EUR": "€", "GBP": "£", "JPY": "¥"}
_WHY = (("retries", "retries"), ("repair", "repairs"), ("hedge", "hedges"), ("batch", "in batches"))
_EVEN = 0.005
"""Costs that differ by less than this share are told as the same."""


def explain(document: Document, *, name: str, is_over: bool) -> None:
    """Say it all on standard output. `is_over`: the time is past, so that it can be compared with the one before."""
    say(f"{name[:1].upper()}{name[1:]}: {count(document['calls'], 'call')}, {priced(document)}")
    for line in _remarks(document, is_over=is_over):
        say(f"  {line}")
    if document["calls"]:
        _show_tables(document)
    for one in document.get("what_if", ()):
        say()
        _show_elsewhere(one, real=document)


def priced(document: Document) -> str:
    """Dollars, and what that is in the other currencies."""
    others = ", ".join(
        f"{_SIGNS.get(name, '')}{value:,.2f}{'' if name in _SIGNS else f' {clean(name)}'}"
        for name, value in document["currencies"].items()
    )
    return money(document["cost_usd"]) + (f" ({others})" if others else "")


def _remarks(document: Document, *, is_over: bool) -> Iterable[str]:
    if document["before"]:
        yield _comparison(document["cost_usd"], document["before"], is_over=is_over)
    if saved := _saving(document):
        yield saved
    if reasons := _reasons(document["by_kind"]):
        yield f"of that: {reasons}"
    if bad := _bad_ends(document):
        yield bad
    if document["unconfirmed_usd"] or document["unconfirmed_calls"]:
        calls = count(document["unconfirmed_calls"], "call")
        yield f"{calls} of unknown outcome: {money(document['unconfirmed_usd'])} stays charged to the budget"
    if document["open_calls"]:
        yield f"set aside for {count(document['open_calls'], 'call')} under way: {money(document['set_aside_usd'])}"
    if document["unpriced_calls"]:
        yield f"{count(document['unpriced_calls'], 'call')} by models whose price is not known; not in the sum"
    if waiting := document["waiting_for_budget"]:
        yield f"{count(waiting, 'item')} {'waits' if waiting == 1 else 'wait'} for the budget; see davidagent budget"


def _comparison(cost: float, before: Document, *, is_over: bool) -> str:
    seconds = datetime.fromisoformat(before["until"]) - datetime.fromisoformat(before["since"])
    name = "the day before" if seconds == timedelta(days=1) else "as long before"
    then = f"{name}: {count(before['calls'], 'call')}, {money(before['cost_usd'])}"
    if not before["cost_usd"] or not is_over:
        return then
    change = cost / before["cost_usd"] - 1
    if abs(change) < _EVEN:
        return f"{then}: about the same"
    return f"{then}: {abs(change):.0%} {'more' if change > 0 else 'less'} now"


def _saving(document: Document) -> str:
    saved, cached = document["cache_saving_usd"], document["cached_tokens"]
    if not saved and not cached:
        return ""
    share = f"{cached:,} of {document['prompt_tokens']:,} tokens in came from the providers' caches"
    if saved < 0:
        return f"{share}; filling them cost {money(-saved)} more than that saved"
    return f"{share}, which saved {money(saved)}"


def _reasons(by_kind: Mapping[str, Document]) -> str:
    parts = ((words, by_kind[kind]) for kind, words in _WHY)
    return ", ".join(f"{words} {money(one['cost_usd'])} ({one['calls']:,})" for words, one in parts if one["calls"])


def _bad_ends(document: Document) -> str:
    failed, malformed = document["failed_calls"], document["malformed_calls"]
    said = [f"{count(failed, 'call')} failed"] if failed else []
    said += [f"{count(malformed, 'answer')} had the wrong form"] if malformed else []
    said += [f"{count(document['cancelled_calls'], 'call')} given up"] if document["cancelled_calls"] else []
    return ", ".join(said)


def _show_tables(document: Document) -> None:
    lines = {f"{one['brain']} {one['task']}": one for one in document["lines"]}
    _show_parts("on what", lines)
    _show_models(document["by_model"])
    if len(document["by_source"]) > 1:
        _show_parts("by source", document["by_source"])
    if len(document["by_day"]) > 1:
        _show_parts("by day (UTC)", {one["day"]: one for one in document["by_day"]})
    if document["dearest_items"]:
        _show_dearest(document["dearest_items"])


def _show_parts(title: str, parts: Mapping[str, Document]) -> None:
    say()
    shown = Listing(title, ">calls", ">tokens in", ">of them cached", ">tokens out", ">cost")
    for name, one in parts.items():
        shown.add(name, *_figures(one))
    shown.show()


def _show_models(models: Mapping[str, Document]) -> None:
    say()
    shown = Listing(
        "by model",
        ">calls",
        ">tokens in",
        ">of them cached",
        ">tokens out",
        ">cost",
        "price from",
        flexible="price from",
    )
    for name, one in models.items():
        shown.add(name, *_figures(one), ", ".join(one["price_sources"]))
    shown.show()


def _show_dearest(items: Iterable[Document]) -> None:
    say()
    shown = Listing("dearest items", ">calls", ">cost", "title", flexible="title")
    for one in items:
        shown.add(one["id"], f"{one['calls']:,}", money(one["cost_usd"]), one["title"])
    shown.show()


def _figures(one: Document) -> tuple[str, ...]:
    tokens = (one["prompt_tokens"], one["cached_tokens"], one["completion_tokens"])
    return (f"{one['calls']:,}", *(f"{number:,}" for number in tokens), money(one["cost_usd"]))


def _show_elsewhere(one: Document, *, real: Document) -> None:
    difference = one["difference_usd"]
    more = "as much" if not difference else f"{money(abs(difference))} {'more' if difference > 0 else 'less'}"
    say(f"With {one['model']}: {money(one['cost_usd'])} instead of {money(real['cost_usd'])}, {more}")
    price = one["price"]
    say(f"  its price: ${price['input_mtok']:g} in, ${price['output_mtok']:g} out a million ({price['source']})")
    say("  " + ", ".join(f"{name} {money(part['cost_usd'])}" for name, part in one["by_brain"].items()))
    say("  taken as given:")
    for assumption in one["assumptions"]:
        say(f"  - {assumption}")
