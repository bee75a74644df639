"""What clings to both ends of a picked text and is none of it: links, bylines, counts, the names of editors."""

import re
from typing import Final

from sensors.articles.likeness import weight

_MOST_TRIMMED: Final = 6
_SMALL_WEIGHT: Final = 150
_LINK: Final = re.compile(r"\[[^\[\]\n]*\]\([^()\s]*\)|https?://\S+")
_SMALL: Final = re.compile(
    r"\d+ ?min(?:ute)?s?(?: read)?|(?:reading time|lesezeit|temps de lecture).{0,30}"
    r"|[\d.,]+k? (?:claps?|likes?|shares?|views?|comments?|responses|webmentions|kommentare|commentaires)"
    r"|(?:by|von|par|por|written by|posted (?:on|by|in)|published|updated|tags?|filed under)\b[^.!?]{0,100}"
    r"|[(（【\[]?\s*(?:责任编辑|責任編輯|编辑|来源|來源|作者|记者|发布时间|阅读量?|浏览)\s*[:：].{0,60}"
    r"|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?.{0,60}",
    re.IGNORECASE | re.DOTALL,
)


def trimmed(text: str, *, author: str | None) -> str:
    """The text without blocks at its beginning and end that only accompany it; never the whole of it."""
    blocks = text.split("\n\n")
    if "```" in blocks[0] or "```" in blocks[-1]:
        return text
    start, end = 0, len(blocks)
    while start < min(end - 1, _MOST_TRIMMED) and _is_beside(blocks[start], author):
        start += 1
    while end > start + 1 and len(blocks) - end < _MOST_TRIMMED and _is_beside(blocks[end - 1], author, is_last=True):
        end -= 1
    return "\n\n".join(blocks[start:end])


def _is_beside(block: str, author: str | None, *, is_last: bool = False) -> bool:
    bare = block.strip()
    if is_last and bare.startswith("#") and "\n" not in bare:
        return True
    if weight(bare) > _SMALL_WEIGHT and not _LINK.search(bare):
        return False
    return _is_only_links(bare) or bare == author or (weight(bare) <= _SMALL_WEIGHT and bool(_SMALL.fullmatch(bare)))


def _is_only_links(block: str) -> bool:
    """Several links with no word between them; a single one may be what the article is about."""
    return len(_LINK.findall(block)) > 1 and not re.search(r"\w", _LINK.sub("", block))
