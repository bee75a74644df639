"""Units: what a number counts, as a dimension and a factor, so that 1.2 GW, 1,200 MW and 120万千瓦 are one thing."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `dimension` is what may be compared, `factor` makes it the dimension's base."""

    dimension: str
    factor: Fraction = Fraction(1)


# One line: dimension, factor, then symbols (case counts) before the bar and words (case does not) after it.
# A word that has two readings (pound, degree, m) stands in two lines.
_TABLE = """
percent 1 % | percent; per cent; pct; prozent; pour cent; por ciento
point 1 | percentage point; percentage points; percentage-point; prozentpunkte; prozentpunkt; 个百分点; 百分点
basis-point 1 bp; bps | basis point; basis points; 个基点; 基点
usd 1 $; US$; USD | dollar; dollars; us dollar; us dollars; u.s. dollars; 美元; 美金
eur 1 €; EUR | euro; euros; 欧元
gbp 1 £; GBP | pound; pounds; pounds sterling; 英镑
cny 1 ¥; CNY; RMB | yuan; renminbi; 元; 元人民币; 人民币; 块钱
jpy 1 ¥; JPY | yen; 日元
hkd 1 HK$; HKD | 港元; 港币
inr 1 ₹; INR; Rs | rupee; rupees; 卢比
krw 1 ₩; KRW | won; 韩元
chf 1 CHF | franken; swiss francs; 瑞士法郎
aud 1 A$; AUD | australian dollars; 澳元
cad 1 C$; CAD | canadian dollars; 加元
second 1/1000 ms | millisecond; milliseconds; millisekunden; 毫秒
second 1/1000000 µs; μs | microsecond; microseconds; 微秒
second 1 s; sec | second; seconds; sekunde; sekunden; 秒; 秒钟
second 60 min | minute; minutes; mins; minuten; 分钟
second 3600 h; hr; hrs | hour; hours; stunde; stunden; 小时; 个小时
second 86400 | day; days; tag; tage; tagen; 天
second 604800 | week; weeks; woche; wochen; 周; 星期; 个星期
month 1 | month; months; monat; monate; monaten; 个月
month 12 | year; years; jahr; jahre; jahren; 年; 周年
month 120 | decade; decades; jahrzehnte
age 1 | years old; year-old; years-old; 岁
gram 1/1000 mg | milligram; milligrams; 毫克
gram 1 g | gram; grams; gramm; 克
gram 1000 kg | kilogram; kilograms; kilo; kilos; kilogramm; 公斤; 千克
gram 1000000 t | tonne; tonnes; ton; tons; metric tons; metric tonnes; tonnen; 吨
gram 500 | 斤
pound 1 lb; lbs | pound; pounds
metre 1/1000000000 nm | nanometre; nanometres; nanometer; nanometers; 纳米
metre 1/1000000 µm; μm | micrometre; micrometres; micrometer; micrometers; micron; microns; 微米
metre 1/1000 mm | millimetre; millimetres; millimeter; millimeters; 毫米
metre 1/100 cm | centimetre; centimetres; centimeter; centimeters; zentimeter; 厘米
metre 1 m | metre; metres; meter; meters; metern; 米
metre 1000 km | kilometre; kilometres; kilometer; kilometers; kilometern; 公里; 千米
mile 1 mi | mile; miles; 英里
nautical-mile 1 nmi | nautical mile; nautical miles; 海里
foot 1 ft | foot; feet; 英尺
inch 1 | inch; inches; zoll; 英寸
area 1 m2; m²; sqm | square metre; square metres; square meter; square meters; quadratmeter; 平方米
area 10000 ha | hectare; hectares; hektar; 公顷
area 1000000 km2; km² | square kilometre; square kilometres; square kilometer; square kilometers; 平方公里
acre 1 | acre; acres; 英亩
mu 1 | 亩
square-foot 1 | square foot; square feet; 平方英尺
litre 1/1000 ml; mL | millilitre; millilitres; milliliter; milliliters; 毫升
litre 1 L | litre; litres; liter; liters; 升
litre 1000 m3; m³ | cubic metre; cubic metres; cubic meter; cubic meters; 立方米
watt 1/1000 mW | milliwatt; milliwatts
watt 1 W | watt; watts; 瓦
watt 1000 kW; KW | kilowatt; kilowatts; 千瓦
watt 1000000 MW | megawatt; megawatts; 兆瓦
watt 1000000000 GW | gigawatt; gigawatts; 吉瓦
watt 1000000000000 TW | terawatt; terawatts
watt-hour 1 Wh | watt-hour; watt-hours; 瓦时
watt-hour 1000 kWh; KWh | kilowatt-hour; kilowatt-hours; kilowatt hours; kilowattstunden; 千瓦时; 度电
watt-hour 1000000 MWh | megawatt-hour; megawatt-hours; megawatt hours; megawattstunden; 兆瓦时
watt-hour 1000000000 GWh | gigawatt-hour; gigawatt-hours; gigawatt hours; gigawattstunden; 吉瓦时
watt-hour 1000000000000 TWh | terawatt-hour; terawatt-hours; terawatt hours
volt 1 V | volt; volts; 伏
volt 1000 kV | kilovolt; kilovolts; 千伏
byte 1000 kB; KB; KiB | kilobyte; kilobytes
byte 1000000 MB; MiB | megabyte; megabytes
byte 1000000000 GB; GiB | gigabyte; gigabytes
byte 1000000000000 TB; TiB | terabyte; terabytes
byte 1000000000000000 PB | petabyte; petabytes
bit-rate 1000 kbps; Kbps; kbit/s | kilobits per second
bit-rate 1000000 Mbps; Mbit/s | megabits per second
bit-rate 1000000000 Gbps; Gbit/s | gigabits per second
bit-rate 1000000000000 Tbps; Tbit/s | terabits per second
hertz 1 Hz | hertz; 赫兹
hertz 1000 kHz | kilohertz
hertz 1000000 MHz | megahertz; 兆赫
hertz 1000000000 GHz | gigahertz
celsius 1 °C | degrees celsius; degree celsius; grad celsius; 摄氏度; 度
fahrenheit 1 °F | degrees fahrenheit; 华氏度
degree 1 ° | degree; degrees; 度
celsius 1 | degree; degrees; grad
fahrenheit 1 | degree; degrees
km/h 1 km/h; kph | kilometres per hour; kilometers per hour; kilometres an hour; kilometers an hour; 公里/小时
mph 1 mph | miles per hour; miles an hour
times 1 x; × | times; -fold; fold; 倍
"""


