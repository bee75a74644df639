"""What failed, in words: the name of an error's class is for programs."""

from dashboard.texts import has, t


def failure_words(name: str | None) -> str:
    """`The model refused` for `RefusedError`; a class that is not known, such as one of Python's, by its name."""
    key = f"failure.{name}"
    return t(key) if has(key) else name or "–"
