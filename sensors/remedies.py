"""What would help a source that cannot be read, found in the sentence that says what failed.

The sentences are those of this folder; a test brings a server to each of them and looks that it is recognised.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Ailment:
    """A kind of failure: its name, which is kept, and what would help, in one sentence."""

    name: str
    help: str


OTHER: Final = Ailment("other", "If it stays like this, look at the address in a browser.")
BUDGET: Final = Ailment(
    "budget", "It goes on by itself; to read more today, raise its daily_reads or daily_usd, or the budget."
)
"""Of a source that is not asked: it did not fail, its budget is used up."""
TOKEN: Final = Ailment(
    "x_token", "Set sensors.x.bearer_token or X_BEARER_TOKEN to the token of your X app, or name a mirror feed."
)
"""Of an X source, also of one that was not asked yet."""
_WORDS: Final[tuple[tuple[str, Ailment], ...]] = (
    (
        r"^the package \S+",
        Ailment("package", "The package that reads it is faulty: update it, or tell its author."),
    ),
    (r"\bof today are used up; it goes on\b|^the budget leaves no room for reading\b", BUDGET),
    (
        r"challenge page|consent page|asks for a captcha|blocks this reader",
        Ailment("blocked", "The site keeps programs out: look for another address of the feed, or ask its owner."),
    ),
    (
        r"not a public address",
        Ailment("private", "If it is yours and may be read, name its host in sensors.allow_hosts."),
    ),
    (
        r"\bthe name \S+ has no address",
        Ailment("name", "Look whether the host is spelled right, and whether this machine has a name server."),
    ),
    (r"^no connection to\b", Ailment("unreachable", "Nobody answers there; it is tried again by itself.")),
    (
        r"did not answer in full within|is still busy with other requests of ours",
        Ailment("slow", "The server is slow; if it stays so, raise sensors.timeout."),
    ),
    (r"X cannot be read without a bearer token|does not take the bearer token", TOKEN),
    (
        r"X account's credits|posts that this X account may read",
        Ailment("x_credits", "Buy credits or raise the spending limit in X's developer console."),
    ),
    (r"the posts of @\w+ are protected", Ailment("x_protected", "Only its followers may read it: remove the source.")),
    (r"the account @\w+ is suspended", Ailment("x_suspended", "X has suspended it: remove the source, or wait.")),
    (
        r"X knows no account @|is no account of X",
        Ailment("x_account", "Look how the account is written; it may have a new name."),
    ),
    (
        r"X answered 400: it refuses the request",
        Ailment("x_query", "Correct the search: X says what it does not take."),
    ),
    (
        r"X gives at least \d+ posts at a time|does not pay for asking who",
        Ailment("x_budget", "Raise daily_reads or daily_usd of the source to what the sentence names."),
    ),
    (r"\banswered 401\b", Ailment("login", "Add it with name, colon, password and @ before the host.")),
    (r"\banswered 403\b", Ailment("refused", "The server refuses this reader: ask its owner, or remove the source.")),
    (r"\banswered 404\b", Ailment("missing", "Look for the feed's new address on the site, and add that.")),
    (r"\banswered 410\b", Ailment("gone", "The feed was taken down for good: remove it, or add its new address.")),
    (r"\banswered 429\b", Ailment("too_many", "Read it less often: a longer interval.")),
    (r"\banswered 5\d\d\b", Ailment("server", "The trouble is at the server; it is tried again by itself.")),
    (
        r"redirects in a circle|more than \d+ redirects|does not say where to",
        Ailment("redirects", "The site leads round in circles: look for the feed's address in a browser."),
    ),
    (
        r"only http and https addresses are read|is not a URL",
        Ailment("address", "Look for the feed's address, which begins with https://."),
    ),
    (r"\(sensors\.max_body\)", Ailment("too_large", "If it is right so, raise sensors.max_body.")),
    (
        r"got a web page",
        Ailment("page", "This is a page for people: take the address of its feed."),
    ),
    (
        (
            r"broke off its answer|with something that is no JSON|breaks off|packed body is damaged|packed as"
            r"|packed \d+ times|\(304\), but was never"
        ),
        Ailment("broken", "The server answers wrongly; it is tried again by itself."),
    ),
    (
        r"the XML cannot be read|the JSON cannot be read|the document is empty|crashes the parser|longer to parse",
        Ailment("faulty", "The feed is faulty: tell its owner; it is tried again by itself."),
    ),
    (
        r"got no feed|not a feed|no JSON Feed|its root is|never read",
        Ailment("no_feed", "Something else is at this address: look for the feed's own."),
    ),
    (r"login or token is not known here", Ailment("secret", "Remove it, and add it again with its login.")),
    (
        r"what it is signed with is not known here",
        Ailment(
            "hook_secret",
            "Put sources.secret.json back from the backup, or make a new secret for its sender: "
            "davidagent hooks rotate NAME.",
        ),
    ),
    (
        r"no sensor for sources of kind",
        Ailment("no_sensor", "Install the package that adds this kind; davidagent doctor lists what is installed."),
    ),
    (
        r"\(sensors\.folders\.max_files\)",
        Ailment("many_files", "Move some of its files elsewhere, or raise sensors.folders.max_files."),
    ),
    (
        r"there is no folder|is not a folder|the folder .* cannot be read: ",
        Ailment("folder", "Look whether the folder is there, and whether the daemon may read it."),
    ),
    (
        r"there is no file|is not a file|cannot be read: ",
        Ailment("file", "Look whether the file is there, and whether the daemon may read it."),
    ),
)
_AILMENTS: Final = tuple((re.compile(words), ailment) for words, ailment in _WORDS)
ALL: Final = (*(ailment for _, ailment in _AILMENTS), OTHER)


def ailment_of(error: str) -> Ailment:
    """What kind of failure a sentence tells of."""
    return next((ailment for words, ailment in _AILMENTS if words.search(error)), OTHER)
