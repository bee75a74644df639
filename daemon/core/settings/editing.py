"""Configuration files as they are changed in memory; each edit is proven to change nothing else."""

import copy
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.core.errors import ConfigError
from daemon.core.redaction import scrub_text
from daemon.core.settings.document import read_document
from daemon.core.settings.problems import KeyPath
from daemon.core.settings.splicing import add_key, remove_key
from daemon.core.settings.texts import Texts


@dataclass(frozen=True, slots=True)
class Change:
    """A file's text before and after."""

    path: Path
    name: str
    """As messages say it."""
    before: str
    after: str

    def diff(self) -> str:
        """The change as a unified diff, with secrets hidden."""
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        lines = difflib.unified_diff(before, after, fromfile=self.name, tofile=self.name)
        return scrub_text("".join(line if line.endswith("\n") else f"{line}\n" for line in lines))


@dataclass(slots=True)
class EditedFiles:
    """The texts as they become."""

    texts: Texts
    _before: dict[Path, str] = field(default_factory=dict)
    _after: dict[Path, str] = field(default_factory=dict)

    def tree(self, path: Path) -> dict[str, Any]:
        """The content, as it is by now, of a file that could be read before."""
        name = self.texts.shown(path)
        if path not in self._before:
            # As bytes, because reading as text would change the ends of its lines.
            self._before[path] = self._after[path] = path.read_bytes().decode("utf-8")
        return read_document(self._after[path], name=name).tree

    def add(self, path: Path, place: KeyPath, *, key: str, value: Mapping[str, Any]) -> None:
        """Put `key: value` into the mapping at `place`. Raises `ConfigError` when that changes anything else."""
        expected = copy.deepcopy(self.tree(path))
        at(expected, place)[key] = dict(value)
        self._set(path, add_key(self._after[path], place, key=key, value=value), expected=expected)

    def remove(self, path: Path, place: KeyPath) -> None:
        """Take the key at `place` out. Raises `ConfigError` when that changes anything else."""
        expected = copy.deepcopy(self.tree(path))
        del at(expected, place[:-1])[str(place[-1])]
        self._set(path, remove_key(self._after[path], place), expected=expected)

    def changes(self) -> Iterator[Change]:
        """The files that became different."""
        for path, before in self._before.items():
            if before != self._after[path]:
                yield Change(path, self.texts.shown(path), before, self._after[path])

    def _set(self, path: Path, text: str, *, expected: Mapping[str, Any]) -> None:
        self._after[path] = text
        if _without_empty(self.tree(path)) != _without_empty(expected):
            hint = "take apart by hand what groups share by anchors, and try again"
            raise ConfigError(problems=[f"{self.texts.shown(path)}: cannot be changed at one place alone; {hint}"])


def at(tree: Mapping[str, Any], place: KeyPath) -> dict[str, Any]:
    """The mapping at the place; an empty one where something else, or nothing, stands."""
    found: Any = tree
    for part in place:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else {}


def _without_empty(value: Any) -> Any:
    """A section that lost its only key goes with it."""
    if not isinstance(value, Mapping):
        return value
    inner = {key: _without_empty(entry) for key, entry in value.items()}
    return {key: entry for key, entry in inner.items() if entry != {}}
