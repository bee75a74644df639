"""The file beside the board that holds what is secret in sources that a person added; only its owner can read it.

One JSON object: an address as a text under its public form, the secrets of a webhook as a list under `webhook:NAME`.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from daemon.core.errors import SensorError, UsageError
from daemon.core.redaction import register_secrets, secrets_in

SECRETS_FILE: Final = "sources.secret.json"
_Stamp = tuple[int, int, int]
_WRITING = threading.Lock()
"""Between what is read and what is written of it: lists of feeds are kept in a thread."""


class SecretFile:
    """Reads the file when it has changed; only the board's writer writes it. Whatever it holds is known to scrubbing.

    Raises `SensorError` when it cannot be read, `UsageError` when it cannot be written.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / SECRETS_FILE
        self._stamp: _Stamp | None = None
        self._entries: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        """What is kept under this key now; None for nothing."""
        self._load()
        return self._entries.get(key)

    def put(self, key: str, entry: Any) -> None:
        """Keep an entry (a text, or a list of mappings with a `secret`) in the place of what was there."""
        self.put_all({key: entry})

    def put_all(self, entries: Mapping[str, Any]) -> None:
        """Keep several at once: the file is written once, and not at all where nothing is new."""
        with _WRITING:
            self._load()
            if any(self._entries.get(key) != entry for key, entry in entries.items()):
                self._write({**self._entries, **entries})

    def drop(self, key: str) -> None:
        """Keep nothing under this key any more."""
        with _WRITING:
            self._load()
            if key in self._entries:
                self._write({kept: entry for kept, entry in self._entries.items() if kept != key})

    def _load(self) -> None:
        """Read the file again when another object or process has changed it."""
        try:
            stamp = self._stamp_now()
            if stamp == self._stamp:
                return
            entries = dict(json.loads(self._path.read_text("utf-8")))
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError, TypeError) as error:
            raise SensorError(f"cannot read the secrets of the sources in {self._path}") from error
        self._entries, self._stamp = entries, stamp
        register_secrets(_secrets_of(entries))

    def _write(self, entries: dict[str, Any]) -> None:
        # Written aside first, so that nobody ever reads half of it, and what is told is on the disk.
        aside = self._path.with_name(f".{SECRETS_FILE}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o600)
                json.dump(entries, file, ensure_ascii=False, indent=2)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
        except OSError as error:
            raise UsageError(f"cannot keep the secret in {self._path}: {error.strerror}") from error
        self._entries, self._stamp = entries, self._stamp_now()
        register_secrets(_secrets_of(entries))

    def _stamp_now(self) -> _Stamp:
        """Two writes within one tick of the file system's clock differ in the file itself."""
        found = self._path.stat()
        return found.st_mtime_ns, found.st_ino, found.st_size


def _secrets_of(entries: dict[str, Any]) -> Iterator[str]:
    for entry in entries.values():
        if isinstance(entry, str):
            yield from secrets_in(entry)
        elif isinstance(entry, list):
            kept = [str(one["secret"]) for one in entry if isinstance(one, dict) and "secret" in one]
            # Also without the word before it: some senders want it so.
            yield from (*kept, *(one.partition("_")[2] for one in kept))
