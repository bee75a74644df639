import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from daemon.core.events import Emitter, Event
from daemon.core.logs import EventLog, configure_logging, level_of, log_events
from daemon.core.settings.models import LogSettings

AT = 1_790_000_000.5


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """What these tests set up is taken down again."""
    handlers = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()
    log_events.open(lambda *_: None, threshold=logging.CRITICAL + 1)


def _lines(out: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def _published(**data: object) -> Event:
    return Event("item_advanced", AT, 7, "06c2r5x9k1v7q", "PUBLISHING", "PUBLISHED", data)


def test_nothing_is_written_before_logging_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    EventLog()(_published())
    assert capsys.readouterr() == ("", "")


def test_a_notable_event_is_one_json_line_with_fixed_keys_first() -> None:
    out = io.StringIO()
    configure_logging(LogSettings(), stream=out)
    log_events(_published(url="https://example.org/a", sinks=["atom"]))
    (line,) = _lines(out)
    assert line == {
        "at": "2026-09-21T14:13:20.500Z",
        "level": "info",
        "event": "item_advanced",
        "item_id": "06c2r5x9k1v7q",
        "from": "PUBLISHING",
        "to": "PUBLISHED",
        "event_id": 7,
        "url": "https://example.org/a",
        "sinks": ["atom"],
    }
    assert list(line)[:3] == ["at", "level", "event"]


def test_on_a_terminal_it_is_text() -> None:
    out = Terminal()
    configure_logging(LogSettings(), stream=out)
    log_events(_published())
    assert "item_advanced" in out.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(out.getvalue())


def test_the_format_can_be_chosen() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    configure_logging(LogSettings(format="json"), stream=terminal)
    log_events(_published())
    configure_logging(LogSettings(format="text"), stream=pipe)
    log_events(_published())
    assert _lines(terminal)[0]["event"] == "item_advanced"
    assert "item_id=06c2r5x9k1v7q" in pipe.getvalue()
    assert "\x1b" not in pipe.getvalue()


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (_published(), logging.INFO),
        (Event("item_held", AT, to_state="HELD"), logging.INFO),
        (Event("item_discarded", AT, to_state="DISCARDED"), logging.INFO),
        (Event("item_buried", AT, to_state="DEAD_LETTER"), logging.WARNING),
        (Event("item_claimed", AT, to_state="INGESTING"), logging.DEBUG),
        (Event("item_posted", AT, to_state="QUEUED"), logging.DEBUG),
        (Event("source_polled", AT, data={"outcome": "read"}), logging.DEBUG),
        (Event("source_polled", AT, data={"outcome": "failed"}), logging.WARNING),
        (Event("source_polled", AT, data={"outcome": "gone"}), logging.WARNING),
        (Event("breaker_changed", AT, data={"state": "open"}), logging.WARNING),
        (Event("breaker_changed", AT, data={"state": "closed"}), logging.INFO),
        (Event("memory_degraded", AT), logging.WARNING),
        (Event("memory_restored", AT), logging.INFO),
        (Event("daemon_started", AT), logging.INFO),
        (Event("service_failed", AT), logging.ERROR),
    ],
    ids=lambda value: value.type if isinstance(value, Event) else None,
)
def test_how_notable_an_event_is(event: Event, level: int) -> None:
    assert level_of(event) == level


@pytest.mark.parametrize(("level", "shown"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)])
def test_the_level_decides_what_is_written(level: str, shown: int) -> None:
    out = io.StringIO()
    configure_logging(LogSettings(level=level), stream=out)
    for event in (Event("item_claimed", AT), _published(), Event("memory_degraded", AT)):
        log_events(event)
    assert len(_lines(out)) == shown


def test_secrets_are_scrubbed_from_events_libraries_and_tracebacks() -> None:
    out = io.StringIO()
    configure_logging(LogSettings(), stream=out)
    log_events(_published(url="https://me:CANARY123@example.org/", api_key="CANARY"))
    logging.getLogger("httpx2").warning("GET %s", "https://h/?token=CANARY1234")
    try:
        raise ValueError("password=CANARY1234")  # noqa: TRY301 (the traceback is what is tested)
    except ValueError:
        logging.getLogger("library").exception("failed")
        structlog.get_logger().error("failed", exc_info=True)
    assert "CANARY" not in out.getvalue()
    assert [line["event"] for line in _lines(out)] == ["item_advanced", "GET https://h/?token=***", "failed", "failed"]
    assert "ValueError: password=***" in _lines(out)[3]["exception"]


