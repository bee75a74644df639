"""By what a request is known again, and what a call records about where its answer came from."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from brains.llm.base import ModelRequest
from daemon.core.version import version

_SHORT = 12


def request_hash(request: ModelRequest, *, provider: str, model: str, base_url: str | None) -> str:
    """SHA-256 over everything the answer depends on, as 64 hexadecimal digits."""
    said = {"turns": [[turn.role, turn.text] for turn in request.turns]} if request.turns else {}
    return _digest(
        {
            **said,
            "provider": provider,
            "model": model,
            "base_url": base_url,
            "task": request.task,
            "system": request.system,
            "prompt": request.known_as or request.prompt,
            "schema": _schema(request.schema),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
        }
    )


def fingerprint(request: ModelRequest, *, provider: str, model: str, base_url: str | None) -> dict[str, Any]:
    """`{code, prompt, model, config, memory}`: what to look at when an answer is better or worse than another."""
    config = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "base_url": base_url,
        "schema": _schema(request.schema),
    }
    return {
        "code": version(),
        "prompt": request.prompt_version,
        "model": f"{provider}:{model}",
        "config": _digest(config)[:_SHORT],
        "memory": _memory(request.material),
    }


def _memory(material: Mapping[str, Any]) -> str | None:
    """A digest of what was recalled for this request; None when there was nothing."""
    recalled = material.get("memories")
    return _digest(recalled)[:_SHORT] if recalled else None


@cache
def _schema(shape: type[BaseModel]) -> str:
    return _digest(shape.model_json_schema())[:_SHORT]


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
