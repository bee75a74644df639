"""Markdown-like text to plain blocks, and plain text back to Markdown that shows it unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brains.language.blocks import BlockKind, as_markdown, plain_text, read_blocks, squeeze

TEXT = """# Head
Para one *bold* and [link](http://a.example/c_(d)) `code_x`.
wrapped line
- item one
  more
- item **two**

> quoted
> more

```py
x = 1
```
| a | b |
"""


def test_each_block_has_its_kind_and_plain_text() -> None:
    """Headings, paragraphs, items, quotes, code and tables come out in order."""
    assert [(block.kind, block.text) for block in read_blocks(TEXT)] == [
        (BlockKind.HEADING, "Head"),
        (BlockKind.PARAGRAPH, "Para one bold and link code_x.\nwrapped line"),
        (BlockKind.ITEM, "item one\nmore"),
        (BlockKind.ITEM, "item two"),
        (BlockKind.QUOTE, "quoted\nmore"),
        (BlockKind.CODE, "x = 1"),
        (BlockKind.TABLE, "| a | b |"),
    ]


def test_a_block_of_links_knows_that_it_is_one() -> None:
    """The share of link text tells navigation from prose."""
    menu, prose = read_blocks(
        "[Home](http://a.example) [About](http://a.example)\n\nSee [this](http://a.example) again."
    )
    assert menu.link_share > 0.8
    assert prose.link_share < 0.5


@pytest.mark.parametrize(
    "plain",
    ["List<int> and *args", "# not a head", "1. not an item", "- nor this", "> nor that", "__init__ and `x`", "[a](b)"],
)
def test_markup_in_plain_text_is_escaped(plain: str) -> None:
    """What would be Markdown or HTML is shown as it is, and reads back the same."""
    markdown = as_markdown(plain)
    assert markdown != plain
    assert plain_text(markdown) == plain


@given(st.text(alphabet="ab *_`<>[]()#-+1.~\\:!|x你", max_size=40))
def test_escaping_is_undone_by_reading(plain: str) -> None:
    """For any line: the plain text of its Markdown is the line, white space aside."""
    line = squeeze(plain)
    blocks = read_blocks(as_markdown(line))
    if len(blocks) == 1 and blocks[0].kind is BlockKind.PARAGRAPH:
        assert squeeze(blocks[0].text) == line


def test_characters_nobody_sees_are_dropped() -> None:
    """Zero-width and tag characters do not hide words from the checks."""
    assert plain_text("ig\u200bnore\U000e0041 me") == "ignore me"
