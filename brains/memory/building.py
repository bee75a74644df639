"""The memory the settings ask for. Nothing heavy is loaded here; that happens in its thread, at the first use."""

import random
from pathlib import Path

from brains.memory.base import Memory
from brains.memory.chroma import collection_name, open_embedded, open_http
from brains.memory.embeddings import WordLlamaEmbeddings
from brains.memory.extent import MEMORY_FOLDER
from brains.memory.failing import FailingStore, IsDown, refuse_if
from brains.memory.guarded import GuardedMemory
from brains.memory.off import NoMemory
from brains.memory.owner import Ownership
from brains.memory.store import Embeddings, RemoteEmbeddings, Store
from daemon.core.clock import Clock
from daemon.core.errors import ConfigError
from daemon.core.events import Listener
from daemon.core.settings.models import MemorySettings
from daemon.resilience.breaker import Breaker

_RECOVERY_SECONDS = 10.0


def build_memory(
    settings: MemorySettings,
    *,
    home: Path,
    clock: Clock,
    emit: Listener,
    embeddings: Embeddings | RemoteEmbeddings | None = None,
    is_down: IsDown = lambda: False,
) -> Memory:
    """The memory of this home. Raises `ConfigError` when the settings cannot work.

    `embeddings`: those of a provider where the settings ask for them (`brains.llm.embedding_models`); None: the model
    that is packaged. `is_down`: tells, in any thread, that the store shall answer as if it were dead.
    """
    if settings.mode == "off":
        return NoMemory()
    model = embeddings or _packaged(settings)
    collection = collection_name(model.name, dimensions=model.dimensions)
    owner = Ownership(home / MEMORY_FOLDER)
    url = settings.url
    if settings.mode == "http" and not url:
        raise ConfigError("memory.mode is http, so memory.url must name the Chroma server")

    def open_store() -> Store:
        refuse_if(is_down)
        if settings.mode == "http" and url:
            store: Store = open_http(url, collection=collection, timeout=settings.timeout)
        else:
            owner.take()
            store = open_embedded(home / MEMORY_FOLDER, collection=collection)
        # Loads the model and the index now, while there is time for it, and not in the first recall.
        store.nearest(_some_vector(model), limit=1)
        return FailingStore(store, is_down=is_down)

    return GuardedMemory(
        settings.mode,
        open_store=open_store,
        embeddings=model,
        timeout=settings.timeout,
        breaker=memory_breaker(clock),
        clock=clock,
        emit=emit,
        release=owner.give_up,
    )


def memory_breaker(clock: Clock) -> Breaker:
    """Two faults open it, and it probes often: a probe of the memory costs a person nothing but its timeout."""
    return Breaker(
        "memory",
        clock=clock,
        rng=random.Random(0),  # noqa: S311 - jitter of probes, not a secret
        failure_threshold=2,
        minimum_samples=2,
        recovery_time=_RECOVERY_SECONDS,
        window_seconds=60.0,
    )


def _packaged(settings: MemorySettings) -> Embeddings:
    if settings.embeddings != "wordllama":
        raise ConfigError(f"memory.embeddings: {settings.embeddings} is a provider's, and none was given")
    return WordLlamaEmbeddings()


def _some_vector(model: Embeddings | RemoteEmbeddings) -> list[float]:
    """Any vector of the model's size; a provider's is not asked for one."""
    return [1.0] + [0.0] * (model.dimensions - 1) if model.is_remote else model.embed(["memory"])[0]
