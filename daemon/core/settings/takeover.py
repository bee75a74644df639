"""What of an old global fallback a group can take over, and in words what it cannot."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.core.settings.checking import validate
from daemon.core.settings.models import CircuitBreakerSettings, FallbackSettings
from daemon.core.settings.old_fallback import OLD_KEY

_WRAPPERS = (OLD_KEY, "fallback", "fallback_config")
_BREAKER = "circuit_breaker"
_GROUPS = "fallback_groups"


@dataclass(frozen=True, slots=True)
class OldFallback:
    """What can be taken over, as it stands in the file, and sentences about what cannot."""

    carried: Mapping[str, Any]
    notes: tuple[str, ...]

    def for_group(self, name: str, *, echelons: Mapping[str, frozenset[str]]) -> tuple[dict[str, Any], list[str]]:
        """The `fallback_config` of a group, and what was left out for it. `echelons`: those of each group."""
        if _GROUPS not in self.carried:
            return dict(self.carried), []
        kept, notes = [], []
        for wanted in self.carried[_GROUPS]:
            why = _why_pointless(wanted, name, echelons)
            if why:
                notes.append(f"{name}: {_GROUPS}: {wanted} is left out: {why}")
            else:
                kept.append(wanted)
        found = {key: kept if key == _GROUPS else value for key, value in self.carried.items()}
        return {key: value for key, value in found.items() if value != []}, notes


def read_old(tree: Mapping[str, Any], *, echelons: Mapping[str, frozenset[str]]) -> OldFallback:
    """Read the content of `global_fallback.yaml`, or of the inline key; its keys may stand under one of their own."""
    notes: list[str] = []
    wrapper = next((key for key in _WRAPPERS if isinstance(tree.get(key), Mapping)), None)
    if wrapper is not None:
        notes += [_not_carried(key) for key in tree if key != wrapper]
        tree = tree[wrapper]
    if tree.get("enabled", True) is False:
        return OldFallback({}, (*notes, "enabled: false: it was off, so no group takes anything over"))
    carried: dict[str, Any] = {}
    for key, value in tree.items():
        if key == "enabled":
            notes += [] if value is True else [f"enabled: {value} is neither true nor false; it counts as true"]
        elif key == "fallback_models":
            notes.append(_models_note(value))
        elif key not in FallbackSettings.model_fields:
            notes.append(_not_carried(key))
        else:
            carried |= _taken(key, value, notes=notes, echelons=echelons)
    return OldFallback(carried, tuple(notes))


def _taken(key: str, value: Any, *, notes: list[str], echelons: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    if key == _BREAKER and isinstance(value, Mapping):
        notes += [_not_carried(f"{key}.{inner}") for inner in value if inner not in CircuitBreakerSettings.model_fields]
        value = {inner: entry for inner, entry in value.items() if inner in CircuitBreakerSettings.model_fields}
    faults = [] if _has_reference(value) else list(_faults(key, value))
    notes += faults
    if faults or value in ({}, []):
        return {}
    if key == _GROUPS:
        missing = [wanted for wanted in value if not _exists(wanted, echelons)]
        notes += [f"{key}: there is no {wanted}, so no group falls back to it" for wanted in missing]
        value = [wanted for wanted in value if wanted not in missing]
    return {key: value}


def _faults(key: str, value: Any) -> Iterator[str]:
    """What the check of a group's own `fallback_config` says to the value."""
    _, problems, _ = validate({"llm": {"groups": {"any": {"fallback_config": {key: value}}}}})
    for problem in problems:
        inner = ".".join(str(part) for part in problem.path[4:] if isinstance(part, str))
        yield f"{inner}: {problem.text}; it is not carried over"


def _has_reference(value: Any) -> bool:
    """Whether `${NAME}` stands in it, which has its value only when all is loaded."""
    return "${" in str(value)


def _exists(wanted: str, echelons: Mapping[str, frozenset[str]]) -> bool:
    base, _, echelon = wanted.partition(".")
    return base in echelons and (not echelon or echelon in echelons[base])


def _why_pointless(wanted: str, name: str, echelons: Mapping[str, frozenset[str]]) -> str:
    base, _, echelon = wanted.partition(".")
    if wanted == name:
        return "it is the group itself"
    if base == name and echelon and len(echelons[name]) == 1:
        return "it is the group's only echelon"
    return ""


def _models_note(value: Any) -> str:
    names = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    hint = "put them in a last echelon of the groups that need them"
    return f"fallback_models: {names}: a fallback_config names groups, not models; {hint}"


def _not_carried(key: str) -> str:
    return f"{key}: a group's fallback_config has no such key; it is not carried over"
