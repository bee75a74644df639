"""Digests of what is short: posts of X, notes, links with a quotation."""

import pytest

from brains.digest.drafting import write_draft
from brains.digest.extracting import extract_knowledge
from brains.digest.story import read_story
from brains.memory.embeddings import WordLlamaEmbeddings
from brains.schemas import Draft

EMBEDDINGS = WordLlamaEmbeddings()

LAMP = (
    "The lamp of Kestrel Rock has burned since 1874. Its lens weighs 2.6 tonnes and floats on 40 litres of mercury."
    "\n\nIn May 2027 the two keepers leave; a computer in Halden will then watch 11 lighthouses at once."
    '\n\n"I will miss the storms, not the stairs," said Elin Berg, who has climbed the 212 steps for 23 years.'
)
MINUTES = """二〇二六年十一月十五日，港务局召开第三次岸桥会议，十二人到会。会议决定第二台岸桥于二〇二七年三月安装，\
预算三千一百万欧元。

局长赵明德说：“噪声降了十三分贝，居民的投诉也没有了。”"""


def draft_of(text: str, *, title: str) -> Draft:
    return write_draft(read_story(text, title=title, hint=None, embedder=EMBEDDINGS), wanted_language=None)


def reason_of(text: str, *, title: str) -> str | None:
    story = read_story(text, title=title, hint=None, embedder=EMBEDDINGS)
    return extract_knowledge(story, text=text).discard_reason


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


def test_a_linked_name_before_a_quote_is_that_of_who_said_it() -> None:
    """Also where nothing but the name and its link stands there."""
    text = "[Rob Lind](https://rob.example/a):\n\n> It would be cool to make hierarchies of objects in 2027. Why not?"
    body = draft_of(text, title="Hierarchies").body
    assert body == "Rob Lind:\n\n> It would be cool to make hierarchies of objects in 2027. Why not?"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("The ferry sails in May.", "The ferry sails in May. It takes 120 cars."),
        ("The port has ordered nine boats, it said today.", "The port has ordered nine boats, it said today."),
        ("The port has ordered nine boats for…", "The port has ordered nine boats for 312 million euros."),
        ("首台电动岸桥投入使用，节省四百二十万欧元", "首台电动岸桥投入使用，节省四百二十万欧元。"),
        (
            "The port has ordered nine boats",
            "Reposted by Lab (@lab):\n\nThe port has ordered nine boats for 312 million.",
        ),
    ],
)
def test_a_title_made_from_the_text_takes_nothing_from_it(title: str, text: str) -> None:
    """A post without a title of its own is told, however much of it stands in the title that it was given."""
    assert reason_of(text, title=title) is None
    assert draft_of(text, title=title).body


def test_a_greeting_is_still_too_little() -> None:
    """What says next to nothing is for nobody, and the reason does not speak of a title it never had."""
    assert reason_of("gm", title="gm") == "too little text: 1 word"


@pytest.mark.parametrize(
    "text",
    [
        "We released a reader with 40% faster looks https://lab.example/report",
        "We released a reader with 40% faster looks: https://lab.example/a https://lab.example/b",
    ],
)
def test_a_link_at_the_end_takes_no_sentence_along(text: str) -> None:
    """The words before it are told, without it, in body and title."""
    draft = draft_of(text, title=text)
    assert draft.title == draft.body == "We released a reader with 40% faster looks"


@pytest.mark.parametrize("line", ["More in our report: https://lab.example/report", "Code: github.com/lab/reader"])
def test_a_line_that_only_leads_on_is_not_told(line: str) -> None:
    """It says nothing without its link."""
    draft = draft_of(f"The reader looks at 412 feeds in nine seconds on two cores.\n\n{line}", title="A faster reader")
    assert draft.body == "The reader looks at 412 feeds in nine seconds on two cores."


def test_words_that_introduce_a_link_go_with_it() -> None:
    """Also where an abbreviation before them does not end a sentence."""
    text = "The slowest reader answered in 640 ms. Table and code: https://lab.example/report"
    assert draft_of(text, title="Twelve readers").body == "The slowest reader answered in 640 ms."


def test_an_image_without_description_is_not_told() -> None:
    """There is nothing to tell of it."""
    assert "Image" not in draft_of("The white stuff is salt.\n\n[Image without description]", title="At sea").body


def test_a_list_of_changes_is_no_record() -> None:
    """Each says what was done, however shortly; the fields of a record say nothing."""
    changes = "feat: add dark mode\nfix: crash on start\ndocs: update the readme"
    assert reason_of(changes, title="Release 4.2") is None
    assert "add dark mode" in draft_of(changes, title="Release 4.2").body
    assert reason_of("state: failed again\nfix: not yet known\nbranch: main", title="Build 42") is not None


def test_no_sentence_is_torn_from_the_one_it_leans_on() -> None:
    """What "its" is of stands right before it, wherever the summary ends."""
    draft = draft_of(LAMP, title="Two keepers, one lamp")
    assert "since 1874. Its lens" in " ".join(draft.body.split())
