"""Moves an old global fallback into the groups: works the change out, tries it, and writes it only when told to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.core.errors import ConfigError, UsageError
from daemon.core.settings.declared import declared_in
from daemon.core.settings.document import read_document
from daemon.core.settings.editing import Change, EditedFiles, at
from daemon.core.settings.gathering import Written, gather
from daemon.core.settings.loading import load_settings
from daemon.core.settings.old_fallback import INLINE
from daemon.core.settings.problems import KeyPath, dotted
from daemon.core.settings.replacing import replace_file
from daemon.core.settings.takeover import OldFallback, read_old
from daemon.core.settings.texts import Texts

_KEY = "fallback_config"
_RETIRED = ".migrated"


@dataclass(frozen=True, slots=True)
class Migration:
    """What would be done. `write` does it."""

    source: str
    """Where the old fallback stands."""
    changes: tuple[Change, ...]
    retired: Path | None
    """The old file, which gets a new name."""
    notes: tuple[str, ...]
    """What is not carried over, and what stays as it is."""
    warnings: tuple[str, ...]
    """What the check of the configuration says to the result."""

    @property
    def retired_to(self) -> Path | None:
        """That name."""
        return retired_name(self.retired) if self.retired is not None else None

    def write(self) -> tuple[Path, ...]:
        """Change the files; answers where the old ones are kept. Raises `OSError`.

        The old fallback goes last: after a crash in between, a second run does what is left.
        """
        kept = tuple(replace_file(change.path, change.after) for change in self.changes)
        if self.retired is not None:
            self.retired.rename(retired_name(self.retired))
        return kept


def retired_name(path: Path) -> Path:
    """What an old file is called when its content has been moved."""
    return path.with_name(f"{path.name}{_RETIRED}")


def plan_migration(
    *,
    environ: Mapping[str, str],
    cwd: Path,
    config: Path | None,
    overrides: Mapping[str, Any],
    source: Path | None = None,
) -> Migration | None:
    """What has to be changed; None when there is no global fallback any more. Nothing is written.

    `source` is the old file, where it is not beside the configuration or its groups. Raises `ConfigError` when the
    result would not load, and `UsageError` when there is no file to change.
    """
    texts = Texts(cwd)
    written = gather(environ=environ, config=config, overrides=overrides, texts=texts)
    if written.path is None:
        raise UsageError("there is no configuration file to change; name one with --config")
    plan = _Plan(written, written.path, EditedFiles(texts))
    place = plan.find_old(source)
    if place is None:
        return None
    notes = plan.carry(place)
    instead = plan.texts_instead(place)
    try:
        loaded = load_settings(environ=environ, cwd=cwd, config=config, overrides=overrides, instead=instead)
    except ConfigError as error:
        raise ConfigError(problems=["the result would not load, so nothing is written:", *error.problems]) from error
    retired = place if isinstance(place, Path) else None
    return Migration(plan.named(place), tuple(plan.files.changes()), retired, tuple(notes), loaded.warnings)


@dataclass(frozen=True, slots=True)
class _Plan:
    written: Written
    main: Path
    files: EditedFiles

    def named(self, place: KeyPath | Path) -> str:
        """A place as messages say it: a file, or a key of the main file."""
        if isinstance(place, Path):
            return self.files.texts.shown(place)
        return f"{self.written.name}: {dotted(place)}"

    def find_old(self, source: Path | None) -> KeyPath | Path | None:
        """Where the old fallback stands; None when it does not any more."""
        tree = self.files.tree(self.main)
        inline = [path for path in INLINE if path[-1] in at(tree, path[:-1])]
        found: list[KeyPath | Path] = [*inline, *(self.written.strays if source is None else self._given(source))]
        if len(found) > 1:
            places = " and ".join(map(self.named, found))
            raise ConfigError(
                problems=[f"there are {len(found)} global fallbacks: {places}; keep the one that is meant"]
            )
        for place in found:
            if isinstance(place, Path) and retired_name(place).exists():
                raise ConfigError(problems=[f"{self.named(retired_name(place))} is there already; move it away first"])
        return found[0] if found else None

    def carry(self, place: KeyPath | Path) -> list[str]:
        """Move the old fallback into the groups, in memory; answers what is to be said about it."""
        echelons = declared_in(self.written.layers.tree).groups
        old = read_old(self._old_tree(place), echelons=echelons)
        notes = [*old.notes, *self._into_groups(old, echelons)]
        if not isinstance(place, Path):
            self.files.remove(self.main, place)
        return notes

    def texts_instead(self, place: KeyPath | Path) -> dict[Path, str | None]:
        """The files as they would be."""
        instead: dict[Path, str | None] = {change.path: change.after for change in self.files.changes()}
        return instead | {place: None} if isinstance(place, Path) else instead

    def _given(self, source: Path) -> list[Path]:
        path = self.written.cwd / source
        if path.is_file():
            return [path]
        if retired_name(path).is_file():
            return []
        raise UsageError(f"--from: there is no file {path}")

    def _old_tree(self, place: KeyPath | Path) -> Mapping[str, Any]:
        if not isinstance(place, Path):
            return at(self.files.tree(self.main), place)
        return read_document(self.files.texts.read(place), name=self.named(place)).tree

    def _into_groups(self, old: OldFallback, echelons: Mapping[str, frozenset[str]]) -> Iterator[str]:
        groups = self._groups()
        if old.carried and not groups:
            text = "no group is written, so there is nothing to move the fallback into; write llm.groups first"
            raise ConfigError(problems=[f"{self.written.name}: {text}"])
        for name, path, place in groups if old.carried else ():
            if _KEY in at(self.files.tree(path), place):
                yield f"{name}: has a fallback_config of its own, which stays as it is"
                continue
            value, notes = old.for_group(name, echelons=echelons)
            yield from notes
            if value:
                self.files.add(path, place, key=_KEY, value=value)

    def _groups(self) -> list[tuple[str, Path, KeyPath]]:
        """The groups that are written: name, file, and where in it."""
        inline: KeyPath = ("llm", "groups")
        names = at(self.files.tree(self.main), inline)
        own = [(file.name, file.path, ()) for file in self.written.own_files if file.section == "groups"]
        return [*((name, self.main, (*inline, name)) for name in names), *own]
