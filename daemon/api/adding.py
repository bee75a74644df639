"""A source by what a person calls it: one grammar of addresses, for the command line, the API and the dashboard.

`https://…` a feed (or a site, by discovery), a feed file, a folder, `@account` or `search:QUERY` of X, `webhook:NAME`,
and `KIND:ADDRESS` for a kind that an installed package adds.
"""

import math
import os
import re
from pathlib import Path
from typing import Final, NoReturn, Unpack
from urllib.parse import urlsplit

from daemon.blackboard.records import NewSource
from daemon.core import hooks
from daemon.core.errors import UsageError
from daemon.core.hooks import hook_name
from daemon.core.settings.listed import PLUGIN_KIND, SEARCH_PREFIX, WEBHOOK_NAME, is_account
from daemon.core.settings.models import SHORTEST_EVERY_SECONDS
from sensors.wishes import SourceWishes, board_settings

FORMS: Final = (
    "a feed's web address, nor a feed file or folder that is there, nor @account, search:QUERY, webhook:NAME or"
    " KIND:ADDRESS"
)
_WEB: Final = ("http://", "https://")
_OWN_KINDS: Final = frozenset({"rss", "x", "folder", "webhook", "feed", "file"})
_HOST = re.compile(r"(?:[\w-]{1,63}\.)+[a-z]{2,}(?::\d+)?(?:[/?#].*)?", re.IGNORECASE)
_LOCAL_HOST = re.compile(r"localhost(?::\d+)?(?:/.*)?", re.IGNORECASE)
_REMOTE_ACCOUNT = re.compile(r"@?([\w.-]+)@([\w.-]+\.\w+)")
_KINDS_WITHOUT_ARTICLES: Final = {
    "x": "a post of X is whole as it is",
    "folder": "a file is whole as it is",
}


def source_from_address(address: str, **wishes: Unpack[SourceWishes]) -> NewSource:
    """A source that may be added. Raises `UsageError` in words that say what would be right."""
    kind, address = _identity(address.strip())
    mirror = wishes.get("mirror")
    name = wishes.get("name") or None
    if mirror is not None:
        kind, address, name = "rss", _mirrored(kind, mirror), name or address
    _check(kind, wishes)
    return NewSource(
        kind=kind,
        address=address,
        name=name or _usual_name(kind, address),
        every_seconds=wishes.get("every_seconds"),
        tags=tuple(wishes.get("tags") or ()),
        settings=board_settings(
            full_text=wishes.get("full_text"),
            daily_reads=wishes.get("daily_reads"),
            daily_usd=wishes.get("daily_usd"),
        ),
    )


def _usual_name(kind: str, address: str) -> str | None:
    """None: its address, until a feed tells its title."""
    if kind == "folder":
        return os.path.basename(address) or None  # noqa: PTH119 - of a text, not of a file
    return hook_name(address) if kind == hooks.KIND else None


def is_web(address: str) -> bool:
    """Whether it is an address on the web, where a site may stand as well as a feed."""
    return address.strip().lower().startswith(_WEB)


def _identity(address: str) -> tuple[str, str]:
    """Kind and address on the board."""
    from sensors.feeds.opml import web_address

    web = web_address(address)
    if web is not None:
        return "rss", _checked_link(web)
    if address.startswith("@"):
        return "x", _account(address)
    if address.startswith(SEARCH_PREFIX):
        return "x", _search(address)
    if address.startswith(hooks.PREFIX):
        return hooks.KIND, _webhook(address)
    return _local(address) or _added_kind(address)


def _account(address: str) -> str:
    if is_account(address):
        return address
    if elsewhere := _REMOTE_ACCOUNT.fullmatch(address):
        name, host = elsewhere.groups()
        raise UsageError(f"{address!r} is no account of X; an account of the Fediverse is https://{host}/@{name}")
    raise UsageError(f"{address!r} is no account of X, such as @example")


def _search(address: str) -> str:
    query = " ".join(address.removeprefix(SEARCH_PREFIX).split())
    if not query:
        raise UsageError(f"a search needs a query, such as '{SEARCH_PREFIX}llm lang:en'")
    return f"{SEARCH_PREFIX}{query}"


def _webhook(address: str) -> str:
    name = hook_name(address)
    if not WEBHOOK_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a webhook: small letters, digits, - and _, beginning with one of the first two"
        )
    return address


