"""Meaning as vectors: the static model that travels inside the WordLlama package. Nothing is downloaded."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from daemon.core.errors import BrainError

_DIMENSIONS: Final = 256
_LONGEST: Final = 20_000
"""Characters of one text that are read; the mean of so many words no longer moves."""
_BATCH: Final = 256
_LOADING: Final = threading.Lock()


class WordLlamaEmbeddings:
    """Embeds texts as unit vectors of 256 numbers; safe in any thread.

    The model is loaded at the first use (about a second, 50 MB), once for the process; memory and brain share it.
    The vector of a text does not depend on what else is embedded with it. A text without words is the zero vector.
    """

    is_remote: Literal[False] = False
    name: Final = "wordllama-l2-supercat-256"
    dimensions: Final = _DIMENSIONS

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of `dimensions` numbers per text. Raises `BrainError` when the package has lost its files."""
        vectors: list[list[float]] = self.vectors(texts).tolist()
        return vectors

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same as an array of shape (texts, dimensions)."""
        with _LOADING:
            model = _load()
        result = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = [text[:_LONGEST] for text in texts[start : start + _BATCH]]
            for offset, ids in enumerate(_token_ids(model, batch)):
                result[start + offset] = _unit_mean(model.embedding, ids)
        return result


@cache
def _load() -> Any:
    try:
        with _root_logger_untouched():
            import wordllama

            # Its loader finds the files inside the package only when that folder is named as the cache.
            model = wordllama.WordLlama.load(
                cache_dir=Path(wordllama.__file__).parent, disable_download=True, dim=_DIMENSIONS
            )
    except (ImportError, OSError) as error:
        raise BrainError(f"the embedding model cannot be loaded: {error}") from error
    # Padding would make a vector's last bits depend on its neighbours in the batch, and memory on the longest text.
    model.tokenizer.no_padding()
    # This tokenizer knows no words, so its cache keeps whole sentences: 85 MB of them, which hardly ever come again.
    model.tokenizer.model._resize_cache(0)  # noqa: SLF001 - there is no public way
    return model


def _token_ids(model: Any, batch: list[str]) -> Iterator[list[int]]:
    for encoding in model.tokenizer.encode_batch(batch, add_special_tokens=False):
        yield encoding.ids


def _unit_mean(table: NDArray[np.float32], ids: list[int]) -> NDArray[np.float32]:
    if not ids:
        return np.zeros(_DIMENSIONS, dtype=np.float32)
    mean: NDArray[np.float32] = table[ids].mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / length if length > 0 else mean


@contextmanager
def _root_logger_untouched() -> Iterator[None]:
    """WordLlama calls `logging.basicConfig` on import, which would turn on the information log of every library."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
