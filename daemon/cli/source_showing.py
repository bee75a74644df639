"""The sources on a terminal: all in a table, one with everything that is known of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from daemon.cli.listing import Listing
from daemon.cli.output import age, clean, count, is_terminal, moment, money, say, span, warn
from daemon.runtime.network import UNREACHED, in_words, offline

Document = dict[str, Any]

_STYLES = {
    "ok": "green",
    "fresh": "green",
    "failing": "red",
    "gone": "red",
    "stale": "red",
    "late": "yellow",
    "disabled": "dim",
    "quiet": "dim",
}
_COLUMNS = (
    *(">id", "name", "health", "freshness", "kind", "every", "read", "new item", "next", ">trust"),
    *(">reads", "address"),
)
_FULL_TEXT = {
    True: "every article is fetched",
    False: "never fetched",
    None: "fetched where entries are short, as sensors.full_text says",
}
_IN_WORDS = {
    "disabled": "switched off: it is not read",
    "gone": "gone for good, says its server: it is read no more until it is enabled",
}
_LATE = "we are late: it should have been read by now (does the daemon run?)"
_MOST_LEFT_OUT = 20
_MOST_AILING = 20
_UNTOLD = frozenset({"source_id", "address", "by", "outcome"})


def show_sources(found: list[Document], *, network: str | None = None) -> None:
    """A row for each; below, which cannot be read and what would help, and which have nothing new.

    `network` is what the board says of it: while nobody is reached, that is said once and not of each source.
    """
    shown = Listing(*_COLUMNS, flexible="address")
    for one in found:
        every = span(one["every_seconds"] or one["interval_seconds"])
        ages = (age(one["last_success_at"]), age(one["last_item_at"]), _until(one))
        trust = None if one["trust"] is None else f"{one['trust']:.0%}"
        cells = (one["id"], one["name"], one["health"], one["freshness"], one["kind"], every, *ages, trust, _reads(one))
        styles = (None, None, _STYLES.get(one["health"]), _STYLES.get(one["freshness"]))
        shown.add(*cells, one["address"], styles=styles)
    shown.show()
    if (sign := offline(network)) is not None:
        warn(f"{in_words(sign)} The sources that it does not reach are read once the network is back.")
    _tell_ailing(found, but=UNREACHED if sign else frozenset())


def state_in_words(source: Document) -> str:
    """How it is: what we fail to read is told apart from what has nothing new."""
    if source["freshness"] in _IN_WORDS:
        return _IN_WORDS[source["freshness"]]
    if source["errors_in_row"]:
        fails = f"we cannot read it: {count(source['errors_in_row'], 'failure')} in a row"
        return str(source["last_error"]) if source["hook"] else fails
    if source["health"] == "late" or source["freshness"] == "stale":
        return _LATE
    if source["hook"]:
        return "it waits for what is sent to it" if source["last_fetch_at"] is None else "what is sent to it arrives"
    if source["last_fetch_at"] is None:
        return "it was not read yet"
    return "it can be read" + (", and has had nothing new for a day or more" if source["freshness"] == "quiet" else "")


def show_source(source: Document, *, events: list[Document]) -> None:
    """Everything about one."""
    say(f"{source['name']}: {state_in_words(source)}")
    for name, value in _facts(source):
        if value not in (None, ""):
            say(f"  {name:<13} {clean(value)}")
    _show_left_out(source["left_out"] or {})
    if events:
        say("\nWhat was told of it, the newest first")
    for event in events:
        say(f"  {moment(event['at'])}  {event['type']:<16} {_told(event['data'])}".rstrip())


def _facts(source: Document) -> Iterator[tuple[str, object]]:
    yield "id", source["id"]
    yield "kind", source["kind"]
    yield "address", source["address"]
    yield "moved to", source["moved_to"]
    yield "from", "the configuration" if source["origin"] == "config" else "added"
    yield "tags", ", ".join(source["tags"])
    yield from _times(source)
    yield "last error", source["last_error"]
    yield "what helps", source["help"]
    if source["kind"] == "rss" or source["full_text"] is not None:
        yield "full text", _FULL_TEXT[source["full_text"]]
    if source["hook"]:
        yield "sent to", f"POST {source['hook']}"
    yield from _costs(source)
    yield "items", f"{source['items']:,} in 14 days, {source['published']:,} published"
    if source["trust"] is not None:
        yield "trust", f"{source['trust']:.0%} ({source['up']} up, {source['down']} down)"


def _times(source: Document) -> Iterator[tuple[str, object]]:
    if source["hook"]:
        yield "last delivery", _moment_and_age(source["last_fetch_at"]) or "never"
        return
    yield "last fetch", _moment_and_age(source["last_fetch_at"]) or "never"
    yield "last success", _moment_and_age(source["last_success_at"]) or "never"
    yield "last new item", _moment_and_age(source["last_item_at"]) or "not known"
    every = span(source["every_seconds"])
    yield "every", every or _own_interval(source)
    if source["freshness"] not in ("disabled", "gone"):
        yield "next fetch", moment(source["next_fetch_at"]) or "at once"
    yield "why then", source["next_fetch_reason"]
    yield "failures", f"{source['errors_in_row']} in a row" if source["errors_in_row"] else "none"


def _costs(source: Document) -> Iterator[tuple[str, object]]:
    reads = source["reads"]
    if reads is not None:
        yield "reads today", f"{reads['today']:,} of {reads['limit']:,}"
        yield "cost today", f"{money(reads['usd_today'])} of {money(reads['usd_limit'])}"
        if reads["per_day"] is not None:
            month = money(reads["usd_month"])
            yield "a usual day", f"{reads['per_day']:,g} reads; at this pace {month} in 30 days"
        else:
            yield "a usual day", "not known before the first reading"
    if source["calls"]:
        and_reads = "" if reads is None else ", reading included"
        yield "calls", f"{source['calls']:,} in 14 days, {money(source['cost_usd'])}{and_reads}"


def _show_left_out(left_out: dict[str, str]) -> None:
    if left_out:
        say(f"\n{count(len(left_out), 'file')} left out")
    for file, why in list(left_out.items())[:_MOST_LEFT_OUT]:
        say(f"  {clean(file)}: {clean(why)}")
    if len(left_out) > _MOST_LEFT_OUT:
        say(f"  and {len(left_out) - _MOST_LEFT_OUT:,} more; --json names all")


def _told(data: Document) -> str:
    outcome = data.get("outcome")
    told = {key: len(value) if isinstance(value, dict) else value for key, value in data.items() if key not in _UNTOLD}
    rest = (f"{key} {value}" for key, value in told.items() if value not in (None, "", []))
    return clean(" · ".join([*([outcome] if outcome else []), *rest, *([f"by {data['by']}"] if "by" in data else [])]))


def _tell_ailing(found: list[Document], *, but: frozenset[str]) -> None:
    failing = [one for one in found if one["last_error"] and one["health"] in ("failing", "gone")]
    ailing = [one for one in failing if one["ailment"] not in but]
    for one in ailing[:_MOST_AILING]:
        warn(f"{clean(one['name'])}: {one['last_error'].rstrip('.')}. {one['help']}")
    if len(ailing) > _MOST_AILING:
        warn(f"and {len(ailing) - _MOST_AILING:,} more: davidagent sources show NAME tells of each")
    if ailing:
        warn(
            f"{len(ailing)} of {count(len(found), 'source')} cannot be read; each is tried again by itself, less and "
            "less often.  davidagent sources disable ID ends that"
        )
    quiet = sum(one["freshness"] == "quiet" for one in found)
    if quiet and is_terminal():
        say(f"{count(quiet, 'source')} can be read and had nothing new for a day or more: quiet, not stale.")


def _reads(source: Document) -> str | None:
    reads = source["reads"]
    return None if reads is None else f"{reads['today']:,}/{reads['limit']:,}"


def _until(source: Document) -> str | None:
    """In how long it is read next."""
    if source["hook"] or source["freshness"] in ("disabled", "gone"):
        return None
    if source["next_fetch_at"] is None:
        return "now"
    seconds = (datetime.fromisoformat(source["next_fetch_at"]) - datetime.now(UTC)).total_seconds()
    return span(seconds) if seconds > 0 else "now"


def _moment_and_age(iso_time: str | None) -> str:
    return f"{moment(iso_time)} ({age(iso_time)} ago)" if iso_time else ""


def _own_interval(source: Document) -> str | None:
    """How often it is read when nobody said; that of a feed follows what it posts."""
    now = span(source["interval_seconds"])
    return f"as it posts: now {now}" if now and source["kind"] == "rss" else now or None
