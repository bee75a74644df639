"""Digests of what is short: posts of X, notes, links with a quotation."""

from brains.digest.drafting import write_draft
from brains.digest.story import read_story
from brains.memory.embeddings import WordLlamaEmbeddings
from brains.schemas import Draft

EMBEDDINGS = WordLlamaEmbeddings()

MINUTES = """二〇二六年十一月十五日，港务局召开第三次岸桥会议，十二人到会。会议决定第二台岸桥于二〇二七年三月安装，\
预算三千一百万欧元。

局长赵明德说：“噪声降了十三分贝，居民的投诉也没有了。”"""


def draft_of(text: str, *, title: str) -> Draft:
    return write_draft(read_story(text, title=title, hint=None, embedder=EMBEDDINGS), wanted_language=None)


def test_chinese_sentences_that_share_one_word_are_not_the_same() -> None:
    """A short text is told whole; only what is said twice is left out."""
    draft = draft_of(MINUTES, title="港口会议纪要")
    assert "预算三千一百万欧元" in draft.body


def test_a_quoted_post_stays_its_authors() -> None:
    """What a post quotes is told as a quote, under the name of who wrote it."""
    text = (
        "The electrolyser of 30 MW is the real story here.\n\n> Norlinje Ferries (@norlinje) (https://x.com/n/status/1):\n"
        "> Our first hydrogen ferry will sail in May 2028. It takes 120 cars and 399 people."
    )
    draft = draft_of(text, title="Three times the price of diesel")
    assert draft.summary == "The electrolyser of 30 MW is the real story here."
    quote = "> Our first hydrogen ferry will sail in May 2028. It takes 120 cars and 399 people."
    assert draft.body.endswith(f"\n\nNorlinje Ferries (@norlinje):\n\n{quote}")


def test_a_text_that_only_quotes_is_a_quote() -> None:
    """There are no words of its own that could sum it up, so the title does."""
    draft = draft_of(
        "Anna Lind writes:\n\n> The old port is gone, and it will be missed in 2027.\n>\n> Nobody asked.", title="Gone"
    )
    assert draft.summary == "Gone"
    assert draft.body == (
        "Anna Lind writes:\n\n> The old port is gone, and it will be missed in 2027.\n>\n> Nobody asked."
    )
