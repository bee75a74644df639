"""What is asked of X: an account, its posts, a search."""

import re
from dataclasses import dataclass

from daemon.core.errors import SensorError
from daemon.core.settings.listed import ACCOUNT_NAME, SEARCH_PREFIX
from sensors.x.client import Request
from sensors.x.paid import Scope

MOST_ENTRIES = 100
"""X gives no more in one answer."""
_ABOUT_REPLIES = re.compile(r"(?<![-\w])(?:is:reply|to:|in_reply_to_tweet_id:|conversation_id:)", re.IGNORECASE)
_POST_FIELDS = (
    "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,in_reply_to_user_id,lang,note_tweet"
    ",referenced_tweets"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """Which posts: after `since_id`, before `until_id`; `token` names the next page of such an answer."""

    since_id: str | None = None
    until_id: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The posts of one account."""

    user_id: str
    least = 5
    has_author = False
    """All posts have the same author, who is known."""

    def request(self, entries: int, *, cut: Cut, scope: Scope) -> Request:
        """The request for so many of its posts."""
        query = _query(entries, cut=cut, scope=scope, token_name="pagination_token")  # noqa: S106 - a parameter's name
        return Request(endpoint="users/tweets", path=f"/2/users/{self.user_id}/tweets", query=query)


@dataclass(frozen=True, slots=True)
class Search:
    """The posts of the last seven days that a query finds."""

    words: str
    least = 10
    has_author = True

    def request(self, entries: int, *, cut: Cut, scope: Scope) -> Request:
        """The request for so many of what it finds."""
        query = _query(entries, cut=cut, scope=scope, token_name="next_token")  # noqa: S106 - a parameter's name
        return Request(
            endpoint="tweets/search/recent", path="/2/tweets/search/recent", query={"query": self.words, **query}
        )


def account_request(name: str) -> Request:
    """The request for an account's id. Raises `SensorError` for what can be no name: it would lead elsewhere."""
    if not ACCOUNT_NAME.fullmatch(name):
        raise SensorError(f"{name[:60]!r} is no account of X: a name has letters, digits and _ alone")
    return Request(endpoint="users/by/username", path=f"/2/users/by/username/{name}", query={})


def search_words(address: str) -> str | None:
    """The query of a source's address; None for an account."""
    return address.removeprefix(SEARCH_PREFIX).strip() if address.startswith(SEARCH_PREFIX) else None


def scopes(*, has_author: bool) -> tuple[Scope, ...]:
    """What may be asked for with each post, the most first; what a small budget allows none of is left out."""
    return (
        Scope(has_author=has_author),
        Scope(has_references=False, has_author=has_author),
        Scope(has_references=False, has_media=False, has_author=has_author),
    )


def _query(entries: int, *, cut: Cut, scope: Scope, token_name: str) -> dict[str, str]:
    expansions = [
        "author_id" * scope.has_author,
        "referenced_tweets.id" * scope.has_references,
        "attachments.media_keys" * scope.has_media,
        "attachments.poll_ids" * scope.has_media,
    ]
    query = {
        "max_results": str(entries),
        "tweet.fields": _POST_FIELDS,
        "expansions": ",".join(one for one in expansions if one),
        "media.fields": "alt_text,type" * scope.has_media,
        "poll.fields": "options" * scope.has_media,
        "user.fields": "name,username" * scope.has_author,
        "since_id": cut.since_id,
        "until_id": cut.until_id,
        token_name: cut.token,
    }
    return {name: value for name, value in query.items() if value}


def asks_for_replies(words: str) -> bool:
    """Whether a query is about replies; else they are left out, as they say little alone."""
    return bool(_ABOUT_REPLIES.search(words))
