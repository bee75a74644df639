"""Loops in what a model says: found in both writings, and never in what only looks repetitive."""

import json
import random
import time
from typing import Any

import pytest

from brains.llm.json_values import StringValues
from brains.llm.streaming import LoopGuard, Piece
from brains.schemas import DateMention, Draft, Evidence, Figure, Finding, Judgement, Knowledge

ENGLISH = [
    "Harbor Robotics opened a plant in Rotterdam on 3 March 2026.",
    "The plant employs 1,240 people and runs day and night.",
    "Its director Ana Sousa said that output will double within two years.",
    "The city paid for the new quay, which took eleven months to build.",
    "Neighbours had asked for quieter cranes, and got them in May.",
    "Rail traffic to the hinterland grew by 7 percent in the same period.",
    "A second hall is planned, but nobody has signed for it yet.",
    "The union wants a shorter week, as in the sister plant in Ghent.",
]
CHINESE = [
    "海港机器人公司于2026年3月3日在鹿特丹开设了新工厂。",
    "这家工厂有1240名员工，昼夜不停地运转。",
    "厂长苏萨表示，两年之内产量将翻一番。",
    "市政府支付了新码头的费用，工期为十一个月。",
    "附近居民要求使用更安静的起重机，五月份得到了满足。",
    "同一时期通往内陆的铁路运输增长了百分之七。",
    "第二座厂房已在规划之中，但还没有人签字。",
    "工会希望像根特的姊妹工厂那样缩短每周工时。",
]
OPENED = '{"language": "en", "gist": "'


def looped(text: str, *, source: str = "", size: int = 7, thought: bool = False) -> int | None:
    """After how many characters of this text a loop was seen; None when none was."""
    guard = LoopGuard(source=source)
    for start in range(0, len(text), size):
        piece = text[start : start + size]
        if guard.feed(Piece(thought=piece) if thought else Piece(piece)):
            return start + len(piece)
    return None


def sentences(count: int, stock: list[str]) -> list[str]:
    """Different sentences, each made of words of the stock in another order."""
    rng = random.Random(3)
    joint, end = (" ", ".") if stock is ENGLISH else ("", "。")
    parts = [part for one in stock for part in (one.rstrip(".").split() if stock is ENGLISH else one.split("，"))]
    return [joint.join(rng.sample(parts, min(12, len(parts)))) + end for _ in range(count)]


@pytest.mark.parametrize("size", [1, 3, 40, 1000])
@pytest.mark.parametrize(
    ("phrase", "within"),
    [
        ("I am, ", 260),
        ("It is what it is. ", 260),
        ("The harbour is quiet today, and so it was on all the days before that. ", 360),
        ("The plant employs 1,240 people and runs day and night; " * 4 + "and so on and on. ", 1000),
        ("我是，", 140),
        ("这家工厂有很多员工，昼夜不停地运转。", 150),
        ("据悉，该工厂将于明年投产，届时将提供更多就业岗位，带动当地经济的发展，造福一方百姓。", 260),
    ],
)
def test_a_phrase_without_end_is_a_loop(phrase: str, within: int, size: int) -> None:
    """Soon after its fourth time, however the text is cut; a good beginning does not hide it."""
    begun = OPENED + " ".join(ENGLISH)
    text = begun + phrase * 400
    found = looped(text, size=size)
    assert found is not None
    assert found - len(begun) <= within + 2 * size


@pytest.mark.parametrize("thought", [False, True])
def test_a_loop_in_plain_text_and_in_thoughts_is_one(*, thought: bool) -> None:
    """Thinking is looked at as well, and so is an answer that is no JSON."""
    assert looped("Let me see. " + "Wait, I should check that again. " * 60, thought=thought)


def test_the_same_entry_again_and_again_is_a_loop() -> None:
    """The keys between the values do not hide it."""
    claim = {"statement": "The plant employs 1,240 people.", "evidence": ENGLISH[1]}
    assert looped(json.dumps({"language": "en", "gist": "A plant.", "claims": [claim] * 60}, indent=1))


