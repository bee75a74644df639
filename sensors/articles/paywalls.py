"""Whether a page keeps the article back until somebody pays or signs up; said in words, None when it does not."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from sensors.articles.likeness import weight
from sensors.articles.pages import WebPage
from sensors.articles.phrases import PAYWALL

TEASER_WEIGHT: Final = 1_500
"""A text that says no more may be the beginning of an article that is kept back."""
_LONG_TEASER_WEIGHT: Final = 4_000
_NOT_FREE: Final = frozenset({"false", "no", "0", "http://schema.org/false", "https://schema.org/false"})
_ARTICLE_TYPE: Final = re.compile(
    r"(?:article|blogposting|report|webpage|creativework|webcontent|episode)$", re.IGNORECASE
)
_MARKS: Final = re.compile(
    r"(?<![a-z])(?:pay-?wall|reg-?wall|premium-?(?:wall|overlay|content|gate|teaser)|subscri(?:ber|bers|ption)-?(?:only|wall"
    r"|required|gate|overlay)|subscribe-?(?:wall|gate|overlay)|metered-?content|meter(?:ing)?-?wall|tp-(?:modal|container)"
    r"|piano-(?:inline|modal|offer|container)|leaky-paywall|paid-?content|paid-?only|(?:article|content|post)-?locked"
    r"|locked-?(?:article|content|post)|offer-?wall|member(?:s|ship)?-?(?:only|wall|gate)|gh-post-upgrade-cta"
    r"|o-barrier|poool-widget|tinypass|plus-?(?:artikel|teaser|wall)|abo-?(?:wall|hinweis|schranke))(?![a-z])"
)


def paywall(page: WebPage, *, text: str) -> str | None:
    """What shows that the article is kept back; `text` is what was found of it."""
    tier = page.metas.get("article:content_tier", "").lower()
    if tier == "locked" or _says_paid(page):
        return "the site says that the article is not free"
    length = weight(text)
    if length < TEASER_WEIGHT and tier == "metered":
        return "only its beginning is there: the site counts what is read without paying"
    if length >= _LONG_TEASER_WEIGHT:
        return None
    has_mark, phrase = _MARKS.search(page.marks), PAYWALL.search(page.inner)
    if phrase and (has_mark or length < TEASER_WEIGHT):
        return f"only its beginning is there, and then: “{phrase[0][:60]}”"
    if has_mark and length < TEASER_WEIGHT:
        return "only its beginning is there, before a barrier for those who do not pay"
    return None


def _says_paid(page: WebPage) -> bool:
    return any(_is_paid(node) for node in page.data if _is_of_page(node, page.url))


def _is_paid(node: Mapping[str, Any]) -> bool:
    if not any(_ARTICLE_TYPE.search(kind) for kind in _strings(node.get("@type"))):
        return False
    parts = node.get("hasPart")
    parts = parts if isinstance(parts, list) else [parts]
    return any(_not_free(one) for one in (node, *parts) if isinstance(one, Mapping))


def _not_free(node: Mapping[str, Any]) -> bool:
    return str(node.get("isAccessibleForFree", "")).strip().lower() in _NOT_FREE


def _is_of_page(node: Mapping[str, Any], url: str) -> bool:
    """Not one of the other articles that the page tells of."""
    entity = node.get("mainEntityOfPage")
    told = [node.get("url"), entity.get("@id") if isinstance(entity, Mapping) else entity]
    addresses = [one for one in told if isinstance(one, str) and one.startswith(("http://", "https://"))]
    return not addresses or any(_path(one) == _path(url) for one in addresses)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/").lower()
    except ValueError:
        return ""


def _strings(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]
