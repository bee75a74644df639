"""The configuration's files as text: as they are, or as they would be after a change that is only tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from daemon.core.errors import ConfigError

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Texts:
    """Reads files. `instead` holds texts that stand for those of files; None: as if the file were not there."""

    cwd: Path
    """What the names in messages start from."""
    instead: Mapping[Path, str | None] = field(default_factory=dict)

    def read(self, path: Path) -> str:
        """The text. Raises `ConfigError` that names the file."""
        replaced = self.instead.get(path)
        if replaced is not None:
            return replaced
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConfigError(problems=[f"{self.shown(path)}: is not UTF-8 text; save it as UTF-8"]) from error
        except OSError as error:
            raise ConfigError(problems=[f"{self.shown(path)}: cannot be read: {error.strerror}"]) from error

    def is_file(self, path: Path) -> bool:
        """Whether the file is there."""
        return self.instead[path] is not None if path in self.instead else path.is_file()

    def yaml_files(self, folder: Path) -> list[Path]:
        """The YAML files that stand in the folder, by name; hidden ones are left out. Raises `OSError`."""
        found = [path for path in folder.iterdir() if path.suffix in _SUFFIXES and not path.name.startswith(".")]
        return sorted(path for path in found if self.is_file(path))

    def shown(self, path: Path) -> str:
        """The file's name as messages say it: short when it is under the working directory."""
        return str(path.relative_to(self.cwd)) if path.is_relative_to(self.cwd) else str(path)
