"""Web addresses that are safe to write into a post."""

from urllib.parse import quote, urlsplit

_KEPT = ":/?#@!$&*+,;=%~-._[]"
_MAX_LENGTH = 2000


def web_address(url: str | None) -> str | None:
    """An `http` or `https` address with everything unusual in it percent-encoded; None for anything else.

    The result has no blanks, quotes, angle brackets or parentheses: it fits into Markdown, HTML and XML as it is.
    """
    if not url or len(url) > _MAX_LENGTH:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        return None
    return quote(url.strip(), safe=_KEPT)
