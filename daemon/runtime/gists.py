"""What the live views are told of an artifact: the little of it that shows the work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from daemon.blackboard.records import NewArtifact
from daemon.core.redaction import scrub_text

Gist = Mapping[str, Any]

_MOST_SHOWN = 3
_LONGEST = 200


def with_gists(artifacts: Sequence[NewArtifact]) -> list[NewArtifact]:
    """The artifacts, each with its gist."""
    return [replace(one, gist=gist_of(one.kind, one.content)) for one in artifacts]


def gist_of(kind: str, content: Mapping[str, Any]) -> Gist:
    """What is told of an artifact of this kind; nothing of an unknown kind."""
    match kind:
        case "knowledge":
            return _of_knowledge(content)
        case "draft":
            return {"title": _text(content.get("title")), "characters": len(str(content.get("body") or ""))}
        case "review":
            faults = content.get("faults") or ()
            return {
                "passed": bool(content.get("passed")),
                "faults": len(faults),
                "sentences": content.get("sentences_checked") or 0,
                "judged_by": content.get("judged_by"),
            }
        case "post":
            return {key: content.get(key) for key in ("title", "slug", "language", "cost_usd")} | {
                "summary": _text(content.get("summary"))
            }
        case _:
            return {}


def _of_knowledge(content: Mapping[str, Any]) -> Gist:
    counted = ("claims", "entities", "numbers", "dates", "quotes")
    return {
        "gist": _text(content.get("gist")),
        **{name: len(content.get(name) or ()) for name in counted},
        "found": _texts(one.get("statement") for one in content.get("claims") or ()),
        "names": _texts(one.get("name") for one in content.get("entities") or ()),
        "topics": _texts(content.get("topics") or ()),
    }


def _texts(values: Iterable[Any]) -> list[str]:
    return [_text(value) for value, _ in zip(values, range(_MOST_SHOWN), strict=False)]


def _text(value: Any) -> str:
    line = scrub_text(" ".join(str(value or "").split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
