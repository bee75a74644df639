"""HTML of feeds to text."""

import pytest

from sensors.text.characters import visible
from sensors.text.cleaning import clean, clean_plain, clean_title, title_from

LINK_BASE = "https://example.org/blog/post"


def text(html: str) -> str:
    return clean(html, base=LINK_BASE).text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One<div>Two</div>Three</div>", "One\n\nTwo\n\nThree"),
        ("<p>One<br>Two<br/><br/>Three</p>", "One\nTwo\nThree"),
        ("<h2>Head</h2><p>Text</p>", "## Head\n\nText"),
        ("<blockquote><p>One</p><p>Two</p></blockquote>", "> One\n>\n> Two"),
        ("<blockquote>A<blockquote>B</blockquote></blockquote><p>C</p>", "> A\n>\n> > B\n\nC"),
        ("<blockquote><ul><li>a<li>b</ul></blockquote>", "> - a\n> - b"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>d</p>", "- a\n- b\n  - c\n\nd"),
        ("<ol><li>a</li><li><p>b</p><p>c</p></li></ol>", "1. a\n2. b\n\n  c"),
        ("<pre><code>if a &lt; b:\n    go()\n</code></pre>", "```\nif a < b:\n    go()\n```"),
        ("<pre>a<br>b</pre>", "```\na\nb\n```"),
        ("<pre>```x```</pre>", "````\n```x```\n````"),
        ("<p>Run <code>make</code> now</p>", "Run `make` now"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A | B\n1 | 2"),
        ("<p>a <b>bold</b> <em>word</em></p>", "a bold word"),
        ("<p>a\n   b\t c</p>", "a b c"),
        ("<p>He said <q>no</q>.</p>", "He said “no”."),
        ("<p>10<sup>6</sup> and 1<sup>st</sup> CO<sub>2</sub></p>", "10^6 and 1st CO2"),
        ("<p>漢<ruby>字<rt>じ</rt></ruby>。</p>", "漢字。"),
        ("<p>中文，没有空格。<br>第二行</p>", "中文，没有空格。\n第二行"),
        ("<p>&amp; &lt; &eacute; &#8212; &#x4e2d; &nbsp;x</p>", "& < é — 中 x"),
        ("&lt;p&gt;escaped twice&lt;/p&gt;", "escaped twice"),
        ("<p>unclosed <b>tags <i>here", "unclosed tags here"),
        ("<dl><dt>Term</dt><dd>Meaning</dd></dl>", "Term\n\nMeaning"),
        ("<p>a</p><hr><p>b</p>", "a\n\nb"),
        ("<figure><img src=x alt=y><figcaption>Caption</figcaption></figure>", "Caption"),
        ("", ""),
    ],
)
def test_form(html: str, expected: str) -> None:
    """Paragraphs, quotes, lists, code, tables and headings keep their form; emphasis leaves no mark."""
    assert text(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://x.org/a">words</a>', "[words](https://x.org/a)"),
        ('<a href="/a?b=1">words</a>', "[words](https://example.org/a?b=1)"),
        ('<a href="https://x.org/a_(b)">w</a>', "[w](https://x.org/a_%28b%29)"),
        ('see <a href="https://x.org/"> the [new] one </a>.', "see [the (new) one](https://x.org/) ."),
        ('<a href="https://x.org/">https://x.org/</a>', "https://x.org/"),
        ('<a href="https://x.org/a">x.org/a</a>', "https://x.org/a"),
        ('<a href="javascript:alert(1)">w</a>', "w"),
        ('<a href="data:text/html,x">w</a>', "w"),
        ('<a href="mailto:a@b.c">w</a>', "w"),
        ('<a href="#part">w</a>', "w"),
        ('word<sup><a href="#fn1">1</a></sup>, on', "word, on"),
        ('word <a href="#fnref:1">↩</a>', "word"),
        ('<a href="https://x.org/"><img src="y"></a>text', "text"),
        ('<a href="https://x.org/"><h2>Head</h2></a>', "## [Head](https://x.org/)"),
        ('<code><a href="https://x.org/">f</a></code>', "`[f](https://x.org/)`"),
        ("<a>no target</a>", "no target"),
    ],
)
def test_links(html: str, expected: str) -> None:
    """Links become `[words](address)`, absolute; only http and https stay; marks of footnotes go."""
    assert text(f"<p>{html}</p>") == expected


