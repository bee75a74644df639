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
