"""Which embedding model the settings ask for, ready to use."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brains.llm.embedding import BookedEmbeddings, tokens_by_characters
from brains.llm.pricing import Price, price_of
from daemon.blackboard.records import Usage
from daemon.core.errors import ConfigError
from daemon.core.events import Event
from daemon.core.settings.models import LlmSettings, MemorySettings, ModelSettings
from daemon.resilience.breaker import Breaker

if TYPE_CHECKING:
    from brains.llm.base import Ledger
    from daemon.core.clock import Clock
    from daemon.resilience.gate import Gate

DEFAULT_MODEL = "gemini-embedding-2"
DIMENSIONS = 768
_RECOVERY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class PaidModel:
    """An embedding model of a provider, and what it costs."""

    name: str
    price: Price

    def cost(self, texts: Sequence[str], *, at: float) -> tuple[int, float | None]:
        """Tokens, counted by characters, and dollars for making vectors of them; None for a price nobody knows."""
        tokens = sum(map(tokens_by_characters, texts))
        cost = self.price.cost(Usage(input_tokens=tokens), at=at)
        return tokens, cost.micro / 1_000_000 if cost else None


def paid_model(memory: MemorySettings, llm: LlmSettings) -> PaidModel | None:
    """The provider's model that the settings ask for; None when the memory is off, or makes its vectors itself.

    Raises `ConfigError` without a key.
    """
    if memory.mode == "off" or memory.embeddings != "gemini":
        return None
    return _chosen(_configured(llm))


def build_embeddings(
    memory: MemorySettings,
    llm: LlmSettings,
    *,
    ledger: "Ledger",
    gate: "Gate",
    clock: "Clock",
    rng: random.Random,
    emit: Callable[[Event], None],
) -> BookedEmbeddings | None:
    """The provider's embeddings for the memory; None when it is off, or makes its vectors itself.

    A model of the provider gemini whose name says `embedding` is taken as it is configured, with its own price; else
    the first one lends its key and address to the default model. A change of the breaker is `breaker_changed`. Raises
    `ConfigError` without a key or the SDK.
    """
    if memory.mode == "off" or memory.embeddings != "gemini":
        return None
    found = _configured(llm)
    chosen = _chosen(found)
    try:
        from brains.llm.providers.gemini_embeddings import GeminiEmbedder
    except ModuleNotFoundError as error:
        why = "the gemini SDK is not installed; install it with: pip install 'davidagent[gemini]'"
        raise ConfigError(f"memory.embeddings: {why}") from error
    key = found.api_key.get_secret_value() if found.api_key else ""
    return BookedEmbeddings(
        GeminiEmbedder(api_key=key, base_url=found.base_url),
        model=chosen.name,
        dimensions=DIMENSIONS,
        price=chosen.price,
        ledger=ledger,
        gate=gate,
        breaker=Breaker(
            "memory embeddings",
            clock=clock,
            rng=rng,
            recovery_time=_RECOVERY_SECONDS,
            on_change=lambda snapshot: emit(Event(type="breaker_changed", at=clock.now(), data=snapshot)),
        ),
        clock=clock,
    )


def _configured(llm: LlmSettings) -> ModelSettings:
    models = [model for model in llm.models.values() if model.provider == "gemini" and model.api_key]
    named = [model for model in models if _is_embedding(model)]
    for model in [*named, *models]:
        return model
    raise ConfigError("memory.embeddings: gemini needs a model of the provider gemini with a key in llm.models")


def _chosen(found: ModelSettings) -> PaidModel:
    is_embedding = _is_embedding(found)
    model, own = (found.model, found.price) if is_embedding else (DEFAULT_MODEL, None)
    return PaidModel(model, price_of(provider="gemini", model=model, base_url=found.base_url, own=own))


def _is_embedding(model: ModelSettings) -> bool:
    return "embedding" in model.model
