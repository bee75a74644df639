"""The events of a source in words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dashboard.figures import number
from dashboard.sourcing.condition import line
from dashboard.texts import has, t
from dashboard.timeline import who

Document = Mapping[str, Any]


def sentence(event: Document) -> str:
    """One event in one sentence; what has none is named by its type."""
    if event["type"] == "source_polled":
        return _POLLED.get(event["data"].get("outcome"), _read)(event["data"])
    key = f"sources.{event['type']}"
    if not has(key):
        return str(event["type"]).replace("_", " ")
    return t(key, by=who(event["data"].get("by")))


def _failed(data: Document) -> str:
    return t("sources.polled_failed", error=line(data.get("error")))


def _gone(_: Document) -> str:
    return t("sources.polled_gone")


def _read(data: Document) -> str:
    told = t("sources.polled_new", n=number(data.get("new") or 0))
    if moved_to := data.get("moved_to"):
        key = "sources.polled_moved" if data.get("is_moved") else "sources.polled_not_moved"
        told = f"{told} {t(key, address=line(moved_to))}"
    return told


_POLLED: Final[Mapping[object, Callable[[Document], str]]] = {"failed": _failed, "gone": _gone}
