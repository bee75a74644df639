"""The fake provider itself: streams that real SDKs read, its controls, and its life as a process."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anthropic
import httpx2
import openai
import pytest
from google import genai
from google.genai import types

from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule

ROOT = Path(__file__).parents[2]
PROMPT = "<<<item 00ff>>>\nThe harbour of Rotterdam moved 13 million boxes in 2025.\n<<<end of item 00ff>>>"
SCHEMA = {"type": "object", "properties": {"gist": {"type": "string"}, "claims": {}, "entities": {}}}


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


async def stream_anthropic(server: FakeProviderServer) -> tuple[str, int]:
    """The text and the output tokens as the SDK puts them together."""
    async with (
        anthropic.AsyncAnthropic(api_key="k", base_url=server.base_url(ANTHROPIC), max_retries=0) as client,
        client.messages.stream(
            model="m",
            max_tokens=100,
            messages=[{"role": "user", "content": PROMPT}],
            output_config={"format": {"type": "json_schema", "schema": SCHEMA}},
        ) as stream,
    ):
        message = await stream.get_final_message()
    return message.content[0].text, message.usage.output_tokens


async def stream_openai(server: FakeProviderServer) -> tuple[str, int]:
    text, tokens = "", 0
    async with openai.AsyncOpenAI(api_key="k", base_url=server.base_url(OPENAI), max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="m",
            messages=[{"role": "user", "content": PROMPT}],
            response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            text += chunk.choices[0].delta.content or "" if chunk.choices else ""
            tokens = chunk.usage.completion_tokens if chunk.usage else tokens
    return text, tokens


async def stream_gemini(server: FakeProviderServer) -> tuple[str, int]:
    text, tokens = "", 0
    async with httpx2.AsyncClient() as http:
        options = types.HttpOptions(base_url=server.base_url(GEMINI), httpx_async_client=http)
        client = genai.Client(api_key="k", vertexai=False, http_options=options)
        config = types.GenerateContentConfig(response_mime_type="application/json", response_json_schema=SCHEMA)
        async for chunk in await client.aio.models.generate_content_stream(model="m", contents=PROMPT, config=config):
            text += chunk.text or ""
            if usage := chunk.usage_metadata:
                tokens = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return text, tokens


STREAMS = {ANTHROPIC: stream_anthropic, OPENAI: stream_openai, GEMINI: stream_gemini}


@pytest.mark.parametrize("vendor", STREAMS)
async def test_a_stream_is_read_by_the_real_sdk(server: FakeProviderServer, vendor: str) -> None:
    """The whole text arrives, with the tokens that were counted."""
    text, tokens = await STREAMS[vendor](server)
    assert json.loads(text)["gist"] == "The harbour of Rotterdam moved 13 million boxes in 2025."
    assert tokens == server.stats.tokens.completion > 0


@pytest.mark.parametrize("vendor", STREAMS)
async def test_half_a_stream_is_an_error_or_half_a_text(server: FakeProviderServer, vendor: str) -> None:
    """The connection ends in the middle; nothing counts as given out."""
    server.rules.append(Rule(fault=Fault.HALF_BODY))
    with pytest.raises(Exception, match=r"incomplete|closed|Connection|Expecting|Unterminated"):
        json.loads((await STREAMS[vendor](server))[0])
    assert (server.stats.count("lost"), server.stats.tokens.completion) == (1, 0)


async def test_rules_can_be_told_over_http(server: FakeProviderServer) -> None:
    """PUT replaces, POST adds, DELETE heals, GET shows; /_stats counts by path, outcome and hash."""
    async with httpx2.AsyncClient(base_url=server.url) as client:
        await client.put("/_rules", json=[{"contains": "a", "fault": "hang"}])
        await client.post("/_rules", json={"fault": "status", "status": 503, "times": 1})
        assert [rule["fault"] for rule in (await client.get("/_rules")).json()] == ["hang", "status"]
        assert (await client.delete("/_rules")).json() == []
        body = {"model": "m", "messages": [{"role": "user", "content": PROMPT}]}
        for _ in range(2):
            assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
        stats = (await client.get("/_stats")).json()
    assert stats["by_path"] == {"/v1/chat/completions": 2}
    assert (stats["requests"], stats["by_outcome"], stats["in_flight"]) == (2, {"answered": 2}, 0)
    assert list(stats["answered_by_hash"].values()) == [2]


async def test_a_rule_skips_and_ends(server: FakeProviderServer) -> None:
    """The first passes, the next two fail, then all is well."""
    server.rules.append(Rule(contains="Rotterdam", fault=Fault.STATUS, status=500, skip=1, times=2))
    body = {"model": "m", "messages": [{"role": "user", "content": PROMPT}]}
    async with httpx2.AsyncClient(base_url=server.base_url(OPENAI)) as client:
        statuses = [(await client.post("/chat/completions", json=body)).status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]


async def test_it_runs_as_a_process_and_keeps_its_counters_on_disk(tmp_path: Path) -> None:
    """The port is printed and stands in the file; SIGTERM ends it with the last counters written."""
    file = tmp_path / "stats.json"
    command = [sys.executable, "-m", "tests.fakes.provider_server", "--port", "0", "--stats-file", str(file)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONWARNINGS": "error"}
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        port = int(await process.stdout.readline())
        assert json.loads(file.read_text())["port"] == port
        body = {"model": "m", "messages": [{"role": "user", "content": PROMPT}]}
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1") as client:
            await client.post("/chat/completions", json=body)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert json.loads(file.read_text())["by_outcome"] == {"answered": 1}
