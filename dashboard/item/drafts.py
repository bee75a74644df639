"""The drafts of an item: what was written in each round, what the review said of it, what was remembered."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brains.language.blocks import plain_text, read_blocks
from brains.language.sentences import split_sentences

Document = Mapping[str, Any]

SUPPORTED = "supported"
WRONG = "wrong"
UNCHECKED = "unchecked"
_QUOTATION = '“”"「」 '


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a draft. `verdict`: supported, wrong, or unchecked (nothing was kept of it)."""

    text: str
    verdict: str
    evidence: str | None
    """Words of the source that support it."""
    faults: tuple[Document, ...]
    """What is wrong with it: `{"kind", "sentence", "reason"}`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One draft and what became of it. `review` is None while it was not checked."""

    round: int
    draft: Document
    review: Document | None

    @property
    def has_passed(self) -> bool | None:
        """The review let it pass; None without a review."""
        return None if self.review is None else bool(self.review["content"].get("passed"))

    @property
    def faults(self) -> Sequence[Document]:
        """What the review found wrong."""
        return [] if self.review is None else list(self.review["content"].get("faults") or ())

    @property
    def memories(self) -> Sequence[Document]:
        """The earlier posts it was written with."""
        return list(self.draft["content"].get("memories") or ())

    def sentences(self) -> list[Sentence]:
        """Every sentence a reader of the draft sees, in order, after what is wrong with the draft as a whole."""
        content = {} if self.review is None else self.review["content"]
        proofs = {_told_of(one): str(one.get("source") or "") for one in content.get("evidence") or ()}
        faults: dict[str, list[Document]] = defaultdict(list)
        for fault in self.faults:
            faults[_told_of(fault)].append(fault)
        found = [_sentence(text, proofs=proofs, faults=faults) for text in texts_of(self.draft["content"])]
        seen = {_known_as(one.text) for one in found}
        others = [
            _sentence(str(told[0].get("sentence") or ""), proofs={}, faults=faults)
            for key, told in faults.items()
            if key not in seen
        ]
        return [*others, *found]


def attempts_of(artifacts: Sequence[Document]) -> list[Attempt]:
    """The drafts among an item's artifacts, oldest first, each with the review that followed it."""
    found: list[Attempt] = []
    for artifact in artifacts:
        if artifact["kind"] == "draft":
            found.append(Attempt(artifact["round"], artifact, None))
        elif artifact["kind"] == "review" and found:
            found[-1] = Attempt(found[-1].round, found[-1].draft, artifact)
    return found


def _sentence(text: str, *, proofs: Mapping[str, str], faults: Mapping[str, Sequence[Document]]) -> Sentence:
    key = _known_as(text)
    wrong, proof = tuple(faults.get(key, ())), proofs.get(key)
    verdict = WRONG if wrong else SUPPORTED if proof else UNCHECKED
    return Sentence(text, verdict, proof, wrong)


def texts_of(draft: Document) -> Iterator[str]:
    """Title and sentences of a draft or a post, in the order in which they are read."""
    language = str(draft.get("language") or "en")
    yield from (title for title in [str(draft.get("title") or "").strip()] if title)
    yield from split_sentences(plain_text(str(draft.get("summary") or "")), language=language)
    for block in read_blocks(str(draft.get("body") or "")):
        yield from split_sentences(block.text, language=language)


def _told_of(entry: Document) -> str:
    return _known_as(str(entry.get("sentence") or ""))


def _known_as(sentence: str) -> str:
    """The same sentence is known again whether its quotation marks were put around it or not."""
    return " ".join(sentence.split()).strip(_QUOTATION)
