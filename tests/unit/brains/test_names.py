"""Names in a draft and in its source."""

import pytest

from brains.grounding.names import NameIndex, find_names, is_probable_name

SOURCE = NameIndex(
    (
        "The European Union and the German state paid Norvik's plant in Saint-Denis.",
        "Dr. José Álvarez of OpenRail tested the GPT-5 model; the U.S. team of J. K. Moore did not.",
    )
)


@pytest.mark.parametrize(
    "name",
    ["Norvik", "EU", "Germany", "GPT-5", "GPT 5", "Alvarez", "José", "US", "American", "OpenRail", "Saint-Denis"],
)
def test_a_form_of_a_name_is_found(name: str) -> None:
    """Possessives, accents, nationalities, initials and other spellings."""
    assert SOURCE.has(name)


@pytest.mark.parametrize("name", ["Nordvik", "France", "GPT-4", "Chinese", "Moorehead", "OpenRoad", "UK"])
def test_another_name_is_not_found(name: str) -> None:
    """Also one that looks alike."""
    assert not SOURCE.has(name)


def probable(sentence: str, language: str = "en") -> list[str]:
    return [name.text for name in find_names(sentence, language=language) if is_probable_name(name)]


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("Engineers at Norvik met Maria Lopez in November.", ["Norvik", "Maria", "Lopez"]),
        ("Siemens pays.", ["Siemens"]),
        ("Construction began; Funding followed.", []),
        ("However, the Ministry's plan failed on Monday.", ["Ministry"]),
        ("Norvik Opens New Battery Plant in Lisbon", ["Norvik", "Lisbon"]),
        ("A Berlin-based lab uses H100 and 5G.", ["Berlin", "H100", "5G"]),
    ],
)
def test_the_names_of_a_sentence(sentence: str, names: list[str]) -> None:
    """A first word or a title word counts only when it is no ordinary word."""
    assert probable(sentence) == names


def test_german_nouns_are_no_names() -> None:
    """Only coined names are looked for in German."""
    assert probable("Das Unternehmen baut ein Werk mit der NASA.", "de") == ["NASA"]


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("总工程师林晓岚表示，项目已经完成。", "林晓岚"),
        ("项目位于武汉。", "武汉"),
        ("论文刊登在《海洋学报》上。", "海洋学报"),
        ("公司与华中材料研究所联合开发。", "华中材料研究所"),
    ],
)
def test_chinese_names(sentence: str, name: str) -> None:
    """People, places, works and organizations."""
    assert name in probable(sentence, "zh")
