"""Feeds that mirror X: what was passed on, answered or quoted is told as the words of who wrote it, as X's own API is.

A feed is a mirror when every entry links to `/NAME/status/NUMBER`, on X or on any other host. How a text begins differs
from one mirror to the next (nitter, RSSHub, RSS-Bridge, rss.app); a form that is not known stays as it is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from daemon.blackboard.records import Identity
from sensors.feeds.raw_entries import RawEntry
from sensors.identity import canonical_link
from sensors.text.characters import visible
from sensors.text.cleaning import as_markup, title_from

_NAME: Final = r"[A-Za-z0-9_]{1,50}"
_STATUS: Final = re.compile(rf"/({_NAME})/status/(\d{{1,19}})/?")
_ACCOUNT: Final = re.compile(rf"/({_NAME})/?")
_HOSTS: Final = frozenset({"x.com", "twitter.com", "www.x.com", "www.twitter.com", "mobile.twitter.com"})
_NO_ACCOUNTS: Final = frozenset({"search", "home", "explore", "i", "hashtag"})
_MENTION: Final = rf"\[?@({_NAME})(?:\]\([^()\s]*\))?"
_REPOST_BY: Final = re.compile(rf"RT by @({_NAME}): ?")
_REPOST_OF: Final = re.compile(rf"RT {_MENTION}: ?")
_REPOST_NAMED: Final = re.compile(r"(?:RT|🔁) (?P<name>[^\n]{1,200})\n+")
"""The first line of RSSHub; the title has the same name before a colon."""
_NAMED_LINK: Final = re.compile(rf"\[([^\[\]]{{1,100}})\]\(https?://[^()\s/]+/({_NAME})\)")
_MARKED_AUTHOR: Final = re.compile(r"RT: ?")
_MARKED_TITLE: Final = re.compile(r"(?:Pinned|RT): ?")
_REPLY_TO: Final = re.compile(rf"R to @({_NAME}): ?")
_REPLY: Final = re.compile(rf"(?:Re|↩️|💬) +(?={_MENTION})")
_SHOWN: Final = re.compile(r"Image|Video|Gif")
_EMBED_END: Final = re.compile(rf"\n*— [^\n]{{0,100}}\(@{_NAME}\) [^\n]*/status/\d[^\n]*\Z")
_WHOSE: Final = re.compile(rf"[^\n]{{1,100}} \(@{_NAME}\)")
_SOURCE: Final = re.compile(r"— (\S+)")
_WHOSE_LINE: Final = re.compile(r"^> [^\n]{1,160} \(https://[^\s()]{1,200}\):\n", re.MULTILINE)
_NO_WORDS: Final = re.compile(r"\[[^\[\]]*\]")
_RSSHUB_QUOTE: Final = re.compile(r'<div class="rsshub-quote">((?:(?!</?div)[\s\S])*)</div>', re.IGNORECASE)
_SPACE: Final = r"(?:\s|&(?:nbsp|[a-z]{2,5}sp|zwn?j|lrm|rlm|shy);|&#(?!0*62;|[xX]0*3[eE];)\w{1,8};)*+"
_MARK: Final = r"&gt;|&#0*62;|&#[xX]0*3[eE];"
_TYPED_IN_TEXT: Final = re.compile(rf"((?:\A|\n){_SPACE})(>|{_MARK})?")
_TYPED_IN_HTML: Final = re.compile(rf"((?:\A|>){_SPACE})(>|{_MARK})?|(\n{_SPACE})({_MARK})?")
_FEWEST_DIGITS: Final = 15
"""Of the number of a post since 2011; whatever else stands at `/NAME/status/NUMBER`, such as a build, has fewer."""
_HANDLE: Final = re.compile(r"@(\w{1,50})")


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A post of X as a mirror tells it; by `identities` X's own API knows it again."""

    title: str
    text: str
    author: str
    identities: tuple[Identity, ...]
    reposted_by: str | None = None


@dataclass(frozen=True, slots=True)
class _Post:
    """What is known of a post so far: what it says, who wrote it, and who passed it on."""

    words: str
    author: str
    by: str | None = None


def is_mirror(entries: Iterable[RawEntry]) -> bool:
    """Every entry is a post of X, as far as their links say; a blog may well link to one now and then."""
    found = [_status_in(entry.link or entry.guid or "") for entry in entries]
    return bool(found) and all(found)


def as_quotations(body: str, *, is_plain: bool = False) -> str:
    """A post's HTML or text, in which all that is quoted is a quotation, and nothing else looks like one."""
    # A line of the author's own that begins like a quote could put words into another's mouth.
    markup = None if is_plain else as_markup(body)
    if markup is None:
        return _TYPED_IN_TEXT.sub(lambda found: f"{found[1]}{'›' if found[2] else ''}", visible(body))
    typed = _TYPED_IN_HTML.sub(
        lambda found: f"{found[1] or found[3] or ''}{'›' if found[2] or found[4] else ''}", visible(markup)
    )
    return _RSSHUB_QUOTE.sub(r"<blockquote>\1</blockquote>", typed)


def account_of(home: str | None, *, link: str | None) -> str | None:
    """The account whose posts a feed has, by its own page; None where it has those of several, or does not say."""
    parts = urlsplit(home or "")
    page = _ACCOUNT.fullmatch(parts.path)
    is_of_x = parts.hostname in _HOSTS or parts.hostname == urlsplit(link or "").hostname
    return page[1] if page and is_of_x and page[1].lower() not in _NO_ACCOUNTS else None


