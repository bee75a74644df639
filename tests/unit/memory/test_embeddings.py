"""The packaged embedding model: offline, unit length, independent of company."""

import logging
import threading

import numpy as np
import pytest

from brains.memory.embeddings import WordLlamaEmbeddings

EMBEDDINGS = WordLlamaEmbeddings()


def test_a_vector_has_256_numbers_and_length_one() -> None:
    """And a text without words is the zero vector."""
    words, nothing = EMBEDDINGS.embed(["The battery stores energy.", ""])
    assert len(words) == EMBEDDINGS.dimensions == 256
    assert np.linalg.norm(words) == pytest.approx(1.0, abs=1e-5)
    assert not any(nothing)


def test_neighbours_in_the_batch_change_no_bit() -> None:
    """A text has one vector, alone or among others, short or long."""
    alone = EMBEDDINGS.embed(["The battery stores energy."])
    among = EMBEDDINGS.embed(["A", "The battery stores energy.", "word " * 500, *["x"] * 300])
    assert alone[0] == among[1]


def test_likeness_follows_meaning() -> None:
    """Two ways to say one thing are nearer than two things."""
    chip, package, library = EMBEDDINGS.vectors(
        [
            "The firm launched a new chip packaging technology.",
            "A semiconductor company introduced an advanced package process.",
            "The library finished digitising its old books.",
        ]
    )
    assert chip @ package > chip @ library + 0.2


def test_loading_leaves_the_root_logger_alone() -> None:
    """WordLlama configures it on import, which would print every library's chatter."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    WordLlamaEmbeddings().embed(["load"])
    assert (list(root.handlers), root.level) == before


def test_many_threads_load_it_once() -> None:
    """First use from several threads at a time is safe."""
    fresh, results = WordLlamaEmbeddings(), list[list[list[float]]]()
    threads = [threading.Thread(target=lambda: results.append(fresh.embed(["at once"]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(result == results[0] for result in results)