def test_texts_of_items_and_tracebacks_are_only_for_debugging() -> None:
    out = io.StringIO()
    failure = {"message": "no answer", "traceback": "Traceback …"}
    told = {"error": "x", "failure": failure, "traceback": "Traceback …", "text": "whole item"}
    failed = Event("attempt_failed", AT, data=told)
    configure_logging(LogSettings(), stream=out)
    log_events(failed)
    configure_logging(LogSettings(level="debug"), stream=out)
    log_events(failed)
    assert [("traceback" in line, "text" in line) for line in _lines(out)] == [(False, False), (True, True)]
    assert [line["failure"] for line in _lines(out)] == [{"message": "no answer"}, failure]


def test_data_cannot_take_the_place_of_a_fixed_key_or_break_the_call() -> None:
    out = io.StringIO()
    configure_logging(LogSettings(), stream=out)
    log_events(_published(event="forged", level="forged", at="forged", item_id="forged", self="forged", exc_info=True))
    (line,) = _lines(out)
    assert (line["event"], line["level"], line["item_id"]) == ("item_advanced", "info", "06c2r5x9k1v7q")
    assert (line["data_event"], line["data_item_id"]) == ("forged", "forged")


def test_a_long_value_is_cut() -> None:
    out = io.StringIO()
    configure_logging(LogSettings(), stream=out)
    log_events(_published(title="a b " * 500))
    assert _lines(out)[0]["title"].endswith("… (2000 characters)")


def test_what_cannot_be_scrubbed_is_said_without_being_shown() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError

    out = io.StringIO()
    configure_logging(LogSettings(), stream=out)
    log_events(_published(bad=Hostile()))
    assert _lines(out) == [
        {"at": "2026-09-21T14:13:20.500Z", "level": "info", "event": "[hidden: could not be scrubbed]"}
    ]


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    out = io.StringIO()
    configure_logging(LogSettings(), stream=out)
    out.close()
    log_events(_published())


def test_configuring_twice_writes_each_line_once() -> None:
    out = io.StringIO()
    configure_logging(LogSettings(), stream=out)
    configure_logging(LogSettings(), stream=out)
    logging.getLogger("library").warning("once")
    assert [line["event"] for line in _lines(out)] == ["once"]


def test_libraries_below_warning_are_silent() -> None:
    out = io.StringIO()
    configure_logging(LogSettings(level="debug"), stream=out)
    logging.getLogger("httpx2").info("connecting")
    assert out.getvalue() == ""


def test_an_emitter_hands_an_event_to_all_listeners_in_order() -> None:
    heard: list[str] = []
    emitter = Emitter()
    emitter.listen(lambda event: heard.append(f"first {event.type}"))
    emitter.listen(lambda event: heard.append(f"second {event.type}"))
    emitter.emit(Event("item_posted", AT))
    assert heard == ["first item_posted", "second item_posted"]


def test_a_listener_that_raises_keeps_the_event_from_nobody(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []
    emitter = Emitter()
    emitter.listen(lambda _: 1 / 0)
    emitter.listen(lambda event: heard.append(event.type))
    emitter.emit(Event("item_posted", AT))
    assert heard == ["item_posted"]
    assert "a listener failed on item_posted" in caplog.text


def test_what_an_item_says_is_logged_only_for_debugging() -> None:
    """Not even in short: `made` quotes the source."""
    event = Event("item_advanced", AT, to_state="PUBLISHED", data={"made": [{"kind": "post", "title": "QUOTED"}]})
    for level, is_there in (("info", False), ("debug", True)):
        out = io.StringIO()
        configure_logging(LogSettings(level=level), stream=out)
        log_events(event)
        assert ("QUOTED" in out.getvalue()) is is_there
