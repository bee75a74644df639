"""The few fixed words a digest adds to those of its source, per language; what is not here is said in English."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Labels:
    """Headings and lines of a digest. `joint` stands between names."""

    numbers: str
    quotes: str
    names: str
    joint: str
    other_language: str
    """Said in the wanted language when the source's own was kept."""


_ENGLISH: Final = Labels(
    numbers="Numbers",
    quotes="In their words",
    names="Names:",
    joint=", ",
    other_language="This digest keeps the language of its source.",
)
_LABELS: Final = {
    "en": _ENGLISH,
    "zh": Labels(numbers="数字", quotes="原话", names="涉及：", joint="、", other_language="本摘要保留原文的语言。"),
    "ja": Labels(
        numbers="数字",
        quotes="発言",
        names="名前：",
        joint="、",
        other_language="この要約は原文の言語のままです。",
    ),
    "de": Labels(
        numbers="Zahlen",
        quotes="Im Wortlaut",
        names="Namen:",
        joint=", ",
        other_language="Diese Zusammenfassung bleibt in der Sprache ihrer Quelle.",
    ),
    "fr": Labels(
        numbers="Chiffres",
        quotes="Verbatim",
        names="Noms :",
        joint=", ",
        other_language="Ce résumé garde la langue de sa source.",
    ),
    "es": Labels(
        numbers="Cifras",
        quotes="En sus palabras",
        names="Nombres:",
        joint=", ",
        other_language="Este resumen conserva el idioma de su fuente.",
    ),
}


def labels_for(language: str) -> Labels:
    """The fixed words in that language."""
    return _LABELS.get(language, _ENGLISH)


def is_label(line: str) -> bool:
    """Whether a line of a digest is one of its fixed lines, not words of the source."""
    plain = line.strip(" *_#")
    return any(
        plain in {labels.numbers, labels.quotes, labels.other_language} or plain.startswith(labels.names)
        for labels in _LABELS.values()
    )
