"""What people said and asked on a big board, what the models were asked, and what is told of sources: in usual numbers.

Feedback on one item in 200, an input edited in 3,000, one dead letter in forty for another model, the prompts of a
hundred thousand newest calls, and a week's readings of every source that brought something.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

FEEDBACK_EVERY: Final = 200
EDITS_EVERY: Final = 3_000
CHOSEN_EVERY: Final = 40
PROMPTS: Final = 100_000
PROMPT_CHARACTERS: Final = 3_000
READINGS_EACH: Final = 7 * 24
_HOUR: Final = 3600.0
_ABOUT: Final = ("post", "post", "post", "sentence", "claim")
_REASONS: Final = ("", "a fine summary", "the number is wrong", "来源说的是去年", "too long")

Row = tuple[Any, ...]

_ITEMS = "SELECT id, title, created_at FROM items WHERE state = 'PUBLISHED' AND rowid % ? = 0"
_FEEDBACK = """
INSERT INTO feedback (item_id, about, passage, verdict, reason, corrected, given_by, given_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_EDITS = """
INSERT INTO edits (item_id, title, text, edited_by, edited_at)
SELECT id, title, title || ' as it was', 'dashboard', created_at + 7200 FROM items WHERE rowid % ? = 0
"""
_CHOICES = "UPDATE items SET model = 'writer' WHERE state = 'DEAD_LETTER' AND rowid % ? = 0"
_SYSTEM = "INSERT INTO system_prompts (hash, text) VALUES ('bench', ?)"
_PROMPTS = """
INSERT INTO prompts (request_hash, system_id, prompt, asked_at)
SELECT request_hash, 1, substr(replace(hex(zeroblob(:characters / 2)), '00', request_hash || ' '), 1, :characters),
    started_at
FROM calls ORDER BY id DESC LIMIT :most
ON CONFLICT (request_hash) DO NOTHING
"""
_READINGS = "INSERT INTO events (at, type, item_id, from_state, to_state, data) VALUES (?, ?, NULL, NULL, NULL, ?)"


def add_people(board: sqlite3.Connection) -> None:
    """Put it in, in one transaction; nothing when it is there."""
    if board.execute("SELECT 1 FROM feedback LIMIT 1").fetchone():
        return
    with board:
        board.executemany(_FEEDBACK, list(_feedback(board)))
        board.execute(_EDITS, (EDITS_EVERY,))
        board.execute(_CHOICES, (CHOSEN_EVERY,))
        board.execute(_SYSTEM, ("You are careful. " * 200,))
        board.execute(_PROMPTS, {"characters": PROMPT_CHARACTERS, "most": PROMPTS})
        board.executemany(_READINGS, _readings(board))


def _feedback(board: sqlite3.Connection) -> Iterator[Row]:
    for number, (item_id, title, at) in enumerate(board.execute(_ITEMS, (FEEDBACK_EVERY,))):
        about = _ABOUT[number % len(_ABOUT)]
        verdict, reason = ("down" if number % 3 == 0 else "up"), _REASONS[number % len(_REASONS)]
        passage = "" if about == "post" else f"{title}."
        corrected = f"{title}, put right." if verdict == "down" and about != "post" else ""
        yield item_id, about, passage, verdict, reason, corrected, "dashboard", at + _HOUR


def _readings(board: sqlite3.Connection) -> Iterator[Row]:
    """The newest last, and at the moment of the newest event, so that the board's own now stays what it was."""
    (newest,) = board.execute("SELECT at FROM events ORDER BY id DESC LIMIT 1").fetchone()
    names = board.execute("SELECT id, name FROM sources").fetchall()
    for place in range(READINGS_EACH):
        at = newest - (READINGS_EACH - 1 - place) * _HOUR
        for source_id, name in names:
            told = {"source_id": source_id, "source": name, "outcome": "fetched", "new": 1 + place % 3}
            yield at, "source_polled", json.dumps(told)