def mirrored(*, link: str | None, title: str, text: str, author: str | None, account: str | None) -> Mirrored | None:
    """The post behind an entry, all of it cleaned; None where the link is none of a post, or does not say whose.

    `account`: whose posts the feed has, as far as it says.
    """
    status = _status_in(link or "")
    if link is None or status is None or status[1].lower() in _NO_ACCOUNTS:
        return None
    user, number = status[1], status[2]
    said = _without_frame(text)
    answered = _marked(_REPLY_TO, title, said)
    owner = _owner(title, said, account=account)
    post = _written(said, title, author=author or "", user=user, owner=owner, is_on_x=_is_on_x(link))
    words = _told(post.words or _from_title(title))
    if (reply := _REPLY.match(words)) and post.by is None:
        answered, words = reply, words[reply.end() :]
    return Mirrored(
        title=_headline(words) or f"A post by {post.author}",
        text=_introduced(words, post, answered=answered[1] if answered else None, user=user),
        author=post.author,
        identities=_identities(user, number),
        reposted_by=post.by,
    )


def _headline(words: str) -> str:
    title = title_from(_WHOSE_LINE.sub("", words))
    return "" if _NO_WORDS.fullmatch(title) else title


def _status_in(link: str) -> re.Match[str] | None:
    try:
        found = _STATUS.fullmatch(urlsplit(link.strip()).path)
        return found if found is None or _is_on_x(link) or len(found[2]) >= _FEWEST_DIGITS else None
    except ValueError:
        return None


def _is_on_x(link: str) -> bool:
    return urlsplit(link.strip()).hostname in _HOSTS


def _marked(mark: re.Pattern[str], title: str, words: str) -> re.Match[str] | None:
    """The mark that a mirror has put before the title; its author may have typed the like, then the words have it."""
    found = mark.match(title)
    return None if found and words.startswith(found[0].strip()) else found


def _owner(title: str, words: str, *, account: str | None) -> str | None:
    """Whose feed it is, as far as it says: by its page, else by what it says of who passed a post on."""
    by = _marked(_REPOST_BY, title, words)
    return account or (by and by[1])


def _without_frame(text: str) -> str:
    """The words of a post that stands in a quotation as a whole, as in pages that embed it."""
    lines = text.split("\n")
    if not text or not all(line.startswith(">") for line in lines) or _names_author(lines):
        return text
    return _EMBED_END.sub("", "\n".join(line[1:].removeprefix(" ") for line in lines)).strip()


def _names_author(lines: list[str]) -> bool:
    return _WHOSE.fullmatch(lines[0].removeprefix("> ")) is not None


def _written(words: str, title: str, *, author: str, user: str, owner: str | None, is_on_x: bool) -> _Post:
    """Who wrote the words and who passed them on, however the mirror says so."""
    author = _MARKED_AUTHOR.sub("", author, count=1)
    found = _REPOST_OF.match(words) or _REPOST_OF.match(title)
    # X itself begins so what was passed on. Mirrors with addresses of their own have a mark of their own, too.
    if found and (is_on_x or user.lower() == found[1].lower()):
        rest = _REPOST_OF.sub("", words, count=1) if _REPOST_OF.match(words) else words
        passed_on = owner if user.lower() == found[1].lower() else user
        return _Post(rest or title[found.end() :], f"@{found[1]}", passed_on)
    if (found := _REPOST_NAMED.match(words)) and _is_named(found["name"], title):
        linked = _NAMED_LINK.fullmatch(found["name"])
        return _Post(words[found.end() :], f"{linked[1]} (@{linked[2]})" if linked else found["name"], user)
    if owner is not None and owner.lower() != user.lower():
        # A name without an account may well be that of the feed.
        return _Post(words, _shown(author, user) if "@" in author else f"@{user}", owner)
    return _Post(words, _shown(author, user))


def _is_named(name: str, title: str) -> bool:
    linked = _NAMED_LINK.fullmatch(name)
    return re.match(rf"(?:RT|🔁) {re.escape(linked[1] if linked else name)}: ", title) is not None


def _shown(author: str, user: str) -> str:
    if handles := _HANDLE.findall(author):
        return author if user.lower() in map(str.lower, handles) else f"@{user}"
    return f"{author} (@{user})" if author and author.lower() != user.lower() else f"@{user}"


def _from_title(title: str) -> str:
    """What is told of a post without a text: the words of its title, or that there is an image."""
    for mark in (_REPOST_BY, _REPLY_TO, _MARKED_TITLE):
        title = mark.sub("", title, count=1) if mark.match(title) else title
    return f"[{title} without description]" if _SHOWN.fullmatch(title) else title


def _told(words: str) -> str:
    """With each quoted post under the name and the address of who wrote it, in the form of all posts of X."""
    return "\n\n".join(_quotation(block.split("\n")) for block in words.split("\n\n"))


def _quotation(lines: list[str]) -> str:
    source = _SOURCE.fullmatch(lines[-1].removeprefix("> "))
    status = _status_in(source[1].partition("#")[0]) if source else None
    if status is None or not _names_author(lines):
        return "\n".join(lines)
    said = "\n".join(lines[1:-1]).strip(">\n ")
    return f"{lines[0]} (https://x.com/{status[1]}/status/{status[2]}):\n> {said}"


def _introduced(words: str, post: _Post, *, answered: str | None, user: str) -> str:
    if post.by is not None:
        return f"Reposted by @{post.by}; written by {post.author}:\n\n{words}"
    # Who answers himself goes on with a thread.
    is_answer = answered is not None and answered.lower() != user.lower()
    return f"In reply to @{answered}:\n\n{words}" if is_answer else words


def _identities(user: str, number: str) -> tuple[Identity, ...]:
    links = (f"https://{host}/{user}/status/{number}" for host in ("x.com", "twitter.com"))
    return tuple(Identity(f"link:{canonical_link(link)}", is_global=True) for link in links)
