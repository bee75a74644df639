"""Where things are: the configuration file, and what the paths in it start from."""

from collections.abc import Mapping
from pathlib import Path

from daemon.core.errors import ConfigError
from daemon.core.settings.layers import CONFIG_VARIABLE

FILE_NAME = "davidagent.yaml"


def find_file(*, config: Path | None, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """The configuration file: the named one, `DAVIDAGENT_CONFIG`, the working directory's, the user's; or None.

    Raises `ConfigError` when one was named and is not there.
    """
    variable = environ.get(CONFIG_VARIABLE)
    named = config or (Path(variable) if variable else None)
    if named is not None:
        found = cwd / expand(named, environ)
        if not found.is_file():
            origin = "--config" if config else CONFIG_VARIABLE
            raise ConfigError(problems=[f"{origin}: there is no file {found}"])
        return found
    places = [cwd]
    if environ.get("HOME"):
        places.append(Path(environ["HOME"]) / ".config" / "davidagent")
    return next((place / FILE_NAME for place in places if (place / FILE_NAME).is_file()), None)


def absolute(path: Path, base: Path, environ: Mapping[str, str]) -> Path:
    """The path from `base` on, with `~` as the home of the environment."""
    return Path((base / expand(path, environ)).absolute())


def expand(path: Path, environ: Mapping[str, str]) -> Path:
    """`~` as the home of the environment that was passed in."""
    parts = path.parts
    if parts[:1] == ("~",) and environ.get("HOME"):
        return Path(environ["HOME"], *parts[1:])
    return path