HIDDEN = (
    "<p hidden>SECRET</p>",
    '<p aria-hidden="true">SECRET</p>',
    '<p style="display:none">SECRET</p>',
    '<p style="DISPLAY : NONE !important">SECRET</p>',
    '<p style="color:red;display:none;">SECRET</p>',
    '<p style="visibility: hidden">SECRET</p>',
    '<p style="opacity:0">SECRET</p>',
    '<p style="opacity: 0.0">SECRET</p>',
    '<p style="font-size:0">SECRET</p>',
    '<p style="font-size:0px">SECRET</p>',
    '<p style="font-size:1px">SECRET</p>',
    '<div style="width:0;height:0;overflow:hidden">SECRET</div>',
    '<div style="max-height:1px;overflow:hidden">SECRET</div>',
    '<p style="position:absolute;left:-9999px">SECRET</p>',
    '<p style="text-indent:-5000px">SECRET</p>',
    '<p style="transform: scale(0)">SECRET</p>',
    '<p style="clip: rect(0, 0, 0, 0); position: absolute">SECRET</p>',
    '<p style="color:white">SECRET</p>',
    '<p style="color:#fff">SECRET</p>',
    '<p style="color:#fefefe">SECRET</p>',
    '<p style="color: rgb(255, 255, 255)">SECRET</p>',
    '<p style="color:transparent">SECRET</p>',
    '<p style="color:rgba(0,0,0,0)">SECRET</p>',
    '<p style="color:#0000">SECRET</p>',
    '<font color="white">SECRET</font>',
    '<div style="background:#000"><p style="color:#000">SECRET</p></div>',
    '<table bgcolor="#112233"><td><font color="#112233">SECRET</font></td></table>',
    '<span class="sr-only">SECRET</span>',
    "<div style='display:none'><p>x</p><b>SECRET</b></div>",
    "<script>SECRET</script>",
    "<style>SECRET</style>",
    "<template>SECRET</template>",
    "<noscript>SECRET</noscript>",
    "<!-- SECRET -->",
    "<!--[if mso]>SECRET<![endif]-->",
    "<textarea>SECRET</textarea>",
    "<select><option>SECRET</option></select>",
    "<iframe>SECRET</iframe>",
    "<object>SECRET</object>",
    "<svg><text>SECRET</text></svg>",
    "<title>SECRET</title>",
    '<img src="x" width="1" height="1" alt="SECRET">',
)


@pytest.mark.parametrize("html", HIDDEN)
def test_hidden_text_is_left_out(html: str) -> None:
    """What a reader of the page would not see is not in the text; what stands around it is."""
    assert clean(f"<p>before</p>{html}<p>after</p>").text == "before\n\nafter"


@pytest.mark.parametrize(
    "html",
    [
        '<div style="background:#000"><span style="color:#fff">SHOWN</span></div>',
        '<div style="background:url(x.png)"><span style="color:#fff">SHOWN</span></div>',
        '<p style="color:#333">SHOWN</p>',
        '<p style="opacity:0.9">SHOWN</p>',
        '<p style="font-size:12px">SHOWN</p>',
        '<p style="width:0">SHOWN</p>',
        '<p style="margin-left:-5px">SHOWN</p>',
        '<p style="transform:scale(0.9)">SHOWN</p>',
        '<p class="hidden-gem">SHOWN</p>',
        '<p aria-hidden="false">SHOWN</p>',
    ],
)
def test_visible_text_stays(html: str) -> None:
    """Style that hides nothing costs nothing."""
    assert "SHOWN" in clean(f"<p>x</p>{html}").text


