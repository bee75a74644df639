"""Whether a reader of the web page would see an element: hidden text is where instructions to machines are put."""

import re
from collections.abc import Mapping

Color = tuple[int, int, int]

WHITE: Color = (255, 255, 255)
_NEAR = 40
_NAMED: Mapping[str, Color] = {
    "white": WHITE,
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "black": (0, 0, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "yellow": (255, 255, 0),
    "orange": (255, 165, 0),
}
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+%?))?")
# What these well-known classes hide is for screen readers; other class names mean something else on every site.
_HIDING_CLASSES = frozenset(
    {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only"}
)
_ZERO = re.compile(r"0*\.?0*(?:px|pt|em|rem|ex|%|vh|vw)?")
_FAR_AWAY = re.compile(r"-\s*\d{3,}")
_TINY = re.compile(r"0*(?:[01](?:\.\d+)?|\.\d+)(?:px|pt)")
_OFF_SCREEN = ("text-indent", "left", "top", "right", "bottom", "margin-left", "margin-top")


def declarations(style: str) -> dict[str, str]:
    """The properties of a `style` attribute, lower case, without `!important` and CSS comments."""
    style = re.sub(r"/\*[^*]*\*/", "", style[:4000].lower())
    pairs = (part.partition(":") for part in style.split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs if value.strip()}


def is_hidden(attributes: Mapping[str, str], style: Mapping[str, str]) -> bool:
    """Whether the element's own attributes or its `style` keep it from being seen, whatever its colours."""
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    if not _HIDING_CLASSES.isdisjoint(attributes.get("class", "").lower().split()):
        return True
    return bool(style) and (_is_switched_off(style) or _has_no_size(style) or _is_off_screen(style))


def _is_switched_off(style: Mapping[str, str]) -> bool:
    return (
        style.get("display") == "none"
        or style.get("visibility") in {"hidden", "collapse"}
        or style.get("content-visibility") == "hidden"
        or _is_zero(style.get("opacity"))
        or style.get("filter", "").replace(" ", "") in {"opacity(0)", "opacity(0%)"}
    )


def _has_no_size(style: Mapping[str, str]) -> bool:
    font = style.get("font-size")
    if _is_zero(font) or (font is not None and _TINY.fullmatch(font) is not None):
        return True
    if "scale(0" in style.get("transform", "").replace(" ", "") and "scale(0." not in style["transform"]:
        return True
    clipped = style.get("overflow", "").startswith(("hidden", "clip"))
    boxes = (style.get(name) for name in ("width", "height", "max-width", "max-height"))
    return clipped and any(_is_zero(box) or (box is not None and _TINY.fullmatch(box)) for box in boxes)


def _is_off_screen(style: Mapping[str, str]) -> bool:
    clip = style.get("clip", "").replace(" ", "").replace("px", "").replace(",", "")
    if clip.startswith(("rect(0000", "rect(1111")) or style.get("clip-path", "").startswith("inset(50%"):
        return True
    return any(_FAR_AWAY.match(style.get(name, "")) for name in _OFF_SCREEN)


def _is_zero(value: str | None) -> bool:
    return value is not None and value[:1] in {"0", "."} and _ZERO.fullmatch(value) is not None


def text_color(attributes: Mapping[str, str], style: Mapping[str, str]) -> Color | str | None:
    """The colour the element gives its text: a colour, `transparent`, or None when it names none."""
    return _color(style.get("color") or attributes.get("color", ""))


def back_color(attributes: Mapping[str, str], style: Mapping[str, str], *, inherited: Color | None) -> Color | None:
    """The background behind the element's text; None when it cannot be told (an image, a gradient)."""
    named = style.get("background-color") or style.get("background") or attributes.get("bgcolor", "")
    if not named or named in {"none", "inherit", "initial", "unset"}:
        return inherited
    color = _color(named) or _color(named.split(" ", 1)[0])
    return inherited if color == "transparent" else color if isinstance(color, tuple) else None


def are_alike(one: Color, other: Color) -> bool:
    """Whether text of one colour on the other cannot be read."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= _NEAR


def _color(value: str) -> Color | str | None:
    value = value.strip().lower()
    if not value:
        return None
    if value == "transparent":
        return value
    if value in _NAMED:
        return _NAMED[value]
    return _hex_color(value[1:]) if value.startswith("#") else _rgb_color(value)


def _hex_color(digits: str) -> Color | str | None:
    if not re.fullmatch(r"[0-9a-f]{3,8}", digits) or len(digits) in {5, 7}:
        return None
    if len(digits) <= 4:  # noqa: PLR2004 - #rgb and #rgba
        digits = "".join(2 * digit for digit in digits)
    if digits[6:] == "00":
        return "transparent"
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _rgb_color(value: str) -> Color | str | None:
    match = _RGB.match(value)
    if not match:
        return None
    if match[4] is not None and _is_zero(match[4]):
        return "transparent"
    return int(match[1]), int(match[2]), int(match[3])
