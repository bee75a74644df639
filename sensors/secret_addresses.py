"""Addresses of sources that hold a login or a token: the board gets them without, this keeps the rest.

A feed of one's own is often read as `https://me:password@host/feed` or with `?token=…`. The board, its backups, its
events and every page show `https://***@host/feed#1f0c9a3e` instead; the address itself stands in the configuration, or,
for a source that a person added, in a file beside the board that only its owner can read.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from daemon.core.errors import SensorError, UsageError
from daemon.core.redaction import HIDDEN, Scrubber, register_secrets, secrets_in

SECRETS_FILE: Final = "sources.secret.json"
_FINGERPRINT_DIGITS = 8
_SHAPES = Scrubber()
"""Knows no secret of this process: the public form must be the same in every one."""


def public_address(address: str) -> str:
    """The address without its secrets, and with a fingerprint that tells it from others; the same one without any."""
    hidden = _SHAPES.text(address) if "://" in address else address
    if hidden == address:
        return address
    fingerprint = hashlib.sha256(address.encode()).hexdigest()[:_FINGERPRINT_DIGITS]
    return f"{hidden.partition('#')[0]}#{fingerprint}"


class SecretAddresses:
    """From what the board holds to what is asked for. `configured` are the addresses of the configuration."""

    def __init__(self, home: Path, *, configured: Iterable[str | None] = ()) -> None:
        self._file = home / SECRETS_FILE
        self._configured = {public_address(one): one for one in configured if one}
        self._read_at: int | None = None
        self._kept: dict[str, str] = {}

    def keep(self, address: str) -> str:
        """Keep what is secret in an address that a person gave; answers what may stand on the board."""
        public = public_address(address)
        if public == address:
            return address
        self._load()
        if self._kept.get(public) != address:
            self._kept[public] = address
            self._write()
        register_secrets(secrets_in(address))
        return public

    def reveal(self, public: str) -> str:
        """The address to ask for. Raises `SensorError` when its secret is not known here (the board was restored)."""
        if public in self._configured:
            return self._configured[public]
        if HIDDEN not in public:
            return public
        self._load()
        if public not in self._kept:
            raise SensorError("its login or token is not known here any more: remove the source and add it again")
        return self._kept[public]

    def _load(self) -> None:
        """Read the file again when another process has changed it."""
        try:
            changed_at = self._file.stat().st_mtime_ns
            if changed_at == self._read_at:
                return
            kept = json.loads(self._file.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError) as error:
            raise SensorError(f"cannot read the secrets of the sources in {self._file}") from error
        self._kept, self._read_at = dict(kept), changed_at
        register_secrets(secret for address in self._kept.values() for secret in secrets_in(address))

    def _write(self) -> None:
        # Written aside first, so that nobody ever reads half of it; only the board's writer does.
        aside = self._file.with_name(f".{SECRETS_FILE}.new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o600)
                json.dump(self._kept, file, ensure_ascii=False, indent=2)
            aside.replace(self._file)
        except OSError as error:
            raise UsageError(f"cannot keep the address's secret in {self._file}: {error.strerror}") from error
        self._read_at = self._file.stat().st_mtime_ns
