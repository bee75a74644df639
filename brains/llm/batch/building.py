"""Which providers have a batch interface, and how it is reached: by the provider's own client."""

from brains.llm.base import Provider
from brains.llm.batch.base import BatchProvider


def batch_provider(provider: Provider) -> BatchProvider | None:
    """The batch interface of a provider; None when it has none. What stands around a provider is passed by."""
    inner = provider
    while (within := getattr(inner, "provider", None)) is not None:
        inner = within
    match inner.name:
        case "anthropic":
            from brains.llm.providers.anthropic import AnthropicProvider
            from brains.llm.providers.anthropic_batch import AnthropicBatches

            return AnthropicBatches(inner) if isinstance(inner, AnthropicProvider) else None
        case "gemini":
            from brains.llm.providers.gemini import GeminiProvider
            from brains.llm.providers.gemini_batch import GeminiBatches

            return GeminiBatches(inner) if isinstance(inner, GeminiProvider) else None
        case "openai":
            from brains.llm.providers.openai import OpenAIProvider
            from brains.llm.providers.openai_batch import OpenAIBatches

            return OpenAIBatches(inner) if isinstance(inner, OpenAIProvider) else None
        case _:
            return None
