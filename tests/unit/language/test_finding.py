"""Numbers, dates, quotations, names and key phrases as a careful reader would mark them."""

import time

import pytest

from brains.language.dates import find_dates
from brains.language.figures import find_figures
from brains.language.names import find_names
from brains.language.phrases import key_phrases
from brains.language.speech import find_quotes


@pytest.mark.parametrize(
    ("sentence", "language", "values"),
    [
        (
            "The store holds 48 megawatt-hours, enough for 6,000 homes, and cost 31 million euros.",
            "en",
            ["48 megawatt-hours", "6,000 homes", "31 million euros"],
        ),
        ("It cost $3.5 million, up 12% on 2025, at 48.5°C.", "en", ["$3.5 million", "12%", "48.5°C"]),
        ("Version 10.2 of iOS 10 includes 3 of 5 fixes on 12 May 2026.", "en", ["3 of 5 fixes"]),
        (
            "Das Werk liefert 40 Megawattstunden für 2.400 Haushalte und kostet 3,5 Millionen Euro.",
            "de",
            ["40 Megawattstunden", "2.400 Haushalte", "3,5 Millionen Euro"],
        ),
        (
            "项目总投资12.5亿元，零下18摄氏度时容量为93%，可供1.8万户家庭使用，2027年投产。",
            "zh",
            ["12.5亿元", "零下18摄氏度", "93%", "1.8万户"],
        ),
    ],
)
def test_numbers_carry_their_units(sentence: str, language: str, values: list[str]) -> None:
    """Each number comes with what is counted; years, dates and versions are no numbers."""
    assert [figure.value for figure in find_figures(sentence, language=language)] == values


def test_a_number_says_what_it_measures() -> None:
    """The meaning is the clause it stands in, verbatim."""
    found = find_figures("The store holds 48 megawatt-hours, enough for 6,000 homes for a night.")
    assert [figure.meaning for figure in found] == [
        "The store holds 48 megawatt-hours",
        "enough for 6,000 homes for a night",
    ]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("On 12 November 2026, since 2019, in March 2027.", ["2026-11-12", "2019", "2027-03"]),
        ("Nov. 12, 2026 and 2026-11-20 and May 5; it may 5 times.", ["2026-11-12", "2026-11-20", None]),
        ("Am 3. März 2026 sowie am 12.11.2026.", ["2026-03-03", "2026-11-12"]),
        ("2026年11月12日，计划3月5日开工，2027年6月投产。", ["2026-11-12", None, "2027-06"]),
        ("2026-02-31 does not exist.", []),
    ],
)
def test_dates_are_certain_or_open(text: str, dates: list[str | None]) -> None:
    """A date without a year stays open; one that does not exist is none."""
    assert [found.iso for found in find_dates(text)] == dates


@pytest.mark.parametrize(
    ("paragraph", "speakers"),
    [
        ('"We expected leaks. We found none," said Marta Eklund. "The seals held all winter."', ["Marta Eklund"] * 2),
        ("“It is not a miracle,” the town’s mayor, Joan Pell, told reporters.", ["Joan Pell"]),
        ('According to Luis van der Berg, "the queue is gone for good".', ["Luis van der Berg"]),
        ("„Wir haben drei Jahre gewartet“, erklärte Anna Kühn.", ["Anna Kühn"]),
        ('It reads "no entry for any vehicle". The door was shut.', [None]),
        ("馆长陈望舒说：“最难的不是扫描，而是认字。”", ["陈望舒"]),
        ("“最难的不是扫描，而是认字，”陈望舒说，“有些字连老馆员也认不出来。”", ["陈望舒", "陈望舒"]),
        ("公司方面表示：“目前一切都在按计划推进中。”", [None]),
    ],
)
def test_quotations_have_the_speaker_the_text_names(paragraph: str, speakers: list[str | None]) -> None:
    """Named speakers are found, and nobody is made up."""
    assert [quote.speaker for quote in find_quotes(paragraph)] == speakers


def test_a_title_in_quotation_marks_is_no_speech() -> None:
    """Terms and titles are too short to be a quotation."""
    assert find_quotes("The “smart grid” and 普京登上“北方四岛”。") == []


def kinds(text: str, *, language: str) -> dict[str, str]:
    """The names of a text with their kinds."""
    return {name.name: name.kind for name in find_names(text, language=language)}


def test_english_names_have_their_kind() -> None:
    """People, organizations and places; nothing that only opens a sentence."""
    text = (
        "Marta Eklund and Owen Price met in Oslo. Dr. Amina Okafor of Northlight Energy came too. "
        "Yesterday Eklund spoke at the University of Bergen. However, nobody left. Three gliders in Marrow Bay."
    )
    assert kinds(text, language="en") == {
        "Marta Eklund": "person",
        "Owen Price": "person",
        "Oslo": "place",
        "Dr. Amina Okafor": "person",
        "Northlight Energy": "organization",
        "University of Bergen": "organization",
        "Marrow Bay": "place",
    }


def test_chinese_names_have_their_kind() -> None:
    """People by surname and title, organizations by ending, counties whole."""
    text = "松陵县方言档案馆馆长许嘉宁表示，南江大学教授何立群和林晓雯在杭州见面，祝福大家，买东西。"
    assert kinds(text, language="zh") == {
        "松陵县方言档案馆": "organization",
        "许嘉宁": "person",
        "南江大学": "organization",
        "何立群": "person",
        "林晓雯": "person",
        "杭州": "place",
    }


def test_a_short_form_counts_for_the_full_name() -> None:
    """Eklund is Marta Eklund."""
    (name,) = find_names("Marta Eklund said no. Then Eklund left.", language="en")
    assert (name.name, name.count) == ("Marta Eklund", 2)


def test_key_phrases_are_what_the_text_is_about() -> None:
    """Recurring noun phrases, the title's first, none inside another."""
    text = (
        "The iron-air battery stores energy. An iron-air battery rusts. Storage of energy is cheap with the iron-air "
        "battery, and the ferry terminal saw it. The ferry terminal stayed lit."
    )
    found = key_phrases(text, title="Iron-air battery at the ferry terminal", language="en")
    assert [phrase.casefold() for phrase in found[:2]] == ["iron-air battery", "ferry terminal"]


def test_chinese_key_phrases() -> None:
    """The same for Chinese."""
    text = "玻璃基板比有机基板更平。玻璃基板的良率达到九成。玻璃基板封装将量产。"
    assert "玻璃基板" in key_phrases(text, title="玻璃基板封装良率突破", language="zh")[0]


@pytest.mark.parametrize(
    "hostile", ["1,111" * 10_000, "$1 " * 10_000, "Aa " * 10_000, "12 May " * 8_000, "表示：“" * 5_000]
)
def test_hostile_text_is_read_in_bounded_time(hostile: str) -> None:
    """No pattern takes quadratic time on a text made for it."""
    start = time.perf_counter()
    find_figures(hostile)
    find_dates(hostile[:20_000])
    find_quotes(hostile[:20_000])
    find_names(hostile[:20_000], language="en")
    assert time.perf_counter() - start < 3.0
