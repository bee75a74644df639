"""The parts of X's answers that are used, as API v2 sends them; whatever else they hold is left alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sensors.text.characters import visible

EPOCH_MS = 1_288_834_974_657
"""When X began to count the milliseconds in its ids."""
_TIME_BITS = 22

_ID = re.compile(r"[0-9]{1,19}")
Id = Annotated[str, Field(pattern=rf"^{_ID.pattern}$")]


def _listed(value: object) -> object:
    return value if isinstance(value, list) else []


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Link(_Part):
    """A shortened link in a text, and where it leads."""

    url: str = ""
    expanded_url: str | None = None
    unwound_url: str | None = None
    media_key: str | None = None

    @property
    def target(self) -> str:
        """As far as X followed it."""
        return self.unwound_url or self.expanded_url or self.url


class Entities(_Part):
    """What X found in a text."""

    urls: Annotated[list[Link], BeforeValidator(_listed)] = []


class Note(_Part):
    """The whole of a post that is longer than a short one may be."""

    text: str
    entities: Entities | None = None


class Reference(_Part):
    """Another post that a post is about: `retweeted`, `quoted` or `replied_to`."""

    type: str
    id: Id


class Attachments(_Part):
    """What hangs on a post, by its keys in the same answer."""

    media_keys: Annotated[list[str], BeforeValidator(_listed)] = []
    poll_ids: Annotated[list[str], BeforeValidator(_listed)] = []


class Post(_Part):
    """One post."""

    id: Id
    text: str = ""
    author_id: Id | None = None
    created_at: str | None = None
    conversation_id: Id | None = None
    in_reply_to_user_id: Id | None = None
    lang: str | None = None
    edit_history_tweet_ids: Annotated[list[Id], BeforeValidator(_listed)] = []
    referenced_tweets: Annotated[list[Reference], BeforeValidator(_listed)] = []
    entities: Entities | None = None
    note_tweet: Note | None = None
    attachments: Attachments = Attachments()

    def about(self, kind: str) -> str | None:
        """The id of the post that it reposts, quotes or replies to."""
        return next((one.id for one in self.referenced_tweets if one.type == kind), None)

    @property
    def words(self) -> str:
        """Its whole text, as X sends it."""
        return self.note_tweet.text if self.note_tweet else self.text

    @property
    def links(self) -> list[Link]:
        """The links in its whole text."""
        found = [one.entities.urls for one in (self.note_tweet, self) if one is not None and one.entities is not None]
        return [link for links in found for link in links]


class User(_Part):
    """One account."""

    id: Id
    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,50}$")]
    name: Annotated[str, AfterValidator(lambda name: " ".join(visible(name).split()))] = ""


class Media(_Part):
    """An image or a film on a post."""

    media_key: str
    type: str = ""
    alt_text: str | None = None


class PollOption(_Part):
    """One answer of a poll."""

    position: int = 0
    label: str = ""


class Poll(_Part):
    """A poll on a post."""

    id: Id
    options: Annotated[list[PollOption], BeforeValidator(_listed)] = []


_Any = TypeVar("_Any", bound=_Part)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer with posts, newest first. `unreadable` counts the entries that have no form a post may have.

    `newest_id` and `oldest_id` are those of all entries, also of the unreadable ones; None when there is none.
    """

    posts: tuple[Post, ...] = ()
    included: Mapping[str, Post] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    media: Mapping[str, Media] = field(default_factory=dict)
    polls: Mapping[str, Poll] = field(default_factory=dict)
    next_token: str | None = None
    newest_id: str | None = None
    oldest_id: str | None = None
    unreadable: int = 0
    problems: tuple[Mapping[str, Any], ...] = ()
    """What X could not tell beside what it did (`errors` next to `data`)."""


def page_of(body: Mapping[str, Any]) -> Page:
    """The page in the body of an answer."""
    data, includes = _list(body, "data"), body.get("includes")
    includes = includes if isinstance(includes, Mapping) else {}
    posts = _sound(Post, data)
    meta = body.get("meta")
    token = meta.get("next_token") if isinstance(meta, Mapping) else None
    ids = _ids(data)
    return Page(
        posts=tuple(sorted(posts, key=lambda post: int(post.id), reverse=True)),
        included={post.id: post for post in _sound(Post, _list(includes, "tweets"))},
        users={user.id: user for user in _sound(User, _list(includes, "users"))},
        media={one.media_key: one for one in _sound(Media, _list(includes, "media"))},
        polls={one.id: one for one in _sound(Poll, _list(includes, "polls"))},
        next_token=token if isinstance(token, str) and token else None,
        newest_id=ids[-1] if ids else None,
        oldest_id=ids[0] if ids else None,
        unreadable=len(data) - len(posts),
        problems=problems_of(body),
    )


def user_of(body: Mapping[str, Any]) -> User | None:
    """The account in the body of an answer; None when there is none."""
    found = _sound(User, [body.get("data")])
    return found[0] if found else None


def problems_of(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The list `errors` of an answer."""
    return tuple(one for one in _list(body, "errors") if isinstance(one, Mapping))


def brought(body: Mapping[str, Any]) -> dict[str, int]:
    """How many posts, users and media an answer holds, the included ones with them: what X takes money for."""
    data, includes = body.get("data"), body.get("includes")
    includes = includes if isinstance(includes, Mapping) else {}
    return {
        "posts": len(_list(body, "data")) + len(_list(includes, "tweets")),
        "users": len(_list(includes, "users")) + int(isinstance(data, Mapping)),
        "media": len(_list(includes, "media")),
    }


def posted_at(post_id: str) -> float:
    """Epoch seconds of a post, which its id tells."""
    return ((int(post_id) >> _TIME_BITS) + EPOCH_MS) / 1000


def id_at(at: float) -> str:
    """The smallest id of a post at this time (epoch seconds)."""
    return str(max(0, int(at * 1000) - EPOCH_MS) << _TIME_BITS)


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    value = body.get(key)
    return value if isinstance(value, list) else []


def _ids(entries: list[Any]) -> list[str]:
    """The ids of entries, the oldest first."""
    found = (entry.get("id") for entry in entries if isinstance(entry, Mapping))
    return sorted((one for one in found if isinstance(one, str) and _ID.fullmatch(one)), key=int)


def _sound(form: type[_Any], values: list[Any]) -> list[_Any]:
    found = []
    for value in values:
        try:
            found.append(form.model_validate(value))
        except ValidationError:
            continue
    return found
