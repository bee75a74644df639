"""The floor: a semaphore around the bare SDK, three calls an item one after the other, nothing kept."""

import asyncio
import time
from typing import Any

import anthropic

from bench.contestants.drain_load import Load, main, story
from brains.llm.providers.forms import strict_schema
from brains.prompts import load_prompt
from brains.schemas import Draft, Judgement, Knowledge

_TASKS = (("extract", Knowledge), ("draft", Draft), ("review", Judgement))


async def drain(load: Load) -> float:
    """All items at once, at most `concurrency` requests."""
    client = anthropic.AsyncAnthropic(api_key="test-key-0000", base_url=load.base_url, max_retries=0)
    semaphore = asyncio.Semaphore(load.concurrency)

    async def ask(request: dict[str, Any]) -> None:
        async with semaphore:
            if not load.is_stream:
                await client.messages.create(**request)
                return
            async for _ in await client.messages.create(**request, stream=True):
                pass

    async def work(number: int) -> None:
        for task, shape in _TASKS:
            await ask(_request(task, shape, number=number))

    started = time.perf_counter()
    await asyncio.gather(*(work(number) for number in range(load.items)))
    seconds = time.perf_counter() - started
    await client.close()
    return seconds


def _request(task: str, shape: Any, *, number: int) -> dict[str, Any]:
    prompt = load_prompt(task)
    return {
        "model": "claude-sonnet-5-5",
        "max_tokens": 4096,
        "system": [{"type": "text", "text": prompt.system}],
        "messages": [{"role": "user", "content": story(number)}],
        "tools": [{"name": "answer", "description": "Give the answer.", "input_schema": strict_schema(shape)}],
        "tool_choice": {"type": "tool", "name": "answer", "disable_parallel_tool_use": True},
    }


if __name__ == "__main__":
    main(drain)
