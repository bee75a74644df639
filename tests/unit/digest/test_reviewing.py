"""The judge without a model: overlap and plain contradiction, and nothing it cannot know."""

import pytest

from brains.digest.reviewing import judge

SOURCE = """The council approved the contract by six votes to five. The pool used 410 megawatt-hours of gas last year.

Sales of tickets rose to 1,240 a week. The line will not close in October."""


@pytest.mark.parametrize(
    "sentence",
    [
        "The council approved the contract by six votes to five.",
        "The contract was approved by the council, six votes to five.",
        "Ticket sales rose to 1,240 a week.",
    ],
)
def test_a_supported_sentence_has_its_evidence(sentence: str) -> None:
    """The nearest words of the source are handed back verbatim."""
    judgement = judge([sentence], text=SOURCE)
    assert judgement.faults == []
    assert [evidence.sentence for evidence in judgement.evidence] == [sentence]
    assert judgement.evidence[0].source in SOURCE.replace("\n\n", " ")


@pytest.mark.parametrize(
    "sentence",
    [
        "The mayor resigned after a scandal about a new stadium.",
        "The council rejected the contract by six votes to five.",
        "Sales of tickets fell to 1,240 a week.",
        "The line will close in October.",
    ],
)
def test_an_unsupported_or_contrary_sentence_is_a_fault(sentence: str) -> None:
    """Invention, an opposite verb, a lost "not"."""
    judgement = judge([sentence], text=SOURCE)
    assert [fault.sentence for fault in judgement.faults] == [sentence]
    assert judgement.evidence == []


def test_another_language_is_left_open() -> None:
    """It cannot judge a translation and says nothing."""
    judgement = judge(["市议会以六票对五票批准了这份合同。"], text=SOURCE)
    assert judgement.faults == judgement.evidence == []


def test_fixed_labels_are_not_judged() -> None:
    """A digest's own lines state nothing."""
    judgement = judge(["Names: Ruth Abara", "In their words"], text=SOURCE)
    assert judgement.faults == judgement.evidence == []


def test_chinese_is_judged_by_its_words() -> None:
    """The same in Chinese."""
    text = "市议会以六票对五票批准了合同。泳池去年用了四百兆瓦时的燃气。"
    fine, wrong = "市议会批准了合同。", "市议会否决了合同。"
    judgement = judge([fine, wrong], text=text)
    assert [evidence.sentence for evidence in judgement.evidence] == [fine]
    assert [fault.sentence for fault in judgement.faults] == [wrong]
