"""Addresses for people that have a feed by a rule of their site: `https://github.com/owner/name`, `https://…/@name`.

A rule stands here only where it is the site's own, documented or announced on its pages. What a rule gives is looked
at before anybody relies on it. Scheme and port of the given address are kept when it names a port (a closed network).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

_CHANNEL = re.compile(r"UC[\w-]{22}")
_FEED_NAMES: Final = frozenset({"feed", "feeds", "rss", "atom", "rss2", "rdf"})
_FEED_ENDINGS: Final = (".xml", ".rss", ".atom", ".rdf", ".json")
_NO_GITHUB_USER: Final = frozenset(
    {
        *("about", "apps", "blog", "collections", "contact", "customer-stories", "enterprise", "events", "explore"),
        *("features", "issues", "login", "marketplace", "new", "notifications", "orgs", "pricing", "pulls", "readme"),
        *("search", "security", "settings", "signup", "site", "sponsors", "stars", "team", "topics", "trending"),
    }
)
_NO_MEDIUM_PAGE: Final = frozenset({"me", "m", "search", "about", "membership", "policy", "new-story", "p"})
_STACK_EXCHANGE: Final = (
    *("stackoverflow.com", "serverfault.com", "superuser.com", "askubuntu.com", "mathoverflow.net"),
    *(".stackexchange.com", ".stackoverflow.com"),
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A given address in parts."""

    parts: SplitResult
    host: str
    segments: tuple[str, ...]

    def at(self, path: str, *, host: str | None = None) -> str:
        """An address on the same site."""
        if self.parts.port is None:
            return f"https://{host or self.host}{path}"
        return f"{self.parts.scheme}://{host or self.host}:{self.parts.port}{path}"

    def parameter(self, name: str) -> str | None:
        """The first value of a parameter of the query."""
        return next(iter(parse_qs(self.parts.query).get(name, ())), None)


def feeds_by_rule(address: str) -> tuple[str, ...]:
    """The feeds of this address, the likeliest first; none where no rule is known, or where it names a feed already."""
    place = _place(address)
    if place is None or names_a_feed(address):
        return ()
    rule = next((rule for host, rule in _RULES.items() if _is_of(place.host, host)), None)
    return tuple(rule(place)) if rule else ()


def names_a_feed(address: str) -> bool:
    """Whether it looks like a feed's own address."""
    place = _place(address)
    if place is None or not place.segments:
        return False
    last = place.segments[-1].lower()
    return last in _FEED_NAMES or last.endswith(_FEED_ENDINGS) or place.segments[0].lower() in _FEED_NAMES


def channel_feed(channel: str, *, url: str) -> str | None:
    """The feed of a YouTube channel by its id."""
    place = _place(url)
    if place is None or not _CHANNEL.fullmatch(channel):
        return None
    return place.at(f"/feeds/videos.xml?channel_id={channel}", host="www.youtube.com")


def _place(address: str) -> _Place | None:
    try:
        parts = urlsplit(address)
        host, _ = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    return _Place(parts, host, tuple(segment for segment in parts.path.split("/") if segment))


def _is_of(host: str, of: str) -> bool:
    return host.endswith(of) if of.startswith(".") else host in {of, f"www.{of}"}


def _youtube(place: _Place) -> list[str]:
    """A handle, a custom name and a video say their channel only on their page."""
    match place.segments:
        case ("channel", channel, *_) if _CHANNEL.fullmatch(channel):
            return [place.at(f"/feeds/videos.xml?channel_id={channel}", host="www.youtube.com")]
        case ("playlist",) if listed := place.parameter("list"):
            return [place.at(f"/feeds/videos.xml?playlist_id={quote(listed)}", host="www.youtube.com")]
    return []


def _github(place: _Place) -> list[str]:
    match place.segments:
        case (user,) if user.lower() not in _NO_GITHUB_USER:
            return [place.at(f"/{user}.atom")]
        case (owner, name, *rest) if owner.lower() not in _NO_GITHUB_USER:
            return [place.at(f"/{owner}/{name.removesuffix('.git')}{path}") for path in _of_repository(rest)]
    return []


def _of_repository(rest: list[str]) -> list[str]:
    match rest:
        case [] | ["releases", *_]:
            return ["/releases.atom", "/tags.atom", "/commits.atom"]
        case ["tags", *_]:
            return ["/tags.atom"]
        case ["commits"]:
            return ["/commits.atom"]
        case ["commits" | "tree", *branch]:
            return [f"/commits/{'/'.join(branch)}.atom"]
        case ["wiki", *_]:
            return ["/wiki.atom"]
    return []


