"""The left brain: extracts knowledge from an item, and checks the draft that was written from it."""

import asyncio
from collections.abc import Mapping, Sequence

from brains.base import Advanced, Discarded, Outcome, Rejected
from brains.digest.labels import is_label
from brains.envelope import Envelope, disarm
from brains.excerpt import ask_within_limits, excerpt
from brains.grounding import Checked, Sources, Verdict, check_draft, ground_knowledge, memory_source, source_of
from brains.judging import Judged, settle
from brains.lessons import NO_EXAMPLES, LessonBook, NoLessons, seal_examples
from brains.llm.base import Answer, CallContext, Gateway, ModelRequest
from brains.prompts import load_prompt
from brains.record import clean_title, day_of, language_of, own_text, read_draft
from brains.schemas import Draft, Evidence, Fault, Judgement, Knowledge, Review
from daemon.blackboard.records import Claim, NewArtifact, SettledCall
from daemon.blackboard.states import Step
from daemon.core.errors import BrainError

_LEAST_WORDS = 5.0
_SHOWN_SENTENCE = 100


class LeftBrain:
    """Does `extract` and `review`. `seed` goes into the envelopes' codes; it is no secret.

    `lessons`: what people said of the knowledge of other items.
    """

    def __init__(self, gateway: Gateway, *, lessons: LessonBook | None = None, seed: str = "davidagent") -> None:
        self._gateway = gateway
        self._lessons = lessons or NoLessons()
        self._seed = seed

    async def run(self, claim: Claim, context: CallContext) -> Outcome:
        """Do the step of `claim`. Raises what the gateway raises, and `BrainError` when the board lacks a draft."""
        match claim.step:
            case Step.EXTRACT:
                return await self._extract(claim, context)
            case Step.REVIEW:
                return await self._review(claim, context)
            case other:
                raise BrainError(f"the left brain does not do the step {other}")

    async def _extract(self, claim: Claim, context: CallContext) -> Outcome:
        if reason := _nothing_to_do(claim):
            return Discarded(reason)
        envelope = self._envelope(claim)
        answer: Answer[Knowledge] = await ask_within_limits(
            self._gateway, lambda limit: _extract_request(claim, envelope=envelope, limit=limit), context=context
        )
        if answer.value.discard_reason:
            return Discarded(answer.value.discard_reason, calls=answer.calls)
        source = await asyncio.to_thread(source_of, claim)
        knowledge, dropped = await asyncio.to_thread(ground_knowledge, answer.value, source=source)
        content = knowledge.model_dump(mode="json") | {"ungrounded": dropped, "provider": answer.provider}
        return Advanced([NewArtifact("knowledge", content, model=answer.model)], calls=answer.calls)

    async def _review(self, claim: Claim, context: CallContext) -> Outcome:
        artifact = claim.latest("draft")
        if artifact is None:
            raise BrainError("there is no draft to review")
        draft = read_draft(artifact.content)
        memories = artifact.content.get("memories", ())
        sources, checked = await asyncio.to_thread(_checked, claim, draft, memories=memories)
        # A digest of the offline brain is made of the source's own sentences; there is no meaning to judge.
        is_digest = artifact.content.get("provider") == "offline"
        open_sentences = [] if is_digest else _open(checked)
        if not open_sentences:
            return _outcome(checked, Judged())
        answer = await self._judge(claim, open_sentences, memories=memories, context=context)
        judged = await asyncio.to_thread(
            settle, answer, sentences=open_sentences, sources=sources, language=draft.language
        )
        return _outcome(checked, judged, calls=answer.calls)

    async def _judge(
        self, claim: Claim, sentences: Sequence[str], *, memories: Sequence[dict[str, object]], context: CallContext
    ) -> Answer[Judgement]:
        envelope = self._envelope(claim)
        lessons = await self._lessons.of(claim.item, brain="left")
        examples = seal_examples(lessons.examples, seed=self._seed)

        def build(limit: int) -> ModelRequest:
            return _review_request(
                claim, sentences, memories=memories, examples=examples, envelope=envelope, limit=limit
            )

        return await ask_within_limits(self._gateway, build, context=context)

    def _envelope(self, claim: Claim) -> Envelope:
        return Envelope(claim.item.id, claim.item.round, self._seed)


def _checked(
    claim: Claim, draft: Draft, *, memories: Sequence[Mapping[str, object]]
) -> tuple[Sources, Sequence[Checked]]:
    """What programs alone can say of a draft, and the sources they looked it up in."""
    sources = Sources(source_of(claim), tuple(map(memory_source, memories)))
    return sources, check_draft(draft, sources=sources)


