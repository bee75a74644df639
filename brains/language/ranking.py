"""Which sentences tell the story: central in meaning, early, of readable length, standing on their own."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from brains.language.blocks import BlockKind
from brains.language.document import Document, Sentence
from brains.language.figures import find_figures
from brains.language.quotation import quote_spans
from brains.language.words import content_words, length_in_words

Matrix = NDArray[np.float32]

_BEST_LENGTH: Final = 22.0
_LENGTH_SPREAD: Final = 16.0
_TOO_SHORT: Final = 5.0
_LEANING: Final = """
    this these that those it its it's it’s he she they his her their him them such both one another here there
    then so but and or yet however also instead still thus hence therefore moreover furthermore meanwhile
    otherwise similarly finally that's that’s which again dies diese dieser dieses diesem das er sie es aber doch
    auch dort damit dabei dazu dadurch deshalb außerdem jedoch dennoch hier denn for_example for_instance
    in_addition in_contrast on_the_other_hand as_a_result because_of_this
    """
_DANGLING: Final = re.compile(rf"^\W*(?:{'|'.join(_LEANING.split()).replace('_', ' ')})\b", re.IGNORECASE)
_DANGLING_CJK: Final = re.compile(
    r"^\W*(?:这|那|他|她|它|其|该|此|但|而|因此|所以|同时|此外|另外|不过|然而|于是|例如|比如|也|并|对此|随后|接着"
    r"|その|これ|それ|しかし)"
)
_PERSONAL: Final = re.compile(
    r"\b(?:I|I'm|I’m|I've|I’ve|I'd|I’d|my|me|you|your|let's|let’s|ich|mein\w*)\b|我(?!们|国|省|市)|你|您|^\W?@\w"
)
_ABOUT_ITSELF: Final = re.compile(
    r"\b(?:in this (?:post|article|paper|section|chapter|talk)|this (?:post|article|section|blog)|stay tuned"
    r"|(?:figure|fig\.|table|section|see|above|below) (?:\d|shows|above|below)|check (?:it )?out|let me know"
    r"|thanks? (?:to|for)|happy to|(?:today|yesterday),? we(?:'re|’re| are)? look(?:ing|ed)?|we looked at)\b"
    r"|et al\.,? (?:\w+ )?\d{4}\W*$|本文|下文|上图|如图",
    re.IGNORECASE,
)
_IMPERATIVE: Final = re.compile(r"(?:see|read|check|visit|download|register|click|watch|listen|note)\b", re.IGNORECASE)
_TO_READER: Final = re.compile(r"\b(?:you|your|you'd|you’d|you'll|you’ll|Sie|Ihre?)\b|你|您")
_QUOTED: Final = re.compile(r"[“\"„][^“”\"]*[”“\"]")
_MOST_QUOTED: Final = 0.5


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """An array of shape (texts, dimensions)."""
        ...


class Ranking:
    """Scores of a document's sentences (higher tells more), and how alike any two of them are (0 to 1)."""

    def __init__(self, document: Document, *, embedder: Embedder) -> None:
        self._likeness, to_title = _compare(document, embedder=embedder)
        self.scores = _scores(document, likeness=self._likeness, to_title=to_title)

    def likeness(self, one: int, other: int) -> float:
        """How alike two sentences are."""
        return float(self._likeness[one, other])


def is_dangling(sentence: str) -> bool:
    """Whether it leans on the sentence before: "This …", "However, …", "但…"."""
    return bool(_DANGLING.match(sentence) or _DANGLING_CJK.match(sentence))


def speaks_to_reader(sentence: str) -> bool:
    """Whether it says "you" outside quotation marks."""
    return _TO_READER.search(_QUOTED.sub("", sentence)) is not None


def quoted_share(sentence: str) -> float:
    """How much of a sentence stands in quotation marks, 0 to 1."""
    return sum(end - start for start, end in quote_spans(sentence)) / max(1, len(sentence))


