"""Numbers in all their writings."""

import pytest

from brains.grounding.quantities import find_quantities, says_the_same

EQUAL = [
    ("1,000 people", "1000 people"),
    ("one thousand people", "1,000 people"),
    ("1.5 million", "1,500,000"),
    ("$5 million", "5 million dollars"),
    ("US$1.2bn", "1.2 billion dollars"),
    ("35%", "35 percent"),
    ("35 per cent", "thirty-five percent"),
    ("1.2 GW", "1,200 MW"),
    ("480 MWh", "480 megawatt-hours"),
    ("26 kg", "26 kilograms"),
    ("2 years", "24 months"),
    ("a dozen eggs", "12 eggs"),
    ("half a million", "500,000"),
    ("1 000 000", "1,000,000"),
    ("1,00,000", "one hundred thousand"),
    ("3 pm", "15:00"),
    ("a hundred and twenty", "120"),
    ("620 metres", "620 m"),
    ("1.4 °C", "1.4 degrees Celsius"),
]
EQUAL_ACROSS = [
    ("120 MW", "12万千瓦"),
    ("1.96 billion yuan", "19.6亿元"),
    ("72 percent", "百分之七十二"),
    ("40%", "四成"),
    ("320 people", "三百二十人"),
    ("500 million kWh", "5亿千瓦时"),
    ("87,000", "8.7万"),
    ("1.5 percentage points", "1.5个百分点"),
    ("1,000,000,000,000", "一万亿"),
    ("350 million", "三亿五千万"),
    ("3 months", "三个月"),
    ("1.8 percent", "百分之一点八"),
]
DIFFERENT = [
    ("12 MW", "12 GW"),
    ("$5 million", "€5 million"),
    ("5 million", "5 billion"),
    ("0.3 percent", "0.3 percentage points"),
    ("3 hours", "3 days"),
    ("1.234", "1,234"),
    ("18 months", "18 years"),
    ("2.11.3", "2.11.4"),
    ("5 kg", "5 km"),
    ("14 W", "14 Wh"),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_two_writings_say_the_same(left: str, right: str) -> None:
    """In either direction."""
    (one,), (other,) = find_quantities(left), find_quantities(right)
    assert says_the_same(one, other)
    assert says_the_same(other, one)


@pytest.mark.parametrize(("english", "chinese"), EQUAL_ACROSS)
def test_a_number_is_the_same_in_chinese(english: str, chinese: str) -> None:
    """Also with the units and magnitudes of the other language."""
    (one,), (other,) = find_quantities(english), find_quantities(chinese, language="zh")
    assert says_the_same(one, other)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_numbers_stay_different(left: str, right: str) -> None:
    """Another unit or magnitude is another number."""
    (one,), (other,) = find_quantities(left), find_quantities(right)
    assert not says_the_same(one, other)


@pytest.mark.parametrize(
    ("german", "english"),
    [("1.000 Euro", "€1,000"), ("3,5 Millionen", "3.5 million"), ("12,5 Prozent", "12.5%"), ("drei Tage", "3 days")],
)
def test_a_comma_is_a_decimal_mark_in_german(german: str, english: str) -> None:
    """The language of a text tells what its commas and points mean."""
    (one,), (other,) = find_quantities(german, language="de"), find_quantities(english)
    assert says_the_same(one, other)


@pytest.mark.parametrize(
    ("stated", "known", "expected"),
    [
        ("about 1.2 million", "1,237,400", True),
        ("1.2 million", "1,237,400", False),
        ("more than 40 percent", "41.7 percent", True),
        ("about 1.3 million", "1,137,400", False),
        ("about 1,250", "1,240", False),
    ],
)
def test_only_about_may_round(stated: str, known: str, *, expected: bool) -> None:
    """A rounder number needs a word that says so, and five percent are the limit."""
    (one,), (other,) = find_quantities(stated), find_quantities(known)
    assert says_the_same(one, other) is expected


def test_a_space_parts_two_numbers() -> None:
    """Unless it groups the digits of one by threes from the start."""
    assert [q.text for q in find_quantities("$3449 100 Terra Vista")] == ["$3449", "100"]


@pytest.mark.parametrize(
    "text", ["GPT-5", "the H100 chip", "one of them", "COVID-19", "hundreds of ships", "thousands"]
)
def test_what_is_no_number(text: str) -> None:
    """Names with digits and vague words are none."""
    assert find_quantities(text) == []


@pytest.mark.parametrize("text", ["一些", "千万不要", "十分重要", "万一", "百万"])
def test_what_is_no_number_in_chinese(text: str) -> None:
    """Words made of number characters are none."""
    assert find_quantities(text, language="zh") == []
