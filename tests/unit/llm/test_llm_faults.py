"""What all providers share in translating errors."""

import httpx2
import pytest

from brains.llm.base import ProviderAnswer
from brains.llm.providers.faults import fault_of_status, fault_of_transport, http_timeout, retry_after_of
from daemon.blackboard.records import Usage
from daemon.core.errors import (
    AnswerLostError,
    BadKeyError,
    BadRequestError,
    CallTimeoutError,
    ConnectionFaultError,
    ContextTooLongError,
    OutsideError,
    RefusedError,
    UnknownModelError,
)

DATE = {"date": "Fri, 20 Nov 2026 10:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        (DATE | {"retry-after": "Fri, 20 Nov 2026 10:01:30 GMT"}, 90),
        (DATE | {"retry-after": "Fri, 20 Nov 2026 09:00:00 GMT"}, 0),
        ({"retry-after": "Fri, 20 Nov 2026 10:01:30 GMT"}, None),
        (DATE | {"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, 0),
        ({}, None),
    ],
)
def test_the_wait_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds, or a date measured on the other side's own clock."""
    assert retry_after_of(headers) == seconds


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [
        (400, "prompt is too long: 208310 tokens > 200000 maximum", ContextTooLongError),
        (400, "context_length_exceeded", ContextTooLongError),
        (400, "Model Not Exist", UnknownModelError),
        (400, "API key not valid. Please pass a valid API key.", BadKeyError),
        (400, "content_policy_violation", RefusedError),
        (400, "The response was filtered: content filter", RefusedError),
        (403, "your plan has no access", BadKeyError),
        (400, "unknown field", BadRequestError),
    ],
)
def test_the_words_of_a_refusal_say_what_it_is(status: int, detail: str, kind: type[OutsideError]) -> None:
    """The vendors have no common code, so their words decide."""
    assert type(fault_of_status(status, detail=detail, endpoint="e", headers={})) is kind


def test_a_message_is_short_and_never_quotes_what_is_said_of_a_key() -> None:
    """A vendor may repeat the key it refused."""
    assert len(str(fault_of_status(400, detail="x" * 5000, endpoint="e", headers={}))) < 400
    assert "sk-4711" not in str(fault_of_status(401, detail="bad key sk-4711", endpoint="e", headers={}))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx2.ConnectError("x"), ConnectionFaultError),
        (httpx2.ConnectTimeout("x"), ConnectionFaultError),
        (httpx2.PoolTimeout("x"), ConnectionFaultError),
        (httpx2.ReadTimeout("x"), CallTimeoutError),
        (httpx2.WriteTimeout("x"), CallTimeoutError),
        (TimeoutError(), CallTimeoutError),
        (httpx2.ReadError("x"), AnswerLostError),
        (httpx2.RemoteProtocolError("x"), AnswerLostError),
        (None, AnswerLostError),
    ],
)
def test_only_what_came_before_sending_is_a_connection_fault(error: Exception | None, kind: type[OutsideError]) -> None:
    """Of all else nobody knows whether it was charged."""
    assert type(fault_of_transport(error, endpoint="e")) is kind


def test_connecting_has_a_limit_of_its_own() -> None:
    """Ten seconds at most, or the whole limit when that is shorter."""
    assert (http_timeout(60).connect, http_timeout(60).read, http_timeout(3).connect) == (10, 60, 3)


def test_what_a_server_said_in_half_characters_can_be_written_down() -> None:
    """Errors and answers cut off between the halves of a character are kept without the half."""
    fault = fault_of_status(500, detail="the text was: \ud83d", endpoint="e", headers={})
    assert str(fault) == "e answered 500: the text was: \ufffd"
    assert ProviderAnswer('{"gist": "\ud83d', Usage(), "m").text == '{"gist": "\ufffd'
