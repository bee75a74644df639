"""The events of a source in words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dashboard.figures import number, plain
from dashboard.sourcing.condition import cause, line
from dashboard.texts import has, one_after_another, t
from dashboard.timeline import who

Document = Mapping[str, Any]


def sentence(event: Document) -> str:
    """One event in one sentence of Markdown, what others said in it as code; by its type, when it has no words."""
    if event["type"] == "source_polled":
        return _POLLED.get(event["data"].get("outcome"), _read)(event["data"])
    if event["type"] == "hook_delivered":
        return _delivered(event["data"])
    key = f"sources.{event['type']}"
    if not has(key):
        return plain(str(event["type"]).replace("_", " "))
    return plain(t(key, by=who(event["data"].get("by"))))


def _failed(data: Document) -> str:
    return f"{plain(t('sources.polled_failed', cause=cause(data.get('error'))))} {_as_code(data.get('error'))}"


def _waiting(data: Document) -> str:
    return plain(t("sources.polled_waiting")) + (f" {_as_code(why)}" if (why := data.get("error")) else "")


def _delivered(data: Document) -> str:
    told = plain(t("sources.delivered", n=data.get("new") or 0))
    return one_after_another(told, plain(t("sources.delivered_known"))) if data.get("known") else told


def _gone(_: Document) -> str:
    return plain(t("sources.polled_gone"))


def _read(data: Document) -> str:
    told = plain(t("sources.polled_new", n=number(data.get("new") or 0)))
    moved_to = data.get("moved_to")
    if not moved_to:
        return told
    key = "sources.polled_moved" if data.get("is_moved") else "sources.polled_not_moved"
    return f"{told} {plain(t(key))} {_as_code(moved_to)}"


def _as_code(text: object) -> str:
    """As it is: an address in plain words would become a link. A backtick would end it."""
    shown = line(text).replace("`", "'")
    return f"`{shown}`"


_POLLED: Final[Mapping[object, Callable[[Document], str]]] = {"failed": _failed, "gone": _gone, "waiting": _waiting}
