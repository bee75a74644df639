"""Raw entries to observations: cleaned, dated, named, and told apart. Every entry is accounted for."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from daemon.blackboard.records import Identity, Observation
from sensors.feeds.raw_entries import RawEntry, RawFeed
from sensors.feeds.x_mirrors import Mirrored, account_of, as_quotations, is_mirror, mirrored
from sensors.identity import Named, clean_link, identities
from sensors.text.characters import visible
from sensors.text.cleaning import MOST_TEXT_CHARS, Cleaned, clean, clean_plain, clean_title, plain_words, title_from
from sensors.text.dates import believable
from sensors.text.languages import guess_language

_MOST_TAGS = 20
_TAG_CHARS = 60
_LONG_TITLE_CHARS = 120
_MOST_ENCLOSURES = 10
_EMAIL_AND_NAME = re.compile(r"\s*<?[^\s<>()]+@[^\s<>()]+>?\s*\((.{1,200})\)\s*")
_NAME_AND_EMAIL = re.compile(r"\s*(.{1,200}?)\s*[<(][^\s<>()]+@[^\s<>()]+[>)]\s*")


@dataclass(frozen=True, slots=True)
class Entries:
    """The observations of one document, and what became of its other entries."""

    observations: tuple[Observation, ...]
    repeated: int = 0
    """Entries that are the same as one before them in the document."""
    empty: int = 0
    """Entries without a word, a link or a name."""
    keys_hash: str = ""
    """Changes when an entry comes or goes."""
    dated_at: tuple[float, ...] = field(default=())
    """Believable dates, newest first."""


def observe(feed: RawFeed, *, url: str, now: float, tags: Sequence[str] = ()) -> Entries:
    """Observations in the order of the document. `url` is the document's own address; `tags` are the source's."""
    base = urljoin(url, feed.base or "") if feed.base else url
    home = urljoin(base, feed.home) if feed.home else None
    of_x = is_mirror(feed.entries)
    named = [_clean_entry(entry, base=base, home=home, is_of_x=of_x) for entry in feed.entries]
    full = [one for one in named if one.is_anything]
    keys = identities([one.named for one in full], home=home)
    if of_x:
        posts = [_mirrored(one, home=home) for one in full]
        keys = [_known_to_x(own, post) for own, post in zip(keys, posts, strict=True)]
        full = [_as_post(one, post) for one, post in zip(full, posts, strict=True)]
    seen: set[tuple[object, ...]] = set()
    observations = []
    for one, key in zip(full, keys, strict=True):
        # Only a true copy is left out: same keys and same words.
        copy = (key, one.title, one.text)
        if copy not in seen:
            seen.add(copy)
            observations.append(_observation(one, key, feed=feed, now=now, tags=tags))
    observations = _with_common_language(observations)
    dates = sorted((at for o in observations if (at := o.published_at) is not None), reverse=True)
    return Entries(
        observations=tuple(observations),
        repeated=len(full) - len(observations),
        empty=len(named) - len(full),
        keys_hash=_keys_hash(observations),
        dated_at=tuple(dates[:100]),
    )


@dataclass(frozen=True, slots=True)
class _Cleaned:
    raw: RawEntry
    title: str
    text: str
    whole: str
    """The text with the title on top, where the feed has it there; entries are known again by it."""
    body: str
    """All of the text, also where it is but the title."""
    link: str | None
    extra: dict[str, Any]

    @property
    def is_anything(self) -> bool:
        return bool(self.title or self.text or self.link or self.raw.guid or self.extra)

    @property
    def named(self) -> Named:
        hint = f"{self.extra.get('enclosures', '')} {self.raw.dates}" if not self.text else ""
        return Named(guid=self.raw.guid, link=self.link, title=self.title, text=self.whole, hint=hint)


def _mirrored(one: _Cleaned, *, home: str | None) -> Mirrored | None:
    """The post of X that an entry of a mirror is."""
    account = account_of(home, link=one.link)
    title = clean_title(one.raw.title)
    return mirrored(link=one.link, title=title, text=one.body, author=_author(one.raw.author), account=account)


def _known_to_x(keys: tuple[Identity, ...], post: Mirrored | None) -> tuple[Identity, ...]:
    return keys if post is None else tuple(dict.fromkeys((*keys, *post.identities)))


def _as_post(one: _Cleaned, post: Mirrored | None) -> _Cleaned:
    if post is None:
        return one
    extra = one.extra if post.reposted_by is None else {**one.extra, "reposted_by": post.reposted_by}
    return replace(one, title=post.title, text=post.text, raw=replace(one.raw, author=post.author), extra=extra)


def _clean_entry(raw: RawEntry, *, base: str, home: str | None, is_of_x: bool) -> _Cleaned:
    link = _link(raw, base=base)
    if is_of_x:
        raw = replace(raw, bodies=tuple(as_quotations(body, is_plain=raw.is_plain) for body in raw.bodies))
    bodies = [_clean_body(body, raw, base=link or home or base) for body in raw.bodies]
    best = max(bodies, key=lambda one: len(one.text), default=Cleaned(text=""))
    text = best.text or next((one.images for one in bodies if one.images), "")
    extra = _extra(raw, base=base, link=link)
    if len(text) > MOST_TEXT_CHARS or best.is_cut:
        extra["text_cut_at"] = min(len(text), MOST_TEXT_CHARS)
    text = text[:MOST_TEXT_CHARS]
    title = _title(raw, text)
    whole = "" if text == title else text
    return _Cleaned(raw=raw, title=title, text=_below(title, text), whole=whole, body=text, link=link, extra=extra)


def _below(title: str, text: str) -> str:
    """The text without a first line that only says the title again."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if title and first.lstrip("# ").rstrip() == title else text


