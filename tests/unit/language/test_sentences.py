"""Sentences end where a reader would say they end."""

import time

import pytest

from brains.language.blocks import plain_text, squeeze
from brains.language.sentences import split_sentences


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Dr. Smith joined Acme Inc. in the U.S. for $3.5 million.", "He left at 5 p.m.", "The end."]),
        ("en", ['"We found none. We looked," said Marta Eklund.', '"The seals held."', "She laughed."]),
        ("en", ["J. K. Rowling wrote it (see fig. 3. It is odd).", "Version 2.0 is out!", "Node.js 22 is here."]),
        ("de", ["Am 12. November 2026 öffnet die 3. Halle.", "„Wir sind stolz. Sehr“, sagte Dr. Meier.", "Ende."]),
        ("zh", ["“我们很高兴。这很重要。”林晓雯说。", "工厂投资12.5亿元！", "他说：“好的。”", "然后离开。"]),
        ("ja", ["東京の図書館は本を電子化した。", "「すごいですね。」と館長は言った。"]),
    ],
)
def test_sentences_are_found_again(language: str, sentences: list[str]) -> None:
    """What is joined as that language joins it comes apart at the same places."""
    joint = "" if language in {"zh", "ja"} else " "
    assert split_sentences(joint.join(sentences), language=language) == sentences


def test_a_wrapped_line_is_one_sentence() -> None:
    """A long line that ends without a mark goes on in the next; a short one stands for itself."""
    text = "The committee met for the third time and then decided that\nthe harbour stays open.\nAgenda\nBudget"
    assert split_sentences(text, language="en") == [
        "The committee met for the third time and then decided that the harbour stays open.",
        "Agenda",
        "Budget",
    ]


def test_no_character_is_lost() -> None:
    """The sentences together are the text, white space aside."""
    text = 'A "quoted. Part" of 3.14, e.g. this… (Or that. Yes.) „Und das.“ 你好。“是的。”'
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("hostile", ["“" * 30_000, '" ' * 20_000, "a.b" * 20_000, "1. " * 20_000, "(" * 30_000])
def test_hostile_text_is_split_in_linear_time(hostile: str) -> None:
    """Marks that never close cost no more than a second."""
    start = time.perf_counter()
    split_sentences(hostile, language="en")
    assert time.perf_counter() - start < 1.0


def test_an_exclamation_of_two_words_stays_with_what_follows() -> None:
    """A name with a mark in it is not torn."""
    text = "For try! Swift NYC we printed badges. They held."
    assert split_sentences(text, language="en") == ["For try! Swift NYC we printed badges.", "They held."]


@pytest.mark.parametrize(
    "sentence",
    [
        "When I wrote the try! Swift app in haste, I hard-coded everything.",
        "We set it to 0 (This is greedy sampling.) (thus making it certain), and it is not.",
    ],
)
def test_a_mark_within_a_sentence_does_not_end_it(sentence: str) -> None:
    """A name may have one, and so may what stands in brackets before more brackets."""
    assert split_sentences(f"{sentence} It held.", language="en") == [sentence, "It held."]


def test_the_sentences_of_a_plain_text_stand_in_it() -> None:
    """Splitting changes nothing but white space."""
    plain = plain_text("## Head\n\nOne *two* [three](http://a.example/b). Four\nfive.\n\n- item one\n- item **two**")
    for sentence in split_sentences(plain, language="en"):
        assert squeeze(sentence) in squeeze(plain)
