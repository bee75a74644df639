"""Where the sentence of an action stands on these pages, and what the session keeps of them."""

from typing import Final

SLOT: Final = "sources"
TRY: Final = "sources.try"
"""Of looking at an address before it is added; of one that is a source, with its number behind."""
BACK: Final = "sources.query"
"""Where the session keeps what was looked for, for the way back from a source."""
