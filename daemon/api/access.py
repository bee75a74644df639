"""The token that opens the API, kept where only its owner can read it."""

import hmac
import os
import secrets
from pathlib import Path

from daemon.core.errors import ConfigError
from daemon.core.settings.models import Settings

TOKEN_FILE = "api.token"  # noqa: S105 - the name of the file, not a token
_TOKEN_BYTES = 32


def ensure_token(settings: Settings) -> str:
    """The token of the configuration, or the one in `home/api.token`, which is made on the first call (mode 600)."""
    return read_token(settings) or _make_token(settings.home / TOKEN_FILE)


def read_token(settings: Settings) -> str | None:
    """The token, or None when there is none yet. Raises `ConfigError` when its file cannot be read."""
    if settings.api.token is not None:
        return settings.api.token.get_secret_value()
    path = settings.home / TOKEN_FILE
    try:
        return path.read_text("ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the token in {path}: {error}") from error


def is_token(offered: str, *, token: str) -> bool:
    """The offered token is the right one; takes the same time whatever is wrong with it."""
    return hmac.compare_digest(offered.encode(), token.encode())


def _make_token(path: Path) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside first, so that nobody ever reads half a token; only the board's writer makes one.
    aside = path.with_name(f".{TOKEN_FILE}.new")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(token + "\n")
        aside.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot write the token to {path}: {error}") from error
    return token
