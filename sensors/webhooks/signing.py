"""The signature of a delivery: HMAC-SHA256 of `id.timestamp.body`, by Standard Webhooks 1.0.

The head is looked at before a byte of the body is read, and the signature is made while the body comes. Nothing of the
body is looked at before the signature is found right.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from daemon.core.errors import IncompleteDeliveryError, UnsignedDeliveryError
from daemon.core.settings.listed import SECRET_PREFIX

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"
VERSION: Final = "v1"
_LONGEST_ID = 256
_MOST_SIGNATURES = 50
_ID = re.compile(r"[!-~]+")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class DeliveryHead:
    """What a delivery says of itself before its body. `timestamp` is as it was written, for it is signed like that."""

    id: str
    timestamp: str
    signatures: tuple[bytes, ...]
    """Those of the version we know."""

    @property
    def at(self) -> float:
        """When it was sent, in epoch seconds, as the sender says."""
        return float(self.timestamp)


def read_head(headers: Mapping[str, str]) -> DeliveryHead:
    """The head of a delivery. `headers` are found by their name in small letters.

    Raises `IncompleteDeliveryError` in words that say what is missing or wrong.
    """
    found = {name: headers.get(name, "").strip() for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)}
    if missing := [name for name, value in found.items() if not value]:
        are = "is" if len(missing) == 1 else "are"
        raise IncompleteDeliveryError(
            f"{' and '.join(missing)} {are} missing; a delivery is signed by the Standard Webhooks scheme"
        )
    if not _ID.fullmatch(found[ID_HEADER]) or len(found[ID_HEADER]) > _LONGEST_ID:
        raise IncompleteDeliveryError(f"{ID_HEADER} must be at most {_LONGEST_ID} characters without spaces")
    if not _TIMESTAMP.fullmatch(found[TIMESTAMP_HEADER]):
        raise IncompleteDeliveryError(f"{TIMESTAMP_HEADER} must be whole seconds since 1970, such as 1790000000")
    return DeliveryHead(
        id=found[ID_HEADER],
        timestamp=found[TIMESTAMP_HEADER],
        signatures=_signatures(found[SIGNATURE_HEADER]),
    )


def check_time(head: DeliveryHead, *, now: float, tolerance: float) -> None:
    """Raises `UnsignedDeliveryError` when it was sent longer ago, or later, than `tolerance` seconds.

    Whoever has overheard a delivery cannot send it again for longer than that.
    """
    behind = now - head.at
    if abs(behind) <= tolerance:
        return
    words = "old" if behind > 0 else "ahead of our clock"
    raise UnsignedDeliveryError(
        f"{TIMESTAMP_HEADER} is {abs(behind):.0f} s {words}; {tolerance:g} s are allowed: set the sender's clock, and "
        "sign anew for every try"
    )


class SignatureCheck:
    """Made while the body comes; `secrets` (`whsec_…`) are all that are good now."""

    def __init__(self, head: DeliveryHead, *, secrets: Sequence[str]) -> None:
        self._head = head
        self._sums = [hmac.new(key_of(one), f"{head.id}.{head.timestamp}.".encode(), hashlib.sha256) for one in secrets]

    def add(self, piece: bytes) -> None:
        """The next piece of the body."""
        for one in self._sums:
            one.update(piece)

    def finish(self) -> None:
        """Raises `UnsignedDeliveryError` when none of the signatures is by one of the secrets."""
        right = [one.digest() for one in self._sums]
        # All are compared, each in constant time: how long it takes tells nothing of any.
        matches = [hmac.compare_digest(ours, theirs) for ours in right for theirs in self._head.signatures]
        if not any(matches):
            raise UnsignedDeliveryError(
                f"{SIGNATURE_HEADER} does not fit: it must be {VERSION}, a comma and the base64 of HMAC-SHA256 over "
                "id.timestamp.body, with the secret of this webhook and the bytes of the body as they are sent"
            )


def key_of(secret: str) -> bytes:
    """The bytes of a secret as it is written."""
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))


def _signatures(value: str) -> tuple[bytes, ...]:
    """Those of our version; what is of another, or unreadable, is passed over."""
    versioned = [one.partition(",") for one in value.split()[:_MOST_SIGNATURES]]
    decoded = [_decoded(signature) for version, _, signature in versioned if version == VERSION]
    return tuple(one for one in decoded if one)


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""
