"""Characters a reader cannot see, and other oddities of text, put right."""

import re
import unicodedata

# Zero-width characters, bidirectional controls, fillers, tag characters and extra variation selectors: text can be
# hidden in them or reordered by them, and no reader would miss them.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e"
    "\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# The two joiners belong to Arabic, Persian and Indic writing, and (ZWJ) to emoji; anywhere else they only hide.
_ARABIC_INDIC = "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff"
_STRAY_NON_JOINER = re.compile(f"(?<![{_ARABIC_INDIC}])\u200c|\u200c(?![{_ARABIC_INDIC}])")
_STRAY_JOINER = re.compile(
    f"(?<![{_ARABIC_INDIC}\u2600-\u27bf\ufe0f\U0001f300-\U0001faff])\u200d|\u200d(?![{_ARABIC_INDIC}\u2600-\u27bf\U0001f300-\U0001faff])"
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")


def visible(text: str) -> str:
    """The text without what no reader sees, in composed form (NFC), with one kind of line end and plain spaces."""
    is_ascii = text.isascii()
    if is_ascii and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    if is_ascii:
        return text
    text = _UNSEEN.sub("", text)
    if "\u200c" in text or "\u200d" in text:
        text = _STRAY_JOINER.sub("", _STRAY_NON_JOINER.sub("", text))
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text))
