"""Everything that was written, from all files, the environment and the flags, as one tree."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.core.settings.document import read_document
from daemon.core.settings.folders import FOLDERS, Folders, OwnFile
from daemon.core.settings.layers import COMMAND_LINE, ENVIRONMENT, Layers, section
from daemon.core.settings.old_fallback import stray_files, warn_of_strays
from daemon.core.settings.places import absolute, find_file
from daemon.core.settings.problems import KeyPath, origin_of
from daemon.core.settings.texts import Texts


@dataclass(frozen=True, slots=True)
class Written:
    """What was found, and where."""

    layers: Layers
    path: Path | None
    """The main file; None: there is none."""
    name: str
    """The main file's name as messages say it."""
    base: Path
    """What paths start from."""
    cwd: Path
    """What paths of variables and flags start from."""
    folders: Mapping[str, Path]
    """The folders with groups and pools, by section."""
    own_files: tuple[OwnFile, ...]
    strays: tuple[Path, ...]
    """Files of the old global fallback."""

    def base_of(self, path: KeyPath) -> Path:
        """What the path that stands under this key starts from."""
        return self.cwd if is_from_outside(path, self.layers) else self.base


def gather(
    *,
    environ: Mapping[str, str],
    config: Path | None,
    overrides: Mapping[str, Any],
    texts: Texts,
) -> Written:
    """Read all that is written. Raises `ConfigError` when the main file cannot be read."""
    path = find_file(config=config, environ=environ, cwd=texts.cwd)
    base, name = (path.parent, texts.shown(path)) if path is not None else (texts.cwd, "")
    layers = Layers()
    if path is not None:
        layers.lay_document(read_document(texts.read(path), name=name), name=name, environ=environ)
    folders = _folders(layers, environ=environ, overrides=overrides, base=base, cwd=texts.cwd)
    own_files = Folders(layers, texts, environ).lay(folders)
    strays = stray_files(base=base, groups_dir=folders.get("groups"), texts=texts) if path is not None else []
    layers.problems += warn_of_strays(strays, texts=texts)
    layers.lay_environment(environ)
    layers.lay_flags(overrides)
    layers.arrange()
    return Written(layers, path, name, base, texts.cwd, folders, own_files, tuple(strays))


def is_from_outside(path: KeyPath, layers: Layers) -> bool:
    """Whether a variable or a flag set the key."""
    return (origin_of(path, layers.origins) or "").startswith((COMMAND_LINE, ENVIRONMENT))


def _folders(
    layers: Layers, *, environ: Mapping[str, str], overrides: Mapping[str, Any], base: Path, cwd: Path
) -> dict[str, Path]:
    """The folders that apply in the end; what they hold comes before the environment and the flags."""
    final = Layers(copy.deepcopy(layers.tree), dict(layers.origins))
    final.lay_environment(environ)
    final.lay_flags(overrides)
    found = {}
    for kind, key in FOLDERS.items():
        named = section(final.tree, "llm").get(key)
        if isinstance(named, str | Path):
            start = cwd if is_from_outside(("llm", key), final) else base
            found[kind] = absolute(Path(named), start, environ)
    return found