@pytest.mark.parametrize("stock", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_few_sentences_in_changing_order_are_a_loop(stock: list[str]) -> None:
    """There is no exact repetition, but less than a fifth of the 5-grams are distinct."""
    rng = random.Random(5)
    said = [rng.choice(stock[:2]).rstrip("。.") for _ in range(200)]
    assert looped(OPENED + (" " if stock is ENGLISH else "，").join(said))


@pytest.mark.parametrize("blank", [" ", "\n", "\t\n", "  \n"])
def test_white_space_without_end_is_a_loop(blank: str) -> None:
    """Models in JSON mode fall into it; it stands outside of every value."""
    assert looped('{"language": "en",' + blank * 2000)


def test_digits_without_end_are_a_loop() -> None:
    """Outside of values as inside."""
    assert looped('{"value": 0.' + "3" * 3000)
    assert looped('{"value": "0.' + "3" * 3000)


def knowledge(stock: list[str], count: int) -> Knowledge:
    """An extraction with that many entries of everything."""
    told = sentences(count, stock)
    return Knowledge(
        language="en",
        gist=stock[0],
        claims=[Finding(statement=one, evidence=one) for one in told],
        entities=[{"name": f"Name {n}", "kind": "organization"} for n in range(count)],  # type: ignore[list-item]
        numbers=[Figure(value=f"{n} percent", meaning="growth", evidence=told[n % 4]) for n in range(count)],
        dates=[DateMention(text=f"{n} May", iso=f"2026-05-{n:02}", evidence=told[0]) for n in range(1, 29)],
        quotes=[],
        topics=["harbour", "harbour logistics", "harbour robotics"],
    )


@pytest.mark.parametrize("stock", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("is_ascii", [False, True])
def test_a_long_extraction_is_no_loop(stock: list[str], *, indent: int | None, is_ascii: bool) -> None:
    """Forty claims with equal keys, evidence said twice, one sentence of many dates, indented or escaped."""
    value = knowledge(stock, 40).model_dump(mode="json")
    assert looped(json.dumps(value, indent=indent, ensure_ascii=is_ascii)) is None


def test_one_sentence_that_is_the_evidence_of_many_figures_is_no_loop() -> None:
    """Each entry says something new, though most of its words are those of the entry before."""
    row = "The four sites shipped 120, 135, 150, 160, 175, 180, 195, 210 and 230 thousand units in the nine quarters."
    figures = [{"value": f"{n} thousand", "meaning": "units shipped", "evidence": row} for n in range(120, 150)]
    assert looped(json.dumps({"language": "en", "gist": "Units.", "numbers": figures})) is None


@pytest.mark.parametrize("stock", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_a_judgement_of_forty_sentences_is_no_loop(stock: list[str]) -> None:
    """Each sentence stands there twice, as itself and as its evidence."""
    judged = Judgement(evidence=[Evidence(sentence=one, source=one) for one in sentences(40, stock)])
    assert looped(judged.model_dump_json()) is None


BODIES: dict[str, str] = {
    "table": "| year | units | share |\n|---|---|---|\n"
    + "".join(f"| {1990 + n} | {n * n * 37} | 0.{n:02} |\n" for n in range(40)),
    "rules": "Part one.\n\n" + "-" * 300 + "\n\nPart two.\n\n" + "=" * 300 + "\n",
    "code": "```python\n"
    + "".join(f"    if kind == {n}:\n        return table[{n * 7}]\n" for n in range(40))
    + "    return None\n" * 3
    + "```",
    "numbers": "The first thousand digits are " + str(2**3000) + " and so on. " + "0" * 400,
    "hashes": "".join(f"sha256:{n:064x}\n" for n in range(20)),
    "list": "".join(f"- The {n}th point is about item {n * 13}, not about {n * 17}.\n" for n in range(30)),
    "refrain": "\n\n".join(one + " And so it goes." for one in sentences(25, ENGLISH)),
    "laughing": "They laughed: ha ha ha ha ha ha ha ha ha ha. " + " ".join(ENGLISH),
    "chinese": "".join(CHINESE) + "好好学习，天天向上。" * 3 + "".join(CHINESE[::-1]),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_draft_with_a_regular_form_is_no_loop(name: str) -> None:
    """Tables, rules, code, long numbers, hashes, lists, a refrain."""
    draft = Draft(language="en", title="T", summary="S", body=BODIES[name])
    assert looped(draft.model_dump_json()) is None


def test_what_the_source_repeats_may_be_copied() -> None:
    """Evidence is verbatim, also that of a shouting source."""
    shout = "Buy now and save money! " * 30
    text = json.dumps({"claims": [{"statement": "It shouts.", "evidence": shout}]})
    assert looped(text)
    assert looped(text, source=f"<<<item 1>>>\n{shout}\n<<<end of item 1>>>") is None


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 10_000])
def test_the_text_of_values_is_read_however_it_is_cut(size: int) -> None:
    """Unescaped, without keys, also from nested documents and behind a fence."""
    document: dict[str, Any] = {
        "a": 'say "hi" \\ \n \t 工厂 é \u2028',
        "list": ["one", {"b": "two", "n": 12.5, "none": None}, [], "three"],
        "empty": "",
        "last": "{[,:]}",
    }
    text = "```json\n" + json.dumps(document, indent=2) + "\n```"
    values = StringValues()
    read = "".join(values.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert read.split("\n") == [*document["a"].split("\n"), "one", "two", "three", "", "{[,:]}", ""]


@pytest.mark.parametrize(
    "text", ['{"a": "\\u12zz and \\q more"}', '{"a": "x\\', '}}]],"::', "plain words", "```js\nlet"]
)
def test_what_is_no_json_is_read_without_an_error(text: str) -> None:
    """Models also write broken documents; judging them comes later."""
    for size in (1, 100):
        values = StringValues()
        for start in range(0, len(text), size):
            values.feed(text[start : start + size])


def test_it_costs_the_same_for_each_character() -> None:
    """An answer four times as long takes about four times as long, not sixteen."""
    text = json.dumps(knowledge(ENGLISH, 400).model_dump(mode="json"))

    def seconds(length: int) -> float:
        started = time.process_time()
        assert looped(text[:length], size=4) is None
        return time.process_time() - started

    seconds(1000)
    short, long = (min(seconds(length) for _ in range(3)) for length in (20_000, 80_000))
    assert long < 8 * short
