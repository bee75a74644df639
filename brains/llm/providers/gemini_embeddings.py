"""Google's embedding models through the google-genai SDK."""

import asyncio
from collections.abc import Sequence

import httpx2
from google import genai
from google.genai import errors, types

from brains.llm.embedding import Embedded, Purpose
from brains.llm.providers.faults import timed_out, unreadable
from brains.llm.providers.gemini import DEFAULT_BASE_URL, fault_of
from daemon.blackboard.records import Usage

_TASKS = {Purpose.DOCUMENT: "RETRIEVAL_DOCUMENT", Purpose.QUERY: "RETRIEVAL_QUERY"}
_PREFIXES = {Purpose.DOCUMENT: "title: none | text: ", Purpose.QUERY: "task: search result | query: "}
_KNOWS_TASKS = ("gemini-embedding-001", "gemini-embedding-exp", "text-embedding")
"""Models that are told the purpose as a parameter; later ones read it in the text."""


class GeminiEmbedder:
    """Gemini's embeddings, with an API key."""

    name = "gemini"

    def __init__(self, *, api_key: str, base_url: str | None = None) -> None:
        # A client of our own: the SDK would take aiohttp when that happens to be installed, with retries of its own.
        self._http = httpx2.AsyncClient(follow_redirects=True)
        self._client = genai.Client(
            vertexai=False,
            api_key=api_key,
            http_options=types.HttpOptions(
                base_url=base_url or DEFAULT_BASE_URL,
                httpx_async_client=self._http,
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )

    async def embed(
        self, texts: Sequence[str], *, model: str, dimensions: int, purpose: Purpose, timeout: float
    ) -> Embedded:
        """One vector per text, in one request. Raises `OutsideError`; cancelling cancels the HTTP request."""
        endpoint = f"{self.name}:{model}"
        is_told = model.rsplit("/", 1)[-1].startswith(_KNOWS_TASKS)
        config = types.EmbedContentConfig(
            task_type=_TASKS[purpose] if is_told else None,
            output_dimensionality=dimensions,
            http_options=types.HttpOptions(timeout=max(1, round(timeout * 1000))),
        )
        prefix = "" if is_told else _PREFIXES[purpose]
        # Each text is a content of its own: the newer models would make one vector of several plain texts.
        contents: list[types.ContentUnion] = [types.Content(parts=[types.Part(text=prefix + text)]) for text in texts]
        try:
            async with asyncio.timeout(timeout):
                response = await self._client.aio.models.embed_content(model=model, contents=contents, config=config)
        except TimeoutError as error:
            raise timed_out(endpoint) from error
        except (errors.APIError, httpx2.HTTPError, ValueError) as error:
            raise fault_of(error, endpoint=endpoint) from error
        return _embedded(response, count=len(texts), dimensions=dimensions, endpoint=endpoint)

    async def close(self) -> None:
        """Close connections."""
        await self._client.aio.aclose()
        await self._http.aclose()


def _embedded(response: types.EmbedContentResponse, *, count: int, dimensions: int, endpoint: str) -> Embedded:
    vectors = [embedding.values or [] for embedding in response.embeddings or []]
    if len(vectors) != count or any(len(vector) != dimensions for vector in vectors):
        raise unreadable(endpoint)
    told = response.usage_metadata.prompt_token_count if response.usage_metadata else None
    return Embedded(vectors, Usage(input_tokens=told) if told else None)
