"""The bare SDK: the same request, nothing around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anthropic

from bench.contestants.calls import MODEL, SYSTEM, Ask, Load, Verdict, main
from brains.llm.providers.forms import strict_schema


@asynccontextmanager
async def bare(load: Load) -> AsyncIterator[Ask]:
    """A client without retries."""
    client = anthropic.AsyncAnthropic(api_key="test-key-0000", base_url=load.base_url, max_retries=0)

    async def ask(number: int) -> None:
        request: dict[str, Any] = {
            "model": MODEL,
            "max_tokens": 1024,
            "system": [{"type": "text", "text": SYSTEM}],
            "messages": [{"role": "user", "content": load.prompt(number)}],
            "tools": [{"name": "answer", "description": "Give the answer.", "input_schema": strict_schema(Verdict)}],
            "tool_choice": {"type": "tool", "name": "answer", "disable_parallel_tool_use": True},
        }
        if not load.is_stream:
            message = await client.messages.create(**request)
            assert message.content[0].type == "text"
            return
        async for _ in await client.messages.create(**request, stream=True):
            pass

    yield ask
    await client.close()


if __name__ == "__main__":
    main(bare)
