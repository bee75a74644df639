"""Tables as files for a spreadsheet.

With a mark of UTF-8 at the begin, which the usual programs need to read Chinese, and with the names of `--json` as
headings, so that a sheet made of it works in each language.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final

MIME: Final = "text/csv"
_MARK: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these a cell begins that a spreadsheet would compute, or would take its beginning for a cell's end."""


def sheet(rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str]) -> bytes:
    """The rows as CSV; text that would be a formula gets an apostrophe before it, which shows it as what it is."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return (_MARK + text.getvalue()).encode()


def _cell(value: Any) -> str:
    """Numbers in full and without exponents, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{words}" if words.startswith(_FORMULA) else words
