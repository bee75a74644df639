"""What the API answers is what the command line prints, and both are what the OpenAPI document says."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs

from daemon.api.app import create_app
from daemon.blackboard import SqliteEngine
from daemon.blackboard.records import CallStatus, NewCall, Settlement
from tests.fakes.desk import TOKEN, open_still_desk
from tests.fakes.staged_board import Staged, opened
from tests.integration.cli.conftest import Command

Document = dict[str, Any]
DAY = "2026-09-21"


async def ask(home: Path, *paths: str) -> tuple[list[Any], Document]:
    """What the API answers to these, and its OpenAPI document."""
    async with open_still_desk(home) as desk:
        transport = httpx2.ASGITransport(app=create_app(desk))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as api:
            answers = [await api.get(path) for path in paths]
            assert [one.status_code for one in answers] == [200] * len(paths)
            return [one.json() for one in answers], (await api.get("/openapi.json")).json()


async def lose_an_answer(home: Path, item_id: str) -> None:
    """A call of unknown outcome, which adds a field to its item."""
    async with opened(home) as engine:
        call = NewCall(item_id, "right", "draft", "gemini", "quick", request_hash="lost", reserved_micro=900)
        await settle_unconfirmed(engine, call)


async def settle_unconfirmed(engine: SqliteEngine, call: NewCall) -> None:
    call_id = await engine.begin_call(call, caps={})
    await engine.settle_call(call_id, Settlement(CallStatus.UNCONFIRMED, error="the connection broke"))


def test_api_and_command_line_answer_alike(davidagent: Command, staged: Staged, home: Path) -> None:
    """Field by field: none more, none fewer, none different."""
    asyncio.run(lose_an_answer(home, staged.held))
    ids = (staged.queued, staged.dead, staged.held, staged.discarded, staged.published)
    commands = [("items",), ("items", "--state", "HELD"), ("sources",), *(("show", one) for one in ids)]
    commands += [("costs", "--day", DAY), ("costs", "--day", DAY, "--price-in", "1", "--price-out", "2"), ("chaos",)]
    printed = [davidagent(*command, "--json").document for command in commands]
    budget = davidagent("budget", "--json").document
    paths = ["/api/items", "/api/items?state=HELD", "/api/sources", *(f"/api/items/{one}" for one in ids)]
    paths += [f"/api/costs?day={DAY}", f"/api/costs?day={DAY}&price_in=1&price_out=2", "/api/chaos", "/api/budget"]
    answers, _ = asyncio.run(ask(home, *paths))
    for path, printed_one, answer in zip(paths, printed, answers, strict=False):
        assert answer == printed_one, path
    assert answers[-1] | {"at": budget["at"]} == budget
    assert printed[1][0]["unconfirmed_usd"] == 0.0009


def test_nothing_is_answered_that_is_not_described(staged: Staged, home: Path) -> None:
    """Every field of every answer about a board on which everything has happened stands in the document."""
    asyncio.run(lose_an_answer(home, staged.held))
    asked = {
        "/api/items": ["/api/items"],
        "/api/items/{item_id}": [f"/api/items/{one}" for one in (staged.dead, staged.held, staged.published)],
        "/api/dead-letters": ["/api/dead-letters"],
        "/api/sources": ["/api/sources"],
        "/api/costs": [f"/api/costs?day={DAY}&what_if=gpt-5&what_if=gemini/gemini-2.5-pro&price_in=1&price_out=2"],
        "/api/budget": ["/api/budget"],
        "/api/memory": ["/api/memory"],
        "/api/chaos": ["/api/chaos"],
        "/api/admin/stats": ["/api/admin/stats"],
        "/api/admin/level": ["/api/admin/level"],
    }
    pairs = [(template, path) for template, paths in asked.items() for path in paths]
    answers, document = asyncio.run(ask(home, *(path for _, path in pairs)))
    for (template, path), answer in zip(pairs, answers, strict=True):
        schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        whole = _closed(schema | {"components": document["components"]})
        assert [error.message for error in jsonschema_rs.iter_errors(whole, answer)] == [], path


def _closed(schema: Any) -> Any:
    """The schema, with no property allowed that it does not name, unless it says that more may come."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(one) for key, one in schema.items()}
    is_object = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {"additionalProperties": False} | closed if is_object else closed
