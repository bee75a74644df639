"""The sources as documents: how reading each of them goes, and what it costs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daemon.blackboard.budgets import period_of
from daemon.blackboard.reading.freshness import freshness_of, health_of
from daemon.blackboard.reading.rows import Document, Row, usd
from daemon.blackboard.reading.session import open_session
from daemon.core import hooks
from daemon.core.clock import iso
from daemon.core.hooks import hook_name, hook_path

_FILE = "read_sources"
_DAY_SECONDS = 86_400.0
_DAYS_OF_MEAN = 7
_PAID, _FOLDER = "x", "folder"


def read_source_documents(board: Path, *, now: float) -> list[tuple[Row, Document]]:
    """Every source that has not been removed: its row, and its document. Raises what opening a board raises.

    What the settings decide (`reads`) is as far as the board knows it; `runtime.source_facts` completes it.
    """
    today = _day(now)
    with open_session(board, file=_FILE) as session:
        rows = session.rows("list_sources")
        days: dict[int, list[Row]] = {}
        for row in session.rows("reads_of_sources", first=_day(now - _DAYS_OF_MEAN * _DAY_SECONDS)):
            days.setdefault(row["source_id"], []).append(row)
    return [(row, _document(row, days=days.get(row["id"], ()), today=today, now=now)) for row in rows]


def _document(row: Row, *, days: Sequence[Row], today: str, now: float) -> Document:
    settings = json.loads(row["settings"])
    is_told = row["kind"] == hooks.KIND
    return {
        "id": row["id"],
        "kind": row["kind"],
        "address": row["address"],
        "name": row["name"],
        "origin": row["origin"],
        "enabled": bool(row["is_enabled"]),
        "health": health_of(row, now=now),
        "freshness": freshness_of(row, now=now).value,
        "every_seconds": row["every_seconds"],
        "interval_seconds": row["interval_seconds"],
        "tags": json.loads(row["tags"]),
        "next_fetch_at": None if is_told else iso(row["next_fetch_at"] or None),
        "next_fetch_reason": row["next_fetch_reason"],
        "last_fetch_at": iso(row["last_fetch_at"]),
        "last_success_at": iso(row["last_success_at"]),
        "last_item_at": iso(row["last_item_at"]),
        "errors_in_row": row["errors_in_row"],
        "last_error": row["last_error"],
        "full_text": settings.get("full_text"),
        "hook": hook_path(hook_name(row["address"])) if is_told else None,
        "left_out": json.loads(row["left_out"] or "{}") if row["kind"] == _FOLDER else None,
        "reads": _reads(days, settings=settings, today=today) if row["kind"] == _PAID else None,
    }


def _reads(days: Sequence[Row], *, settings: dict[str, Any], today: str) -> Document:
    """What is read today, and on a usual day: the mean of the last seven with readings, today only if it is the first.

    `limit` and `usd_limit` are null where the source has no bound of its own; `usd_per_day` is the mean in dollars.
    """
    now = next((row for row in days if row["day"] == today), {"reads": 0, "micro": 0})
    usual = [row for row in days if row["day"] < today] or list(days)
    return {
        "today": now["reads"],
        "limit": settings.get("daily_reads"),
        "usd_today": usd(now["micro"]),
        "usd_limit": settings.get("daily_usd"),
        "per_day": round(sum(row["reads"] for row in usual) / len(usual), 1) if usual else None,
        "usd_per_day": usd(round(sum(row["micro"] for row in usual) / len(usual))) if usual else None,
    }


def _day(at: float) -> str:
    return period_of("day", at=at) or ""
