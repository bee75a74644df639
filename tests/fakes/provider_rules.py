"""How the fake provider is told to behave: rules matched on what a request says."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from tests.fakes.provider_wire import WireRequest


class Fault(StrEnum):
    """What may go wrong with an answer."""

    NONE = "none"
    STATUS = "status"
    """An error status, with `retry_after` in the vendor's own way."""
    HANG = "hang"
    """No answer at all, until the client goes away."""
    RESET = "reset"
    """The connection is reset instead of an answer."""
    GARBAGE_BODY = "garbage_body"
    """A page of HTML with status 200."""
    GARBAGE_DOCUMENT = "garbage_document"
    """A JSON document with status 200 that is no answer of this vendor."""
    HALF_BODY = "half_body"
    """The connection ends in the middle of the body, or of the stream."""
    BAD_JSON = "bad_json"
    """A valid envelope around text that is not JSON."""
    WRONG_SHAPE = "wrong_shape"
    """A valid envelope around JSON of another shape."""
    CUT_OFF = "cut_off"
    """Half an answer: the token limit was reached."""
    EMPTY = "empty"
    REFUSAL = "refusal"
    BAD_KEY = "bad_key"
    UNKNOWN_MODEL = "unknown_model"
    TOO_LONG = "too_long"
    BAD_REQUEST = "bad_request"
    NO_SCHEMA = "no_schema"
    """The server does not know native schemas (answers 400 to requests that have one)."""
    NO_TOOLS = "no_tools"
    NO_TEMPERATURE = "no_temperature"
    OLD_LIMIT = "old_limit"
    """The server knows `max_tokens` only."""
    NO_STREAM = "no_stream"
    NO_STREAM_OPTIONS = "no_stream_options"
    IGNORES_STREAM = "ignores_stream"
    """The server takes no notice of being asked for a stream."""
    NO_EAGER_INPUT = "no_eager_input"
    NO_CACHE_MARKERS = "no_cache_markers"
    STALL = "stall"
    """Half the answer, then silence (or pings, which are no progress)."""
    SLOW_START = "slow_start"
    """The answer begins late, though the connection is there."""
    DRIP = "drip"
    """One character at a time."""
    LOOP = "loop"
    """A phrase again and again; a stream of it never ends."""
    BROKEN_STREAM = "broken_stream"
    """Half the answer, and the connection ends as if it were all."""
    ERROR_EVENT = "error_event"
    """An error of the vendor in the middle of a stream, with `status` in its own words; else that status."""
    GARBAGE_EVENT = "garbage_event"
    """An event in the middle of a stream that is no JSON; else a page of HTML."""


@dataclass
class Rule:
    """Applies to requests that contain `contains` (and are of that vendor and model, where given).

    `skip`: the first so many matching requests pass; `times`: then it applies so often (None: always).
    `latency`: seconds before anything is answered, added to the server's own. `pause`: seconds of silence of STALL and
    SLOW_START (None: until the client goes), or between two characters of DRIP.
    """

    contains: str = ""
    fault: Fault = Fault.NONE
    vendor: str | None = None
    model: str | None = None
    status: int = 500
    retry_after: float | None = None
    message: str = ""
    """What an error says instead of the usual words."""
    latency: float = 0.0
    pause: float | None = None
    times: int | None = None
    skip: int = 0
    used: int = field(default=0, compare=False)

    def matches(self, request: WireRequest) -> bool:
        """Whether the rule speaks of this request and is not used up."""
        is_meant = self.contains in request.text and self.vendor in (None, request.vendor)
        if not is_meant or self.model not in (None, request.model) or not _concerns(self.fault, request):
            return False
        self.used += 1
        return self.used > self.skip and (self.times is None or self.used <= self.skip + self.times)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Rule":
        """The rule a JSON document describes."""
        return cls(**{**data, "fault": Fault(data.get("fault", Fault.NONE))})


def first_match(rules: Iterable[Rule], request: WireRequest) -> Rule:
    """The first rule that applies; a rule without effect when none does."""
    return next((rule for rule in rules if rule.matches(request)), Rule())


_CONCERNS: Mapping[Fault, Callable[[WireRequest], bool]] = {
    Fault.NO_SCHEMA: lambda request: request.form == "schema",
    Fault.NO_TOOLS: lambda request: request.form == "tool",
    Fault.NO_STREAM: lambda request: request.is_stream,
    Fault.IGNORES_STREAM: lambda request: request.is_stream,
    Fault.NO_STREAM_OPTIONS: lambda request: "stream_options" in request.body,
    Fault.NO_TEMPERATURE: lambda request: "temperature" in request.body,
    Fault.OLD_LIMIT: lambda request: "max_completion_tokens" in request.body,
    Fault.NO_EAGER_INPUT: lambda request: "eager_input_streaming" in json.dumps(request.body),
    Fault.NO_CACHE_MARKERS: lambda request: "cache_control" in json.dumps(request.body),
}


def _concerns(fault: Fault, request: WireRequest) -> bool:
    return fault not in _CONCERNS or _CONCERNS[fault](request)
