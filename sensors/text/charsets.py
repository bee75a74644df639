"""Bytes to text, whatever the headers claim: what the bytes say themselves comes first."""

import codecs
import re

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Names that pages use for a subset of what they then write in.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
}
_TELLING = {
    "gb18030": frozenset("的一是不了在人有我他这中大来上国个到说们为和地出道也时年得就那要下以生会"),
    "big5hkscs": frozenset("的一是不了在人有我他這中大來上國個到說們為和地出道也時年得就那要下以生會"),
    "cp932": frozenset("のにはをがでとしたるいてなれらもこすくりか"),
    "euc_jp": frozenset("のにはをがでとしたるいてなれらもこすくりか"),
    "cp949": frozenset("이다는을의에가고하은를로지한기도서사리인"),
    "cp1251": frozenset("оеаинтсрвлкмдпу"),
}
_NO_CHARSETS = ("utf-16", "utf-32", "utf-7", "idna", "punycode", "undefined", "unicode", "raw", "mbcs", "oem")
_TELLING_SHARE = {"cp1251": 0.5}
_BROKEN_SHARE = 0.1
_SAMPLE_BYTES = 200_000


def decode(body: bytes, *, content_type: str = "") -> tuple[str, str]:
    """The text and the name of the encoding it was read in. Never fails: what cannot be read becomes U+FFFD.

    Order: byte order mark; UTF-8 if it is that without a fault (nothing else looks like it by chance); what the
    document declares; what the header says; what the bytes look like; UTF-8 or Windows-1252 with losses.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), name
    wide = _without_mark(body)
    if wide:
        return body.decode(wide, "replace"), wide
    named = _named(body, content_type)
    if b"\x1b$" not in body[:_SAMPLE_BYTES] or not any(name.startswith("iso2022") for name in named):
        named = ["utf-8", *named]
    for name in named:
        try:
            return body.decode(name), name
        except UnicodeError:
            continue
    return _guessed(body, named)


def _named(body: bytes, content_type: str) -> list[str]:
    head = body[:4096]
    declared = _DECLARED.search(head) or _META.search(head)
    header = _HEADER.search(content_type)
    names = [declared[1].decode("ascii") if declared else "", header[1] if header else ""]
    return [known for name in names if (known := _known(name))]


def _known(name: str) -> str | None:
    try:
        found = codecs.lookup(_WIDER.get(name.lower(), name))
    except (LookupError, ValueError):
        return None
    # Python also knows codecs that are no character sets (rot13, unicode_escape); no declaration reaches those.
    is_text = getattr(found, "_is_text_encoding", False)
    return found.name if is_text and not found.name.startswith(_NO_CHARSETS) else None


def _without_mark(body: bytes) -> str | None:
    head = body[:4]
    # No document begins with three zero bytes, or has three after its first character, in any other encoding.
    if head[:1] in {b"<", b"{"} and head[1:] == bytes(3):
        return "utf-32-le"
    if head in {b"\0\0\0<", b"\0\0\0{"}:
        return "utf-32-be"
    if head in {b"<\x00?\x00", b"<\x00r\x00", b"<\x00f\x00", b"{\x00\n\x00", b'{\x00"\x00'}:
        return "utf-16-le"
    return "utf-16-be" if head in {b"\x00<\x00?", b"\x00<\x00r", b"\x00<\x00f"} else None


def _guessed(body: bytes, named: list[str]) -> tuple[str, str]:
    text = body.decode("utf-8", "replace")
    foreign = sum(byte > 0x7F for byte in body[:_SAMPLE_BYTES])  # noqa: PLR2004 - beyond ASCII
    if body[:_SAMPLE_BYTES].decode("utf-8", "replace").count("�") <= foreign * _BROKEN_SHARE:
        return text, "utf-8"
    best = max(_TELLING, key=lambda name: _likeness(body, name))
    if _likeness(body, best) > 0:
        return body.decode(best, "replace"), best
    name = next((name for name in named if name != "utf-8"), "cp1252")
    return body.decode(name, "replace"), name


def _likeness(body: bytes, name: str) -> float:
    """How much the text read in this encoding looks like its language, 0 to 1; 0 when it does not at all."""
    text = body[:_SAMPLE_BYTES].decode(name, "replace")
    letters = [character for character in text if character > "\x7f"]
    if not letters or letters.count("�") > len(letters) * 0.02 + 1:
        return 0.0
    share = sum(character in _TELLING[name] for character in letters) / len(letters)
    return share if share >= _TELLING_SHARE.get(name, 0.08) else 0.0
