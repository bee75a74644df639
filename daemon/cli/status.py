"""`davidagent status`: the whole desk at a glance."""

import time
from typing import TYPE_CHECKING, Any

import typer

from daemon.cli.invocation import BOARD_FILE, Invocation, JsonFlag, invocation
from daemon.cli.listing import Listing
from daemon.cli.output import STATE_STYLES, age, clean, count, money, print_json, say, span

if TYPE_CHECKING:
    from daemon.blackboard.reading import BoardReader
    from daemon.core.settings.models import Settings

Document = dict[str, Any]


def status(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Show how many items stand where, whether the daemon runs, and what today has cost."""
    document = status_of(invocation(context))
    if as_json:
        print_json(document)
    else:
        _show(document)


def status_of(called: Invocation) -> Document:
    """The status document, from the board's file and the writer's lock alone."""
    from daemon.blackboard import read_holder
    from daemon.blackboard.reading import BoardReader
    from daemon.blackboard.reading.status import empty_overview, status_document

    settings = called.settings()
    reader = BoardReader(settings.home / BOARD_FILE)
    overview = reader.overview() if reader.exists else empty_overview()
    document = status_document(overview, holder=read_holder(settings.home), memory_default=_memory_default(settings))
    return document | _money_and_chaos(reader, settings=settings, control=overview["controls"].get("chaos"))


def _money_and_chaos(reader: "BoardReader", *, settings: "Settings", control: str | None) -> Document:
    from daemon.api.spending import accounts_of
    from daemon.blackboard.reading.budget import day_summary
    from daemon.core.chaos import chaos_state

    now = time.time()
    return {
        "budget": day_summary(accounts_of(reader, now=now), budget=settings.budget),
        "chaos": chaos_state(settings.chaos, control, now=now).is_on,
    }


def _memory_default(settings: "Settings") -> str:
    return "off" if settings.memory.mode == "off" else "ok"


def _show(document: Document) -> None:
    say(_headline(document["daemon"], level=document["level"]))
    say()
    states = Listing("state", ">items", ">oldest")
    for state, number in document["states"].items():
        oldest = span(document["oldest_age_seconds"].get(state))
        states.add(state, f"{number:,}", oldest, styles=(STATE_STYLES.get(state) if number else "dim",))
    states.show()
    say()
    say(_today(document["today"]))
    say(f"budget    {_budget(document['budget'])}")
    say(f"memory    {document['memory']}")
    say(f"breakers  {_breakers(document['breakers'])}")
    if document["pools"]:
        say(f"pools     {'; '.join(_pool(one) for one in document['pools'])}")
    for line in _hints(document):
        say(line)


def _headline(daemon: Document, *, level: str) -> str:
    if not daemon["running"]:
        return "The daemon is not running.  Start it with: davidagent run"
    where = f", {daemon['address']}" if daemon["address"] else ""
    since = f", up {age(daemon['started_at'])}" if daemon["started_at"] else ""
    return f"DavidAgent {clean(daemon['version'])} is running (pid {daemon['pid']}{where}{since}), level {level}"


def _today(today: Document) -> str:
    tokens = f"{today['prompt_tokens']:,} tokens in, {today['completion_tokens']:,} out"
    return f"today     {today['calls']:,} calls, {tokens}, {money(today['cost_usd'])}"


def _budget(budget: Document) -> str:
    ahead = f"{money(budget['forecast_usd'])} expected by its end"
    if budget["daily_usd"] is None:
        return f"no cap for the day, {ahead}"
    return f"{money(budget['left_usd'])} of {money(budget['daily_usd'])} left of the day, {ahead}"


def _pool(pool: Document) -> str:
    """`qwen-pool 2 of 3 in rotation`, and why the others are not."""
    out = [one for one in pool["instances"] if not one["is_in"]]
    why = "; ".join(f"{one['endpoint']}: {one['reason']}" for one in out if one["reason"])
    number = len(pool["instances"])
    return clean(f"{pool['pool']} {number - len(out)} of {number} in rotation" + (f" ({why})" if why else ""))


def _breakers(breakers: list[Any]) -> str:
    open_ones = [one for one in breakers if not isinstance(one, dict) or one.get("state") != "closed"]
    if not open_ones:
        return "all closed"
    return "; ".join(_breaker(one) for one in open_ones)


def _breaker(one: Any) -> str:
    if not isinstance(one, dict):
        return clean(one)
    name = one.get("name") or one.get("endpoint") or "?"
    why = f" ({one['reason']})" if one.get("reason") else ""
    return clean(f"{name} {one.get('state', 'open')}{why}")


def _hints(document: Document) -> list[str]:
    hints = []
    if document["chaos"]:
        hints.append("CHAOS IS ON: calls fail on purpose; davidagent chaos off ends it")
    if document["burn"] != "normal":
        hints.append(f"money goes too fast (stage {clean(document['burn'])}): davidagent budget says how fast")
    if waiting := document["budget"]["waiting_items"]:
        verb = "waits" if waiting == 1 else "wait"
        hints.append(f"{count(waiting, 'item')} {verb} for the budget: davidagent budget raise --daily USD")
    if document["paused"]:
        hints.append("paused: nothing new is taken up; davidagent resume goes on")
    if document["states"]["DEAD_LETTER"]:
        hints.append("dead letters: davidagent groups, then davidagent retry --all")
    if document["states"]["HELD"]:
        hints.append("held for you: davidagent items --state HELD, then approve, reject or discard")
    return ["", *hints] if hints else []
