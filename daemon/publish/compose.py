"""The finished post, made from the board alone: the same records give the same bytes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from daemon.blackboard.records import Artifact, Item, Observation
from daemon.core.errors import PublishError
from daemon.publish.addresses import web_address
from daemon.publish.base import CheckedClaim, Post
from daemon.publish.linkless import clean_body, clean_line, plain_line
from daemon.publish.names import slug_of
from daemon.publish.words import words_for

_MICRO = 1_000_000
_MAX_TAGS = 12
_TAG_LENGTH = 40
_TITLE_LENGTH = 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def compose_post(
    item: Item,
    observation: Observation,
    artifacts: Sequence[Artifact],
    *,
    published_at: float,
    models: Sequence[str],
    cost_micro: int | None = 0,
) -> Post:
    """The post of an item whose draft has passed. `artifacts` are oldest first; the newest draft and review count.

    `models` are the names of the models that took part; `cost_micro` what is known to have been spent, None when the
    price of a call is unknown. The link comes from the item alone. Raises `PublishError` when there is no draft.
    """
    draft = _newest(artifacts, "draft")
    if draft is None:
        raise PublishError(f"item {item.id} has no draft to publish")
    link = web_address(item.url)
    language = _language(draft.get("language"), observation.language)
    title = _title(draft.get("title"), item.title, observation.title) or words_for(language).untitled
    return Post(
        item_id=item.id,
        slug=slug_of(title, item_id=item.id),
        title=title,
        summary=clean_line(str(draft.get("summary") or "")),
        body=clean_body(str(draft.get("body") or ""), title=title, allowed={a for a in (item.url, link) if a}),
        published_at=published_at,
        source=_source_name(item.source, link=link),
        link=link,
        language=language,
        tags=_tags((*item.tags, *_texts(draft.get("topics")))),
        models=tuple(dict.fromkeys(models)),
        cost_usd=None if cost_micro is None else cost_micro / _MICRO,
        is_digest=draft.get("provider") == "offline",
        claims=_claims(_newest(artifacts, "review") or {}),
        author=clean_line(observation.author) if observation.author else None,
        source_date=observation.published_at,
    )


def post_content(post: Post) -> dict[str, Any]:
    """The post as the JSON-ready content of its artifact."""
    content = asdict(post)
    return content | {key: list(content[key]) for key in ("tags", "models", "claims")}


def post_from_content(content: Mapping[str, Any]) -> Post:
    """The post again. Raises `PublishError` when the content is not that of a post."""
    try:
        claims = tuple(CheckedClaim(c["sentence"], c["source"]) for c in content["claims"])
        tags, models = tuple(content["tags"]), tuple(content["models"])
        return Post(**{**content, "claims": claims, "tags": tags, "models": models})
    except (KeyError, TypeError) as error:
        raise PublishError(f"the stored post cannot be read: {error}") from error


def _source_name(name: str | None, *, link: str | None) -> str | None:
    """The source's name; the link's host when it has none, or only its address or a path of this machine."""
    line = clean_line(name or "")
    if line and "/" not in line:
        return line
    host = urlsplit(link).hostname if link else None
    return host.removeprefix("www.") if host else None


def _newest(artifacts: Sequence[Artifact], kind: str) -> Mapping[str, Any] | None:
    return next((a.content for a in reversed(artifacts) if a.kind == kind), None)


def _title(*candidates: object) -> str:
    lines = (clean_line(str(c), limit=_TITLE_LENGTH) for c in candidates if c)
    return next((line for line in lines if line), "")


def _language(*candidates: object) -> str:
    """The first that looks like a language tag; `und` (undetermined) when none does."""
    return next((str(c) for c in candidates if c and _LANGUAGE.fullmatch(str(c))), "und")


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, list | tuple) else ()


def _tags(candidates: Iterable[str]) -> tuple[str, ...]:
    """The first spelling of each, in order."""
    tags: dict[str, str] = {}
    for candidate in candidates:
        tag = clean_line(candidate).lstrip("#").strip()
        if 0 < len(tag) <= _TAG_LENGTH:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())[:_MAX_TAGS]


def _claims(review: Mapping[str, Any]) -> tuple[CheckedClaim, ...]:
    pairs = ((plain_line(e.get("sentence", "")), plain_line(e.get("source", ""))) for e in review.get("evidence", ()))
    return tuple(dict.fromkeys(CheckedClaim(sentence, source) for sentence, source in pairs if sentence and source))
