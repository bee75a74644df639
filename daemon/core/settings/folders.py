"""Groups and pools that stand in files of their own: one in each file of `llm.groups_dir` and `llm.pools_dir`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from daemon.core.errors import ConfigError
from daemon.core.settings.document import read_document
from daemon.core.settings.layers import Layers
from daemon.core.settings.old_fallback import OLD_FILES
from daemon.core.settings.problems import KeyPath, Problem, origin_of
from daemon.core.settings.texts import Texts

FOLDERS = {"groups": "groups_dir", "pools": "pools_dir"}
"""The section that a folder's files join, and the key that names the folder."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that holds one group or pool."""

    section: str
    name: str
    """What the group or pool is called: the file's `name`, else the file's own name without its ending."""
    path: Path


@dataclass(frozen=True, slots=True)
class Folders:
    """Reads the folders into layers. What is wrong becomes a problem of the layers, so that all is said at once."""

    layers: Layers
    texts: Texts
    environ: Mapping[str, str]

    def lay(self, folders: Mapping[str, Path]) -> tuple[OwnFile, ...]:
        """Add the groups and pools of the folders (by section) to the tree; answers the files that hold them."""
        if len(folders) > 1 and len(set(folders.values())) == 1:
            self._note(("llm", "pools_dir"), "is the folder of the groups too; give the pools one of their own")
            return ()
        found = (self._lay_file(kind, path) for kind, folder in folders.items() for path in self._files(kind, folder))
        return tuple(file for file in found if file is not None)

    def _files(self, kind: str, folder: Path) -> list[Path]:
        key: KeyPath = ("llm", FOLDERS[kind])
        try:
            found = [path for path in self.texts.yaml_files(folder) if path.name not in OLD_FILES]
        except OSError as error:
            self._note(key, _why_not(error, folder))
            return []
        if not found:
            text = f"{folder} has no YAML file, so it adds no {kind}; put each in a file of its own, or remove the key"
            self._note(key, text, is_warning=True)
        return found

    def _lay_file(self, kind: str, path: Path) -> OwnFile | None:
        """Add one file; None when it cannot be read, or its name is taken."""
        shown, own = self.texts.shown(path), Layers()
        try:
            own.lay_document(read_document(self.texts.read(path), name=shown), name=shown, environ=self.environ)
        except ConfigError as error:
            self.layers.problems += [Problem((), line, where="") for line in error.problems]
            return None
        title = own.tree.get("name")
        name = title if isinstance(title, str) else path.stem
        where = own.origins.get(("name",), f"{shown}:1")
        return OwnFile(kind, name, path) if self._join(own, ("llm", kind, name), where=where) else None

    def _join(self, own: Layers, place: KeyPath, *, where: str) -> bool:
        """Put a file's tree at its place, unless another stands there."""
        joined = _at(self.layers.tree, place[:-1])
        if joined is None:
            return False
        if place[-1] in joined:
            first = origin_of(place, self.layers.origins)
            self._note(place, f"stands in {first} too; remove one of them, or give it another name", where=where)
            return False
        joined[str(place[-1])] = own.tree
        self.layers.origins |= {(*place, *inner): origin for inner, origin in own.origins.items()}
        self.layers.origins[place] = where
        self.layers.problems += [replace(problem, path=(*place, *problem.path)) for problem in own.problems]
        return True

    def _note(self, path: KeyPath, text: str, *, is_warning: bool = False, where: str | None = None) -> None:
        self.layers.problems.append(Problem(path, text, is_warning=is_warning, where=where))


def _at(tree: dict[str, Any], path: KeyPath) -> dict[str, Any] | None:
    """The mapping at the path, made where nothing stands; None where something else does."""
    place = tree
    for part in path:
        if place.get(str(part)) is None:
            place[str(part)] = {}
        place = place[str(part)]
        if not isinstance(place, dict):
            return None
    return place


def _why_not(error: OSError, folder: Path) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no folder {folder}; make it, or remove the key"
    if isinstance(error, NotADirectoryError):
        return f"{folder} is a file; name a folder"
    return f"{folder} cannot be read: {error.strerror}"
