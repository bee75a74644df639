"""Changes a YAML text at one place. Every other character stays as it is: comments, order, quotes, alignment.

Writing the whole document anew would keep a person's comments, but not their layout.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from daemon.core.errors import ConfigError
from daemon.core.settings.document import compose
from daemon.core.settings.problems import KeyPath, dotted

_ALIAS = re.compile(r"\s*:\s*\*[^\s,\[\]{}]+")
_USUAL_INDENT = 2
_WIDTH = 120

Pair = tuple[yaml.Node, yaml.Node]


def add_key(text: str, path: KeyPath, *, key: str, value: Mapping[str, Any]) -> str:
    """The text with `key: value` as the last entry of the mapping at `path`, written in that mapping's style.

    `value` is not empty. Raises `ConfigError` when no mapping stands there.
    """
    node = _mapping_at(text, path)
    if node is None:
        raise ConfigError(problems=[f"{dotted(path)}: {key} cannot be put here; write it by hand"])
    write = _added_in_braces if node.flow_style else _added_as_lines
    return write(text, node, key=key, value=value)


def remove_key(text: str, path: KeyPath) -> str:
    """The text without the key at `path` and its value; a mapping that would be empty goes too.

    Raises `ConfigError` when there is no such key.
    """
    node = _mapping_at(text, path[:-1])
    position = None if node is None else _position(node, str(path[-1]))
    if node is None or position is None:
        raise ConfigError(problems=[f"{dotted(path)}: cannot be taken out here; do it by hand"])
    if len(node.value) == 1 and len(path) > 1:
        return remove_key(text, path[:-1])
    start, end = _extent(text, node, position)
    return text[:start] + text[end:]


def _extent(text: str, node: yaml.MappingNode, position: int) -> tuple[int, int]:
    """From where to where an entry reaches, with what separates it from its neighbours."""
    key, _ = node.value[position]
    end = _end_of(text, node.value[position])
    if not node.flow_style:
        return text.rfind("\n", 0, key.start_mark.index) + 1, _next_line(text, end)
    if position + 1 < len(node.value):
        return key.start_mark.index, node.value[position + 1][0].start_mark.index
    return (_end_of(text, node.value[position - 1]) if position else key.start_mark.index), end


def _added_as_lines(text: str, node: yaml.MappingNode, *, key: str, value: Mapping[str, Any]) -> str:
    column = node.value[0][0].start_mark.column
    at = _next_line(text, _end_of(text, node.value[-1]))
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [" " * column + line for line in _lines({key: value}, indent=_indent_of(node))]
    gap = "" if text[:at].endswith("\n") else newline
    return text[:at] + gap + "".join(line + newline for line in lines) + text[at:]


def _added_in_braces(text: str, node: yaml.MappingNode, *, key: str, value: Mapping[str, Any]) -> str:
    if not node.value:
        place = node.end_mark.index - 1
        return f"{text[:place]}{key}: {_in_one_line(value)}{text[place:]}"
    place, column = _end_of(text, node.value[-1]), node.value[0][0].start_mark.column
    lines = [",", *_wrapped(f"{' ' * column}{key}: {{", [f"{k}: {_in_one_line(v)}" for k, v in value.items()])]
    newline = "\r\n" if "\r\n" in text else "\n"
    return f"{text[:place]}{newline.join(lines)}}}{text[place:]}"


def _wrapped(start: str, entries: Sequence[str]) -> list[str]:
    """The entries behind `start`, in lines that are no longer than they must be."""
    lines = [start + entries[0]]
    for entry in entries[1:]:
        lines[-1] += ","
        if len(lines[-1]) + len(entry) < _WIDTH:
            lines[-1] += f" {entry}"
        else:
            lines.append(" " * len(start) + entry)
    return lines


def _mapping_at(text: str, path: KeyPath) -> yaml.MappingNode | None:
    node = compose(text)
    for part in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        position = _position(node, str(part))
        node = None if position is None else node.value[position][1]
    return node if isinstance(node, yaml.MappingNode) else None


def _position(node: yaml.MappingNode, key: str) -> int | None:
    return next((index for index, (written, _) in enumerate(node.value) if str(written.value) == key), None)


def _end_of(text: str, pair: Pair) -> int:
    """Behind the last character of an entry. A block's own end mark would lie behind the comments after it."""
    key, value = pair
    if value.start_mark.index < key.start_mark.index:
        alias = _ALIAS.match(text, key.end_mark.index)
        return alias.end() if alias else key.end_mark.index
    if isinstance(value, yaml.MappingNode) and not value.flow_style:
        return _end_of(text, value.value[-1])
    last = value.value[-1] if isinstance(value, yaml.SequenceNode) and not value.flow_style else None
    if last is not None and last.start_mark.index > value.start_mark.index:
        return _end_of(text, (value, last))
    return len(text[: value.end_mark.index].rstrip())


def _next_line(text: str, index: int) -> int:
    newline = text.find("\n", index)
    return len(text) if newline < 0 else newline + 1


def _indent_of(node: yaml.MappingNode) -> int:
    """How far the entries of a mapping in it stand to the right of its own."""
    for key, value in node.value:
        if isinstance(value, yaml.MappingNode) and not value.flow_style and value.start_mark.index > key.end_mark.index:
            return max(1, int(value.value[0][0].start_mark.column - key.start_mark.column))
    return _USUAL_INDENT


def _lines(mapping: Mapping[str, Any], *, indent: int) -> Iterator[str]:
    for key, value in mapping.items():
        if isinstance(value, Mapping) and value:
            yield f"{key}:"
            yield from (" " * indent + line for line in _lines(value, indent=indent))
        else:
            yield f"{key}: {_in_one_line(value)}"


def _in_one_line(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=float("inf"))
    return text.removesuffix("...\n").strip()
