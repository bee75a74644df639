"""Logs: one line for each notable event, to standard error, as text on a terminal and as JSON elsewhere.

Code does not log, it emits events; `log_events` is the listener that writes them down. Nothing is written before
`configure_logging` was called, and nothing leaves unscrubbed. The libraries' own warnings come out in the same form.
"""

import contextlib
import logging
import sys
from collections.abc import Callable, Collection, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

from daemon.core.clock import iso
from daemon.core.events import Event
from daemon.core.redaction import scrub
from daemon.core.settings.models import LogSettings

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_SILENT = logging.CRITICAL + 1

_LEVEL_OF_TYPE = {
    "api_exposed": logging.WARNING,
    "attempt_failed": logging.INFO,
    "batch_delayed": logging.WARNING,
    "batch_ended": logging.INFO,
    "batch_lost": logging.WARNING,
    "batch_overdue": logging.WARNING,
    "batch_refused": logging.WARNING,
    "batch_sent": logging.INFO,
    "board_migrating": logging.WARNING,
    "breaker_changed": logging.INFO,
    "batch_settled": logging.INFO,
    "budget_exhausted": logging.WARNING,
    "burn_recovered": logging.INFO,
    "burn_stage": logging.WARNING,
    "burn_tripped": logging.WARNING,
    "call_unconfirmed": logging.INFO,
    "chaos_off": logging.WARNING,
    "chaos_on": logging.WARNING,
    "claim_lost": logging.WARNING,
    "clock_set_back": logging.WARNING,
    "clock_set_forward": logging.INFO,
    "clock_was_ahead": logging.WARNING,
    "daemon_started": logging.INFO,
    "daemon_stopped": logging.INFO,
    "daemon_stopping": logging.INFO,
    "echelon_fell": logging.INFO,
    "hook_delivered": logging.INFO,
    "hook_refused": logging.WARNING,
    "hook_rotated": logging.INFO,
    "items_woken": logging.INFO,
    "level_changed": logging.INFO,
    "memory_degraded": logging.WARNING,
    "memory_model_changed": logging.WARNING,
    "memory_restored": logging.INFO,
    "network_back": logging.INFO,
    "network_lost": logging.WARNING,
    "open_files_limited": logging.WARNING,
    "pool_instance_back": logging.INFO,
    "pool_instance_out": logging.WARNING,
    "service_failed": logging.ERROR,
    "source_failed": logging.WARNING,
    "source_not_saved": logging.ERROR,
    "sources_woken": logging.INFO,
    "step_not_saved": logging.ERROR,
    "token_rotated": logging.INFO,
    "worker_paused": logging.WARNING,
}
_LEVEL_OF_STATE = {
    "PUBLISHED": logging.INFO,
    "DISCARDED": logging.INFO,
    "HELD": logging.INFO,
    "DEAD_LETTER": logging.WARNING,
}
_BAD_NEWS = {
    "source_polled": ("outcome", frozenset({"failed", "gone"})),
    "breaker_changed": ("state", frozenset({"open"})),
}
_ONLY_WHEN_DEBUGGING = frozenset({"traceback", "text", "prompt", "answer", "content", "made"})
_LONGEST_VALUE = 500

Fields = MutableMapping[str, Any]


def level_of(event: Event) -> int:
    """How notable an event is, as a level of `logging`; what is in no table is for debugging."""
    bad_news = _BAD_NEWS.get(event.type)
    if bad_news is not None and event.data.get(bad_news[0]) in bad_news[1]:
        return logging.WARNING
    return _LEVEL_OF_TYPE.get(event.type) or _LEVEL_OF_STATE.get(event.to_state or "", logging.DEBUG)