def test_unseen_characters_go() -> None:
    """Zero-width, bidirectional, tag and control characters are dropped; letters stay."""
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore")
    assert visible(f"a\u200bb\u202ec\u2066d\ufeffe\u00adf\x07g{tags}h\u2060\U000e0100") == "abcdefgh"


def test_joiners_stay_where_they_belong() -> None:
    """Joiners stay in Persian and in emoji, and go elsewhere."""
    assert visible("می\u200cخواهم 👩\u200d🔬 a\u200db\u200cc") == "می\u200cخواهم 👩\u200d🔬 abc"


def test_composed_form() -> None:
    """Letters with combining accents are written as one, so that the same words compare equal."""
    assert visible("Cafe\u0301") == "Café"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("One\n\nTwo\nthree", "One\n\nTwo\nthree"),
        ("  a   b  \n\n\n\n c ", "a b\n\nc"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("Q&amp;A &#8217;s", "Q&A ’s"),
        ("template<T> x", "template<T> x"),
    ],
)
def test_plain_text(value: str, expected: str) -> None:
    """Text without markup keeps its paragraphs and lines, and its angle brackets."""
    assert clean(value).text == expected
    assert clean_plain("a\n\nb") == "a\n\nb"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("AT&amp;amp;T", "AT&T"),
        ("A &lt;b&gt;bold&lt;/b&gt; move", "A bold move"),
        ("<i>Nature</i> says", "Nature says"),
        ("Vec<T> explained", "Vec<T> explained"),
        ("two\n  lines", "two lines"),
        ("a\u202eb\u200bc", "abc"),
        (None, ""),
        ("x" * 400, "x" * 299 + "…"),
        ("1 &lt; 2", "1 < 2"),
    ],
)
def test_titles(value: str | None, expected: str) -> None:
    """A title is one line without tags, decoded to the end, of at most 300 characters."""
    assert clean_title(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("The mayor resigned today. More follows.", "The mayor resigned today."),
        ("> # Hello [world](https://x.org), friends and others", "Hello world, friends and others"),
        ("word " * 40, "word " * 15 + "word…"),
        ("市长今天辞职了，原因不明，记者正在调查。更多消息。", "市长今天辞职了，原因不明，记者正在调查"),
        ("字" * 100, "字" * 80 + "…"),
        ("", ""),
    ],
)
def test_a_title_from_the_text(value: str, expected: str) -> None:
    """The first words of the text, cut at a sentence or a word."""
    assert title_from(value) == expected


def test_boilerplate_goes() -> None:
    """The closing lines of blog software are left out, the text is not."""
    more = "<p><a href='/x'>Continue reading →</a></p>"
    html = f"<p>Text.</p>{more}<p>The post <a href='/x'>T</a> appeared first on <a href='/'>B</a>.</p>"
    assert text(html) == "Text."
    assert text("<p>Read more books, he said.</p>") == "Read more books, he said."


def test_images_stand_in_when_there_is_no_text() -> None:
    """The words of images are kept apart, for entries that have nothing else."""
    cleaned = clean('<img src="a.png" title="A comic about cats"><img src="b" width="1" alt="pixel">')
    assert (cleaned.text, cleaned.images) == ("", "A comic about cats")


@pytest.mark.parametrize("html", ["<div>" * 60_000, "<b>x" * 60_000, "<blockquote><p>" * 30_000, "<ul><li>x" * 30_000])
def test_masses_of_tags_are_cut(html: str) -> None:
    """More tags than any article has are cut off, and that is said."""
    assert clean(html).is_cut


def test_cleaning_clean_text_changes_nothing() -> None:
    """Text without markup is its own cleaning."""
    once = text("<h2>A</h2><p>b [c]</p><blockquote>d</blockquote><ul><li>e</li></ul><pre>f</pre>")
    assert clean(once).text == once
