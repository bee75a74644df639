"""Writing for a person or a program: tables and sentences, or one JSON document.

What comes from feeds and models is shown with its control characters taken out, so that no title can drive a terminal.
"""

import json
import re
import sys
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

# C0 and C1 controls without newline and tab, and the marks that turn the direction of text around.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WIDE_ENOUGH = 100_000
_UNITS = (("y", 31_536_000.0, 63_072_000.0), ("d", 86_400.0, 86_400.0), ("h", 3600.0, 3600.0), ("m", 60.0, 60.0))

STATE_STYLES = {
    "PUBLISHED": "green",
    "DISCARDED": "dim",
    "HELD": "yellow",
    "DEAD_LETTER": "red",
}


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def say(text: str = "") -> None:
    """A sentence on standard output."""
    sys.stdout.write(clean(text) + "\n")


def warn(text: str) -> None:
    """A sentence on standard error, scrubbed: it may quote what another side said."""
    from daemon.core.redaction import scrub_text

    sys.stderr.write(f"davidagent: {clean(scrub_text(text))}\n")


def clean(value: object) -> str:
    """Text that is safe to show on a terminal; nothing for None."""
    return "" if value is None else _UNSAFE.sub("", str(value))


def cut(text: str, width: int) -> str:
    """Text in at most `width` cells of a terminal, where a Chinese character takes two; `…` says that it goes on."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return text
    taken = 1
    for at, character in enumerate(text):
        taken += cell_len(character)
        if taken > width:
            return f"{text[:at].rstrip()}…"
    return text


def is_terminal() -> bool:
    """A person is looking at standard output."""
    return sys.stdout.isatty()


@cache
def console() -> "Console":
    """Standard output for rich; plain, unwrapped text when it is no terminal."""
    from rich.console import Console

    if is_terminal():
        return Console(highlight=False)
    return Console(highlight=False, width=_WIDE_ENOUGH, color_system=None, soft_wrap=True)


def show(renderable: "RenderableType") -> None:
    """Print a table, a panel or text with styles."""
    if is_terminal():
        console().print(renderable)
        return
    with console().capture() as captured:
        console().print(renderable)
    sys.stdout.write("".join(line.rstrip() + "\n" for line in captured.get().splitlines()))


def money(value: float | None) -> str:
    """Dollars as a person reads them; `unknown` for None."""
    if value is None:
        return "unknown"
    return f"${value:.2f}" if value == 0 or abs(value) >= 1 else f"${value:.4f}"


def span(seconds: float | None) -> str:
    """`42s`, `7m`, `3h`, `2d`, and from two years on `2y`."""
    if seconds is None:
        return ""
    for unit, size, least in _UNITS:
        if seconds >= least:
            return f"{seconds / size:.0f}{unit}"
    return f"{max(0.0, seconds):.0f}s"


def moment(iso_time: str | None) -> str:
    """An ISO time as `2026-11-20 11:06` in the local time zone; nothing for None."""
    if not iso_time:
        return ""
    return datetime.fromisoformat(iso_time).astimezone().strftime("%Y-%m-%d %H:%M")


def age(iso_time: str | None) -> str:
    """How long ago an ISO time is."""
    if not iso_time:
        return ""
    return span((datetime.now(UTC) - datetime.fromisoformat(iso_time)).total_seconds())


def count(number: int, noun: str) -> str:
    """`1 post`, `2 posts`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
