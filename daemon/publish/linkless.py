"""The last line of defence before a post goes out: no link, image, HTML or template code that is not from the record.

What models write was checked before; this makes sure by construction, whatever they wrote and whoever fed them.
"""

import re
from collections.abc import Collection

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_WIKI_LINK = re.compile(r"(!?)\[\[([^\[\]|]*)(?:\|([^\[\]|]*))?\]\]")
_IMAGE = re.compile(r"!\[[^\[\]]*\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])")
_LINK = re.compile(r"\[([^\[\]]*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?(?:\s+[^()]*)?\s*\)")
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\[\]]+\]:.*$", re.MULTILINE)
_ELEMENT = re.compile(r"<(script|style|iframe|object|svg|math|template)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|audio|b|base|big|blockquote|body|br|button|center|cite|code|dd|del|details|div|dl|dt|em"
    r"|embed|figure|figcaption|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|li"
    r"|link|main|mark|math|meta|nav|object|ol|option|p|picture|pre|q|s|samp|script|section|select|small|source|span"
    r"|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|title|tr|tt|u|ul|var"
    r"|video|wbr)\b[^<>]*>|<[!?][^<>]*>",
    re.IGNORECASE,
)
_ANGLE_ADDRESS = re.compile(r"<([a-z][a-z0-9+.-]*:[^\s<>]*|[^\s<>@]+@[^\s<>@]+)>", re.IGNORECASE)
_UNKNOWN_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ADDRESS = re.compile(
    r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{1,20}://|www\.|(?:javascript|vbscript|mailto|tel):(?=\S)|data:(?=\w+/))"
    r"[^\s<>()\[\]{}`\"'|，。、；：！？（）【】《》「」“”‘’]*",
    re.IGNORECASE,
)
_SHORT_CODE = re.compile(r"\{\{(?=[<%])")
_HOLLOW = re.compile(r"[(（\[【<]\s*[)）\]】>]")
_ROUNDS = 5


def clean_body(text: str, *, title: str = "", allowed: Collection[str] = ()) -> str:
    """Markdown without links, images and HTML, except links whose address is in `allowed`.

    A link leaves its text behind, an image nothing. Code keeps its angle brackets (they are inert there) but not its
    addresses. A first heading that repeats the title goes. Hidden and control characters go everywhere.
    """
    text = _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    cleaned = "".join(_clean_code(part) if is_code else _inert(part, allowed) for is_code, part in _split(text))
    cleaned = _SHORT_CODE.sub("{ {", cleaned)  # Hugo would run it, also inside code
    cleaned = _without_title(cleaned.strip(), title)
    return cleaned if _is_linkless(cleaned, allowed) else _disarmed(cleaned)


def clean_line(text: str, *, limit: int = 1000) -> str:
    """One line of plain text: no links, tags, addresses, hidden characters; at most `limit` characters."""
    return plain_line(_clean_prose(plain_line(text, limit=limit * 2), ()), limit=limit)


def plain_line(text: str, *, limit: int = 2000) -> str:
    """The text as it is, in one line, without hidden characters; for what is quoted verbatim."""
    line = " ".join(_HIDDEN.sub("", " ".join(text.split())).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _split(text: str) -> list[tuple[bool, str]]:
    """The text in parts, in order; True marks code (fenced blocks with their fences, and code spans)."""
    parts: list[tuple[bool, str]] = []
    prose: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line.rstrip("\n"))
        if not fence and mark and "`" not in mark[2]:
            parts += _split_spans("".join(prose))
            prose, fence = [], mark[1]
            # The language after the fence goes: some of the programs that read the file would run the block.
            parts.append((True, f"{fence}\n"))
        elif fence:
            parts.append((True, line))
            is_end = mark is not None and mark[1].startswith(fence) and not mark[2].strip()
            fence = "" if is_end else fence
        else:
            prose.append(line)
    if fence:
        parts.append((True, f"\n{fence}"))
    return parts + _split_spans("".join(prose))


def _split_spans(text: str) -> list[tuple[bool, str]]:
    parts = []
    end = 0
    for span in _CODE_SPAN.finditer(text):
        parts += [(False, text[end : span.start()]), (True, span[0])]
        end = span.end()
    return [*parts, (False, text[end:])]


def _clean_code(code: str) -> str:
    return _ADDRESS.sub("…", code)


def _inert(text: str, allowed: Collection[str]) -> str:
    """Clean prose in which what only looks like a tag (`Vec<T>`) is shown, not swallowed by the reader's parser."""
    cleaned = _clean_prose(text, allowed)
    return _UNKNOWN_TAG.sub(lambda found: "<" if _starts_allowed(cleaned, found.start(), allowed) else "&lt;", cleaned)


def _starts_allowed(text: str, start: int, allowed: Collection[str]) -> bool:
    return any(text.startswith(f"{address}>", start + 1) for address in allowed)


def _clean_prose(text: str, allowed: Collection[str]) -> str:
    for _ in range(_ROUNDS):  # what is inside a link's text, or is made by taking something out, comes up next
        before = text
        text = _DEFINITION.sub("", _IMAGE.sub("", _WIKI_LINK.sub(_wiki_text, _COMMENT.sub("", text))))
        text = _without_links(text, allowed)
        text = _TAG.sub("", _ELEMENT.sub("", text))
        text = _ANGLE_ADDRESS.sub(lambda found: found[0] if found[1] in allowed else "", text)
        text = _ADDRESS.sub(lambda found: _without_address(found[0], allowed), text)
        if text == before:
            break
        text = re.sub(r"(?<=\S)[ \t]+(?=[.,;:!?)\n])", "", _HOLLOW.sub("", text))
    return text


def _without_links(text: str, allowed: Collection[str]) -> str:
    for _ in range(_ROUNDS):  # a link in a link's text comes out first
        text, count = _LINK.subn(lambda found: found[0] if found[2] in allowed else found[1], text)
        if not count:
            break
    return text


def _wiki_text(found: re.Match[str]) -> str:
    return "" if found[1] else found[3] or found[2]


def _without_address(address: str, allowed: Collection[str]) -> str:
    bare = address.rstrip(".,;:!?*_~")
    return address if bare in allowed else address[len(bare) :]


def _without_title(body: str, title: str) -> str:
    first, _, rest = body.partition("\n")
    is_title = first.startswith("# ") and first[2:].strip().casefold() == title.casefold()
    return rest.lstrip() if is_title else body


def _is_linkless(body: str, allowed: Collection[str]) -> bool:
    """Whether a real Markdown parser finds nothing in it that the patterns above should have taken out."""
    if "<" not in body and "[" not in body:
        return True  # nothing of the kind can begin without one of these
    from markdown_it import MarkdownIt

    for block in MarkdownIt("commonmark", {"html": True}).enable("table").parse(body):
        for token in (block, *(block.children or ())):
            if token.type in {"html_block", "html_inline", "image"}:
                return False
            if token.type == "link_open" and token.attrs["href"] not in allowed:
                return False
    return True


def _disarmed(body: str) -> str:
    """Entities in place of the characters that links and HTML begin with; ugly where it is code, and safe."""
    return body.replace("<", "&lt;").replace("[", "&#91;").replace("]", "&#93;")
