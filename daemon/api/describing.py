"""The OpenAPI document, completed: what is the same for every operation, and said once."""

from typing import Any

from daemon.api.callers import PASS_COOKIE
from daemon.api.problems import Problem
from sensors.webhooks.signing import SIGNATURE_HEADER

Document = dict[str, Any]

DESCRIPTION = """\
The face of DavidAgent to programs and to an audience.

Everything but `/api/health`, signing in and deliveries to webhooks (which are signed) needs the token: as
`Authorization: Bearer`, or as the password of Basic authentication (any name) for feed readers. A browser that has
signed in at `/live` bears a pass in its place, which opens only what is read. Errors are problem documents (RFC 9457).
Times are ISO 8601 in UTC unless a field says otherwise, money is dollars.

This document is served to those who have the token. There is no page to try it out from: such pages load programs from
other sites.
"""
TAGS = {
    "items": "Items: list, look at, post, decide",
    "feedback": "What people say of posts",
    "sources": "Where items come from",
    "hooks": "What others send, signed by Standard Webhooks",
    "posts": "What was published, and its feed",
    "events": "What happens, as it happens",
    "live": "The page for an audience",
    "costs": "What it costs, and would cost elsewhere",
    "budget": "What may still be spent",
    "memory": "What the agent remembers",
    "breakers": "Models that are left alone for a while",
    "chaos": "Faults on purpose",
    "admin": "For whoever runs it",
    "health": "How it is",
}
_SCHEMES: Document = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The text of `home/api.token`, or `api.token` of the configuration",
    },
    "password": {"type": "http", "scheme": "basic", "description": "Any name, with the token as password"},
    "pass": {
        "type": "apiKey",
        "in": "cookie",
        "name": PASS_COOKIE,
        "description": "What a browser keeps after signing in at `/live`; for GET alone",
    },
}
SIGNATURE = "signature"
_SCHEMES |= {
    SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": SIGNATURE_HEADER,
        "description": "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, with the secret of the webhook; "
        "several, with a space between, while it is changed",
    }
}
"""Of deliveries alone."""
_NEVER_ANSWERED = ("HTTPValidationError", "ValidationError")
_TEXT: Document = {"schema": {"type": "string"}}
_TOO_LONG: Document = {"description": "The head of the request is too long", "content": {"text/plain": _TEXT}}
_READING = frozenset({"get", "head"})


def complete(document: Document) -> Document:
    """The document FastAPI has made, with all that it cannot know; a second time changes nothing."""
    document["info"]["description"] = DESCRIPTION
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(mode="serialization")
    for name in _NEVER_ANSWERED:
        schemas.pop(name, None)
    components["securitySchemes"] = _SCHEMES
    for operations in document["paths"].values():
        for method, operation in operations.items():
            _drop_never_answered(operation["responses"])
            _say_what_comes_before(operation["responses"])
            if "security" in operation and operation["security"] != [{SIGNATURE: []}]:
                operation["security"] = _schemes_for(method)
    return document


def _drop_never_answered(responses: Document) -> None:
    """FastAPI promises its own form of 422 wherever none is declared; `problems` answers another."""
    content = responses.get("422", {}).get("content", {})
    if content.get("application/json", {}).get("schema", {}).get("$ref", "").endswith(_NEVER_ANSWERED):
        del responses["422"]


def _say_what_comes_before(responses: Document) -> None:
    """What the listener answers in plain text to a request it cannot read, whatever was asked."""
    responses.setdefault("431", _TOO_LONG)
    unread = responses.setdefault("400", {"description": "The request cannot be read", "content": {}})
    unread["content"]["text/plain"] = _TEXT


def _schemes_for(method: str) -> list[Document]:
    """Any one of them is enough."""
    names = ("token", "password", "pass") if method in _READING else ("token", "password")
    return [{name: []} for name in names]
