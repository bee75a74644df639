"""Figures as the viewer reads them: times in the browser's zone, ages, money, counts. Nothing is computed here."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from dashboard.texts import t

_UNITS: Final = (("d", 172_800.0, 86_400.0), ("h", 7200.0, 3600.0), ("m", 120.0, 60.0), ("s", 0.0, 1.0))
"""Unit, from when on it is used, its size: `90 min` says more than `2 h`."""
_SIGNS: Final = {"CNY": "¥", "EUR": "€", "GBP": "£", "JPY": "¥"}
_ADDRESS: Final = re.compile(r"(https?:(?=//)|www(?=\.)|@)", re.IGNORECASE)
_JOINER: Final = "\u2060"
"""Seen by nobody. An address becomes a link after the escapes are read, unless something stands in it."""
_SIZES: Final = (("GB", 1e9), ("MB", 1e6), ("KB", 1e3))


def zone() -> tzinfo:
    """The viewer's time zone, as the browser tells it; UTC when it tells none."""
    name, offset = st.context.timezone, st.context.timezone_offset
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # Minutes that UTC is ahead, as browsers count.
        return timezone(timedelta(minutes=-(offset or 0)))


def local(at: str | float | None) -> datetime | None:
    """An ISO time or epoch seconds as a time of the viewer's zone."""
    if at is None or at == "":
        return None
    moment = datetime.fromisoformat(at) if isinstance(at, str) else datetime.fromtimestamp(at, UTC)
    return moment.astimezone(zone())


def moment(at: str | float | None) -> str:
    """`2026-11-20 11:06`; nothing for None."""
    found = local(at)
    return found.strftime("%Y-%m-%d %H:%M") if found else ""


def clock(at: str | float | None) -> str:
    """`11:06` for today, `11-19 23:40` for another day, with the year for another year; nothing for None."""
    found = local(at)
    if found is None:
        return ""
    now = datetime.now(found.tzinfo)
    if found.date() == now.date():
        return found.strftime("%H:%M")
    return found.strftime("%m-%d %H:%M" if found.year == now.year else "%Y-%m-%d %H:%M")


def hour(at: str | float | None) -> str:
    """`11:00`, with the day where one begins (`11-20 00:00`); nothing for None."""
    found = local(at)
    if found is None:
        return ""
    return found.strftime("%m-%d %H:%M" if found.hour == 0 else "%H:%M")


def short(at: str | float | None) -> str:
    """`11-20 11:06`; nothing for None."""
    found = local(at)
    return found.strftime("%m-%d %H:%M") if found else ""


def span(seconds: float | None) -> str:
    """`42 s`, `7 min`, `3 h`, `2 d`; nothing for None."""
    if seconds is None:
        return ""
    unit, size = next((unit, size) for unit, least, size in _UNITS if seconds >= least or not least)
    return t(f"span.{unit}", n=f"{max(0.0, seconds) // size:.0f}")


def age(at: str | float | None) -> str:
    """How long ago that is: `7 min ago`; nothing for None."""
    found = local(at)
    if found is None:
        return ""
    return t("span.ago", span=span((datetime.now(UTC) - found).total_seconds()))


def number(value: float | None) -> str:
    """`12,345`; nothing for None."""
    return "" if value is None else f"{value:,.0f}"


def usd(value: float | None) -> str:
    """`$1.20`, `$0.0042` below a dollar; `unknown` for None."""
    if value is None:
        return t("word.unknown")
    sign = "-" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}" if value == 0 or abs(value) >= 1 else f"{sign}${abs(value):.4f}"


def exact_usd(value: float) -> str:
    """To the micro-dollar: `$0.004217`, `$1.20`."""
    whole, _, parts = f"{abs(value):,.6f}".partition(".")
    sign = "-" if value < 0 else ""
    return f"{sign}${whole}.{parts.rstrip('0').ljust(2, '0')}"


def money(value: float | None, *, currency: Mapping[str, float]) -> str:
    """Dollars, and the same in the currencies of `budget.currency`: `$1.20 (¥8.70)`."""
    if value is None or not currency:
        return usd(value)
    others = ", ".join(in_currency(value, name=name, rate=rate) for name, rate in currency.items())
    return f"{usd(value)} ({others})"


def in_currency(value: float, *, name: str, rate: float) -> str:
    """`¥8.70`; the name stands for a sign that is not known."""
    amount, sign = value * rate, _SIGNS.get(name, f"{name} ")
    return f"{sign}{amount:,.2f}" if amount == 0 or abs(amount) >= 1 else f"{sign}{amount:.4f}"


def size(count: float) -> str:
    """`5.7 GB`."""
    unit, scale = next(((unit, scale) for unit, scale in _SIZES if count >= scale), ("B", 1.0))
    return f"{count / scale:.1f} {unit}" if scale > 1 else f"{count:.0f} {unit}"


def safe(text: str) -> str:
    """Text of ours with amounts in it: two dollar signs on a line would be a formula."""
    return text.replace("$", "\\$")


def plain(text: Any) -> str:
    """Text of feeds and models with what Markdown would take for marks made harmless."""
    escaped = _ADDRESS.sub(f"\\1{_JOINER}", str(text))
    for mark in "\\`*_{}[]<>()#+-.!|~$:^":
        escaped = escaped.replace(mark, f"\\{mark}")
    return " ".join(escaped.split())