@cache
def units_of(name: str) -> tuple[Unit, ...]:
    """Every reading of a unit as it is written; empty for a word that is no unit."""
    symbols, words = _tables()
    return symbols.get(name, ()) or words.get(name.casefold().replace("  ", " "), ())


@cache
def unit_pattern() -> re.Pattern[str]:
    """Matches a unit right where a number ends, the longest one first."""
    symbols, words = _tables()
    latin_words = _alternatives(w for w in words if w.isascii() or (w[0].isalpha() and not _is_han(w)))
    han_words = _alternatives(w for w in words if _is_han(w))
    names = _alternatives(symbols)
    return re.compile(
        rf"[ -]?(?:(?P<symbol>{names})(?![A-Za-z])|(?P<word>(?i:{latin_words}))(?![^\W\d_])|(?P<han>{han_words}))"
    )


@cache
def currency_pattern() -> re.Pattern[str]:
    """Matches a currency that stands before its number."""
    signs = ("US$", "HK$", "NT$", "A$", "C$", "S$", "$", "€", "£", "¥", "₹", "₩")
    codes = ("USD", "EUR", "GBP", "CNY", "RMB", "JPY", "HKD", "INR", "KRW", "CHF", "AUD", "CAD", "Rs")
    return re.compile(rf"(?:(?P<sign>{_alternatives(signs)})|(?<![A-Za-z])(?P<code>{_alternatives(codes)})\.?) ?$")


def _is_han(word: str) -> bool:
    return bool(re.match(r"[\u4e00-\u9fff]", word))


def _alternatives(names: object) -> str:
    return "|".join(re.escape(n) for n in sorted(names, key=lambda n: (-len(n), n)))  # type: ignore[call-overload]


@cache
def _tables() -> tuple[dict[str, tuple[Unit, ...]], dict[str, tuple[Unit, ...]]]:
    symbols: dict[str, tuple[Unit, ...]] = {}
    words: dict[str, tuple[Unit, ...]] = {}
    for line in _TABLE.strip().split("\n"):
        head, _, tail = line.partition("|")
        dimension, factor, *rest = head.split(maxsplit=2)
        unit = Unit(dimension, Fraction(factor))
        for table, names in ((symbols, rest[0] if rest else ""), (words, tail)):
            for name in filter(None, (n.strip() for n in names.split(";"))):
                table[name] = (*table.get(name, ()), unit)
    return symbols, words