def _compare(document: Document, *, embedder: Embedder) -> tuple[Matrix, Matrix]:
    """Likeness of the sentences to each other, and to the title."""
    texts = [sentence.text for sentence in document.sentences] + [document.title]
    if document.language in {"zh", "ja"}:
        # The packaged model reads rare characters byte by byte; shared words tell more there.
        vectors = _word_vectors(texts, language=document.language)
    else:
        vectors = embedder.vectors(texts)
    likeness: Matrix = np.round(np.clip(vectors @ vectors.T, 0.0, 1.0), 5)
    return likeness[:-1, :-1], likeness[:-1, -1]


def _word_vectors(texts: Sequence[str], *, language: str) -> Matrix:
    """Vectors of weighted words: rare in the text weighs more. Words of one sentence alone make it less like others."""
    bags = [Counter(content_words(text, language=language)) for text in texts]
    spread = Counter(word for bag in bags for word in bag)
    columns = {word: at for at, word in enumerate(sorted(word for word, n in spread.items() if n > 1))}
    matrix = np.zeros((len(texts), max(1, len(columns))), dtype=np.float32)
    lengths = np.zeros((len(texts), 1), dtype=np.float32)
    for row, bag in enumerate(bags):
        weights = {word: np.sqrt(count) * np.log(1 + len(texts) / spread[word]) for word, count in bag.items()}
        lengths[row] = np.sqrt(sum(weight * weight for weight in weights.values()))
        for word in weights.keys() & columns.keys():
            matrix[row, columns[word]] = weights[word]
    return np.asarray(matrix / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _scores(document: Document, *, likeness: Matrix, to_title: Matrix) -> list[float]:
    central = _central(likeness)
    return [
        round(
            0.34 * float(central[sentence.at])
            + 0.22 * float(to_title[sentence.at])
            + 0.26 * _position(sentence)
            + 0.18 * _length(sentence.text)
            + _bonus(sentence, language=document.language)
            - _penalty(sentence),
            6,
        )
        for sentence in document.sentences
    ]


def _central(likeness: Matrix) -> Matrix:
    """Mean likeness to all others, stretched to 0 to 1."""
    count = len(likeness)
    if count < 3:  # noqa: PLR2004 - of two sentences neither is the more central
        return np.ones(count, dtype=np.float32)
    mean = (likeness.sum(axis=1) - np.diag(likeness)) / (count - 1)
    span = float(mean.max() - mean.min())
    stretched: Matrix = (mean - mean.min()) / span if span > 0 else np.ones(count, dtype=np.float32)
    return stretched


def _position(sentence: Sentence) -> float:
    """The first sentences of a text carry the news; the first of a paragraph its point."""
    return 1 / (1 + 0.22 * sentence.at) + (0.12 if sentence.opens_block else 0.0)


def _length(text: str) -> float:
    words = length_in_words(text)
    if words < _TOO_SHORT:
        return 0.0
    return float(np.exp(-(((words - _BEST_LENGTH) / _LENGTH_SPREAD) ** 2)))


def _bonus(sentence: Sentence, *, language: str) -> float:
    return min(0.12, 0.06 * len(find_figures(sentence.text, language=language)))


def _penalty(sentence: Sentence) -> float:
    text = sentence.text
    penalties = (
        (0.16, is_dangling(text)),
        (0.22, text.rstrip("\"'”’»)").endswith(("?", "？"))),
        (0.10, text.rstrip("\"'”’»)").endswith(("!", "！"))),
        (0.12, _PERSONAL.search(text) is not None),
        (0.25, _ABOUT_ITSELF.search(text) is not None),
        (0.10, _IMPERATIVE.match(text) is not None),
        (0.20, quoted_share(text) > _MOST_QUOTED),
        (0.08, sentence.kind is BlockKind.ITEM),
        (0.12, sentence.kind is BlockKind.QUOTE),
        (0.15, text.startswith(("(", "（", "["))),
        (0.40, sentence.is_cut_off),
        (0.30, length_in_words(text) < _TOO_SHORT),
    )
    return sum(weight for weight, applies in penalties if applies)
