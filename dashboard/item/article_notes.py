"""What was found in the place of an article: the reader's sentence in the viewer's language."""

from typing import Final

from dashboard.known_sentences import KnownSentences
from dashboard.sourcing.left_out import left_out_words
from dashboard.texts import t
from sensors.remedies import OTHER, ailment_of

_NOTES: Final = KnownSentences(
    (r"it is a page without text that can be read without a browser", "found.no_text"),
    (r"it is (?P<what>.+), not a page with text", "found.other_kind"),
    (r"its address leads to the site's front page", "found.front"),
    (r"there is a page that asks for consent to cookies|there is a consent page", "found.consent"),
    (r"it leads to a page that asks for consent to cookies", "found.led_to_consent"),
    (r"there is a page that asks for a login", "found.login"),
    (r"there is a challenge page \((?P<by>[^()]*)\) that wants a browser", "found.challenge"),
    (r"there is a page of Cloudflare that blocks this reader", "found.blocked"),
    (r"there is a page that asks for a captcha", "found.captcha"),
    (r"the site says that there is nothing: “(?P<said>.*)”", "found.nothing"),
    (r"what stands there is not what the entry tells of", "found.elsewhere"),
    (r"the page has less of the text than the feed", "found.less"),
    (r"the site says that the article is not free", "found.not_free"),
    (r"only its beginning is there: the site counts what is read without paying", "found.metered"),
    (r"only its beginning is there, and then: “(?P<said>.*)”", "found.teaser"),
    (r"only its beginning is there, before a barrier for those who do not pay", "found.barrier"),
    (r"the robots\.txt of (?P<host>\S+) does not allow it", "found.robots"),
    (r"its robots\.txt cannot be had: (?P<why>.+)", "found.robots_away"),
    (r"its site had no turn for it in time", "found.no_turn"),
    (r"reading it failed: (?P<error>.+)", "found.fault"),
    (r"(?P<n>\d+) tries failed, the last: (?P<why>.+)", "found.tries"),
    (r"(?P<why>.+); there is no time left to try again", "found.no_time"),
)
"""The sentences of `sensors.articles` and of `daemon.runtime.article_reading`; a test has each of them said."""


def note_words(note: str) -> str:
    """The note in the viewer's language; what is known only by its kind with the note itself, all else as it is."""
    if known := _NOTES.find(note):
        values = known.values
        return t(known.key, **values | {"why": note_words(values["why"])} if "why" in values else values)
    if (words := left_out_words(note)) != note:
        return words
    ailment = ailment_of(note)
    return note if ailment is OTHER else t("found.cause", cause=t(f"cause.{ailment.name}"), told=note)
