"""What webhooks are signed with: secrets of the configuration, and those that were made for what a person added."""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from daemon.core.errors import UsageError
from daemon.core.hooks import hook_address
from daemon.core.settings.listed import SECRET_PREFIX, is_webhook_secret
from daemon.core.settings.models import Settings
from sensors.secret_file import SecretFile

SECRET_BYTES: Final = 32
FORMER_HOLDS_SECONDS: Final = 86_400.0
"""How long the secret before the newest is good for, so that a sender has time to change."""


@dataclass(frozen=True, slots=True)
class RotatedSecret:
    """A new secret, to be told once, and until when (epoch seconds) the former one holds; None where there is none."""

    secret: str
    former_until: float | None


def open_hook_secrets(settings: Settings) -> "HookSecrets":
    """The secrets of a configuration and its home."""
    named = {source.webhook: source.secrets for source in settings.sources if source.webhook is not None}
    configured = {name: [one.get_secret_value() for one in kept] for name, kept in named.items()}
    return HookSecrets(settings.home, configured=configured)


class HookSecrets:
    """The secrets of each webhook by its name. Those of the configuration win; they are changed there alone.

    Raises what `SecretFile` raises.
    """

    def __init__(
        self,
        home: Path,
        *,
        configured: Mapping[str, Sequence[str]] | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._file = SecretFile(home)
        self._configured = dict(configured or {})
        self._random_bytes = random_bytes

    def holding(self, name: str, *, now: float) -> tuple[str, ...]:
        """What a delivery may be signed with now, the newest first; none when it is not known here any more."""
        if configured := self._configured.get(name):
            return tuple(configured)
        return tuple(one["secret"] for one in self._kept(name) if _holds(one, now=now))

    def is_known(self, name: str) -> bool:
        """Whether there is anything a delivery may be signed with: without it, every sender is turned away."""
        return bool(self._configured.get(name) or self._kept(name))

    def begin(self, name: str) -> str:
        """A new secret in the place of all there were: for a webhook that is being added. It is told once."""
        secret = self._new_secret()
        self._file.put(hook_address(name), [{"secret": secret, "until": None}])
        return secret

    def rotate(self, name: str, *, now: float) -> RotatedSecret:
        """A new secret; the former one holds for another day, then no more.

        Raises `UsageError` for a webhook of the configuration.
        """
        if name in self._configured:
            raise UsageError(
                f"what {name} is signed with stands in the configuration: make it a list there, the new one first, and "
                "take the old one out when nobody signs with it any more"
            )
        until = now + FORMER_HOLDS_SECONDS
        every = [{**one, "until": min(until, one["until"] or until)} for one in self._kept(name)]
        former = [one for one in every if _holds(one, now=now)]
        secret = self._new_secret()
        self._file.put(hook_address(name), [{"secret": secret, "until": None}, *former])
        return RotatedSecret(secret=secret, former_until=max((one["until"] for one in former), default=None))

    def forget(self, name: str) -> None:
        """Drop what was made for a webhook that is removed."""
        self._file.drop(hook_address(name))

    def _kept(self, name: str) -> list[dict[str, Any]]:
        entry = self._file.get(hook_address(name))
        kept = entry if isinstance(entry, list) else []
        return [one for one in kept if isinstance(one, dict) and is_webhook_secret(str(one.get("secret")))]

    def _new_secret(self) -> str:
        return SECRET_PREFIX + base64.b64encode(self._random_bytes(SECRET_BYTES)).decode("ascii")


def _holds(one: Mapping[str, Any], *, now: float) -> bool:
    return one.get("until") is None or now < float(one["until"])
