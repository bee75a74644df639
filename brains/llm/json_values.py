"""Reads JSON as it arrives, and gives out the text of its string values: what a model says, without keys and form."""

import re

_START = re.compile(r"[\s`json]*")
"""What may stand before the document: white space, and the fence some models put around it."""
_IN_STRING = re.compile(r'[^"\\]+|\\u[0-9a-fA-F]{4}|\\u(?=[0-9a-fA-F]{0,3}[^0-9a-fA-F])|\\[^u]|"')
_STRUCTURE = re.compile(r"[{}\[\],:]")
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class StringValues:
    """Fed with pieces of a document cut at any place; costs the same for each character, however long it gets.

    What does not begin as JSON is all value.
    """

    def __init__(self) -> None:
        self.blank = 0
        """Characters since the last one that is structure or text: white space, digits."""
        self._is_json: bool | None = None
        self._rest = ""
        """The beginning of an escape whose end has not come, or of a document that may be JSON."""
        self._containers: list[str] = []
        self._is_in_string = False
        self._is_key = False

    def feed(self, piece: str) -> str:
        """The text of values in this piece, unescaped; each value ends with a line break."""
        text, self._rest = self._rest + piece, ""
        if self._is_json is None:
            text = self._begin(text)
        if not self._is_json:
            return text if self._is_json is False else ""
        values: list[str] = []
        at = 0
        while at < len(text):
            at = self._string(text, at, values) if self._is_in_string else self._between(text, at)
        return "".join(values)

    def _begin(self, text: str) -> str:
        match = _START.match(text)
        at = match.end() if match else 0
        if at == len(text):
            self._rest = text[-1:]
            self.blank += max(0, len(text) - 1)
            return ""
        self._is_json = text[at] in "{["
        return text[at:] if self._is_json else text

    def _between(self, text: str, at: int) -> int:
        """From outside of strings to behind the next quotation mark, or to the end."""
        quote = text.find('"', at)
        end = len(text) if quote < 0 else quote
        last = at
        for mark in _STRUCTURE.finditer(text, at, end):
            self._enter(mark[0])
            last, self.blank = mark.end(), 0
        if quote < 0:
            self.blank += end - last
            return end
        self._is_in_string, self.blank = True, 0
        return quote + 1

    def _enter(self, mark: str) -> None:
        if mark in "{[":
            self._containers.append(mark)
        elif mark in "}]" and self._containers:
            self._containers.pop()
        self._is_key = mark in "{," and self._containers[-1:] == ["{"]

    def _string(self, text: str, at: int, values: list[str]) -> int:
        """From inside of a string to behind its end, or to the end."""
        while match := _IN_STRING.match(text, at):
            at, found = match.end(), match[0]
            if found == '"':
                self._is_in_string = False
                if not self._is_key:
                    values.append("\n")
                return at
            if not self._is_key:
                values.append(_unescaped(found))
        self._rest = text[at:]
        return len(text)


def _unescaped(found: str) -> str:
    if found[0] != "\\":
        return found
    code = found[2:]
    return chr(int(code, 16)) if code else _MEANT.get(found[1], found[1])
