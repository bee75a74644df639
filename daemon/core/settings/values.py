"""What sections are made of: their base, and values such as `30m` and `15MiB`."""

import re
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr

_SPAN_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SIZE_UNITS = {"": 1, "b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1024, "mib": 1024**2, "gib": 1024**3}


def parse_span(value: object) -> float:
    """Seconds from `20s`, `30m`, `1h30m`, `2d` or a plain number of seconds. Raises `ValueError`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h|d|w)\s*)+", text):
        raise ValueError(f"{value!r} is not a span of time; write it like 20s, 30m, 1h30m or 2d")
    return sum(float(n) * _SPAN_UNITS[u] for n, _, u in re.findall(r"(\d+(\.\d+)?)(ms|s|m|h|d|w)", text))


def parse_size(value: object) -> int:
    """Bytes from `15MiB`, `500 kB` or a plain number. Raises `ValueError`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(value).strip().lower())
    if not match or match[2] not in _SIZE_UNITS:
        raise ValueError(f"{value!r} is not a size; write it like 15MiB or 500kB")
    return int(float(match[1]) * _SIZE_UNITS[match[2]])


def is_web_address(text: str) -> bool:
    """An address of HTTP or HTTPS with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def network(text: str) -> str:
    """An address or network in its normal form, such as `10.0.0.0/8`. Raises `ValueError`."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError as error:
        raise ValueError(f"{text!r} is no address or network; write it like 10.0.0.5 or 10.0.0.0/8") from error


def origin(text: str) -> str:
    """An origin such as `https://desk.example`. Raises `ValueError`."""
    if not is_web_address(text) or urlsplit(text).path not in ("", "/") or urlsplit(text).query:
        raise ValueError(f"{text!r} is no origin; write it like https://desk.example")
    return text.rstrip("/")


def sendable(secret: SecretStr) -> SecretStr:
    """A secret that can stand in a header as it is. Raises `ValueError`, which does not say it."""
    if not re.fullmatch(r"[!-~]([ -~]*[!-~])?", secret.get_secret_value()):
        raise ValueError("must be letters, digits and signs of ASCII, with no space around them; null: one is made")
    return secret


Seconds = Annotated[float, BeforeValidator(parse_span)]
Bytes = Annotated[int, BeforeValidator(parse_size)]


class Section(BaseModel):
    """Base of every section: frozen, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
