"""What a live audience may see of an event: a list of what is shown, so that whatever is not on it is not.

Not on it, on purpose: addresses of sources and of items, texts of errors, who did what, what switches are set to, what
the budget allows, where files lie.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from daemon.core.redaction import scrub_text

Document = dict[str, Any]
Show = Callable[[Any], Any]

_LONGEST = 300
_MOST = 20
_GONE = "…"
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
_ADDRESSES = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}://[!-~]+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![A-Za-z0-9.-])(?:localhost|[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+):\d{2,5}\b"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
    r"|\[?(?<![0-9A-Za-z:])(?:[0-9a-fA-F]{0,4}:){3,}[0-9a-fA-F]{0,4}\]?"
    r"|(?<![A-Za-z])[A-Za-z]:\\[!-~]+"
    r"|(?<![\w/.])~?/[\w.@%+-]+(?:/[\w.@%+-]*)*"
)
_HOSTS = re.compile(r"(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,}\b")


def shown_text(value: Any) -> str | None:
    """A text for everybody: one line, no secrets, no addresses of any kind, not endless. None for what is no text."""
    if not isinstance(value, str):
        return None
    line = _ADDRESSES.sub(_GONE, scrub_text(" ".join(value.split())))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}{_GONE}"


def shown_reason(value: Any) -> str | None:
    """A reason of the machine's own, in which every host name is an address of somebody's."""
    text = shown_text(value)
    return None if text is None else _HOSTS.sub(_GONE, text)


def public_view(event: Mapping[str, Any]) -> Document | None:
    """An event as everybody may see it; None when it is not for everybody."""
    shown = _SHOWN.get(event["type"])
    if shown is None or (event["type"] == "control_set" and event["data"].get("key") != "paused"):
        return None
    kept = ("id", "type", "at", "item_id", "from", "to")
    return {key: event[key] for key in kept} | {"data": _fields(event["data"], shown)}


def _fields(data: Mapping[str, Any], shown: Mapping[str, Show]) -> Document:
    return {key: show(data[key]) for key, show in shown.items() if key in data}


def _number(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else None


def _word(value: Any) -> str | None:
    """A word of the machine's own, such as a state."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _model(value: Any) -> str | None:
    """The name of a model; of one that is a file of this machine, the last part."""
    text = value.replace("\\", "/") if isinstance(value, str) else ""
    if "://" in text:
        return None
    return text.rpartition("/")[2] if text.startswith(("/", "~", ".")) or ":/" in text else text or None


def _texts(value: Any) -> list[str]:
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [text for one in several[:_MOST] if (text := shown_text(one)) is not None]


def _made(value: Any) -> list[Document]:
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    found = [one for one in several[:_MOST] if isinstance(one, Mapping) and one.get("kind") in _MADE]
    return [
        {"kind": one["kind"], "model": _model(one.get("model"))} | _fields(one, _MADE[one["kind"]]) for one in found
    ]


def _is_set(value: Any) -> str | None:
    return None if value is None else "1"


_MADE: Final[Mapping[str, Mapping[str, Show]]] = MappingProxyType(
    {
        "knowledge": {
            "gist": shown_text,
            **dict.fromkeys(("claims", "entities", "numbers", "dates", "quotes"), _number),
            **dict.fromkeys(("found", "names", "topics"), _texts),
        },
        "draft": {"title": shown_text, "characters": _number},
        "review": {"passed": _number, "faults": _number, "sentences": _number, "judged_by": _model},
        "post": {
            "title": shown_text,
            "slug": shown_text,
            "summary": shown_text,
            "language": _word,
            "cost_usd": _number,
        },
    }
)
_CALL: Final[Mapping[str, Show]] = MappingProxyType(
    {
        **dict.fromkeys(("brain", "task", "provider", "kind", "status"), _word),
        "model": _model,
        **dict.fromkeys(
            ("attempt", "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"), _number
        ),
        **dict.fromkeys(("cost_usd", "latency_ms", "first_token_ms"), _number),
    }
)
_SHOWN: Final[Mapping[str, Mapping[str, Show]]] = MappingProxyType(
    {
        "item_posted": {"title": shown_text, "waits_for": _word},
        "article_settled": {},
        "item_claimed": {"title": shown_text},
        "item_advanced": {"made": _made},
        "item_rejected": {"reasons": _texts, "round": _number, "made": _made},
        "item_held": {"made": _made},
        "item_discarded": {},
        "item_buried": {},
        "item_revived": {},
        "item_edited": {},
        "item_approved": {},
        "item_released": {},
        "item_rescued": {},
        "item_snoozed": {"waits_for": _word},
        "attempt_failed": {"attempt": _number},
        "call_settled": _CALL,
        "hook_delivered": dict.fromkeys(("new", "known"), _number),
        "level_changed": {"level": _word, "before": _word, "reason": shown_reason},
        "control_set": {"key": _word, "value": _is_set},
        "memory_degraded": {},
        "memory_restored": {},
        "daemon_started": {"version": _word},
        "daemon_stopping": {},
        "daemon_stopped": {},
    }
)
