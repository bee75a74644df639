"""Who may come in: the token that opens the API, kept where only its owner can read it."""

import hmac
import os
import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from daemon.core.errors import ConfigError
from daemon.core.settings.models import Settings

TOKEN_FILE = "api.token"  # noqa: S105 - the name of the file, not a token
_TOKEN_BYTES = 32
_PASS = b"davidagent live pass v1"


class Access:
    """The token that holds now. A check takes the same time whatever is wrong with what is offered."""

    def __init__(self, token: str, *, path: Path | None) -> None:
        """`path` is the token's file; None: it stands in the configuration."""
        self._path = path
        self._on_rotated: list[Callable[[], None]] = []
        self._hold(token)

    @property
    def token(self) -> str:
        """What a caller must know."""
        return self._token

    @property
    def path(self) -> Path | None:
        """The token's file; None when it stands in the configuration."""
        return self._path

    @property
    def browser_pass(self) -> str:
        """What a browser keeps in the place of the token, in a cookie: made of it, and worthless when it is rotated."""
        return self._browser_pass

    def admits(self, offered: str) -> bool:
        """The offered token is the right one."""
        return hmac.compare_digest(offered.encode("utf-8", "replace"), self._token.encode())

    def admits_pass(self, offered: str) -> bool:
        """The offered cookie is the right one."""
        return hmac.compare_digest(offered.encode("utf-8", "replace"), self._browser_pass.encode())

    def rotate(self) -> str:
        """Make a new token and let only that hold. Raises `ConfigError` when it stands in the configuration."""
        if self._path is None:
            raise ConfigError(
                "api.token stands in the configuration (or its environment): change it there, and restart"
            )
        token = _make_token(self._path)
        self._hold(token)
        for end in self._on_rotated:
            end()
        return token

    def on_rotated(self, end: Callable[[], None]) -> None:
        """Call `end` whenever the token is rotated: what the old one opened and still goes on must end then."""
        self._on_rotated.append(end)

    def _hold(self, token: str) -> None:
        self._token = token
        self._browser_pass = hmac.new(token.encode(), _PASS, sha256).hexdigest()


def open_access(settings: Settings) -> Access:
    """With the token of the configuration, or that in `home/api.token`, which is made on the first call (mode 600)."""
    path = None if settings.api.token is not None else settings.home / TOKEN_FILE
    token = read_token(settings)
    return Access(token or _make_token(settings.home / TOKEN_FILE), path=path)


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
