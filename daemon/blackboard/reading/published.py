"""What was published, and what waits: read for the memory, the feed, and the reports."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daemon.blackboard.reading.session import open_session

_FILE = "read_published"


def posts_of(board: Path, item_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The contents of the post artifacts of these items; an item without one is left out."""
    with open_session(board, file=_FILE) as session:
        rows = [session.row("post_of", item_id=item_id) for item_id in item_ids]
    return [json.loads(row["content"]) for row in rows if row is not None]


def recent_posts(board: Path, *, limit: int) -> list[dict[str, Any]]:
    """The contents of the newest post artifacts of published items, newest first."""
    with open_session(board, file=_FILE) as session:
        return [json.loads(row["content"]) for row in session.rows("recent_posts", limit=limit)]


def locations_since(board: Path, *, sink: str, since: float) -> list[tuple[str, str]]:
    """Title and place of each post of one sink that arrived there since a time, oldest first."""
    with open_session(board, file=_FILE) as session:
        return [(row["title"], row["location"]) for row in session.rows("locations_since", sink=sink, since=since)]


def known_cost(board: Path, item_id: str) -> int | None:
    """Micro-dollars that an item's calls are known to have cost; None when the price of an answered one is unknown.

    What is set aside for calls of unknown outcome is no cost of a post: most of it was never spent.
    """
    with open_session(board, file=_FILE) as session:
        row = session.row("known_cost", item_id=item_id)
    return None if row is None or row["unpriced"] else int(row["cost_micro"])


def title_of(board: Path, item_id: str) -> str:
    """An item's title; its id when it is not on the board."""
    with open_session(board, file=_FILE) as session:
        row = session.row("title_of", item_id=item_id)
    return str(row["title"]) if row else item_id


def waits_for(board: Path) -> dict[str, int]:
    """What unfinished items wait for, and how many wait for it, the most first."""
    with open_session(board, file=_FILE) as session:
        return {row["what"]: row["count"] for row in session.rows("waits_for")}
