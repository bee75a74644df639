"""Gemini's embeddings as the fake provider makes them: vectors of words, so that like texts are near."""

import hashlib
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.provider_wire import GEMINI, Tokens, WireAnswer, WireRequest

EMBEDDING = "embedding"
_PATH = re.compile(r"/models/(?P<model>[^/:]+):batchEmbedContents$")
_WORD = re.compile(r"[A-Za-z]{4,}|[\u4e00-\u9fff]")
_TELLS_TOKENS = "gemini-embedding-2"
_DEFAULT_SIZE = 3072


def read_embedding(path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> WireRequest | None:
    """The request in plain words; None when it is no request for embeddings."""
    match = _PATH.search(urlsplit(path).path)
    if match is None:
        return None
    return WireRequest(
        vendor=GEMINI,
        path=urlsplit(path).path,
        model=match["model"],
        system="",
        prompt="\n".join(_texts(body)),
        body=body,
        key=headers.get("x-goog-api-key", ""),
        form=EMBEDDING,
    )


def answer_embedding(request: WireRequest) -> WireAnswer:
    """Four bytes are a token; embeddings have no output."""
    return WireAnswer("", Tokens(prompt=sum(1 + len(text.encode()) // 4 for text in _texts(request.body))))


def write_embedding(request: WireRequest, answer: WireAnswer) -> dict[str, Any]:
    """The answer's document; only the newer model tells the tokens."""
    vectors = [
        {"values": _vector(text, size=asked.get("outputDimensionality") or _DEFAULT_SIZE)}
        for text, asked in zip(_texts(request.body), request.body["requests"], strict=True)
    ]
    told = {"usageMetadata": {"promptTokenCount": answer.tokens.prompt, "totalTokenCount": answer.tokens.prompt}}
    return {"embeddings": vectors, **(told if request.model == _TELLS_TOKENS else {})}


def _texts(body: Mapping[str, Any]) -> list[str]:
    return ["".join(part["text"] for part in asked["content"]["parts"]) for asked in body["requests"]]


def _vector(text: str, *, size: int) -> list[float]:
    """One direction for each word; half as long as it should be, as a cut vector is."""
    values = [0.0] * size
    for word in _WORD.findall(text.lower()):
        values[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % size] += 1.0
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / length / 2 for value in values]
