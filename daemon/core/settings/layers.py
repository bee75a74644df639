"""The layers over the defaults: file, environment, flags; and what is replaced within the file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from daemon.core.settings.document import Document
from daemon.core.settings.problems import KeyPath, Problem

PREFIX = "DAVIDAGENT_"
CONFIG_VARIABLE = "DAVIDAGENT_CONFIG"
COMMAND_LINE = "command line"
ENVIRONMENT = "environment "

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
_ECHELON = re.compile(r"echelon[0-9]+")
_SINKS = ("markdown", "html", "atom")
_UNSET: Any = object()


@dataclass(slots=True)
class Layers:
    """All layers as one tree, where each key comes from, and what was wrong on the way."""

    tree: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def lay_document(self, document: Document, *, name: str, environ: Mapping[str, str]) -> None:
        """The file's keys, with `${NAME}` and `${NAME:-default}` replaced (`$${` stays as `${`)."""
        self.origins |= {path: f"{name}:{line}" for path, line in document.lines.items()}
        self.problems += document.problems
        self.tree = self._replaced(document.tree, (), environ)

    def lay_environment(self, environ: Mapping[str, str]) -> None:
        """`DAVIDAGENT_LLM__MAX_CONCURRENCY=5` sets `llm.max_concurrency`; lists are written `[a, b]`."""
        for name in sorted(environ):
            if name.startswith(PREFIX) and name != CONFIG_VARIABLE:
                parts = name.removeprefix(PREFIX).lower().split("__")
                self._set(parts, _from_environment(environ[name]), origin=f"{ENVIRONMENT}{name}")

    def lay_flags(self, flags: Mapping[str, Any]) -> None:
        """`{"api.port": 9000}` or `{"api": {"port": 9000}}`; a value of None is a flag that was not given."""
        for key, value in flags.items():
            if isinstance(value, Mapping):
                self.lay_flags({f"{key}.{inner}": entry for inner, entry in value.items()})
            elif value is not None:
                self._set(key.split("."), value, origin=COMMAND_LINE)

    def arrange(self) -> None:
        """Bring what a person may write into the form of the models: echelons as one mapping, `false` sinks as null."""
        groups = section(section(self.tree, "llm"), "groups")
        for name, group in groups.items():
            if isinstance(group, Mapping):
                groups[name] = _with_echelons(group)
        publish = section(self.tree, "publish")
        for sink in _SINKS:
            if publish.get(sink, _UNSET) in (False, "off", "false", "none"):
                publish[sink] = None
            elif publish.get(sink) is True:
                publish[sink] = {}

    def _set(self, parts: list[str], value: Any, *, origin: str) -> None:
        path: list[str] = []
        place = self.tree
        for part in parts[:-1]:
            path.append(_spelled_as_in(place, part))
            if not isinstance(place.get(path[-1]), dict):
                place[path[-1]] = {}
                self.origins[tuple(path)] = origin
            place = place[path[-1]]
        path.append(_spelled_as_in(place, parts[-1]))
        place[path[-1]] = value
        self.origins = {known: where for known, where in self.origins.items() if known[: len(path)] != tuple(path)}
        self.origins[tuple(path)] = origin

    def _replaced(self, value: Any, path: KeyPath, environ: Mapping[str, str]) -> Any:
        if isinstance(value, dict):
            entries = {key: self._replaced(entry, (*path, key), environ) for key, entry in value.items()}
            return {key: entry for key, entry in entries.items() if entry is not _UNSET}
        if isinstance(value, list):
            listed = [self._replaced(entry, (*path, index), environ) for index, entry in enumerate(value)]
            return [entry for entry in listed if entry is not _UNSET]
        return self._text(value, path, environ) if isinstance(value, str) and "${" in value else value

    def _text(self, text: str, path: KeyPath, environ: Mapping[str, str]) -> Any:
        """The text with its references replaced; one that becomes empty by that counts as not written."""

        def replacement(match: re.Match[str]) -> str:
            name = match["name"]
            if name is None:
                return "${"
            if environ.get(name) or (match["default"] is None and name in environ):
                return environ[name]
            if match["default"] is None:
                hint = f"set it, or write ${{{name}:-}} when it may be missing"
                self.problems.append(Problem(path, f"the environment variable {name} is not set; {hint}"))
            return match["default"] or ""

        return _REFERENCE.sub(replacement, text) or _UNSET


def section(tree: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The mapping under `key`, or an empty one when there is none or something else stands there."""
    found = tree.get(key)
    return found if isinstance(found, dict) else {}


def _from_environment(text: str) -> Any:
    if text.strip() in ("null", "~"):
        return None
    if not text.strip().startswith(("[", "{")):
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _spelled_as_in(place: Mapping[str, Any], part: str) -> str:
    """The key of `place` that is the same but for upper case: the environment has no lower-case model names."""
    return next((key for key in place if key.lower() == part.lower()), part)


def _with_echelons(group: Mapping[str, Any]) -> dict[str, Any]:
    echelons = {key: value for key, value in group.items() if _ECHELON.fullmatch(key)}
    rest = {key: value for key, value in group.items() if key not in echelons}
    written = rest.get("echelons", {})
    return {**rest, "echelons": {**written, **echelons}} if isinstance(written, Mapping) else rest
