"""Text as a database and a file can hold it, and what an error says on one line."""


def writable(text: str) -> str:
    """The text without halves of characters: those that belong together are joined, any other becomes U+FFFD.

    JSON can name such halves (surrogates), and what cuts text by UTF-16 units leaves them behind; UTF-8 has none.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def first_line(error: BaseException) -> str:
    """The first line of what it says; of one that says nothing, what its cause says, or what it is called."""
    text = str(error).strip() or str(error.__cause__ or "").strip()
    return text.splitlines()[0] if text else type(error).__name__
