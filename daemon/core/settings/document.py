"""Reads the YAML file and remembers on which line each key stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from daemon.core.errors import ConfigError
from daemon.core.settings.problems import KeyPath, Problem

_BOOLEAN = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_INTEGER = re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?$")


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content, and the line (from 1) of every key and list entry."""

    tree: dict[str, Any]
    lines: Mapping[KeyPath, int]
    problems: tuple[Problem, ...] = ()


class _Loader(yaml.SafeLoader):
    """Plain words stay words: `off`, `no`, `12:30` and dates are text, as in YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's way; filled below)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEAN, list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", _NULL, ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def read_document(text: str, *, name: str) -> Document:
    """Read one YAML document whose root is a mapping (or nothing).

    Raises `ConfigError` with file, line and column when it is not YAML. A key that stands there twice is a problem of
    the document.
    """
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            walk = _Walk(loader)
            tree = walk.value(root, ()) if root is not None else {}
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise ConfigError(problems=[_explain(error, name)]) from error
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError(problems=[f"{name}:1: the file must hold `key: value` lines, not a list or a single value"])
    return Document(tree, walk.lines if root is not None else {}, tuple(walk.problems) if root is not None else ())


def compose(text: str) -> yaml.Node | None:
    """The text's nodes, with the places they stand at. Raises `yaml.YAMLError`."""
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


@dataclass(slots=True)
class _Walk:
    """Turns nodes into plain data."""

    loader: _Loader
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _inside: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        if id(node) in self._inside:
            raise yaml.constructor.ConstructorError(None, None, "an anchor that contains itself", node.start_mark)
        self._inside.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self._entry(entry, (*path, index)) for index, entry in enumerate(node.value)]
            return self.loader.construct_object(node)
        finally:
            self._inside.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        self._note_doubles(node, path)
        self.loader.flatten_mapping(node)
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(self.loader.construct_object(key_node))
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*path, key))
        return found

    def _entry(self, node: yaml.Node, path: KeyPath) -> Any:
        self.lines[path] = node.start_mark.line + 1
        return self.value(node, path)

    def _note_doubles(self, node: yaml.MappingNode, path: KeyPath) -> None:
        first: dict[str, int] = {}
        for key_node, _ in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in first and key != "<<":
                text = f"the key stands here twice, on lines {first[key]} and {line}; keep one"
                self.problems.append(Problem((*path, key), text))
            first.setdefault(key, line)


def _explain(error: yaml.YAMLError, name: str) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"{name}: not valid YAML: {' '.join(str(error).split())}"
    mark = error.problem_mark
    hint = "; indent with spaces, not tabs" if "\\t" in (error.problem or "") else ""
    context = f" ({error.context})" if error.context else ""
    return f"{name}:{mark.line + 1}:{mark.column + 1}: not valid YAML: {error.problem}{context}{hint}"
