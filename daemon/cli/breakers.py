"""Open breakers in words."""

from datetime import datetime
from typing import Any

from daemon.cli.output import clean

Document = dict[str, Any]


def open_ones(breakers: list[Document]) -> list[Document]:
    """Those that refuse calls now."""
    return [one for one in breakers if one.get("state") != "closed"]


def in_words(one: Document, *, now: float, is_left: bool) -> str:
    """`gemini/flash open (5 of 8 calls failed), probe at 15:47:10`; `now` in epoch seconds.

    `is_left`: no process goes on with it, so nothing is under way; what was half-open probes with the next call.
    """
    why = f" ({one['reason']})" if one.get("reason") else ""
    name, state = one.get("name") or "?", one.get("state") or "open"
    return clean(f"{name} {state}{why}, {_probe(one, now=now, is_left=is_left)}")


def _probe(one: Document, *, now: float, is_left: bool) -> str:
    if one.get("state") == "half-open" and not is_left:
        return "a probe is under way"
    due = one.get("next_probe_at")
    if not isinstance(due, int | float) or due <= now:
        return "a probe is due: the next call is one"
    return f"probe at {datetime.fromtimestamp(due).astimezone():%H:%M:%S}"
