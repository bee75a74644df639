"""Checks the list of sources as it was written, each entry on its own, so that one faulty entry hides no other."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daemon.core.settings.problems import KeyPath, Problem

_SCHEMES = ("http", "https", "file")


def check_sources(tree: Mapping[str, Any], *, base: Path) -> Iterator[Problem]:
    """What is wrong with the sources. `base` is the folder that relative file names start from."""
    sources = tree.get("sources")
    seen: dict[str, int] = {}
    for index, source in enumerate(sources if isinstance(sources, list | tuple) else ()):
        if isinstance(source, Mapping):
            path: KeyPath = ("sources", index)
            yield from _check_address(source, path, base)
            yield from _check_double(source, path, seen)


def _check_address(source: Mapping[str, Any], path: KeyPath, base: Path) -> Iterator[Problem]:
    rss, x = source.get("rss"), source.get("x")
    if (rss is None) == (x is None):
        yield Problem(path, "a source has exactly one of rss (an address) and x (an account)")
    elif isinstance(rss, str):
        yield from _check_rss(rss, (*path, "rss"), base)
    elif isinstance(x, str) and not x.removeprefix("@").replace("_", "").isalnum():
        yield Problem((*path, "x"), f"{x!r} is not an account; write it like '@example'")
    if x is None and source.get("daily_reads") is not None:
        yield Problem((*path, "daily_reads"), "only X accounts have it; it is not used here", is_warning=True)


def _check_rss(rss: str, path: KeyPath, base: Path) -> Iterator[Problem]:
    scheme, has_scheme, _ = rss.partition("://")
    if not has_scheme and not (base / rss).is_file():
        yield Problem(path, f"{rss!r} is neither an address (https://…) nor a file that exists")
    elif has_scheme and scheme.lower() not in _SCHEMES:
        yield Problem(path, f"{scheme}:// cannot be read; it can be https://, http:// or the name of a file")
    elif has_scheme and scheme.lower() != "file" and not _host(rss):
        yield Problem(path, "the address has no host")


def _check_double(source: Mapping[str, Any], path: KeyPath, seen: dict[str, int]) -> Iterator[Problem]:
    address = source.get("rss") or source.get("x")
    if not isinstance(address, str):
        return
    key = address.lower().removeprefix("@") if source.get("rss") is None else address.strip()
    first = seen.setdefault(key, int(path[1]))
    if first != path[1]:
        yield Problem(path, f"is the same as sources[{first}]; remove one of them")


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
