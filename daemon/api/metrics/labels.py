"""The words that labels may take: those of the program and its configuration, `other` for the rest.

A label that takes any word would make a series for each, and fill the memory of whoever collects them.
"""

from collections.abc import Iterable

from daemon.blackboard.records import CallStatus
from daemon.blackboard.senses import ArticleOutcome
from daemon.blackboard.states import State
from daemon.core.settings.models import Settings

OTHER = "other"
NEW = "new"
"""Where an item comes from that was just posted."""
_EMBEDDING_MODEL = "gemini-embedding-2"
_PROVIDERS = ("anthropic", "gemini", "openai", "offline")
_TASKS = ("embed",)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_READINGS = ("x-posts", "x-users")
_SINKS = ("markdown", "html", "atom", "notify")

FAULT_KINDS = {
    "SlowStreamError": "stall",
    "LoopingStreamError": "loop",
    "BrokenStreamError": "broken_stream",
    "CallTimeoutError": "timeout",
    "ConnectionFaultError": "connection",
    "AnswerLostError": "answer_lost",
    "RateLimitedError": "rate_limited",
    "ServerFaultError": "server",
    "RefusedError": "refused",
    "PaidRefusalError": "refused",
    "BadKeyError": "bad_key",
    "UnknownModelError": "unknown_model",
    "BadRequestError": "bad_request",
    "ContextTooLongError": "too_long",
    "MalformedAnswerError": "malformed",
    "UnusableAnswerError": "malformed",
    "CancelledError": "cancelled",
}
"""By the class of the error a call ended with."""


class Words:
    """The words one label may take."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)

    def __call__(self, word: object) -> str:
        """The word, if it is one of these."""
        return word if isinstance(word, str) and word in self._words else OTHER


class Labels:
    """The words of each label, for one configuration."""

    def __init__(self, settings: Settings) -> None:
        models = settings.llm.models
        self.model = Words([*(one.model for one in models.values()), "offline", _EMBEDDING_MODEL])
        self.endpoint = Words([*models, "embeddings"])
        self.provider = Words(_PROVIDERS)
        self.task = Words([*settings.llm.roles.model_dump(), *_TASKS])
        self.status = Words(status.value for status in CallStatus)
        self.state = Words([*(state.value for state in State), NEW])
        self.method = Words(_METHODS)
        self.outcome = Words(("read", "unchanged", "waiting", "failed", "gone"))
        self.waits_for = Words(("budget", "burn", "breaker", "batch", "turn"))
        self.reading = Words(_READINGS)
        self.article = Words(outcome.value for outcome in ArticleOutcome)
        self.level = Words(("L0", "L1", "L2", "L3"))
        self.breaker = Words(("closed", "open", "half-open"))
        self.winner = Words(("first", "second", "none"))
        self.publication = Words(("done", "unknown", "failed"))
        self._sink = Words(_SINKS)
        self.providers = sorted({one.provider for one in models.values()} or {"offline"})
        """Those of the configuration."""

    def sink(self, name: object) -> str:
        """The kind of a sink: the name of one that notifies tells its address."""
        return self._sink(str(name).partition("-")[0])

    def fault(self, name: object) -> str:
        """The kind of a fault, by the class of its error."""
        return FAULT_KINDS.get(str(name), OTHER)
