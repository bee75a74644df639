"""Whether something else stands in place of the article: a consent page, a login, a challenge, an error, a front."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from daemon.blackboard.senses import ArticleOutcome
from sensors.articles.likeness import weight
from sensors.articles.pages import WebPage
from sensors.articles.phrases import CONSENT, LOGIN, MISSING
from sensors.web.sniffing import challenge

Verdict = tuple[ArticleOutcome, str]

FRONT: Final = "its address leads to the site's front page"
BANNER: Final = "there is a page that asks for consent to cookies"
SHORT_WEIGHT: Final = 600
"""So little text is no article when the page shows anything that stands before one."""
_LONG_WALL_WEIGHT: Final = 2_500
_CONSENT_STEPS: Final = frozenset(
    {"consent", "cookie-consent", "cookiewall", "cookie-wall", "collectconsent", "cmp", "gdpr"}
)
_LOGIN_STEPS: Final = frozenset(
    {
        "login",
        "signin",
        "sign-in",
        "sign_in",
        "log-in",
        "logon",
        "auth",
        "sso",
        "anmelden",
        "register",
        "signup",
        "connexion",
    }
)
_FRONT: Final = re.compile(r"/?(?:[a-z]{2}(?:-[a-z]{2})?/?)?(?:(?:index|default|home)\.\w{2,5})?", re.IGNORECASE)


def wall(page: WebPage, *, text: str, asked: str, title: str) -> Verdict | None:
    """What stands in the article's place; None for nothing.

    `text` is what was picked of the page, `asked` the address that was asked for, `title` the entry's (or empty).
    """
    return (
        _challenged(page, text)
        or _asks_consent(page, text, asked)
        or _asks_login(page, text, asked)
        or _is_missing(page, text, title)
        or _is_front(page, asked)
    )


def _challenged(page: WebPage, text: str) -> Verdict | None:
    words = challenge(f"{page.title} {page.words} {page.marks}") if weight(text) < SHORT_WEIGHT else None
    if words is None:
        return None
    return ArticleOutcome.CONSENT if "consent" in words else ArticleOutcome.CHALLENGE, f"there is {words}"


def _asks_consent(page: WebPage, text: str, asked: str) -> Verdict | None:
    host = urlsplit(page.url).hostname or ""
    is_led_there = _is_led_to(_CONSENT_STEPS, page.url, asked) or (
        host.startswith(("consent.", "cmp.", "privacy-mgmt.")) and host != urlsplit(asked).hostname
    )
    told = {match[0].casefold() for match in CONSENT.finditer(page.words)}
    length = weight(text)
    # A banner stands on every page of a site; so it counts only where there is nothing else.
    is_all = bool(told) and (length < SHORT_WEIGHT // 2 or (length < _LONG_WALL_WEIGHT and _is_mostly_consent(text)))
    if is_led_there:
        return ArticleOutcome.CONSENT, "it leads to a page that asks for consent to cookies"
    return (ArticleOutcome.CONSENT, BANNER) if is_all else None


def _is_mostly_consent(text: str) -> bool:
    most = 2
    return len({match[0].casefold() for match in CONSENT.finditer(text)}) >= most


def _asks_login(page: WebPage, text: str, asked: str) -> Verdict | None:
    is_led_there = _is_led_to(_LOGIN_STEPS, page.url, asked)
    is_short = weight(text) < SHORT_WEIGHT
    if is_led_there or (is_short and (page.has_password or LOGIN.search(text)) and LOGIN.search(page.words)):
        return ArticleOutcome.CONSENT, "there is a page that asks for a login"
    return None


def _is_missing(page: WebPage, text: str, title: str) -> Verdict | None:
    told = next((line for line in (page.heading, page.title) if MISSING.search(line)), None)
    if told is None and weight(text) < SHORT_WEIGHT // 2 and MISSING.search(page.words):
        told = page.heading or page.title or "not found"
    if told is None or weight(text) >= _LONG_WALL_WEIGHT or MISSING.search(title):
        return None
    return ArticleOutcome.ELSEWHERE, f"the site says that there is nothing: “{told[:80]}”"


def _is_front(page: WebPage, asked: str) -> Verdict | None:
    if _is_front_path(page.url) and not _is_front_path(asked):
        return ArticleOutcome.ELSEWHERE, FRONT
    return None


def _is_front_path(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and _FRONT.fullmatch(parts.path) is not None


def _is_led_to(steps: Iterable[str], url: str, asked: str) -> bool:
    return any(step in _steps(url) and step not in _steps(asked) for step in steps)


def _steps(url: str) -> frozenset[str]:
    return frozenset(step.lower().partition(".")[0] for step in urlsplit(url).path.split("/") if step)
