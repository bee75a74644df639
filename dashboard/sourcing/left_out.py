"""Why a file of a watched folder was left out: the sensor's sentence in the viewer's language."""

from typing import Final

from dashboard.known_sentences import KnownSentences
from dashboard.texts import t

_REASONS: Final = KnownSentences(
    (r"files of this kind \((?P<ending>[^()]*)\) are not read; .*", "left.kind"),
    (
        r"it is (?:(?P<size>[\d,]+) bytes, )?more than (?P<most>[\d,]+).*\(sensors\.folders\.max_file\)",
        "left.large",
    ),
    (r"it is where a desk keeps its own posts|it is a post that a desk wrote; .*", "left.own"),
    (r"it is a symbolic link, and links are not followed", "left.link"),
    (r"it is no regular file.*", "left.special"),
    (r"it is empty", "left.empty"),
    (r"it is no text \(binary\)|it is (?P<what>.+), not a text", "left.binary"),
    (r"there is no text in it", "left.no_text"),
    (r"reading it is not permitted", "left.forbidden"),
    (r"the PDF is encrypted; .*", "left.encrypted"),
    (r"the PDF is damaged: .*", "left.damaged"),
    (r"the PDF has \d+ pages? but no text: .*", "left.scanned"),
    (r"the PDF unpacks to more .*|a page of the PDF has more pieces .*", "left.huge_pdf"),
    (r"the document takes longer to parse .*|the document crashes the parser.*", "left.parser"),
)
"""The sentences of `sensors.folder`; a test has each of them said."""


def left_out_words(why: str) -> str:
    """The reason in the viewer's language; one that is not known as it is."""
    known = _REASONS.find(why)
    return t(known.key, **known.values) if known else why
