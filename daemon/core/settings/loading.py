"""Loads the configuration: finds the file, lays the environment and the flags over it, checks all, resolves paths."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.core.errors import ConfigError
from daemon.core.redaction import register_secrets, scrub_text
from daemon.core.settings.checking import validate
from daemon.core.settings.defaults import fill_defaults
from daemon.core.settings.document import read_document
from daemon.core.settings.dumping import secret_values
from daemon.core.settings.layers import COMMAND_LINE, CONFIG_VARIABLE, ENVIRONMENT, Layers
from daemon.core.settings.listed import check_sources
from daemon.core.settings.models import Settings, SourceSettings
from daemon.core.settings.problems import KeyPath, Problem, line_of, origin_of
from daemon.core.settings.relations import check_relations

FILE_NAME = "davidagent.yaml"
_FILE_SINKS = ("markdown", "html")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, the file they come from (None: there is none), and what is doubtful, one line each."""

    settings: Settings
    path: Path | None
    warnings: tuple[str, ...] = ()


def load_settings(
    *,
    environ: Mapping[str, str],
    cwd: Path,
    config: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> LoadedSettings:
    """Load and check everything. No file at all is fine.

    `config` is the file a person named; `overrides` are flags (`{"api.port": 9000}`; None: not given). All paths come
    back absolute: `home` starts from the file's folder (from `cwd` when a variable or flag sets it), the sinks' folders
    from `home`. The secrets become known to the process's scrubber. Raises `ConfigError` whose `problems` are all that
    is wrong, one line each.
    """
    path = find_file(config=config, environ=environ, cwd=cwd)
    base = path.parent if path is not None else cwd
    layers = Layers()
    name = "" if path is None else _shown(path, cwd)
    if path is not None:
        layers.lay_document(read_document(_read(path, name), name=name), name=name, environ=environ)
    layers.lay_environment(environ)
    layers.lay_flags(overrides or {})
    layers.arrange()
    fill_defaults(layers.tree, environ)
    settings, problems, left_out = validate(layers.tree)
    register_secrets(secret_values(settings))
    related = [p for p in check_relations(settings, layers.tree) if not any(map(p.depends_on, left_out))]
    problems = [*layers.problems, *problems, *related, *check_sources(layers.tree, base=base)]
    errors, warnings = (
        _lines((p for p in problems if p.is_warning is kind), layers.origins, otherwise=name) for kind in (False, True)
    )
    if errors:
        raise ConfigError(problems=errors)
    home_base = cwd if _is_from_outside(("home",), layers.origins) else base
    resolved = _resolve(settings, base=base, home_base=home_base, environ=environ)
    if resolved.home.exists() and not resolved.home.is_dir():
        raise ConfigError(problems=[f"home: {resolved.home} is a file; name a folder"])
    return LoadedSettings(resolved, path, tuple(warnings))


def find_file(*, config: Path | None, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """The configuration file: the named one, `DAVIDAGENT_CONFIG`, the working directory's, the user's; or None.

    Raises `ConfigError` when one was named and is not there.
    """
    variable = environ.get(CONFIG_VARIABLE)
    named = config or (Path(variable) if variable else None)
    if named is not None:
        found = cwd / _expand(named, environ)
        if not found.is_file():
            origin = "--config" if config else CONFIG_VARIABLE
            raise ConfigError(problems=[f"{origin}: there is no file {found}"])
        return found
    places = [cwd]
    if environ.get("HOME"):
        places.append(Path(environ["HOME"]) / ".config" / "davidagent")
    return next((place / FILE_NAME for place in places if (place / FILE_NAME).is_file()), None)


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(problems=[f"{name}: is not UTF-8 text; save it as UTF-8"]) from error
    except OSError as error:
        raise ConfigError(problems=[f"{name}: cannot be read: {error.strerror}"]) from error


def _shown(path: Path, cwd: Path) -> str:
    return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)


def _lines(problems: Iterable[Problem], origins: Mapping[KeyPath, str], *, otherwise: str) -> list[str]:
    """One line each, scrubbed, in the order of the file."""
    lines = {scrub_text(line_of(p, origins=origins, otherwise=otherwise)): None for p in problems}
    return sorted(lines, key=_line_number)


def _line_number(line: str) -> int:
    number = line.partition(": ")[0].rpartition(":")[2]
    return int(number) if number.isdigit() else 0


def _is_from_outside(path: KeyPath, origins: Mapping[KeyPath, str]) -> bool:
    return (origin_of(path, origins) or "").startswith((COMMAND_LINE, ENVIRONMENT))


def _resolve(settings: Settings, *, base: Path, home_base: Path, environ: Mapping[str, str]) -> Settings:
    home = _absolute(settings.home, home_base, environ)
    publish = settings.publish
    for sink in _FILE_SINKS:
        written = getattr(publish, sink)
        if written is not None:
            moved = written.model_copy(update={"dir": _absolute(written.dir, home, environ)})
            publish = publish.model_copy(update={sink: moved})
    sources = tuple(_source(source, base) for source in settings.sources)
    groups = {
        name: group.model_copy(update={"name": group.name or name}) for name, group in settings.llm.groups.items()
    }
    llm = settings.llm.model_copy(update={"groups": groups})
    return settings.model_copy(update={"home": home, "publish": publish, "sources": sources, "llm": llm})


def _source(source: SourceSettings, base: Path) -> SourceSettings:
    if source.rss is None or "://" in source.rss:
        return source
    return source.model_copy(update={"rss": str((base / source.rss).resolve())})


def _absolute(path: Path, base: Path, environ: Mapping[str, str]) -> Path:
    return Path((base / _expand(path, environ)).absolute())


def _expand(path: Path, environ: Mapping[str, str]) -> Path:
    """`~` as the home of the environment that was passed in."""
    parts = path.parts
    if parts[:1] == ("~",) and environ.get("HOME"):
        return Path(environ["HOME"], *parts[1:])
    return path
