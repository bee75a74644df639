"""What the search for a feed and the reading of a list say: their sentences in the viewer's language."""

from typing import Final

from dashboard.known_sentences import KnownSentences
from dashboard.texts import t
from sensors.remedies import OTHER, ailment_of

_AS_IS: Final = r" To add it without looking, say so \(--as-is\)\."
_PAGE: Final = (
    r"no feed was found: (?P<at>\S+) is a web page(?: \((?P<title>.*)\))? that announces none that can be read,"
    rf" and there is none where feeds usually are\. Look on it for the feed's own address\.{_AS_IS}"
)
_SENTENCES: Final = KnownSentences(
    (r"nobody could look whether it is a feed: (?P<why>.+)", "unfound.unseen"),
    (rf"no feed was found for (?P<at>.+) within (?P<seconds>\S+) s\.{_AS_IS}", "unfound.late"),
    (rf"no feed was found: (?P<at>\S+) is a consent page, for people only\.{_AS_IS}", "unfound.consent"),
    (_PAGE, "unfound.page"),
    (rf"no feed was found: (?P<why>.+?){_AS_IS}", "unfound.none"),
    (r"(?P<name>.+): (?P<given>['\"].*['\"]) is no web address", "unread.no_address"),
    (r"the file is faulty at line (?P<line>\d+): [^;]+; (?P<lost>1) feed could not be read", "unread.faulty"),
    (
        r"the file is faulty at line (?P<line>\d+): [^;]+; (?P<lost>[\d,]+) feeds could not be read",
        "unread.faulty",
    ),
    (
        r"the file is faulty at line (?P<line>\d+): [^;]+; every feed in it was read all the same",
        "unread.faulty_whole",
    ),
    (r"(?P<lost>[\d,]+) feeds? could not be read: what names them is no outline", "unread.no_outline"),
    (r"line (?P<line>\d+): (?P<given>['\"].*['\"]) was not read", "unread.line"),
    (r"and (?P<lost>[\d,]+) more, the last at line (?P<line>\d+)", "unread.more"),
    (r"this is no OPML file: it has no <opml> element", "unread.no_opml"),
    (r"the list cannot be read: (?P<why>.+)", "unread.list"),
)
"""The sentences of `sensors.discovery`, `sensors.feeds.opml` and `daemon.api.importing`; tests have them said."""


def unfound_words(told: str) -> str:
    """The sentence, or several with semicolons between, in the viewer's language; what is not known as it is."""
    parts = told.split("; ")
    for end in range(1, len(parts) + 1):
        if (first := _sentence("; ".join(parts[:end]))) is not None:
            rest = "; ".join(parts[end:])
            return t("word.semicolon").join(filter(None, [first, rest and unfound_words(rest)]))
    return told


def _sentence(told: str) -> str | None:
    known = _SENTENCES.find(told)
    if known is None:
        return None
    values = {name: value or "–" for name, value in known.values.items()}
    return t(known.key, **values | ({"why": _cause(values["why"])} if "why" in values else {}))


def _cause(why: str) -> str:
    """By its kind and what would help, with the sensor's own sentence; one of no known kind alone."""
    ailment = ailment_of(why)
    if ailment is OTHER:
        return why
    told = why.removesuffix(f". {ailment.help}").removesuffix(".")
    # The sentence is shown as plain text.
    help_ = t(f"help.{ailment.name}").replace("`", "")
    return t("unfound.cause", cause=t(f"cause.{ailment.name}"), told=told, help=help_)
