"""Patterns for LIKE in the queries of the read side."""


def containing(text: str | None) -> str | None:
    """Matches what holds this text, whose own wildcards stand for themselves; None for nothing."""
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
