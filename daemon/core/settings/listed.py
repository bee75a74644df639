"""Checks the list of sources as it was written, each entry on its own, so that one faulty entry hides no other."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daemon.core.settings.problems import KeyPath, Problem
from daemon.core.settings.sensor_models import KIND_KEYS
from daemon.core.settings.values import is_web_address

SEARCH_PREFIX = "search:"
"""Of an X source that is a query, not an account."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - what the secrets of webhooks begin with
ACCOUNT_NAME = re.compile(r"[A-Za-z0-9_]{1,50}")
"""Of X, without its @; what is longer or has other letters X knows no account of."""
WEBHOOK_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
PLUGIN_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SCHEMES = ("http", "https", "file")
_LEAST_SECRET_BYTES, _MOST_SECRET_BYTES = 24, 64
_ONLY_FOR = {
    "daily_reads": ("x", "only X sources have it"),
    "daily_usd": ("x", "only X sources have it"),
    "mirror": ("x", "only X sources have it"),
    "secret": ("webhook", "only webhooks have it"),
    "address": ("kind", "it goes with kind alone"),
    "options": ("kind", "they go with kind alone"),
}


def check_sources(tree: Mapping[str, Any], *, base: Path) -> Iterator[Problem]:
    """What is wrong with the sources. `base` is the folder that relative file names start from."""
    sources = tree.get("sources")
    seen: dict[str, int] = {}
    for index, source in enumerate(sources if isinstance(sources, list | tuple) else ()):
        if isinstance(source, Mapping):
            path: KeyPath = ("sources", index)
            yield from _check_source(source, path, base)
            yield from _check_double(source, path, seen)


def is_account(text: str) -> bool:
    """An account of X, with or without its @."""
    return ACCOUNT_NAME.fullmatch(text.removeprefix("@")) is not None


def is_webhook_secret(text: str) -> bool:
    """`whsec_` and 24 to 64 bytes as base64: what Standard Webhooks signs with."""
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(SECRET_PREFIX) and _LEAST_SECRET_BYTES <= len(key) <= _MOST_SECRET_BYTES


def _check_source(source: Mapping[str, Any], path: KeyPath, base: Path) -> Iterator[Problem]:
    kinds = [kind for kind in KIND_KEYS if source.get(kind) is not None]
    if len(kinds) != 1:
        yield Problem(path, f"a source has exactly one of {', '.join(KIND_KEYS[:-1])} and {KIND_KEYS[-1]}")
        return
    (kind,) = kinds
    if isinstance(source[kind], str):
        yield from _CHECKS[kind](source, path, base)
    for key, (owner, why) in _ONLY_FOR.items():
        if source.get(key) is not None and owner != kind:
            yield Problem((*path, key), f"{why}; it is not used here", is_warning=True)


def _check_rss(source: Mapping[str, Any], path: KeyPath, base: Path) -> Iterator[Problem]:
    rss = source["rss"]
    scheme, has_scheme, _ = rss.partition("://")
    if not has_scheme and not (base / rss).is_file():
        yield Problem((*path, "rss"), f"{rss!r} is neither an address (https://…) nor a file that exists")
    elif has_scheme and scheme.lower() not in _SCHEMES:
        yield Problem((*path, "rss"), f"{scheme}:// cannot be read; it can be https://, http:// or the name of a file")
    elif has_scheme and scheme.lower() != "file" and not _host(rss):
        yield Problem((*path, "rss"), "the address has no host")


def _check_x(source: Mapping[str, Any], path: KeyPath, base: Path) -> Iterator[Problem]:
    del base
    x, mirror = source["x"], source.get("mirror")
    is_search = x.startswith(SEARCH_PREFIX)
    if is_search and not x.removeprefix(SEARCH_PREFIX).strip():
        yield Problem((*path, "x"), "a search needs a query, such as 'search:llm lang:en'")
    if not is_search and not is_account(x):
        text = f"{x!r} is neither an account ('@example') nor a search ('{SEARCH_PREFIX}llm lang:en')"
        yield Problem((*path, "x"), text)
    if isinstance(mirror, str) and not is_web_address(mirror):
        yield Problem((*path, "mirror"), "must be an address that starts with https:// or http://")


def _check_folder(source: Mapping[str, Any], path: KeyPath, base: Path) -> Iterator[Problem]:
    folder = base / Path(source["folder"]).expanduser()
    if not folder.is_dir():
        yield Problem((*path, "folder"), f"{source['folder']!r} is no folder that exists; make it, or name another")


def _check_webhook(source: Mapping[str, Any], path: KeyPath, base: Path) -> Iterator[Problem]:
    del base
    if not WEBHOOK_NAME.fullmatch(source["webhook"]):
        yield Problem(
            (*path, "webhook"), "a name has small letters, digits, - and _, and begins with one of the first two"
        )
    secret = source.get("secret")
    if not secret:
        yield Problem(path, "a webhook needs a secret: 24 to 64 random bytes as base64, as Standard Webhooks has it")
    for one in secret if isinstance(secret, list | tuple) else [secret] if secret else []:
        if not is_webhook_secret(str(one)):
            yield Problem((*path, "secret"), "must be whsec_ and 24 to 64 bytes as base64, or a list of such")


def _check_plugin(source: Mapping[str, Any], path: KeyPath, base: Path) -> Iterator[Problem]:
    del base
    if source["kind"] in KIND_KEYS or not PLUGIN_KIND.fullmatch(source["kind"]):
        yield Problem((*path, "kind"), f"{source['kind']!r} is no kind that a package can add, such as hackernews")
    if not source.get("address"):
        yield Problem(path, "a source with a kind needs an address: what its sensor is to read")


_CHECKS = {
    "rss": _check_rss,
    "x": _check_x,
    "folder": _check_folder,
    "webhook": _check_webhook,
    "kind": _check_plugin,
}


def _check_double(source: Mapping[str, Any], path: KeyPath, seen: dict[str, int]) -> Iterator[Problem]:
    key = _key_of(source)
    if key is None:
        return
    first = seen.setdefault(key, int(path[1]))
    if first != path[1]:
        yield Problem(path, f"is the same as sources[{first}]; remove one of them")


def _key_of(source: Mapping[str, Any]) -> str | None:
    kind = next((kind for kind in KIND_KEYS if isinstance(source.get(kind), str)), None)
    if kind is None:
        return None
    if kind == "kind":
        return f"{source['kind']}:{source.get('address')}"
    address = str(source[kind])
    return address.strip() if kind == "rss" else f"{kind}:{address.lower().removeprefix('@').rstrip('/')}"


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
