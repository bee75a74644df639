"""Links, images, HTML and addresses in a draft: what can go silently, and what is a fault.

A post's only link is that of its item, added by the desk. A draft that links to an address its source has as well has
only kept the form of the source: the words stay, the link goes. Any other address is a fault.
"""

import re
from collections.abc import Callable

from brains.language.furniture import ENDINGS

_URL = re.compile(
    r"(?i)\b(?:https?|ftp|file|data|javascript|mailto|tel):(?://)?[^\s<>\"'）)\]，。]+|\bwww\.[^\s<>\"'）)\]，。]+"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DOMAIN = re.compile(rf"(?i)(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:{ENDINGS})(?![\w-])(?P<path>/[^\s<>\"')\]]*)?")
_LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\(\s*<?([^()\s>]*)>?(?:\s+[\"'][^\"']*[\"'])?\s*\)")
_LINK_TARGET = re.compile(r"\]\(\s*<?([^()\s>]+)")
_REFERENCE = re.compile(r"(?m)^\s{0,3}\[[^\]]+\]:\s*\S+.*$")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)|!\[[^\[\]]*\]\[[^\[\]]*\]")
_TAGS = (
    "a|abbr|article|audio|b|blockquote|body|br|button|center|code|dd|del|details|div|dl|dt|em|embed|font|footer|form|h[1-6]|"
    "head|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|main|mark|meta|nav|object|ol|option|p|picture|pre|q|s|"
    "script|section|select|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|th|thead|title|tr|"
    "u|ul|video"
)
_HTML = re.compile(rf"(?<!\\)<!--.*?-->|(?<!\\)</?(?:{_TAGS})(?=[\s/>])[^<>]{{0,500}}>", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"(```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]+`)", re.DOTALL)
_ACTIVE = re.compile(r"(?is)<(script|style|iframe|object|embed|form|svg)\b.*?(?:</\1\s*>|\Z)")


def find_addresses(text: str, *, is_known: Callable[[str], bool]) -> list[str]:
    """Every address in a text. A bare domain is one too, except as a name the source has (`is_known`)."""
    found = [*_LINK_TARGET.findall(text), *_URL.findall(text), *_MAIL.findall(text)]
    found += [m[0] for m in _DOMAIN.finditer(text) if m["path"] or not is_known(m[0])]
    return list(dict.fromkeys(filter(None, found)))


def has_markup(text: str) -> bool:
    """Whether there is an image or HTML in it, code apart."""
    prose = "".join(_CODE.split(text)[::2])
    return bool(_IMAGE.search(prose) or _HTML.search(prose))


def strip_markup(text: str, *, is_known: Callable[[str], bool]) -> str:
    """The draft's Markdown without images and HTML, and without links to addresses the source has (`is_known`).

    A link to any other address is left as it is, for the review to find. Code is left alone.
    """
    parts = _CODE.split(text)
    parts[::2] = [_strip_prose(part, is_known=is_known) for part in parts[::2]]
    return "".join(parts).strip()


def _strip_prose(text: str, *, is_known: Callable[[str], bool]) -> str:
    text = _HTML.sub("", _ACTIVE.sub("", _IMAGE.sub("", text)))
    text = _REFERENCE.sub(lambda m: "" if is_known(m[0].split("]:", 1)[1].split()[0]) else m[0], text)
    return _LINK.sub(lambda m: m[1] if is_known(m[2]) else m[0], text)
