"""How each vendor says that something is wrong."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_wire import ANTHROPIC, GEMINI, WireRequest

TOO_MANY = 429


@dataclass(frozen=True)
class WireError:
    """An error answer."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def write_error(request: WireRequest, rule: Rule) -> WireError | None:
    """The error a rule asks for; None when the rule is about something else."""
    said = _said(request, rule)
    if said is None:
        return None
    status, code, usual = said
    message = rule.message or usual
    headers = {}
    if rule.retry_after is not None and request.vendor != GEMINI:
        headers = {"retry-after": f"{rule.retry_after:g}"}
    return WireError(status, _body(request.vendor, status=status, code=code, message=message, rule=rule), headers)


def _said(request: WireRequest, rule: Rule) -> tuple[int, str, str] | None:
    """Status, the vendor's code, and words much like those of the real services."""
    if rule.fault is Fault.STATUS or (rule.fault is Fault.ERROR_EVENT and not request.is_stream):
        return rule.status, f"status_{rule.status}", f"the service answers {rule.status} for now"
    if rule.fault is Fault.BAD_KEY and request.vendor == GEMINI:
        return 400, "API_KEY_INVALID", f"API key not valid: {request.key}. Please pass a valid API key."
    return {
        Fault.BAD_KEY: (401, "invalid_api_key", f"Incorrect API key provided: {request.key}"),
        Fault.UNKNOWN_MODEL: (404, "model_not_found", f"The model {request.model} does not exist"),
        Fault.TOO_LONG: (400, *_too_long(request.vendor)),
        Fault.BAD_REQUEST: (400, "invalid_request", "messages: something about this request is wrong"),
        Fault.NO_SCHEMA: (400, "unsupported_parameter", "response_format/output_config of type json_schema is unknown"),
        Fault.NO_TOOLS: (400, "unsupported_parameter", "tools are not supported by this model"),
        Fault.NO_TEMPERATURE: (400, "unsupported_value", "'temperature' does not support 0.2 with this model"),
        Fault.OLD_LIMIT: (400, "unknown_parameter", "Unrecognized request argument: max_completion_tokens"),
        Fault.NO_STREAM: (400, "unsupported_value", "stream: streaming is not supported by this model"),
        Fault.NO_STREAM_OPTIONS: (400, "unknown_parameter", "Unrecognized request argument supplied: stream_options"),
        Fault.NO_EAGER_INPUT: (400, "", "tools.0.eager_input_streaming: Extra inputs are not permitted"),
        Fault.NO_CACHE_MARKERS: (400, "", "system.0.cache_control: Extra inputs are not permitted"),
    }.get(rule.fault)


def write_stream_error(request: WireRequest, rule: Rule) -> str:
    """An error of that status as an event within a stream, where no vendor gives a status."""
    message = f"the service answers {rule.status} for now"
    if request.vendor == ANTHROPIC:
        body = _body(ANTHROPIC, status=rule.status, code="", message=message, rule=rule)
        return f"event: error\ndata: {json.dumps(body)}\n\n"
    if request.vendor == GEMINI:
        error = {"code": rule.status, "message": message, "status": "UNAVAILABLE"}
    else:
        kind = "rate_limit_exceeded" if rule.status == TOO_MANY else "server_error"
        error = {"message": message, "type": kind, "param": None, "code": None}
    return f"data: {json.dumps({'error': error})}\n\n"


def _too_long(vendor: str) -> tuple[str, str]:
    return {
        ANTHROPIC: ("invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"),
        GEMINI: ("INVALID", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
    }.get(vendor, ("context_length_exceeded", "This model's maximum context length is 128000 tokens."))


def _body(vendor: str, *, status: int, code: str, message: str, rule: Rule) -> dict[str, Any]:
    if vendor == ANTHROPIC:
        kinds = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error"}
        kinds |= {429: "rate_limit_error", 529: "overloaded_error"}
        return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": message}}
    if vendor == GEMINI:
        details: list[dict[str, Any]] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code}]
        if rule.retry_after is not None:
            wait = f"{rule.retry_after:g}s"
            details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": wait})
        return {"error": {"code": status, "message": message, "status": "INVALID_ARGUMENT", "details": details}}
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
