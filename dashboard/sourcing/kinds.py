"""What kinds of sources there are, in words: by an address that is being written, and by what is on the board."""

import re
from collections.abc import Mapping
from typing import Any, Final

from daemon.core import hooks
from daemon.core.settings.listed import SEARCH_PREFIX
from dashboard.texts import has, t

Document = Mapping[str, Any]

_ADDED: Final = re.compile(r"[a-z][a-z0-9_]*:(?!//)")
_PATH: Final = ("/", "~", "./", "../")


def form_of(address: str) -> str:
    """What an address that a person writes looks like: `x`, `webhook`, `added`, `web`, `path`; empty for nothing."""
    if address.startswith(("@", SEARCH_PREFIX)):
        return "x"
    if address.startswith(hooks.PREFIX):
        return "webhook"
    if _ADDED.match(address):
        return "added"
    if "://" in address and not address.startswith(_PATH):
        return "web"
    return "path" if address else ""


def kind_words(one: Document) -> str:
    """The kind of a source; one that an installed package adds, by its own name."""
    if one["kind"] == "x" and str(one["address"]).startswith(SEARCH_PREFIX):
        return t("sources.kind_search")
    key = f"sources.kind_{one['kind']}"
    return t(key) if has(key) else str(one["kind"])


def is_told(one: Document) -> bool:
    """It is told, never asked."""
    return bool(one["kind"] == hooks.KIND)
