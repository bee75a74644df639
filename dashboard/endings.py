"""Why an item was dropped, or waits for a person: the daemon's sentence in the viewer's language."""

from typing import Final

from dashboard.known_sentences import KnownSentences
from dashboard.texts import t

_DISTRUSTED: Final = (
    r"its source is trusted (?P<trust>\S+) by people \((?P<up>\d+) up, (?P<down>\d+) down\), "
    r"less than (?P<least>\S+); waits for approval"
)
_UNKNOWN: Final = (
    r"(?P<sink>\S+) may or may not have the post \((?P<why>.*)\); look there, then approve to send again, or discard"
)
_REASONS: Final = KnownSentences(
    (r"duplicate of (?P<id>\w+)", "ended.duplicate"),
    (r"too little text: about (?P<n>\d+) words? of its own", "ended.few_own"),
    (r"too little text: (?P<n>\d+) characters beside the title", "ended.few_signs_beside"),
    (r"too little text: (?P<n>\d+) characters", "ended.few_signs"),
    (r"too little text: (?P<n>\d+) words? beside the title", "ended.few_beside"),
    (r"too little text: (?P<n>\d+) words?", "ended.few"),
    (r"the entry has no text", "ended.no_text"),
    (r"a test entry", "ended.test"),
    (r"the entry has nothing but links, code, or page furniture", "ended.furniture"),
    (r"the entry has nothing but fields with a word or two", "ended.fields"),
    (r"discarded by a person", "item.discard_default"),
    (r"checked; waits for approval", "ended.checked"),
    (_DISTRUSTED, "ended.distrusted"),
    (r"not passed after (?P<n>\d+) drafts?: (?P<why>.*)", "ended.not_passed"),
    (_UNKNOWN, "ended.unknown"),
)
"""What the brains and the runtime say; a test has each of them say it."""


def ending_words(reason: str) -> str:
    """The reason in the viewer's language; what a model or a person wrote stays as it is."""
    known = _REASONS.find(reason)
    return t(known.key, **known.values) if known else reason
