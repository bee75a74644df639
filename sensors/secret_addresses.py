"""Addresses of sources that hold a login or a token: the board gets them without, this keeps the rest.

A feed of one's own is often read as `https://me:password@host/feed` or with `?token=…`. The board, its backups, its
events and every page show `https://***@host/feed#1f0c9a3e` instead; the address itself stands in the configuration, or,
for a source that a person added, in a file beside the board that only its owner can read.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from daemon.core.errors import SensorError
from daemon.core.redaction import HIDDEN, Scrubber, register_secrets, secrets_in
from sensors.secret_file import SECRETS_FILE, SecretFile

__all__ = ["SECRETS_FILE", "SecretAddresses", "public_address"]

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
        self._file = SecretFile(home)
        self._configured = {public_address(one): one for one in configured if one}

    def keep(self, address: str) -> str:
        """Keep what is secret in an address that a person gave; answers what may stand on the board."""
        return self.keep_all([address])[0]

    def keep_all(self, addresses: Sequence[str]) -> list[str]:
        """The same of several, in their order; the file is written once."""
        public = [public_address(one) for one in addresses]
        secret = {shown: one for shown, one in zip(public, addresses, strict=True) if shown != one}
        if secret:
            self._file.put_all(secret)
            register_secrets(found for one in secret.values() for found in secrets_in(one))
        return public

    def forget(self, public: str) -> None:
        """Keep nothing of a source that was removed."""
        if HIDDEN in public:
            self._file.drop(public)

    def reveal(self, public: str) -> str:
        """The address to ask for. Raises `SensorError` when its secret is not known here (the board was restored)."""
        if public in self._configured:
            return self._configured[public]
        if HIDDEN not in public:
            return public
        address = self._file.get(public)
        if not isinstance(address, str):
            raise SensorError("its login or token is not known here any more: remove the source and add it again")
        return address