def _gitlab(place: _Place) -> list[str]:
    path, _, rest = place.parts.path.strip("/").partition("/-/")
    if not path or path.startswith(("explore", "help", "users/", "-/")):
        return []
    match rest.split("/"):
        case ["commits" | "tree", *branch] if branch:
            return [place.at(f"/{path}/-/commits/{'/'.join(branch)}?format=atom")]
        case _ if "/" in path:
            return [place.at(f"/{path}/-/tags?format=atom"), place.at(f"/{path}.atom")]
    return [place.at(f"/{path}.atom")]


def _forgejo(place: _Place) -> list[str]:
    match place.segments:
        case (owner,) if owner not in {"explore", "user", "api"}:
            return [place.at(f"/{owner}.rss")]
        case (owner, name) | (owner, name, "releases") if owner not in {"explore", "user", "api"}:
            return [place.at(f"/{owner}/{name}/releases.rss"), place.at(f"/{owner}/{name}.rss")]
        case (owner, name, "tags"):
            return [place.at(f"/{owner}/{name}/tags.rss")]
    return []


def _reddit(place: _Place) -> list[str]:
    query = f"?{place.parts.query}" if place.parts.query else ""
    path = "/".join(place.segments)
    if path and place.segments[0] not in {"r", "u", "user"}:
        return []
    return [place.at(f"/{path}/.rss{query}" if path else "/.rss", host="www.reddit.com")]


def _bluesky(place: _Place) -> list[str]:
    match place.segments:
        case ("profile", account, *_):
            return [place.at(f"/profile/{account}/rss")]
    return []


def _stack_exchange(place: _Place) -> list[str]:
    match place.segments:
        case ():
            return [place.at("/feeds")]
        case ("questions", "tagged", tags, *_):
            return [place.at(f"/feeds/tag?tagnames={tags}&sort=newest")]
        case ("questions", number, *_) if number.isdecimal():
            return [place.at(f"/feeds/question/{number}")]
        case ("users", number, *_) if number.isdecimal():
            return [place.at(f"/feeds/user/{number}")]
    return []


def _substack(place: _Place) -> list[str]:
    match place.segments:
        case ("pub", name, *_) if place.host.startswith("open."):
            return [place.at("/feed", host=f"{name}.substack.com")]
    return [] if place.host.startswith(("open.", "www.")) else [place.at("/feed")]


def _medium(place: _Place) -> list[str]:
    match place.segments:
        case ("tag", tag, *_):
            return [place.at(f"/feed/tag/{tag}")]
        case (name, *_) if name not in _NO_MEDIUM_PAGE:
            return [place.at(f"/feed/{name}")]
    return []


def _own_medium(place: _Place) -> list[str]:
    return [place.at("/feed")]


def _tumblr(place: _Place) -> list[str]:
    if place.host == "www.tumblr.com":
        match place.segments:
            case (("explore" | "dashboard" | "tagged" | "search" | "login"), *_) | ():
                return []
            case ("blog", "view", name, *_) | ("blog", name, *_) | (name, *_):
                return [place.at("/rss", host=f"{name}.tumblr.com")]
    match place.segments:
        case ("tagged", tag, *_):
            return [place.at(f"/tagged/{tag}/rss")]
    return [place.at("/rss")]


def _wordpress(place: _Place) -> list[str]:
    match place.segments:
        case (("category" | "tag" | "author") as part, name, *_):
            return [place.at(f"/{part}/{name}/feed/")]
    return [place.at("/feed/")]


def _blogspot(place: _Place) -> list[str]:
    return [place.at("/feeds/posts/default")]


_RULES: Final[Mapping[str, Callable[[_Place], list[str]]]] = {
    "youtube.com": _youtube,
    "m.youtube.com": _youtube,
    "music.youtube.com": _youtube,
    "github.com": _github,
    "gitlab.com": _gitlab,
    "codeberg.org": _forgejo,
    "reddit.com": _reddit,
    "old.reddit.com": _reddit,
    "bsky.app": _bluesky,
    **dict.fromkeys(_STACK_EXCHANGE, _stack_exchange),
    ".substack.com": _substack,
    "medium.com": _medium,
    ".medium.com": _own_medium,
    "www.tumblr.com": _tumblr,
    ".tumblr.com": _tumblr,
    ".wordpress.com": _wordpress,
    ".blogspot.com": _blogspot,
}
"""A host that begins with a point stands for all under it. The first that fits counts."""
