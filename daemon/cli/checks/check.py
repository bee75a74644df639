"""One thing the doctor looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`status` is `ok`, `note` (works, but a person should know) or `wrong`; `advice` says what to do."""

    name: str
    status: str
    detail: str
    advice: str = ""


def ok(name: str, detail: str) -> Check:
    """All is well."""
    return Check(name, "ok", detail)


def note(name: str, detail: str, *, advice: str = "") -> Check:
    """It works, but a person should know."""
    return Check(name, "note", detail, advice)


def wrong(name: str, detail: str, *, advice: str) -> Check:
    """It does not work, and this is what to do."""
    return Check(name, "wrong", detail, advice)
