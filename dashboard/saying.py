"""What an action did, in one sentence."""

from collections.abc import Mapping
from typing import Any, Final

from dashboard import figures
from dashboard.acting import Done
from dashboard.sourcing.unfound import unfound_words
from dashboard.texts import t

_COUNTS: Final = {
    "retry": "revived",
    "edit": "edited",
    "approve": "approved",
    "reject": "rejected",
    "discard": "discarded",
    "budget_raise": "woken",
    "budget_reset": "woken",
    "source_import": "added",
    "memory_rebuild": "to_remember",
    "feedback_withdraw": "withdrawn",
    "breaker_reset": "reset",
}
"""Which figure of the answer tells how many."""
_NOTHING: Final = {"retry": "said.retry_none", "breaker_reset": "said.breaker_closed"} | dict.fromkeys(
    ("edit", "approve", "reject", "discard", "feedback_withdraw"), "said.none"
)


def sentence(done: Done) -> str:
    """What was done, or why not. Names from outside are made harmless."""
    if done.error is not None:
        return t("said.failed", why=figures.plain(unfound_words(done.error)))
    n = done.document.get(_COUNTS.get(done.verb, ""), 0)
    if not n and done.verb in _NOTHING:
        return t(_NOTHING[done.verb])
    warnings = " ".join(figures.plain(one) for one in done.document.get("warnings", ()))
    return f"{t(_key(done), n=n, **_named(done.document))} {warnings}".strip()


def _key(done: Done) -> str:
    if done.verb == "level" and done.document.get("by") == "auto":
        return "said.level_auto"
    if done.verb == "post" and not done.document.get("new"):
        return "said.post_known"
    if done.verb == "source_add" and not done.document.get("is_new", True):
        return "said.source_known"
    return f"said.{done.verb}"


def _named(document: Mapping[str, Any]) -> dict[str, str]:
    named = {key: figures.plain(document[key]) for key in ("id", "path", "level", "name") if key in document}
    if "removed" in document:
        named["name"] = figures.plain(document["removed"])
    if "bytes" in document:
        named["size"] = figures.size(document["bytes"])
    return named
