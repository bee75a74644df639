"""How the fake provider counts tokens, and what its prompt cache knows."""

from tests.fakes.provider_wire import ANTHROPIC, Tokens, WireRequest

_CACHED_FROM_TOKENS = 64


class TokenCount:
    """Four bytes are a token. A beginning that was seen before is cached: a marked one (Anthropic), elsewhere any."""

    def __init__(self) -> None:
        self._cached: set[tuple[str, str, tuple[str, ...]]] = set()

    def count(self, request: WireRequest, text: str) -> Tokens:
        """What this answer is charged with; what it may keep of the prompt is cached from now on."""
        output = 1 + _tokens(text)
        known = longest = 0
        for beginning in request.beginnings:
            size = sum(map(_tokens, beginning))
            if size >= _CACHED_FROM_TOKENS:
                key = (request.vendor, request.model, beginning)
                known = size if key in self._cached else known
                longest = size
                self._cached.add(key)
        reasoning = output // 4
        return Tokens(
            prompt=sum(_tokens(part) for part in (request.system, *request.turns, request.prompt)) + 8,
            completion=output + reasoning,
            cached=known,
            cache_write=longest - known if request.vendor == ANTHROPIC else 0,
            reasoning=reasoning,
        )


def _tokens(text: str) -> int:
    return len(text.encode()) // 4