class EventLog:
    """A listener that writes events at or above its threshold. An event below it costs two look-ups."""

    def __init__(self) -> None:
        self._threshold = _SILENT
        self._write: Callable[..., Any] | None = None
        self._told_elsewhere: Collection[str] = ()

    def open(self, write: Callable[..., Any], *, threshold: int, told_elsewhere: Collection[str] = ()) -> None:
        """Write through `write(level, event, **fields)` from now on."""
        self._write = write
        self._told_elsewhere = told_elsewhere
        self._threshold = threshold

    def __call__(self, event: Event) -> None:
        """Write the event down if it is notable enough. A log that cannot be written stops nothing."""
        level = logging.DEBUG if event.type in self._told_elsewhere else level_of(event)
        if level < self._threshold or self._write is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._write(level, event.type, **self._fields(event))

    def _fields(self, event: Event) -> dict[str, Any]:
        is_debugging = self._threshold <= logging.DEBUG
        fields: dict[str, Any] = {"at": iso(event.at)}
        named = (("item_id", event.item_id), ("from", event.from_state), ("to", event.to_state), ("event_id", event.id))
        fields |= {key: value for key, value in named if value is not None}
        for key, value in (event.data if is_debugging else _without_texts(event.data)).items():
            fields[f"data_{key}" if key in _TAKEN or key in fields else key] = value
        return fields


def _without_texts(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data without what is only for debugging, at any depth: a failure carries its traceback."""
    return {
        key: _without_texts(value) if isinstance(value, Mapping) else value
        for key, value in data.items()
        if key not in _ONLY_WHEN_DEBUGGING
    }


_TAKEN = frozenset({"event", "level", "at", "logger", "exc_info", "exception", "self"})

log_events = EventLog()
"""The process's listener; silent until `configure_logging`."""


def configure_logging(
    settings: LogSettings, *, told_elsewhere: Collection[str] = (), stream: TextIO | None = None
) -> None:
    """Set up logging for this process: structlog, `log_events`, and the standard library's root handler.

    Events of the types `told_elsewhere` are logged for debugging only: a person learns of them in another way.
    """
    import structlog

    out = stream or sys.stderr
    is_terminal = out.isatty()
    is_text = settings.format == "text" or (settings.format == "auto" and is_terminal)
    threshold = _LEVELS[settings.level]
    prepare: list[Any] = [structlog.stdlib.add_log_level, structlog.processors.format_exc_info, _arrange]
    structlog.configure(
        processors=[*prepare, _renderer(is_text=is_text, has_colors=is_terminal)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _open_to_libraries(out, prepare, _renderer(is_text=is_text, has_colors=is_terminal))
    log_events.open(structlog.get_logger().log, threshold=threshold, told_elsewhere=told_elsewhere)


def _renderer(*, is_text: bool, has_colors: bool) -> Any:
    import structlog

    if not is_text:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=has_colors, timestamp_key="at", sort_keys=False, exception_formatter=structlog.dev.plain_traceback
    )


def _arrange(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Scrub everything, cut long values, and put the fixed keys first."""
    first = {
        "at": fields.pop("at", None) or _now(),
        "level": fields.pop("level", None),
        "event": fields.pop("event", ""),
    }
    arranged = scrub({**first, **fields})
    if not isinstance(arranged, dict):
        return {**first, "event": arranged}
    return {key: _cut(value) if key not in ("exception", "traceback") else value for key, value in arranged.items()}


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"{value[:_LONGEST_VALUE]}… ({len(value)} characters)"
    return value


def _now() -> str | None:
    return iso(datetime.now(UTC).timestamp())


class _LibraryHandler(logging.StreamHandler[TextIO]):
    """Marks our handler, so that a second `configure_logging` replaces it."""


def _open_to_libraries(out: TextIO, prepare: list[Any], renderer: Any) -> None:
    """The libraries' warnings and errors, in our form."""
    import structlog

    handler = _LibraryHandler(out)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *prepare, renderer],
        )
    )
    root = logging.getLogger()
    for old in [known for known in root.handlers if isinstance(known, _LibraryHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
