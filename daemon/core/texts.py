"""Text as a database and a file can hold it."""


def writable(text: str) -> str:
    """The text without halves of characters: those that belong together are joined, any other becomes U+FFFD.

    JSON can name such halves (surrogates), and what cuts text by UTF-16 units leaves them behind; UTF-8 has none.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
