"""Every action leaves an event with who and when."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.api.app import create_app
from daemon.blackboard.records import NewSource
from tests.fakes.desk import StillDesk
from tests.fakes.staged_board import Staged

OPML = '<opml version="2.0"><body><outline text="a" xmlUrl="https://a.example/feed"/></body></opml>'
VIA = {"DavidAgent-Client": "dashboard"}

ACTIONS: dict[str, tuple[str, dict[str, Any] | None, str]] = {
    "POST /api/items": ("/api/items", {"text": "A note of a person."}, "item_posted"),
    "POST /api/items/{item_id}/retry": ("/api/items/{dead}/retry", None, "item_revived"),
    "POST /api/items/{item_id}/edit": ("/api/items/{dead}/edit", {"title": "Anew"}, "item_edited"),
    "POST /api/items/{item_id}/approve": ("/api/items/{held}/approve", None, "item_approved"),
    "POST /api/items/{item_id}/reject": ("/api/items/{held}/reject", {"reason": "the date"}, "item_rejected"),
    "POST /api/items/{item_id}/discard": ("/api/items/{held}/discard", None, "item_discarded"),
    "POST /api/items/{item_id}/feedback": ("/api/items/{held}/feedback", {"verdict": "up"}, "feedback_given"),
    "DELETE /api/feedback/{feedback_id}": ("/api/feedback/1", None, "feedback_withdrawn"),
    "POST /api/items/decisions": ("/api/items/decisions", {"verb": "approve", "ids": ["{held}"]}, "item_approved"),
    "POST /api/dead-letters/retry": ("/api/dead-letters/retry", {"all": True}, "item_revived"),
    "POST /api/sources": ("/api/sources", {"address": "https://b.example/feed"}, "source_added"),
    "POST /api/sources/import": ("/api/sources/import", {"opml": OPML}, "source_added"),
    "POST /api/sources/{source_id}/enable": ("/api/sources/1/enable", None, "source_enabled"),
    "POST /api/sources/{source_id}/disable": ("/api/sources/1/disable", None, "source_disabled"),
    "DELETE /api/sources/{source_id}": ("/api/sources/1", None, "source_removed"),
    "POST /api/hooks/{name}/rotate": ("/api/hooks/builds/rotate", None, "hook_rotated"),
    "POST /api/budget": ("/api/budget", {"daily_usd": 8}, "control_set"),
    "POST /api/budget/reset": ("/api/budget/reset", None, "control_set"),
    "POST /api/memory/rebuild": ("/api/memory/rebuild", None, "memory_rebuilt"),
    "POST /api/admin/pause": ("/api/admin/pause", None, "control_set"),
    "POST /api/admin/resume": ("/api/admin/resume", None, "control_set"),
    "POST /api/admin/level": ("/api/admin/level", {"level": "L1"}, "control_set"),
    "POST /api/backup": ("/api/backup", {"path": "{tmp}/copy.db"}, "board_copied"),
    "POST /api/breakers/{name}/reset": ("/api/breakers/vendor/m/reset", None, "breaker_reset"),
    "POST /api/chaos/on": ("/api/chaos/on", {}, "control_set"),
    "POST /api/chaos/off": ("/api/chaos/off", None, "control_set"),
}
FIRST = {
    "POST /api/sources/{source_id}/enable": "/api/sources/1/disable",
    "POST /api/budget/reset": "/api/budget",
    "POST /api/admin/resume": "/api/admin/pause",
    "POST /api/chaos/off": "/api/chaos/on",
    "DELETE /api/feedback/{feedback_id}": "/api/items/{held}/feedback",
}
"""What must be done before, so that there is something to undo."""
FIRST_SENDS = {"budget": {"daily_usd": 9}, "feedback": {"verdict": "down"}}
ELSEWHERE = {"POST /api/admin/token/rotate"}
"""Tested with the token itself."""
LOOKING = {"POST /api/sources/test"}
"""Changes nothing; its own tests say so."""
DELIVERED = {"POST /hooks/{name}"}
"""Nobody of ours does it: the source is told, and its name."""


def test_every_action_is_tried_here(desk: StillDesk) -> None:
    paths = create_app(desk).openapi()["paths"]
    changing = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method != "get"}
    assert changing == set(ACTIONS) | ELSEWHERE | LOOKING | DELIVERED


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_action_tells_who_did_it(
    desk: StillDesk, staged: Staged, api: httpx2.AsyncClient, tmp_path: Path, action: str
) -> None:
    """The event has the program's own name for itself, and the time of its commit."""
    values = {"{dead}": staged.dead, "{held}": staged.held, "{tmp}": str(tmp_path)}
    desk.ill.open("vendor/m")
    await desk.engine.add_source(NewSource(kind="webhook", address="webhook:builds"), by="tester")
    if action in FIRST:
        body = next((body for word, body in FIRST_SENDS.items() if word in action), {})
        assert (await api.post(_filled(FIRST[action], values), json=body)).status_code == 200
    before = desk.reader.last_event_id()
    path, body, type_ = ACTIONS[action]
    answer = await api.request(
        action.split(maxsplit=1)[0], _filled(path, values), json=_filled(body, values), headers=VIA
    )
    assert answer.is_success, answer.text
    (event,) = [one for one in desk.reader.events(after=before) if one["type"] == type_]
    assert event["data"]["by"] == "dashboard"
    assert event["at"]


def _filled(value: Any, values: dict[str, str]) -> Any:
    """The value with what stands in braces put in."""
    if isinstance(value, dict):
        return {key: _filled(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    if isinstance(value, str):
        for name, one in values.items():
            value = value.replace(name, one)
    return value
