"""What became of dead letters before, and what a retry of them is likely to cost."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon.blackboard.reading.rows import Document, Row, usd
from daemon.blackboard.reading.session import Session, open_session
from daemon.blackboard.states import STEP_OF, State, Step
from daemon.core.clock import iso

SAMPLED = 200
"""Of more dead letters than that, so many of the newest are looked at, and the rest is taken to be like them."""
USUAL_DAYS = 30
_FILE = "read_desk_letters"
_DAY_SECONDS = 86_400
_ORDER = (Step.EXTRACT, Step.DRAFT, Step.REVIEW)


@dataclass(frozen=True, slots=True)
class Meant:
    """Which dead letters: these, else one failure group, else all."""

    ids: Sequence[str] | None = None
    group: str | None = None


def group_history(board: Path, group: str) -> Document:
    """`{"revived", "last_revived_at", "new_since"}` of a failure group.

    `revived`: how many times one of its dead letters was put back to work (since the board tells it: schema 4).
    `new_since`: how many died of it after the last time; None when there was none.
    """
    with open_session(board, file=_FILE) as session:
        row = session.rows("revivals_of", failure_group=group)[0]
        since = row["last_at"]
        new = None if since is None else session.rows("dead_since", failure_group=group, since=since)[0]["count"]
    return {"revived": row["count"], "last_revived_at": iso(since), "new_since": new}


def retry_estimate(board: Path, meant: Meant, *, now: float, per_item_usd: float | None) -> Document:
    """What a retry may cost: `{"items", "likely_usd", "at_most_usd", "unknown_items", "looked_at"}`.

    Each item does the steps from where it died, once: what its own calls of a step cost, else what a call of that step
    cost in the last 30 days. Answers that are stored already cost nothing again, so it may be less; a draft that is
    sent back costs more, at most the item's budget (`at_most_usd`; None without one). `unknown_items`: those for which
    no price is known; `looked_at` is less than `items` when the rest was taken to be like the newest.
    """
    with open_session(board, file=_FILE) as session:
        count, rows = _found(session, meant)
        ids = json.dumps([row["id"] for row in rows])
        own = {(row["item_id"], row["task"]): row["micro"] for row in session.rows("own_costs", ids=ids)}
        first = int(now // _DAY_SECONDS) - USUAL_DAYS
        usual = {row["task"]: row["micro"] for row in session.rows("usual_costs", first=first)}
    each = [_likely(row, own=own, usual=usual) for row in rows]
    known = [micro for micro in each if micro is not None]
    share = count / len(rows) if rows else 0.0
    return {
        "items": count,
        "likely_usd": usd(round(sum(known) * share)) if known or not rows else None,
        "at_most_usd": None if per_item_usd is None else round(count * per_item_usd, 6),
        "unknown_items": round((len(each) - len(known)) * share),
        "looked_at": len(rows),
    }


def retry_sums(board: Path, meant: Meant) -> Document:
    """How many dead letters are meant, of how many groups, and what they are charged with so far.

    `{"items", "groups", "charged_usd"}`; calls whose outcome is not known count with the most they may have cost.
    """
    with open_session(board, file=_FILE) as session:
        if meant.ids is not None:
            row = session.rows("sums_of_these", ids=json.dumps(list(meant.ids)))[0]
        elif meant.group is not None:
            row = session.rows("sums_of_group", failure_group=meant.group)[0]
        else:
            row = session.rows("sums_of_all")[0]
    return {"items": row["count"], "groups": row["groups"], "charged_usd": usd(row["charged_micro"])}


def retry_work(board: Path, meant: Meant, *, now: float) -> Document:
    """What these have before them: `{"items", "steps", "tokens"}`.

    `steps`: how many have each step before them, by task (a share when there are more than are looked at). `tokens`:
    what an answered call of a task took on the average in the last 30 days, `[prompt, completion]`; tasks that nobody
    was paid for are not in it.
    """
    with open_session(board, file=_FILE) as session:
        count, rows = _found(session, meant)
        usual = session.rows("usual_tokens", first=int(now // _DAY_SECONDS) - USUAL_DAYS)
    share = count / len(rows) if rows else 0.0
    steps = Counter(one.value for row in rows for one in _steps_left(row))
    tokens = {row["task"]: [row[f"{kind}_tokens"] / row["calls"] for kind in ("prompt", "completion")] for row in usual}
    return {"items": count, "steps": {task: number * share for task, number in steps.items()}, "tokens": tokens}


def _steps_left(row: Row) -> Sequence[Step]:
    step = STEP_OF[State(row["died_in"])]
    return _ORDER[_ORDER.index(step) :] if step in _ORDER else ()


def _found(session: Session, meant: Meant) -> tuple[int, list[Row]]:
    """How many there are, and those that are looked at."""
    if meant.ids is not None:
        rows: list[Row] = list(session.rows("these_dead", ids=json.dumps(list(dict.fromkeys(meant.ids)))))
        return len(rows), rows[:SAMPLED]
    if meant.group is not None:
        of_group = {"failure_group": meant.group}
        count = session.rows("count_of_group", **of_group)[0]["count"]
        return count, list(session.rows("newest_of_group", **of_group, limit=SAMPLED))
    return session.rows("count_dead")[0]["count"], list(session.rows("newest_dead", limit=SAMPLED))


def _likely(row: Row, *, own: Mapping[tuple[str, str], float], usual: Mapping[str, float]) -> float | None:
    """Micro-dollars of the steps from where it died on; None when the price of one of them is not known at all."""
    prices = [own.get((row["id"], one.value), usual.get(one.value)) for one in _steps_left(row)]
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None
