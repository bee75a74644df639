"""What of a long text goes into a prompt: whole paragraphs up to a budget, and a note where the rest was."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from brains.llm.base import Answer, CallContext, Gateway, ModelRequest
from daemon.core.errors import ContextTooLongError

FULL_CHARACTERS = 48_000
"""About 12,000 tokens of English: more than almost every feed entry has."""
SHRUNK_CHARACTERS = 12_000
"""What is sent when a model calls the full one too long."""

_NOTE = "[the rest of the text, {count} characters, was left out here]"


def excerpt(text: str, *, limit: int) -> str:
    """The text's first whole paragraphs within `limit` characters; one that alone is too long is cut at a sentence."""
    if len(text) <= limit:
        return text
    kept = ""
    for paragraph in re.split(r"\n\s*\n", text):
        longer = f"{kept}\n\n{paragraph}" if kept else paragraph
        if len(longer) > limit:
            # Half a budget of nothing would be left where one huge paragraph follows a short one.
            kept = kept if 2 * len(kept) >= limit else _to_last_sentence(longer[:limit])
            break
        kept = longer
    return f"{kept}\n\n{_NOTE.format(count=len(text) - len(kept))}"


def _to_last_sentence(text: str) -> str:
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s)|[。！？]", text)]
    return text[: ends[-1]] if ends else text


async def ask_within_limits(
    gateway: Gateway, build: Callable[[int], ModelRequest], *, context: CallContext
) -> Answer[Any]:
    """Ask with the full excerpt; when the model calls that too long, once more with a short one.

    `build` makes the request for a limit in characters. Raises what the gateway raises.
    """
    full, short = build(FULL_CHARACTERS), build(SHRUNK_CHARACTERS)
    can_shrink = len(short.prompt) < len(full.prompt)
    try:
        return await gateway.ask(replace(full, can_shrink=can_shrink), context)
    except ContextTooLongError:
        if not can_shrink:
            raise
    return await gateway.ask(short, context)
