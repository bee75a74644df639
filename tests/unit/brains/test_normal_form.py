"""What folding keeps in memory."""

import tracemalloc

from brains.grounding.normal_form import fold


def test_folding_many_long_documents_keeps_none_of_them() -> None:
    """A daemon folds every item it sees; hundreds of whole articles must not stay in its memory for that."""
    fold("A first sentence.")
    tracemalloc.start()
    try:
        for number in range(100):
            fold(f"Article {number}. " + "The bridge was closed on Monday. " * 1500)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2_000_000


def test_a_sentence_has_one_form_whatever_its_length() -> None:
    """Short texts are remembered and long ones are not; the form is the same."""
    sentence = "“The *Bridge*  was closed”, 他 说"
    assert fold(sentence * 100).startswith(fold(sentence)[:20])
