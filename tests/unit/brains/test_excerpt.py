"""What of a long text goes into a prompt."""

import pytest

from brains.excerpt import excerpt


def test_a_short_text_is_whole() -> None:
    """No note, nothing cut."""
    assert excerpt("One.\n\nTwo.", limit=100) == "One.\n\nTwo."


def test_a_long_text_keeps_whole_paragraphs() -> None:
    """And says how much is missing."""
    text = "\n\n".join(("a" * 60, "b" * 60, "c" * 60))
    assert excerpt(text, limit=130) == "a" * 60 + "\n\n" + "b" * 60 + (
        "\n\n[the rest of the text, 62 characters, was left out here]"
    )


@pytest.mark.parametrize(
    ("first", "sentence"), [("", "This is one. "), ("Short.\n\n", "This is one. "), ("", "这是一句话。")]
)
def test_a_huge_paragraph_is_cut_at_a_sentence(first: str, sentence: str) -> None:
    """Also after a short one: most of the budget is used."""
    kept = excerpt(first + sentence * 100, limit=200).split("\n\n[the rest")[0]
    assert 150 < len(kept) <= 200
    assert kept[-1] in ".。"


def test_a_text_without_sentences_is_cut_anyway() -> None:
    """At the limit."""
    assert excerpt("x" * 500, limit=200).startswith("x" * 200 + "\n\n[")
