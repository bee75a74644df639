"""The right brain: writes a post from what the left brain extracted and what the desk remembers."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brains.base import Advanced, Outcome
from brains.envelope import Envelope, disarm
from brains.excerpt import ask_within_limits, excerpt
from brains.grounding.addresses import strip_markup
from brains.language.detection import base_language
from brains.lessons import NOTHING, LessonBook, Lessons, NoLessons, corrections_in, faults_in, seal_examples
from brains.llm.base import Answer, CallContext, Gateway, ModelRequest
from brains.memory.base import Memory, Recall
from brains.prompts import load_prompt
from brains.record import clean_title, day_of, language_of, read_knowledge
from brains.schemas import Draft, Knowledge
from daemon.blackboard.records import Claim, NewArtifact
from daemon.blackboard.states import Step
from daemon.core.errors import BrainError

_MEMORY_CHARACTERS = 1_500
_LANGUAGE_NAMES = {
    "en": "English", "zh": "Chinese (simplified)", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "pt": "Portuguese", "nl": "Dutch", "ru": "Russian", "uk": "Ukrainian",
}  # fmt: skip


class RightBrain:
    """Does `draft`. `language`: that of the posts, or `source`; `recall`: how many earlier posts it is reminded of.

    `lessons`: what people said of posts.
    """

    def __init__(
        self,
        gateway: Gateway,
        memory: Memory,
        *,
        language: str = "source",
        recall: int = 5,
        lessons: LessonBook | None = None,
        seed: str = "davidagent",
    ) -> None:
        self._gateway = gateway
        self._memory = memory
        self._language = language
        self._recall = recall
        self._lessons = lessons or NoLessons()
        self._seed = seed

    async def run(self, claim: Claim, context: CallContext) -> Outcome:
        """Write the draft of `claim`. Raises what the gateway raises, and `BrainError` when there is no knowledge."""
        artifact = claim.latest("knowledge")
        if claim.step is not Step.DRAFT or artifact is None:
            raise BrainError(f"the right brain cannot do the step {claim.step} without knowledge")
        knowledge = read_knowledge(artifact.content)
        recall = await self._remind(claim, knowledge)
        memories = [_memory_content(m) for m in recall.memories]
        desk = _Desk(
            claim,
            knowledge,
            memories=memories,
            faults=faults_of(claim),
            lessons=await self._lessons.of(claim.item, brain="right"),
            language=self._post_language(claim),
            envelope=Envelope(claim.item.id, claim.item.round, self._seed),
        )
        answer: Answer[Draft] = await ask_within_limits(self._gateway, desk.request, context=context)
        draft = await asyncio.to_thread(_without_markup, answer.value, claim=claim)
        content = draft.model_dump(mode="json") | {
            "memories": memories,
            "memory_degraded": recall.is_degraded,
            "examples": [one["id"] for one in desk.lessons.examples],
            "provider": answer.provider,
            "model": answer.model,
        }
        return Advanced([NewArtifact("draft", content, model=answer.model)], calls=answer.calls)

    async def _remind(self, claim: Claim, knowledge: Knowledge) -> Recall:
        if self._recall == 0:
            return Recall()
        query = f"{clean_title(claim)}\n{knowledge.gist}"
        return await self._memory.recall(query, limit=self._recall, exclude=claim.item.id)

    def _post_language(self, claim: Claim) -> str:
        wanted = None if self._language == "source" else base_language(self._language)
        return wanted or language_of(claim)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Everything one request to write is made of. `language` is the post's."""

    claim: Claim
    knowledge: Knowledge
    memories: Sequence[Mapping[str, Any]]
    faults: Sequence[Mapping[str, str]]
    lessons: Lessons
    language: str
    envelope: Envelope

    def request(self, limit: int) -> ModelRequest:
        """The request, with at most `limit` characters of the item's text."""
        prompt = load_prompt("draft")
        return ModelRequest(
            task="draft",
            brain="right",
            system=prompt.system,
            prompt=prompt.fill(self._values(limit, memories=self.memories, lessons=self.lessons)),
            # What is recalled, and what people say, may differ after a restart; a paid answer is used all the same.
            known_as=prompt.fill(self._values(limit, memories=(), lessons=NOTHING)),
            schema=Draft,
            prompt_version=prompt.version,
            material=self._material(),
            temperature=0.3,
        )

    def _values(self, limit: int, *, memories: Sequence[Mapping[str, Any]], lessons: Lessons) -> dict[str, str]:
        seen, seal = self.claim.observation, self.envelope.seal
        item = f"{clean_title(self.claim)}\n\n{excerpt(disarm(seen.text), limit=limit)}"
        record = json.dumps(self.knowledge.model_dump(mode="json", exclude={"discard_reason"}), ensure_ascii=False)
        shown_memories, faults = _shown(memories), _shown([*self.faults, *faults_in(lessons.own)])
        name = _LANGUAGE_NAMES.get(self.language)
        return {
            "examples": seal_examples(lessons.examples, seed=self.envelope.seed),
            "language": f"{self.language} ({name})" if name else self.language,
            "source": disarm(self.claim.item.source or "a person"),
            "published": day_of(seen.published_at),
            "material": seal(item, label="item"),
            "knowledge": seal(record, label="record"),
            "memories": seal(shown_memories, label="earlier posts")
            if shown_memories
            else "The desk remembers nothing that belongs to it.",
            "faults": seal(faults, label="faults") if faults else "This is the first draft.",
        }

    def _material(self) -> dict[str, Any]:
        return {
            "title": clean_title(self.claim),
            "text": disarm(self.claim.observation.text),
            "knowledge": self.knowledge.model_dump(mode="json"),
            "memories": [dict(m) for m in self.memories],
            "faults": [dict(f) for f in (*self.faults, *faults_in(self.lessons.own))],
            "corrections": corrections_in(self.lessons.own),
            "language": self.language,
            "source": self.claim.item.source,
            "link": self.claim.item.url,
        }


def faults_of(claim: Claim) -> list[dict[str, str]]:
    """Why the last draft came back: the review's faults, and the reason a person gave (`kind` is `editor` there).

    A review that is older than the knowledge is of what the item said before a person edited it.
    """
    if claim.item.round == 0:
        return []
    review, known = claim.latest("review"), claim.latest("knowledge")
    if review and known and review.id < known.id:
        review = None
    faults: list[dict[str, str]] = [dict(f) for f in (review.content.get("faults", ()) if review else ())]
    reason = (claim.item.reason or "").strip()
    # After a rejection by the review itself the item's reason only repeats the faults.
    is_repeated = bool(faults) and all(f["reason"] in reason for f in faults)
    if reason and not is_repeated:
        faults.append({"kind": "editor", "sentence": "", "reason": reason})
    return faults


def _shown(entries: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(json.dumps(dict(entry), ensure_ascii=False) for entry in entries)


def _memory_content(memory: Any) -> dict[str, Any]:
    return {
        "item_id": memory.item_id,
        "title": memory.title,
        "text": memory.text[:_MEMORY_CHARACTERS],
        "url": memory.url,
        "published_at": memory.published_at,
    }


def _without_markup(draft: Draft, *, claim: Claim) -> Draft:
    """The draft as text: images, HTML and links to addresses the item has anyway are taken out; title on one line."""

    def is_known(address: str) -> bool:
        return address == claim.item.url or address in claim.observation.text

    update = {
        "title": " ".join(strip_markup(draft.title, is_known=is_known).lstrip("# ").split()),
        "summary": " ".join(strip_markup(draft.summary, is_known=is_known).split()),
        "body": strip_markup(draft.body, is_known=is_known),
    }
    return draft.model_copy(update=update)
