"""By what an entry is known again: its guid, its canonical link, and a hash of its text.

Keys that several different entries of one document share say nothing (blogs that link every entry to their front page,
generators that repeat one guid), so they are not trusted. A short text alone identifies only an entry that has neither
guid nor link: two status messages may well read the same.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from daemon.blackboard.records import Identity
from daemon.core.texts import writable
from sensors.text.cleaning import plain_words

GLOBAL_TEXT_CHARS = 200
_LONGEST_KEY = 400
_GLOBAL_GUID = re.compile(
    r"https?://|urn:|tag:|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.IGNORECASE
)
_TRACKING = re.compile(
    r"(?:utm_|mtm_|pk_|piwik_|hsa_|at_(?:medium|campaign|custom|link|bbc)|ns_|wt\.|_hs|mc_|wt_|vero_|oly_|sc_|spm$|scm$|_ga$|_gl$"
    r"|(?:fb|g|d|gb|wb|y|tw|ttc|msc|yc|z)clid$|gclsrc$|igsh(?:id)?$|mkt_tok$|xtor$|cmpid$|cmp$|ncid$|s_cid$|icid$|ref_src$"
    r"|ref_url$|guccounter$|guce_|__s$|_openstat$|yclid$|rss_?source$|trk$|trkcampaign$|ito$|smid$|partner=rss|ftag$)",
    re.IGNORECASE,
)
_REFERRALS = frozenset({"ref", "source", "from", "via", "feature", "src", "medium", "partner"})
_FEED_WORDS = frozenset({"rss", "feed", "atom", "rssfeed", "rss_feed", "rss-feed", "feedburner", "rss2", "newsletter"})
_IDLE_FRAGMENT = re.compile(
    r"(?:$|utm_|xtor=|:~:|respond$|comments$|more-\d+$|ref=|rss$|feed$|top$|tracking)", re.IGNORECASE
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Named:
    """What the keys of one entry are made from. `text` is cleaned."""

    guid: str | None
    link: str | None
    title: str
    text: str
    hint: str = ""
    """Whatever else tells an entry without text from another: enclosure, date."""


def clean_link(link: str) -> str | None:
    """The link to follow: absolute, http or https, without tracking parameters; None for anything else."""
    link = writable(link).strip()
    try:
        parts = urlsplit(link)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _DEFAULT_PORTS or not host:
        return None
    if not parts.query and not parts.fragment:
        return link
    query = "&".join(pair for pair in parts.query.split("&") if not _is_tracking(*_pair(pair)))
    fragment = "" if _IDLE_FRAGMENT.match(parts.fragment) else parts.fragment
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, fragment))


def canonical_link(link: str) -> str | None:
    """One spelling for all links to the same page; it has no scheme, as http and https are the same page.

    Host lower case and in ASCII, no default port, no login, escapes in one form, parameters sorted, no tracking.
    A fragment stays unless it is known to say nothing: a page may carry many entries.
    """
    cleaned = clean_link(link)
    if cleaned is None:
        return None
    parts = urlsplit(cleaned)
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme.lower()]} else f":{parts.port}"
    path = quote(unquote(parts.path, errors="surrogateescape"), safe="/:@!$&'()*+,;=~-._", errors="surrogateescape")
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    key = f"{_ascii_host(parts.hostname or '')}{port}{path.rstrip('/')}"
    return key + (f"?{query}" if query else "") + (f"#{parts.fragment}" if parts.fragment else "")


def text_key(title: str, text: str) -> str:
    """A hash of the words of an entry; white space, case, links and marks of form do not matter."""
    words = f"{plain_words(title)}\n{plain_words(text)}".casefold()
    return "text:" + hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:40]


def identities(entries: Sequence[Named], *, home: str | None = None) -> list[tuple[Identity, ...]]:
    """The keys of each entry of one document, in order; every entry gets at least one. `home`: the feed's own page."""
    guids = [_guid_key(entry.guid) for entry in entries]
    links = [_link_key(entry.link) for entry in entries]
    texts = [text_key(entry.title, entry.text) for entry in entries]
    bad_guids = _shared(guids, [f"{link}{text}" for link, text in zip(links, texts, strict=True)])
    bad_links = _shared(links, [f"{guid}{text}" for guid, text in zip(guids, texts, strict=True)])
    bad_links.add(_link_key(home))
    bad_texts = _shared(texts, [f"{guid}{link}" for guid, link in zip(guids, links, strict=True)])
    return [
        _keys(
            entry,
            guid=None if guid in bad_guids else guid,
            link=None if link in bad_links else link,
            text=None if text in bad_texts else text,
        )
        for entry, guid, link, text in zip(entries, guids, links, texts, strict=True)
    ]


def _keys(entry: Named, *, guid: str | None, link: str | None, text: str | None) -> tuple[Identity, ...]:
    """The trusted keys; a text that others share is no key, unless there is no other."""
    keys = []
    if guid is not None:
        keys.append(Identity(key=guid, is_global=bool(_GLOBAL_GUID.match(entry.guid or ""))))
    if link is not None:
        keys.append(Identity(key=link, is_global=True))
    if text is not None and len(plain_words(entry.text)) >= GLOBAL_TEXT_CHARS:
        keys.append(Identity(key=text, is_global=True))
    if not keys:
        keys.append(Identity(key=text_key(f"{entry.title} {entry.hint}", entry.text), is_global=False))
    return tuple(keys)


def _shared(keys: Sequence[str | None], others: Sequence[str]) -> set[str | None]:
    """Keys that stand beside more than one other key: they do not tell entries apart."""
    beside: defaultdict[str | None, set[str]] = defaultdict(set)
    for key, other in zip(keys, others, strict=True):
        beside[key].add(other)
    return {key for key, found in beside.items() if key is not None and len(found) > 1}


def _guid_key(guid: str | None) -> str | None:
    guid = " ".join((guid or "").split())
    return _bounded(f"guid:{guid}") if guid else None


def _link_key(link: str | None) -> str | None:
    canonical = canonical_link(link) if link else None
    return _bounded(f"link:{canonical}") if canonical else None


def _bounded(key: str) -> str:
    key = writable(key)
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key[:80]}…{hashlib.sha256(key.encode()).hexdigest()}"


def _pair(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return unquote(name), unquote(value)


def _is_tracking(name: str, value: str) -> bool:
    if _TRACKING.match(name):
        return True
    return name.lower() in _REFERRALS and value.lower() in _FEED_WORDS


def _ascii_host(host: str) -> str:
    host = host.lower().rstrip(".")
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