def _local(address: str) -> tuple[str, str] | None:
    """A feed file or a folder that is there."""
    from sensors.feeds.local_files import local_path

    path = local_path(address)
    if path is None or not address:
        return None
    if (path.is_dir() or path.is_file()) and (hidden := _hidden_part(path)) is not None:
        raise UsageError(
            f"{address!r} lies in {hidden!r}, and what is hidden is often secret; it is read only where the"
            " configuration file names it"
        )
    if path.is_dir():
        return "folder", os.path.abspath(path)  # noqa: PTH100 - without `..`, and a link keeps its own name
    return ("rss", str(path.absolute())) if path.is_file() else None


def _hidden_part(path: Path) -> str | None:
    """What on the way to it is hidden, wherever links lead. Who has the token is not always at home on this machine."""
    return next((part for part in Path(os.path.realpath(path)).parts if part.startswith(".")), None)


def _added_kind(address: str) -> tuple[str, str]:
    from sensors.plugins.installed import installed_kinds, missing_kind

    kind, colon, rest = address.partition(":")
    if not colon or not PLUGIN_KIND.fullmatch(kind) or rest.startswith("//"):
        _refuse(address)
    if kind in _OWN_KINDS and rest:
        raise UsageError(f"write it without {kind!r}: {_example(kind, rest)}")
    if _LOCAL_HOST.fullmatch(address):
        _refuse(address)
    if (fault := missing_kind(kind)) is not None:
        known = ", ".join(installed_kinds())
        raise UsageError(f"{address!r}: {fault}" + (f"; installed are: {known}" if known else ""))
    if not rest.strip():
        raise UsageError(f"{address!r} lacks what its sensor is to read, after the colon")
    return kind, f"{kind}:{rest.strip()}"


def _example(kind: str, rest: str) -> str:
    return f"@{rest.removeprefix('@')}" if kind == "x" and not rest.startswith(SEARCH_PREFIX) else rest


def _refuse(address: str) -> NoReturn:
    hint = ""
    if _HOST.fullmatch(address) or _LOCAL_HOST.fullmatch(address):
        hint = f"; on the web it is https://{address}"
    elif _REMOTE_ACCOUNT.fullmatch(address):
        name, _, host = address.partition("@")
        hint = f"; an account of the Fediverse is https://{host}/@{name}"
    elif "/" in address and "://" not in address:
        hint = "; there is no such file or folder here"
    elif is_account(address) and address:
        hint = f"; an account of X is @{address}"
    raise UsageError(f"{address!r} is neither {FORMS}{hint}")


def _checked_link(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"{address!r} is not a web address: {error}") from error
    if not host or any(character.isspace() for character in address):
        raise UsageError(f"{address!r} is not a web address")
    return address


def _mirrored(kind: str, mirror: str) -> str:
    if kind != "x":
        raise UsageError("a mirror goes with an account or a search of X: a feed that is read in its place")
    if not is_web(mirror):
        raise UsageError(f"{mirror!r} is no mirror: it must be a feed's address that starts with https:// or http://")
    return _checked_link(mirror.strip())


def _check(kind: str, wishes: SourceWishes) -> None:
    """What does not belong to the kind is refused, not passed over: somebody counts on it."""
    _check_every(kind, wishes.get("every_seconds"))
    bounds = {"daily reads": wishes.get("daily_reads"), "dollars a day": wishes.get("daily_usd")}
    for words, bound in bounds.items():
        if bound is not None and kind != "x":
            why = "a mirror costs nothing" if wishes.get("mirror") else "reading it costs nothing"
            raise UsageError(f"{words} go with X alone: {why}")
        if bound is not None and not 0 < bound < math.inf:
            raise UsageError(f"{words} must be more than 0; to read nothing of it, disable the source")
    if wishes.get("full_text") is not None and kind in _KINDS_WITHOUT_ARTICLES:
        raise UsageError(f"full text goes with feeds: {_KINDS_WITHOUT_ARTICLES[kind]}")


def _check_every(kind: str, every_seconds: float | None) -> None:
    if every_seconds is None:
        return
    if kind == hooks.KIND:
        raise UsageError("a webhook has no interval: it is told, never asked")
    if not SHORTEST_EVERY_SECONDS <= every_seconds < math.inf:
        raise UsageError(f"every {every_seconds:g} s is no interval; at least {SHORTEST_EVERY_SECONDS:g} s")
