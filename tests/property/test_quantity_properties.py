"""Numbers keep their value in every writing."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from brains.grounding.quantities import find_quantities, says_the_same
from brains.grounding.spelled import read_han

WHOLE = st.integers(min_value=20, max_value=10**12)
HAN_DIGITS = "零一二三四五六七八九"


def only(text: str, language: str = "en") -> list[Fraction]:
    """The values of the one number in a text."""
    (quantity,) = find_quantities(text, language=language)
    return [reading.count for reading in quantity.readings]


@given(WHOLE)
def test_grouping_changes_nothing(number: int) -> None:
    """1000, 1,000 and (in German) 1.000 are one number."""
    assert only(f"{number} trees") == only(f"{number:,} trees") == [number]
    assert only(f"{number:,} Bäume".replace(",", "."), "de") == [number]


@given(st.integers(min_value=1, max_value=9999), st.integers(min_value=0, max_value=99))
def test_a_decimal_is_exact(whole: int, part: int) -> None:
    """No rounding on the way, with a point or (in German) a comma."""
    expected = Fraction(whole * 100 + part, 100)
    assert only(f"{whole}.{part:02d} tonnen", "en")[0] == expected
    assert only(f"{whole},{part:02d} Bäume", "de") == [expected]


@given(WHOLE, WHOLE)
def test_only_equal_numbers_say_the_same(one: int, other: int) -> None:
    """Without a word such as `about` nothing is rounded."""
    (left,), (right,) = find_quantities(f"{one} trees"), find_quantities(f"{other:,} trees")
    assert says_the_same(left, right) == (one == other)


@given(
    st.integers(min_value=1, max_value=9999), st.sampled_from([(1, "W"), (10**3, "kW"), (10**6, "MW"), (10**9, "GW")])
)
def test_a_unit_only_scales(number: int, unit: tuple[int, str]) -> None:
    """The same power in watts."""
    factor, symbol = unit
    (left,), (right,) = find_quantities(f"{number} {symbol}"), find_quantities(f"{number * factor:,} watts")
    assert says_the_same(left, right)


@given(WHOLE)
def test_chinese_numerals_are_read(number: int) -> None:
    """Whatever is written in characters is read back."""
    assert read_han(in_characters(number)) == number


@given(st.integers(min_value=1, max_value=99_999))
def test_ten_thousands_are_read(number: int) -> None:
    """8.7万 is 87,000."""
    assert only(f"{number / 10:g}万棵", "zh") == [number * 1000]


@given(st.text(max_size=200))
def test_no_text_breaks_the_search(text: str) -> None:
    """Offsets stay inside the text, in order, without overlap."""
    found = find_quantities(text, language="zh")
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(quantity.readings for quantity in found)


def in_characters(number: int) -> str:
    """A whole number below 10^16 in Chinese characters."""
    parts = []
    for scale, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, "")):
        group, number = divmod(number, scale)
        if group:
            gap = "零" if parts and group < 1000 else ""
            parts.append(gap + _group(group) + (name if scale != 10**12 else "万"))
            if scale == 10**12 and number < 10**8:
                parts[-1] += "亿"
    return "".join(parts)


def _group(number: int) -> str:
    text, has_gap = "", False
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            text += ("零" if has_gap and text else "") + HAN_DIGITS[digit] + name
        has_gap = not digit
    return text