def _clean_body(body: str, raw: RawEntry, *, base: str) -> Cleaned:
    if raw.is_plain:
        return Cleaned(text=clean_plain(body))
    return clean(body, base=urljoin(base, raw.base) if raw.base else base)


def _title(raw: RawEntry, text: str) -> str:
    title = clean_title(raw.title)
    if len(title) <= _LONG_TITLE_CHARS:
        return title
    # Some feeds put the whole text into the title, too; its first line is the title then.
    first = clean_title((raw.title or "").strip().partition("\n")[0])
    return first if first and plain_words(text).startswith(plain_words(first)) else title


def _link(raw: RawEntry, *, base: str) -> str | None:
    for candidate in (raw.link, raw.guid):
        # A guid is followed only when it is a whole address itself.
        if candidate and (candidate is raw.link or candidate.startswith(("http://", "https://"))):
            try:
                link = clean_link(urljoin(base, "".join(candidate.split())))
            except ValueError:
                continue
            if link:
                return link
    return None


def _observation(one: _Cleaned, keys: Any, *, feed: RawFeed, now: float, tags: Sequence[str]) -> Observation:
    dates = (believable(at, now=now) for at in one.raw.dates)
    return Observation(
        title=one.title or title_from(one.text) or _title_of_link(one) or "(untitled)",
        text=one.text,
        url=one.link,
        identities=keys,
        author=_author(one.raw.author),
        published_at=next((at for at in dates if at is not None), None),
        language=guess_language(
            plain_words(f"{one.title}\n{one.text[:8000]}"), declared=one.raw.language or feed.language
        ),
        tags=_tags([*tags, *one.raw.tags]),
        extra=one.extra,
    )


def _title_of_link(one: _Cleaned) -> str:
    if one.link:
        parts = urlsplit(one.link)
        return f"{parts.netloc}{parts.path}".rstrip("/")[:200]
    enclosures = one.extra.get("enclosures") or [{}]
    name = str(enclosures[0].get("url", "")).rpartition("/")[2]
    return name or clean_title(one.raw.guid)


def _extra(raw: RawEntry, *, base: str, link: str | None) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    enclosures = [enclosure for one in raw.enclosures[:_MOST_ENCLOSURES] if (enclosure := _enclosure(one, base=base))]
    if enclosures:
        extra["enclosures"] = enclosures
    comments = clean_link(raw.comments) if raw.comments else None
    if comments and comments != link:
        extra["comments"] = comments
    if raw.updated_at is not None and raw.updated_at != raw.dates[0]:
        extra["updated_at"] = raw.updated_at
    return extra


def _enclosure(one: dict[str, Any], *, base: str) -> dict[str, Any] | None:
    try:
        url = clean_link(urljoin(base, str(one.get("url") or "").strip()))
    except ValueError:
        return None
    if not one.get("url") or url is None:
        return None
    length = str(one.get("length") or "")
    kind = str(one.get("type") or "")[:100]
    return {"url": url, **({"type": kind} if kind else {}), **({"length": int(length)} if length.isdecimal() else {})}


def _with_common_language(observations: list[Observation]) -> list[Observation]:
    """Entries too short to tell are in the language of most others."""
    told = Counter(observation.language for observation in observations if observation.language)
    common = told.most_common(1)[0][0] if told else None
    return [replace(one, language=common) if one.language is None else one for one in observations]


def _author(author: str | None) -> str | None:
    name = clean_title(author)
    match = _EMAIL_AND_NAME.fullmatch(name) or _NAME_AND_EMAIL.fullmatch(name)
    return (match[1].strip() if match else name)[:200] or None


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    tidy = (" ".join(visible(clean_title(tag)).split())[:_TAG_CHARS] for tag in tags)
    first: dict[str, str] = {}
    for tag in tidy:
        if tag:
            first.setdefault(tag.casefold(), tag)
    return tuple(first.values())[:_MOST_TAGS]


def _keys_hash(observations: Sequence[Observation]) -> str:
    keys = sorted(identity.key for observation in observations for identity in observation.identities[:1])
    return hashlib.sha256("\n".join(keys).encode("utf-8", "replace")).hexdigest()[:32]
