"""A post to text: whole, links followed, and what others wrote told apart from the author's own words.

The rules of form are those of all senses (`sensors/README.md`): quotes begin with `> `, links are bare addresses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from pydantic import BaseModel, ConfigDict

from sensors.identity import clean_link
from sensors.text.cleaning import clean_plain, plain_words, title_from
from sensors.text.dates import believable, parse_date
from sensors.text.languages import guess_language, primary
from sensors.x.wire import Link, Page, Post, User, posted_at

_SHORT_LINK = re.compile(r"https?://t\.co/[A-Za-z0-9]+")
_STATUS = re.compile(
    r"https?://(?:(?:www|mobile)\.)?(?:twitter|x)\.com/([A-Za-z0-9_]{1,50})/status/([0-9]{1,19})", re.IGNORECASE
)
_MEDIA_PAGE = re.compile(_STATUS.pattern + r"/(?:photo|video)/\d+", re.IGNORECASE)
_REPOST = re.compile(r"RT @([A-Za-z0-9_]{1,50}): ?")
_OWN_QUOTE_MARK = re.compile(r"^([ \t]*)>", re.MULTILINE)
_NO_LANGUAGE = re.compile(r"q..|und|zxx|art", re.IGNORECASE)
_OLD_CODES = {"in": "id", "iw": "he"}
_MEDIA_WORDS = {"photo": "Image", "video": "Video", "animated_gif": "Animated image"}


class Part(BaseModel):
    """One post as an item or a part of one will say it; JSON-ready, as it may have to wait for the rest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    first_id: str
    """Of its first version, where it was edited."""
    conversation: str
    by: str
    """Who posted it: an account's id."""
    username: str
    author: str
    text: str
    title: str
    url: str
    language: str | None = None
    at: float
    reposted_by: str | None = None
    """Who passed it on; its words, its author and its address are another's then."""
    quotes: str | None = None
    """The address of the post that it quotes."""
    is_answer: bool = False
    """It replies to another account."""
    parent: str | None = None
    """The post that it goes on from."""

    @property
    def is_alone(self) -> bool:
        """It is no part of a thread, whatever the conversation."""
        return self.is_answer or self.reposted_by is not None

    @property
    def version_of(self) -> str:
        """The same for all versions of a post."""
        return self.id if self.reposted_by is not None else self.first_id


@dataclass(frozen=True, slots=True)
class Account:
    """Whose post it is. `username` is None where X did not say."""

    username: str | None
    name: str = ""

    def __str__(self) -> str:
        if self.username is None:
            return "an account of X"
        return f"{self.name} (@{self.username})" if self.name and self.name != self.username else f"@{self.username}"


def link_to(username: str | None, post_id: str) -> str:
    """The address of a post; X finds it also without the account's name."""
    return f"https://x.com/{username or 'i/web'}/status/{post_id}"


def part_of(post: Post, page: Page, *, account: User | None, is_answer: bool, now: float) -> Part:
    """The post with what came along with it. `account` is the one whose posts are read, None in a search.

    `is_answer`: it replies to another account.
    """
    author = _author(post, page, account=account)
    original = page.included.get(post.about("retweeted") or "")
    if post.about("retweeted") is not None:
        return _repost(post, original, page, by=author, now=now)
    own = _own_text(post, page)
    quoted = _quoted(post, page)
    text = "\n\n".join(block for block in (own, quoted) if block)
    quotes = post.about("quoted")
    return Part(
        id=post.id,
        first_id=min((post.id, *post.edit_history_tweet_ids), key=int),
        conversation=post.conversation_id or post.id,
        by=post.author_id or (account.id if account else post.id),
        username=author.username or "",
        author=str(author),
        text=text,
        title=title_from(own) or title_from(quoted.partition("\n")[2]) or f"A post by {author}",
        url=link_to(author.username, post.id),
        language=_language(post),
        at=_at(post, now=now),
        quotes=link_to(_name_in_links(post, quotes), quotes) if quotes else None,
        is_answer=is_answer,
        parent=post.about("replied_to"),
    )


