"""X's API v2 on loopback, with its wire format, its rules, its limits, and a count of all that it served."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sensors.web.headers import http_date_of
from sensors.x.wire import id_at, posted_at
from tests.fakes.feed_server import Asked, FeedServer, Reply

TOKEN = "AAAAmoonstone-bearer-token-of-a-test"
WEEK = 604_800.0
PROBLEM = "https://api.twitter.com/2/problems/"
_ALLOWED = {
    "max_results",
    "tweet.fields",
    "expansions",
    "media.fields",
    "poll.fields",
    "user.fields",
    "since_id",
    "until_id",
    "pagination_token",
    "next_token",
    "query",
}


@dataclass
class Window:
    """The rate limit of one endpoint."""

    limit: int = 900
    remaining: int = 900
    reset: int = 0


@dataclass(eq=False)
class XServer(FeedServer):
    """`faults` are answered first, one a request (None: as usual); `served` counts the resources of all answers."""

    now: Callable[[], float]
    token: str = TOKEN
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    polls: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Reply | None] = field(default_factory=list)
    served: Counter[str] = field(default_factory=Counter)
    windows: dict[str, Window] = field(default_factory=dict)
    hold: Any = None
    """An event that every answer waits for."""
    says_date: bool = False
    """Every answer says what time it is here."""

    def __post_init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, tuple[str, int]] = {}
        self._numbers = itertools.count()

    # --- what there is -----------------------------------------------------------------------------------------------

    def account(self, username: str, name: str = "", *, problem: str | None = None) -> str:
        """An account; `problem` is what X says of its posts: `protected`, or of itself: `suspended`."""
        user_id = str(1000 + len(self.users))
        self.users[user_id] = {"id": user_id, "username": username, "name": name or username, "problem": problem}
        return user_id

    def post(self, username: str, text: str, *, at: float | None = None, **more: Any) -> str:
        """A post. `reply_to`, `quote`, `repost`: ids; `media`: descriptions (None without one); other fields as X's."""
        at = self.now() if at is None else at
        post_id = str(int(id_at(at)) + next(self._numbers))
        author = self._id_of(username)
        post: dict[str, Any] = {
            "id": post_id,
            "text": text,
            "author_id": author,
            "conversation_id": post_id,
            "created_at": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "edit_history_tweet_ids": [post_id],
            "lang": "en",
        }
        references = []
        for kind, name in (("replied_to", "reply_to"), ("quoted", "quote"), ("retweeted", "repost")):
            if (other := more.pop(name, None)) is not None:
                references.append({"type": kind, "id": other})
        for reference in references:
            parent = self.posts.get(reference["id"])
            if reference["type"] == "replied_to" and parent is not None:
                post["conversation_id"], post["in_reply_to_user_id"] = parent["conversation_id"], parent["author_id"]
        if references:
            post["referenced_tweets"] = references
        if "media" in more:
            post["attachments"] = {"media_keys": [self._media(alt) for alt in more.pop("media")]}
        self.posts[post_id] = {**post, **more}
        return post_id

    def poll(self, *labels: str) -> str:
        """A poll, to be named in a post's `attachments`."""
        poll_id = str(7000 + len(self.polls))
        options = [{"position": at, "label": label, "votes": 3} for at, label in enumerate(labels, start=1)]
        self.polls[poll_id] = {"id": poll_id, "options": options}
        return poll_id

    def forget_tokens(self) -> None:
        """The tokens of next pages that were given are worth nothing any more."""
        self._tokens.clear()

    def micro(self) -> int:
        """What X would take for what it served, by the prices of 2026."""
        return self.served["posts"] * 5_000 + self.served["users"] * 10_000 + self.served["media"] * 5_000

    def queries(self) -> list[dict[str, str]]:
        """The parameters of all requests for posts, in order."""
        asked = (urlsplit(one.path) for one in self.asked)
        return [dict(parse_qsl(one.query)) for one in asked if "by/username" not in one.path]

    # --- how it answers ----------------------------------------------------------------------------------------------

    def _next(self, path: str) -> Reply:
        asked = self.asked[-1]
        endpoint = _endpoint(urlsplit(path).path)
        headers = self._headers(endpoint)
        reply = (self.faults.pop(0) if self.faults else None) or self._answered(asked, headers)
        return Reply(**{**vars(reply), "headers": {**headers, **reply.headers}, "hold": reply.hold or self.hold})

    def _answered(self, asked: Asked, headers: Mapping[str, str]) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return problem(401, "Unauthorized", "Unauthorized")
        if headers["x-rate-limit-remaining"] == "-1":
            return problem(429, "Too Many Requests", "Too Many Requests", headers={"x-rate-limit-remaining": "0"})
        parts = urlsplit(asked.path)
        query = dict(parse_qsl(parts.query))
        names = parts.path.strip("/").split("/")
        if unknown := set(query) - _ALLOWED:
            return invalid({name: [] for name in unknown}, f"The query parameters {sorted(unknown)} are not known")
        if names[1:4] == ["users", "by", "username"]:
            return self._user(names[4])
        if names[1:] == ["tweets", "search", "recent"]:
            return self._searched(query)
        return self._timeline(names[2], query)

    def _headers(self, endpoint: str) -> dict[str, str]:
        window = self.windows.setdefault(endpoint, Window())
        if self.now() >= window.reset:
            window.reset, window.remaining = int(self.now()) + 900, window.limit
        window.remaining -= 1
        date = {"Date": http_date_of(self.now())} if self.says_date else {}
        return {
            **date,
            "Content-Type": "application/json; charset=utf-8",
            "x-rate-limit-limit": str(window.limit),
            "x-rate-limit-remaining": str(window.remaining),
            "x-rate-limit-reset": str(window.reset),
        }

    def _user(self, username: str) -> Reply:
        found = [user for user in self.users.values() if user["username"].lower() == username.lower()]
        if not found:
            detail = f"Could not find user with username: [{username}]."
            return _told({"errors": [_error("Not Found Error", detail, "resource-not-found", "user")]})
        if found[0]["problem"] == "suspended":
            detail = f"User has been suspended: [{username}]."
            return _told({"errors": [_error("Forbidden", detail, "resource-not-found", "user")]})
        return self._sent({"data": _public(found[0])})

    def _timeline(self, user_id: str, query: Mapping[str, str]) -> Reply:
        user = self.users.get(user_id)
        if user is None:
            return problem(404, "Not Found", "Not Found")
        if user["problem"] == "protected":
            detail = f"Sorry, you are not authorized to see the user with id: [{user_id}]."
            return _told({"errors": [_error("Authorization Error", detail, "not-authorized-for-resource", "user")]})
        found = [post for post in self.posts.values() if post["author_id"] == user_id]
        return self._page(found, query, least=5, token_name="pagination_token")

    def _searched(self, query: Mapping[str, str]) -> Reply:
        words = query.get("query", "")
        if "((" in words:
            message = f"There were errors processing your request: no viable alternative at input '{words}'"
            return invalid({"query": [words]}, message)
        oldest = int(id_at(self.now() - WEEK))
        for name in ("since_id", "until_id"):
            if name in query and int(query[name]) < oldest:
                at = datetime.fromtimestamp(self.now() - WEEK, UTC).strftime("%Y-%m-%dT%H:%MZ")
                message = f"'{name}' must be a tweet id created after {at}. Please use a '{name}' that is larger than "
                return invalid({name: [query[name]]}, f"{message}{oldest}")
        plain = [word.lower() for word in words.split() if ":" not in word]
        found = [
            post
            for post in self.posts.values()
            if int(post["id"]) > oldest and all(word in post["text"].lower() for word in plain)
        ]
        return self._page(found, query, least=10, token_name="next_token")

    def _page(self, found: Sequence[dict[str, Any]], query: Mapping[str, str], *, least: int, token_name: str) -> Reply:
        size = int(query.get("max_results", 10))
        if not least <= size <= 100:
            message = f"The `max_results` query parameter value [{size}] is not between {least} and 100"
            return invalid({"max_results": [str(size)]}, message)
        rest = f"{sorted((name, value) for name, value in query.items() if name not in {token_name, 'max_results'})}"
        start = 0
        if token := query.get(token_name):
            if self._tokens.get(token, ("", 0))[0] != rest:
                return invalid({token_name: [token]}, f"Invalid '{token_name}': '{token}'")
            start = self._tokens[token][1]
        since, until = int(query.get("since_id", 0)), int(query.get("until_id", 1 << 62))
        newest = sorted((post for post in found if since < int(post["id"]) < until), key=lambda one: -int(one["id"]))
        if start:
            newest = [post for post in newest if int(post["id"]) < start]
        page = newest[:size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(newest) > size:
            meta["next_token"] = f"b26v89c19zqg8o3f{next(self._numbers)}"
            self._tokens[meta["next_token"]] = (rest, int(page[-1]["id"]))
        return self._sent({**self._data(page, query), "meta": meta})

    def _data(self, page: Sequence[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
        if not page:
            return {}
        expansions = query.get("expansions", "").split(",")
        includes: dict[str, list[Any]] = {}
        errors = []
        if "referenced_tweets.id" in expansions:
            wanted = dict.fromkeys(one["id"] for post in page for one in post.get("referenced_tweets", []))
            includes["tweets"] = [self.posts[one] for one in wanted if one in self.posts]
            for gone in (one for one in wanted if one not in self.posts):
                detail = f"Could not find tweet with referenced_tweets.id: [{gone}]."
                errors.append(_error("Not Found Error", detail, "resource-not-found", "tweet"))
        if "author_id" in expansions:
            authors = dict.fromkeys(post["author_id"] for post in page)
            includes["users"] = [_public(self.users[one]) for one in authors]
        for name, keys, known in (("media", "media_keys", self.media), ("polls", "poll_ids", self.polls)):
            if f"attachments.{keys}" in expansions:
                wanted = dict.fromkeys(key for post in page for key in post.get("attachments", {}).get(keys, []))
                includes[name] = [known[key] for key in wanted if key in known]
        includes = {name: found for name, found in includes.items() if found}
        body: dict[str, Any] = {"data": list(page)}
        return body | ({"includes": includes} if includes else {}) | ({"errors": errors} if errors else {})

    def _sent(self, body: dict[str, Any]) -> Reply:
        data, includes = body.get("data", []), body.get("includes", {})
        self.served["posts"] += (len(data) if isinstance(data, list) else 0) + len(includes.get("tweets", []))
        self.served["users"] += (1 if isinstance(data, dict) else 0) + len(includes.get("users", []))
        self.served["media"] += len(includes.get("media", []))
        return _told(body)

    def _media(self, alt: str | None) -> str:
        key = f"3_{9000 + len(self.media)}"
        self.media[key] = {"media_key": key, "type": "photo"} | ({"alt_text": alt} if alt else {})
        return key

    def _id_of(self, username: str) -> str:
        known = (user_id for user_id, user in self.users.items() if user["username"] == username)
        return next(known, None) or self.account(username)


def problem(status: int, title: str, detail: str, *, kind: str = "about:blank", **more: Any) -> Reply:
    """A problem document of X."""
    body = {"title": title, "detail": detail, "type": kind, "status": status}
    return Reply(json.dumps(body).encode(), status=status, **more)


def invalid(parameters: Mapping[str, Any], message: str) -> Reply:
    """The 400 that X answers to a parameter it does not take."""
    body = {
        "errors": [{"parameters": parameters, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEM}invalid-request",
    }
    return Reply(json.dumps(body).encode(), status=400)


def link(short: str, target: str, **more: Any) -> dict[str, Any]:
    """One of a post's `entities.urls`."""
    return {"start": 0, "end": 23, "url": short, "expanded_url": target, "display_url": target[8:40], **more}


def at_of(post_id: str) -> float:
    """When a post was posted."""
    return posted_at(post_id)


def _told(body: Mapping[str, Any]) -> Reply:
    return Reply(json.dumps(body).encode())


def _error(title: str, detail: str, kind: str, resource: str) -> dict[str, str]:
    return {"title": title, "detail": detail, "type": PROBLEM + kind, "resource_type": resource, "parameter": resource}


def _public(user: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in user.items() if name != "problem"}


def _endpoint(path: str) -> str:
    if "by/username" in path:
        return "by/username"
    return "search" if "search" in path else "timeline"