def _nothing_to_do(claim: Claim) -> str | None:
    """Why an item needs no model at all, or None."""
    if claim.item.duplicate_of:
        return f"duplicate of {claim.item.duplicate_of}"
    words = own_text(claim.observation)
    if words < _LEAST_WORDS:
        noun = "word" if round(words) == 1 else "words"
        return f"too little text: about {words:.0f} {noun} of its own"
    return None


def _extract_request(claim: Claim, *, envelope: Envelope, limit: int) -> ModelRequest:
    seen, item, prompt = claim.observation, claim.item, load_prompt("extract")
    text = disarm(seen.text)
    source = disarm(item.source or "a person")
    material = envelope.seal(f"{clean_title(claim)}\n\n{excerpt(text, limit=limit)}", label="item")
    values = {"source": source, "published": day_of(seen.published_at), "language": language_of(claim)}
    # Who brought it, and the envelope's code, are the item's own; the answer depends on the text alone.
    open_text = Envelope("", 0).seal(f"{clean_title(claim)}\n\n{excerpt(text, limit=limit)}", label="item")
    return ModelRequest(
        task="extract",
        brain="left",
        system=prompt.system,
        prompt=prompt.fill(values | {"material": material}),
        known_as=prompt.fill(values | {"source": "", "material": open_text}),
        schema=Knowledge,
        prompt_version=prompt.version,
        material={
            "title": clean_title(claim),
            "text": text,
            "url": item.url,
            "source": item.source,
            "language": language_of(claim),
            "tags": list(seen.tags or item.tags),
            "author": seen.author,
        },
        temperature=0.0,
    )


def _review_request(
    claim: Claim,
    sentences: Sequence[str],
    *,
    memories: Sequence[dict[str, object]],
    examples: str,
    envelope: Envelope,
    limit: int,
) -> ModelRequest:
    prompt, text = load_prompt("review"), disarm(claim.observation.text)
    numbered = "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1))
    known = "\n\n".join(f"{m.get('title')}\n{m.get('text')}" for m in memories)
    values = {
        "material": envelope.seal(f"{clean_title(claim)}\n\n{excerpt(text, limit=limit)}", label="item"),
        "memories": envelope.seal(known, label="earlier posts") if known else "There are no earlier posts.",
        "sentences": envelope.seal(numbered, label="sentences"),
    }
    return ModelRequest(
        task="review",
        brain="left",
        system=prompt.system,
        prompt=prompt.fill(values | {"examples": examples}),
        # What people say may differ after a restart; an answer that was paid for is used all the same.
        known_as=prompt.fill(values | {"examples": NO_EXAMPLES}),
        schema=Judgement,
        prompt_version=prompt.version,
        material={"sentences": list(sentences), "text": text},
        temperature=0.0,
    )


def _open(checked: Sequence[Checked]) -> list[str]:
    return list(dict.fromkeys(c.sentence for c in checked if c.verdict is Verdict.OPEN))


def _outcome(checked: Sequence[Checked], judged: Judged, *, calls: Sequence[SettledCall] = ()) -> Outcome:
    faults = list(dict.fromkeys((f.kind, f.sentence, f.reason) for c in checked for f in c.faults))
    all_faults = [Fault(kind=kind, sentence=sentence, reason=reason) for kind, sentence, reason in faults]
    all_faults += judged.faults
    review = Review(
        passed=not all_faults,
        faults=all_faults,
        evidence=_evidence(checked, judged),
        sentences_checked=len(checked),
        judged_by=judged.judged_by,
    )
    artifact = NewArtifact("review", review.model_dump(mode="json"), model=judged.judged_by)
    if all_faults:
        return Rejected([_said(fault) for fault in all_faults], [artifact], calls)
    return Advanced([artifact], calls)


def _evidence(checked: Sequence[Checked], judged: Judged) -> list[Evidence]:
    """Each sentence once, with the judge's words of the source, or else the ones the programs found.

    A digest's own lines (such as its list of names) say nothing that a sentence of the source could support.
    """
    told = [c for c in checked if c.verdict is not Verdict.FAULT and not is_label(c.sentence)]
    found = {c.sentence: c.evidence for c in told if c.evidence}
    found |= judged.evidence
    return [Evidence(sentence=sentence, source=source) for sentence, source in found.items()]


def _said(fault: Fault) -> str:
    sentence = fault.sentence if len(fault.sentence) <= _SHOWN_SENTENCE else fault.sentence[: _SHOWN_SENTENCE - 1] + "…"
    return f"“{sentence}”: {fault.reason}"
