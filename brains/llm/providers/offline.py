"""The provider that needs no model and no network: extractive, deterministic, free. The last echelon."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from brains.digest.correcting import supported
from brains.digest.drafting import write_draft
from brains.digest.extracting import extract_knowledge
from brains.digest.reviewing import judge
from brains.digest.story import Story, read_story
from brains.llm.base import ModelRequest, ProviderAnswer
from brains.memory.embeddings import WordLlamaEmbeddings
from daemon.blackboard.records import Usage
from daemon.core.errors import BadRequestError, BrainError, CallTimeoutError
from daemon.core.settings.models import StreamSettings

MODEL: Final = "offline"
_AT_ONCE: Final = 2
"""Threads it may keep busy; the texts are bounded, so each is busy for at most a second or two."""

Material = Mapping[str, Any]


class OfflineProvider:
    """Answers `extract`, `draft` and `review` from `request.material`; the same material gives the same bytes."""

    name = MODEL
    is_local = True

    def __init__(self, embeddings: WordLlamaEmbeddings | None = None) -> None:
        self._embeddings = embeddings or WordLlamaEmbeddings()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def complete(
        self,
        request: ModelRequest,
        *,
        model: str,  # noqa: ARG002 - there is one model
        timeout: float,
        stream: StreamSettings | None = None,  # noqa: ARG002 - what is made here comes whole
    ) -> ProviderAnswer:
        """The answer as JSON, valid for `request.schema`.

        Raises `BadRequestError` for a task or material it does not know, `CallTimeoutError` when it takes too long.
        """
        answer = self._answer_for(request)
        try:
            # Waiting for a thread is not slowness of the work, so the time runs from its start.
            async with self._slots, asyncio.timeout(timeout):
                value = await asyncio.to_thread(answer, request.material)
        except TimeoutError as error:
            raise CallTimeoutError(f"no answer within {timeout:g} s", endpoint=MODEL) from error
        except (KeyError, TypeError, AttributeError) as error:
            raise BadRequestError(f"the material of {request.task} is incomplete: {error!r}", endpoint=MODEL) from error
        except BrainError as error:
            raise BadRequestError(str(error), endpoint=MODEL) from error
        return ProviderAnswer(text=value.model_dump_json(), usage=Usage(), model=MODEL)

    async def close(self) -> None:
        """Nothing is open."""

    def _answer_for(self, request: ModelRequest) -> Callable[[Material], BaseModel]:
        answers: dict[str, Callable[[Material], BaseModel]] = {
            "extract": self._extract,
            "draft": self._draft,
            "review": self._review,
        }
        if request.task not in answers:
            raise BadRequestError(f"the offline provider does not know the task {request.task!r}", endpoint=MODEL)
        return answers[request.task]

    def _extract(self, material: Material) -> BaseModel:
        return extract_knowledge(self._story(material, hint=material.get("language")), text=material["text"])

    def _draft(self, material: Material) -> BaseModel:
        knowledge = material.get("knowledge") or {}
        story = self._story(
            material,
            hint=knowledge.get("language"),
            blocked=[fault.get("sentence") or "" for fault in material.get("faults") or ()],
            favoured=[claim.get("evidence") or "" for claim in knowledge.get("claims") or ()],
            corrected=supported(
                material.get("corrections") or (), text=material["text"], title=material["title"] or ""
            ),
        )
        flat = f"{material['title']} {material['text']}".casefold()
        topics = [topic for topic in knowledge.get("topics") or () if topic.casefold() in flat]
        return write_draft(story, wanted_language=material.get("language"), topics=topics)

    def _review(self, material: Material) -> BaseModel:
        return judge(material["sentences"], text=material["text"])

    def _story(self, material: Material, *, hint: str | None, **sentences: list[str]) -> Story:
        return read_story(
            material["text"], title=material["title"] or "", hint=hint, embedder=self._embeddings, **sentences
        )
