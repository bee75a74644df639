"""Character sets: announced rightly, wrongly, and not at all."""

import codecs

from tests.fakes.feed_server import Reply
from tests.fakes.feeds import item, rss
from tests.integration.sensors.behaviours.case import FEED, Case, Group, Seen

WORDS = "Grüße aus Zürich — “schön”"
CHINESE = "今天的天气很好，我们去公园了。这是一个关于中国人的故事，他们在那里生活了很多年。"
UMLAUTS = "Grüße, schöne Grüße aus Überlingen, und frohe, süße Tage für Käthe und Jörg".encode()
RUSSIAN = "Сегодня хорошая погода, и мы пошли в парк. Это рассказ о людях, которые там живут."


def _document(words: str, *, declared: str | None) -> str:
    text = rss(item(1, text=words)).decode().partition("?>")[2]
    return (f'<?xml version="1.0" encoding="{declared}"?>' if declared else "") + text


def _case(name: str, encoding: str, *, declared: str | None, words: str = WORDS, mark: bytes = b"", header: str = "",
          does: str = "") -> Case:  # fmt: skip
    def is_read(seen: Seen) -> bool:
        return words in seen.texts()

    body = mark + _document(words, declared=declared).encode(encoding)
    headers = {"Content-Type": f"text/xml; charset={header}"} if header else {}
    return Case(name, Reply(body, headers=headers), 1, does=does or "reads the words as they were meant", check=is_read)


ENCODINGS = Group(
    "encodings",
    (
        _case("UTF-8 with a byte order mark", "utf-8", declared="utf-8", mark=codecs.BOM_UTF8),
        _case("UTF-8 that declares Latin-1", "utf-8", declared="iso-8859-1"),
        _case("UTF-8 with a header that says Latin-1", "utf-8", declared=None, header="iso-8859-1"),
        _case("UTF-8 that declares UTF-16", "utf-8", declared="utf-16"),
        _case("UTF-8 that declares a charset that is none", "utf-8", declared="x-klingon"),
        _case("Windows-1252 that declares Latin-1", "cp1252", declared="iso-8859-1"),
        _case("Windows-1252 that declares UTF-8", "cp1252", declared="utf-8"),
        _case("Windows-1252 that declares nothing", "cp1252", declared=None),
        _case("Windows-1252 by its header alone", "cp1252", declared=None, header="windows-1252"),
        _case("GB 18030 that declares GB2312", "gb18030", declared="gb2312", words=CHINESE),
        _case("GB 18030 that declares UTF-8", "gb18030", declared="utf-8", words=CHINESE),
        _case("Windows-1251 that declares nothing", "cp1251", declared=None, words=RUSSIAN),
        _case("UTF-16 with its mark, little end first", "utf-16-le", declared="utf-16", mark=codecs.BOM_UTF16_LE),
        _case("UTF-16 with its mark, big end first", "utf-16-be", declared="utf-16", mark=codecs.BOM_UTF16_BE),
        _case("UTF-16 without a mark, little end first", "utf-16-le", declared="utf-16"),
        _case("UTF-16 without a mark, big end first", "utf-16-be", declared="utf-16"),
        _case("UTF-16 without mark or declaration", "utf-16-le", declared=None),
        _case("UTF-16 that declares UTF-8", "utf-16-le", declared="utf-8", mark=codecs.BOM_UTF16_LE),
        _case("UTF-32 with its mark", "utf-32-le", declared="utf-32", mark=codecs.BOM_UTF32_LE),
        _case("UTF-32 without a mark, little end first", "utf-32-le", declared="utf-32"),
        _case("UTF-32 without a mark, big end first", "utf-32-be", declared="utf-32"),
        Case("invalid UTF-8 in the middle", Reply(FEED.replace(b"Text of entry 1", UMLAUTS + b" \xc3\x28 \xff")), 2,
             does="reads it, the broken bytes as replacement characters",
             check=lambda seen: "�( �" in seen.texts() and UMLAUTS.decode() in seen.texts()),
        Case("UTF-8 cut in a character", Reply(FEED.replace(b"Entry 1", b"Entry \xe4\xbd")), 2),
        Case("UTF-8 with overlong characters", Reply(FEED.replace(b"Entry 1", b"Entry \xc0\xbcscript\xc0\xbe")), 2,
             does="reads it; they never become markup", check=lambda seen: "<script" not in seen.texts()),
        Case("NUL bytes in the text", Reply(FEED.replace(b"Entry 1", b"Ent\0ry \x001")), 2,
             does="reads it without them", check=lambda seen: "Entry 1" in seen.texts()),
        Case("control characters in the text", Reply(FEED.replace(b"Entry 1", b"Ent\x0bry \x1b1")), 2,
             does="reads it without them", check=lambda seen: "Entry 1" in seen.texts()),
        Case("UTF-7 with packed markup", Reply(_document("+ADw-script+AD4-", declared="utf-7").encode("ascii")), 1,
             does="reads it as the ASCII it is: nothing is unpacked", check=lambda seen: "<script" not in seen.texts()),
        Case("a declaration of a codec that is no charset", Reply(_document("x", declared="rot13").encode("ascii")), 1,
             check=lambda seen: "Entry 1" in seen.texts()),
        Case("EBCDIC", Reply(_document("x", declared="cp037").encode("cp037")), "got no feed"),
    ),
)  # fmt: skip
