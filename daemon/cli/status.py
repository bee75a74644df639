"""`davidagent status`: the whole desk at a glance."""

import time
from typing import TYPE_CHECKING, Any

import typer

from daemon.cli.breakers import in_words, open_ones
from daemon.cli.invocation import BOARD_FILE, Invocation, JsonFlag, invocation
from daemon.cli.level import banner
from daemon.cli.listing import Listing
from daemon.cli.output import STATE_STYLES, age, clean, moment, money, print_json, say, span
from daemon.cli.waits import wait_lines

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
    accounts = accounts_of(reader, now=now)
    return {
        "budget": day_summary(accounts, budget=settings.budget),
        "waiting": dict(accounts.waiting),
        "chaos": chaos_state(settings.chaos, control, now=now).is_on,
    }


def _memory_default(settings: "Settings") -> str:
    return "off" if settings.memory.mode == "off" else "ok"


def _show(document: Document) -> None:
    say(_headline(document))
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
    say(f"breakers  {_breakers(document['breakers'], is_left=not document['is_written'])}")
    if document["pools"]:
        say(f"pools     {'; '.join(_pool(one) for one in document['pools'])}")
    for line in _hints(document):
        say(line)


def _headline(document: Document) -> str:
    daemon = document["daemon"]
    if document["is_written"] and not daemon["running"]:
        who = f" (process {document['writer_pid']})" if document["writer_pid"] else ""
        return f"A davidagent{who} is starting, or at work on the board for a while; its API is not there (yet)"
    if not daemon["running"]:
        return "The daemon is not running.  Start it with: davidagent run"
    where = f", {daemon['address']}" if daemon["address"] else ""
    since = f", up {age(daemon['started_at'])}" if daemon["started_at"] else ""
    # The first signs of life come a moment after the API.
    name = f"DavidAgent {clean(daemon['version'])}" if daemon["version"] else "DavidAgent"
    what = f"{name} is running (pid {daemon['pid']}{where}{since})"
    return f"{what}, level {document['level']}"


def _today(today: Document) -> str:
    tokens = f"{today['prompt_tokens']:,} tokens in, {today['completion_tokens']:,} out"
    return f"today     {today['calls']:,} calls, {tokens}, {money(today['cost_usd'])}"


def _budget(budget: Document) -> str:
    """The forecast goes on as if there were no cap; money stops at the cap, so then its time is told."""
    ahead = f"{money(budget['forecast_usd'])} expected by its end"
    if budget["daily_usd"] is None:
        return f"no cap for the day, {ahead}"
    if budget["cap_reached_at"]:
        ahead = f"at this speed the cap is reached {moment(budget['cap_reached_at'])}"
    if not budget["left_usd"]:
        ahead = "the cap is reached"
    return f"{money(budget['left_usd'])} of {money(budget['daily_usd'])} left of the day, {ahead}"


def _pool(pool: Document) -> str:
    """`qwen-pool 2 of 3 in rotation`, and why the others are not."""
    out = [one for one in pool["instances"] if not one["is_in"]]
    why = "; ".join(f"{one['endpoint']}: {one['reason']}" for one in out if one["reason"])
    number = len(pool["instances"])
    return clean(f"{pool['pool']} {number - len(out)} of {number} in rotation" + (f" ({why})" if why else ""))


def _breakers(breakers: list[Document], *, is_left: bool) -> str:
    found = open_ones(breakers)
    if not found:
        return "all closed"
    words = "; ".join(in_words(one, now=time.time(), is_left=is_left) for one in found)
    return f"as the daemon left them: {words}" if is_left else words


def _hints(document: Document) -> list[str]:
    hints = [line] if (line := banner(document["level_told"])) else []
    if document["chaos"]:
        hints.append("CHAOS IS ON: calls fail on purpose; davidagent chaos off ends it")
    if document["burn"] != "normal":
        hints.append(f"money goes too fast (stage {clean(document['burn'])}): davidagent budget says how fast")
    hints += wait_lines(document["waiting"], short_of=document["budget"]["short_of"])
    if document["paused"]:
        hints.append("paused: nothing new is taken up; davidagent resume goes on")
    if document["states"]["DEAD_LETTER"]:
        hints.append("dead letters: davidagent groups, then davidagent retry --all")
    if document["states"]["HELD"]:
        hints.append("held for you: davidagent items --state HELD, then approve, reject or discard")
    return ["", *hints] if hints else []