def _repost(post: Post, original: Post | None, page: Page, *, by: Account, now: float) -> Part:
    """What was passed on: another's words, and who passed them on."""
    found = _REPOST.match(post.text)
    known = page.users.get(original.author_id or "") if original else None
    author = Account(known.username, known.name) if known else Account(found[1] if found else None)
    whole = original or post.model_copy(update={"text": _REPOST.sub("", post.text, count=1)})
    words = "\n\n".join(block for block in (_own_text(whole, page), _quoted(whole, page)) if block)
    original_id = post.about("retweeted") or post.id
    return Part(
        id=post.id,
        first_id=original_id,
        conversation=post.id,
        by=post.author_id or "",
        username=by.username or "",
        author=str(author),
        text=f"Reposted by {by}; written by {author}:\n\n{words}",
        title=title_from(words) or f"A post by {author}",
        url=link_to(author.username, original_id),
        language=_language(whole),
        at=_at(whole, now=now),
        reposted_by=by.username or str(by),
    )


def _own_text(post: Post, page: Page) -> str:
    """The author's own words, then images and polls."""
    is_quote_shown = post.about("quoted") in page.included
    links = {link.url: link for link in post.links if link.url}
    dropped = post.about("quoted") if is_quote_shown else None
    words = clean_plain(unescape(post.words))
    words = _SHORT_LINK.sub(lambda found: _followed(found[0], links, post=post, dropped=dropped), words)
    # A line of the author's own that begins like a quote could put words into another's mouth.
    words = _OWN_QUOTE_MARK.sub(r"\1›", clean_plain(words))
    return "\n\n".join(block for block in (words, *_attached(post, page)) if block)


def _followed(short: str, links: Mapping[str, Link], *, post: Post, dropped: str | None) -> str:
    """Where a short link leads; nothing for a link to what is shown anyway."""
    link = links.get(short)
    if link is None:
        return short
    seen = link.expanded_url or ""
    status = _STATUS.match(seen)
    is_media = link.media_key is not None or _MEDIA_PAGE.match(seen)
    if (is_media and post.attachments.media_keys) or (status and status[2] == dropped):
        return ""
    target = clean_link(link.target) or clean_link(seen)
    return short if target is None else target.replace("(", "%28").replace(")", "%29").replace(" ", "%20")


def _quoted(post: Post, page: Page) -> str:
    """The post it quotes, as a quote that says whose it is; empty without one."""
    quoted = page.included.get(post.about("quoted") or "")
    if quoted is None:
        return ""
    known = page.users.get(quoted.author_id or "")
    author = Account(known.username, known.name) if known else Account(_name_in_links(post, quoted.id))
    words = _own_text(quoted, page)
    lines = [f"{author} ({link_to(author.username, quoted.id)}):", *words.split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _attached(post: Post, page: Page) -> list[str]:
    """Images and polls in words."""
    told = []
    for key in post.attachments.media_keys:
        media = page.media.get(key)
        word = _MEDIA_WORDS.get(media.type, "Attachment") if media else "Attachment"
        alt = " ".join(clean_plain(media.alt_text or "").split()) if media else ""
        told.append(f"[{word}: {_in_brackets(alt)}]" if alt else f"[{word} without description]")
    for poll_id in post.attachments.poll_ids:
        poll = page.polls.get(poll_id)
        options = sorted(poll.options, key=lambda one: one.position) if poll else []
        labels = " / ".join(_in_brackets(" ".join(clean_plain(one.label).split())) for one in options)
        told.append(f"[Poll: {labels}]" if labels else "[Poll]")
    return told


def _in_brackets(words: str) -> str:
    return words.replace("[", "(").replace("]", ")")


def _author(post: Post, page: Page, *, account: User | None) -> Account:
    known = page.users.get(post.author_id or "") or account
    return Account(known.username, known.name) if known else Account(None)


def _name_in_links(post: Post, post_id: str | None) -> str | None:
    """The account in the link to a post, which X writes into the text that quotes it."""
    found = (_STATUS.match(link.expanded_url or "") for link in post.links)
    return next((one[1] for one in found if one and one[2] == post_id and one[1].lower() != "i"), None)


def _language(post: Post) -> str | None:
    code = primary(post.lang)
    if code is None or _NO_LANGUAGE.fullmatch(post.lang or ""):
        return guess_language(plain_words(unescape(post.words)))
    return _OLD_CODES.get(code, code)


def _at(post: Post, *, now: float) -> float:
    at = believable(parse_date(post.created_at), now=now)
    # By a clock of ours that is behind, every post is from a time to come.
    return min(posted_at(post.id), now) if at is None else at
