"""Loads the configuration: gathers what is written, checks all of it, resolves paths."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.core.errors import ConfigError
from daemon.core.open_values import secrets_within
from daemon.core.redaction import register_secrets, scrub_text, secrets_in
from daemon.core.settings.checking import validate
from daemon.core.settings.defaults import fill_defaults
from daemon.core.settings.dumping import secret_values
from daemon.core.settings.gathering import Written, gather
from daemon.core.settings.listed import check_sources
from daemon.core.settings.models import LlmSettings, Settings, SourceSettings
from daemon.core.settings.places import absolute
from daemon.core.settings.problems import Problem, line_of
from daemon.core.settings.relations import check_relations
from daemon.core.settings.texts import Texts

_FILE_SINKS = ("markdown", "html")
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::\d+)?")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, the file they come from (None: there is none), and what is doubtful, one line each."""

    settings: Settings
    path: Path | None
    warnings: tuple[str, ...] = ()
    own_files: tuple[Path, ...] = ()
    """The files with a group or a pool each."""


def load_settings(
    *,
    environ: Mapping[str, str],
    cwd: Path,
    config: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    instead: Mapping[Path, str | None] | None = None,
) -> LoadedSettings:
    """Load and check everything. No file at all is fine.

    `config` is the file a person named; `overrides` are flags (`{"api.port": 9000}`; None: not given). All paths come
    back absolute: `home` and the folders of groups and pools start from the file's folder (from `cwd` when a variable
    or flag sets them), the sinks' folders from `home`. `instead` tries texts in the place of files (None: as if the
    file were gone). The secrets become known to the process's scrubber. Raises `ConfigError` whose `problems` are all
    that is wrong, one line each.
    """
    written = gather(environ=environ, config=config, overrides=overrides or {}, texts=Texts(cwd, instead or {}))
    layers = written.layers
    fill_defaults(layers.tree, environ)
    settings, problems, left_out = validate(layers.tree)
    register_secrets(secret_values(settings))
    register_secrets(secret for source in settings.sources for secret in _secrets_of(source))
    related = [p for p in check_relations(settings, layers.tree) if not any(map(p.depends_on, left_out))]
    problems = [*layers.problems, *problems, *related, *check_sources(layers.tree, base=written.base)]
    errors, warnings = (
        _lines((p for p in problems if p.is_warning is kind), written=written) for kind in (False, True)
    )
    if errors:
        raise ConfigError(problems=errors)
    resolved = _resolve(settings, written=written, environ=environ)
    if resolved.home.exists() and not resolved.home.is_dir():
        raise ConfigError(problems=[f"home: {resolved.home} is a file; name a folder"])
    return LoadedSettings(resolved, written.path, tuple(warnings), tuple(own.path for own in written.own_files))


def _lines(problems: Iterable[Problem], *, written: Written) -> list[str]:
    """One line each, scrubbed; what has no place comes first, then file by file in their order, the main one first."""
    origins = written.layers.origins
    lines = {scrub_text(line_of(p, origins=origins, otherwise=written.name)): None for p in problems}
    return sorted(lines, key=lambda line: _place(line, main=written.name))


def _place(line: str, *, main: str) -> tuple[bool, str, int]:
    found = _PLACE.fullmatch(line.partition(": ")[0])
    if found is None:
        return False, "", 0
    return found["file"] != main, found["file"], int(found["line"])


def _resolve(settings: Settings, *, written: Written, environ: Mapping[str, str]) -> Settings:
    home = absolute(settings.home, written.base_of(("home",)), environ)
    publish = settings.publish
    for sink in _FILE_SINKS:
        wanted = getattr(publish, sink)
        if wanted is not None:
            moved = wanted.model_copy(update={"dir": absolute(wanted.dir, home, environ)})
            publish = publish.model_copy(update={sink: moved})
    sources = tuple(_source(source, written.base) for source in settings.sources)
    llm = _named(settings.llm, folders=written.folders)
    return settings.model_copy(update={"home": home, "publish": publish, "sources": sources, "llm": llm})


def _named(llm: LlmSettings, *, folders: Mapping[str, Path]) -> LlmSettings:
    """Groups and pools with their names, folders with their whole path."""
    groups = {name: group.model_copy(update={"name": group.name or name}) for name, group in llm.groups.items()}
    pools = {name: pool.model_copy(update={"name": pool.name or name}) for name, pool in llm.pools.items()}
    paths = {"groups_dir": folders.get("groups"), "pools_dir": folders.get("pools")}
    return llm.model_copy(update={"groups": groups, "pools": pools, **paths})


def _secrets_of(source: SourceSettings) -> list[str]:
    """The secrets in its addresses and options; those that are settings of their own are known as such."""
    addresses = (source.rss or "", source.mirror or "", source.address or "")
    return [*(found for one in addresses for found in secrets_in(one)), *secrets_within(source.options)]


def _source(source: SourceSettings, base: Path) -> SourceSettings:
    if source.folder is not None:
        return source.model_copy(update={"folder": (base / source.folder.expanduser()).resolve()})
    if source.rss is None or "://" in source.rss:
        return source
    return source.model_copy(update={"rss": str((base / source.rss).resolve())})
