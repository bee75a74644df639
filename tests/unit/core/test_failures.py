import linecache

import pytest

from daemon.blackboard.failures import describe_failure
from daemon.core.errors import (
    BadKeyError,
    BrainError,
    OutsideError,
    RateLimitedError,
    RetriesExhaustedError,
    ServerFaultError,
)

OWN_CODE = """
def ask(error, cause=None):
    secret_local = "CANARY-LOCAL"
    def send():
        raise error from cause
    send()


def ask_another_way(error):
    raise error
"""


def _own_module(name: str = "brains.llm.gateway", *, shift: int = 0) -> dict:
    """A module of ours that raises: compiled under its name, its lines shifted as an edit would."""
    source = "\n" * shift + OWN_CODE
    file = f"/srv/desk/{name.replace('.', '/')}_{shift}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names: dict = {"__name__": name}
    exec(compile(source, file, "exec"), names)  # noqa: S102 (our own text above)
    return names


def _caught(function: str, *arguments: BaseException | None, module: dict | None = None) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 (whatever was passed in)
        (module or _own_module())[function](*arguments)
    return caught.value


def test_a_failure_holds_class_message_remedy_and_who_failed() -> None:
    error = _caught("ask", ServerFaultError("it is down", endpoint="gemini", status=503))
    failure = describe_failure(error, endpoint="not asked")
    assert (failure.error_class, failure.message, failure.remedy) == ("ServerFaultError", "it is down", "retry")
    assert (failure.endpoint, failure.status) == ("gemini", 503)


def test_an_error_of_ours_without_a_remedy_is_final() -> None:
    failure = describe_failure(_caught("ask", BrainError()), endpoint="left")
    assert (failure.remedy, failure.endpoint, failure.status) == ("final", "left", None)
    assert failure.message == "A brain could not do its step."


def test_the_traceback_has_the_whole_chain_and_no_local_variable() -> None:
    error = _caught("ask", BadKeyError("refused"), ValueError("the vendor's own words"))
    text = describe_failure(error).traceback
    assert "ValueError: the vendor's own words" in text
    assert "The above exception was the direct cause" in text
    assert text.rstrip().endswith("BadKeyError: refused")
    assert "in send" in text
    assert "secret_local" not in text


def test_no_secret_is_kept() -> None:
    error = _caught("ask", OutsideError("GET https://h/?key=CANARY1234", endpoint="https://u:CANARY99@h/v1"))
    assert "CANARY" not in repr(describe_failure(error))


def test_the_group_is_class_own_function_and_endpoint() -> None:
    error = _caught("ask", RateLimitedError(endpoint="gemini/quick"))
    assert describe_failure(error).group == "RateLimitedError/brains.llm.gateway.ask.send/gemini/quick"


def test_the_group_outlives_an_edit_of_the_file() -> None:
    before = _caught("ask", RateLimitedError("one"), module=_own_module())
    after = _caught("ask", RateLimitedError("two"), module=_own_module(shift=9))
    assert describe_failure(before).traceback != describe_failure(after).traceback
    assert describe_failure(before).group == describe_failure(after).group


def test_other_functions_other_classes_and_other_endpoints_are_other_groups() -> None:
    errors = [
        _caught("ask", RateLimitedError()),
        _caught("ask_another_way", RateLimitedError()),
        _caught("ask", ServerFaultError()),
        _caught("ask", RateLimitedError(endpoint="gemini")),
    ]
    assert len({describe_failure(error).group for error in errors}) == 4


def test_code_that_is_not_ours_is_not_in_the_group() -> None:
    error = _caught("ask", ValueError(), module=_own_module("httpx2.client"))
    assert describe_failure(error).group == "ValueError"


def test_used_up_retries_belong_with_the_error_that_used_them_up() -> None:
    last = _caught("ask", RateLimitedError(endpoint="gemini"))
    exhausted = _caught("ask_another_way", RetriesExhaustedError("4 attempts failed", endpoint="gemini"))
    exhausted.__cause__ = last
    failure = describe_failure(exhausted)
    assert failure.error_class == "RetriesExhaustedError"
    assert failure.group == describe_failure(last).group


def test_used_up_retries_without_a_cause_are_a_group_of_their_own() -> None:
    assert describe_failure(RetriesExhaustedError()).group == "RetriesExhaustedError"


def test_a_message_of_nothing_is_the_class() -> None:
    assert describe_failure(KeyError()).message == "KeyError"


def test_an_exception_that_cannot_be_shown_is_described_all_the_same() -> None:
    class Mute(Exception):  # noqa: N818 (a foreign class)
        def __str__(self) -> str:
            raise RuntimeError

    failure = describe_failure(_caught("ask", Mute()))
    assert failure.message == "Mute (its message cannot be shown)"
    assert "Mute" in failure.traceback


def test_very_long_texts_lose_their_middle() -> None:
    failure = describe_failure(ValueError("begin" + "x y " * 50_000 + "end"))
    assert len(failure.message) < 2_100
    assert len(failure.traceback) < 32_100
    assert failure.message.startswith("begin")
    assert failure.message.endswith("end")
    assert "characters left out" in failure.message


def test_a_failure_that_quotes_half_a_character_can_be_written_down() -> None:
    failure = describe_failure(_caught("ask", ServerFaultError("cut off \ud83d", endpoint="a\udc00")))
    assert failure.message == "cut off \ufffd"
    assert failure.endpoint == "a\ufffd"
    failure.traceback.encode()
