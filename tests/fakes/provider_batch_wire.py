"""How each vendor writes batches: what is sent, what is said of it, and how its results come."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.provider_wire import ANTHROPIC, GEMINI, OPENAI, WireRequest, read_request

_OK = 200
_WHEN = "2026-11-20T00:00:00Z"


def made_of(
    vendor: str, body: Mapping[str, Any], *, model: str, headers: Mapping[str, str], files: Mapping[str, bytes]
) -> dict[str, WireRequest]:
    """The requests of a batch by custom id."""
    if vendor == ANTHROPIC:
        return {line["custom_id"]: _read("/v1/messages", headers, line["params"]) for line in body["requests"]}
    if vendor == OPENAI:
        assert (body["endpoint"], body["completion_window"]) == ("/v1/chat/completions", "24h")
        lines = [json.loads(line) for line in files[body["input_file_id"]].splitlines()]
        assert all(line["method"] == "POST" and line["url"] == body["endpoint"] for line in lines)
        return {line["custom_id"]: _read(line["url"], headers, line["body"]) for line in lines}
    path = f"/v1beta/models/{model}:generateContent"
    entries = body["batch"]["inputConfig"]["requests"]["requests"]
    return {entry["metadata"]["key"]: _read(path, headers, entry["request"]) for entry in entries}


def _read(path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> WireRequest:
    request = read_request(path, headers, body)
    assert request is not None
    return request


# --- Anthropic ---


def _anthropic_batch(batch: Any, *, base: str) -> dict[str, Any]:
    is_over = batch.state != "running"
    ended = f"{base}/v1/messages/batches/{batch.id}/results"
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": "ended" if is_over else "canceling" if batch.is_cancelling else "in_progress",
        "request_counts": _anthropic_counts(batch),
        "created_at": _WHEN,
        "expires_at": _WHEN,
        "ended_at": _WHEN if is_over else None,
        "results_url": ended if is_over else None,
    }


def _anthropic_counts(batch: Any) -> dict[str, int]:
    if batch.state == "running":
        return {"processing": len(batch.lines), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    good = sum(outcome.status == _OK for outcome in batch.outcomes.values())
    rest = len(batch.lines) - len(batch.outcomes)
    is_cancelled = batch.state == "cancelled"
    return {
        "processing": 0,
        "succeeded": good,
        "errored": len(batch.outcomes) - good + (rest if batch.state == "failed" else 0),
        "canceled": rest if is_cancelled else 0,
        "expired": rest if batch.state == "expired" else 0,
    }


def _anthropic_results(batch: Any) -> bytes:
    lines: list[dict[str, Any]] = []
    for name, outcome in batch.outcomes.items():
        good = {"type": "succeeded", "message": outcome.body}
        result = good if outcome.status == _OK else {"type": "errored", "error": outcome.body}
        lines.append({"custom_id": name, "result": result})
    rest = {"cancelled": {"type": "canceled"}, "expired": {"type": "expired"}}.get(batch.state) or {
        "type": "errored",
        "error": _anthropic_error(500, "the batch failed"),
    }
    lines += [{"custom_id": name, "result": rest} for name in batch.lines if name not in batch.outcomes]
    return _jsonl(lines)


def _anthropic_error(status: int, message: str) -> dict[str, Any]:
    kind = {400: "invalid_request_error", 404: "not_found_error", 429: "rate_limit_error"}.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}}


# --- OpenAI ---


def _openai_batch(batch: Any, *, base: str) -> dict[str, Any]:
    status = {"running": "in_progress", "ended": "completed"}.get(batch.state, batch.state)
    good = sum(outcome.status == _OK for outcome in batch.outcomes.values())
    has_errors = len(batch.outcomes) > good or batch.state in ("expired", "cancelled")
    wrong = {"object": "list", "data": [{"code": "invalid_json_line", "message": "a line is not JSON", "line": 1}]}
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "created_at": 0,
        "input_file_id": "file-1",
        "status": status,
        "output_file_id": f"out-{batch.id}" if good else None,
        "error_file_id": f"err-{batch.id}" if has_errors else None,
        "errors": wrong if batch.state == "failed" else None,
        "request_counts": {"total": len(batch.lines), "completed": good, "failed": len(batch.outcomes) - good},
    }


def _openai_files(batch: Any) -> dict[str, bytes]:
    answers: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for name, outcome in batch.outcomes.items():
        response = {"status_code": outcome.status, "request_id": "r", "body": outcome.body}
        into = answers if outcome.status == _OK else errors
        into.append({"id": f"line_{name}", "custom_id": name, "response": response, "error": None})
    code = {"code": f"batch_{batch.state}", "message": f"This request was not executed: {batch.state}."}
    rest = [name for name in batch.lines if name not in batch.outcomes]
    errors += [{"id": f"line_{name}", "custom_id": name, "response": None, "error": code} for name in rest]
    return {f"out-{batch.id}": _jsonl(answers), f"err-{batch.id}": _jsonl(errors)}


def _openai_error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": f"e{status}"}}


# --- Gemini ---

_GOOGLE_CODES = {400: 3, 429: 8, 500: 13, 503: 14}


def _gemini_batch(batch: Any, *, base: str) -> dict[str, Any]:
    state = {"running": "RUNNING", "ended": "SUCCEEDED"}.get(batch.state, batch.state.upper())
    metadata: dict[str, Any] = {"state": f"BATCH_STATE_{state}", "createTime": _WHEN, "name": f"batches/{batch.id}"}
    if batch.outcomes:
        metadata["output"] = {"inlinedResponses": {"inlinedResponses": list(_gemini_answers(batch))}}
    return {"name": f"batches/{batch.id}", "metadata": metadata, "done": batch.state != "running"}


def _gemini_answers(batch: Any) -> Iterable[dict[str, Any]]:
    for name, outcome in batch.outcomes.items():
        good = {"response": outcome.body}
        code = _GOOGLE_CODES.get(outcome.status, 13)
        wrong = {"error": {"code": code, "message": outcome.body.get("error", {}).get("message", "")}}
        yield {"metadata": {"key": name}, **(good if outcome.status == _OK else wrong)}


def _gemini_error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "status": "NOT_FOUND" if status == 404 else "UNKNOWN"}}


# --- all ---


def _jsonl(lines: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _nothing(_: Any) -> Any:
    return None


@dataclass(frozen=True)
class Writer:
    """One vendor's way to write. `results` is a body of lines; `files` are those of an ended batch, by their id."""

    batch: Callable[..., dict[str, Any]]
    error: Callable[[int, str], dict[str, Any]]
    results: Callable[[Any], Any] = _nothing
    files: Callable[[Any], Any] = _nothing


WRITERS = {
    ANTHROPIC: Writer(_anthropic_batch, _anthropic_error, results=_anthropic_results),
    OPENAI: Writer(_openai_batch, _openai_error, files=_openai_files),
    GEMINI: Writer(_gemini_batch, _gemini_error),
}
