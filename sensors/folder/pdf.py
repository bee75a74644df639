"""The text of PDF files, with pypdf. Runs in the parser's process, whose time and memory are bounded.

The order is that of the file, which for what is set in columns is the order of reading; what is painted (scanned pages,
figures) has no text. Nothing in a PDF is run, followed or fetched.
"""

import io
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from daemon.core.errors import SensorError
from sensors.feeds.raw_entries import RawEntry
from sensors.folder.observing import extract_of, modified_at
from sensors.folder.pdf_lines import Line, body_size, paragraphs
from sensors.parsers.jobs import Extract, ParseJob
from sensors.text.cleaning import MOST_TEXT_CHARS, clean_title

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MOST_PAGES: Final = 2_000
_SHARE_OF_TIME: Final = 0.6
"""After so much of the job's time no further page is begun, so that what was read is not lost."""
_MOST_FRAGMENTS: Final = 200_000
_HEADING_SIZE: Final = 1.15
_NO_TITLE = re.compile(
    r"untitled|(?:microsoft \w+ - )?\S*\.(?:docx?|indd|pptx?|tex|dvi|qxp|pdf|odt|rtf|html?)", re.IGNORECASE
)


def read(body: bytes, job: ParseJob) -> Extract:
    """The file's text in its order. Raises `SensorError`, in words, for what is damaged, encrypted or has no text."""
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

    try:
        return _read(body, job)
    except (SensorError, MemoryError):
        raise
    except (FileNotDecryptedError, DependencyError) as error:
        raise SensorError("the PDF is encrypted; save it without a password") from error
    except LimitReachedError as error:
        raise SensorError("the PDF unpacks to more than can be read") from error
    except (PyPdfError, RecursionError) as error:
        raise SensorError(f"the PDF is damaged: {type(error).__name__}: {str(error)[:200]}") from error
    except Exception as error:
        # The library trips over damaged files in many ways of its own (KeyError, TypeError, ValueError).
        raise SensorError(f"the PDF is damaged: {type(error).__name__}: {str(error)[:200]}") from error


def _read(body: bytes, job: ParseJob) -> Extract:
    from pypdf import PdfReader

    until = time.process_time() + job.seconds * _SHARE_OF_TIME
    reader = PdfReader(io.BytesIO(body))
    if reader.is_encrypted and not reader.decrypt(""):
        raise SensorError("the PDF is encrypted; save it without a password")
    count = len(reader.pages)
    pages = list(_pages(reader, count=count, until=until))
    text = "\n\n".join(paragraphs(pages))
    if not any(one.isalnum() for one in text):
        raise SensorError(_without_text(count))
    extract = extract_of(_entry(reader, pages, text, job=job), job=job, parser="pdf")
    return Extract({**extract.facts, "pages": count, "pages_read": len(pages)}, extract.observations)


def _pages(reader: "PdfReader", *, count: int, until: float) -> Iterator[list[Line]]:
    characters = 0
    for number in range(min(count, MOST_PAGES)):
        lines = _lines(reader.pages[number])
        yield lines
        characters += sum(len(line.text) for line in lines)
        if characters > MOST_TEXT_CHARS or time.process_time() > until:
            return


def _lines(page: "PageObject") -> list[Line]:
    """The lines of a page, with where they begin: the library tells each piece of text, and the ends of lines."""
    pieces: list[tuple[str, float, float, float]] = []

    def keep(*told: Any) -> None:
        text, cm, tm, _, size = told
        if len(pieces) > _MOST_FRAGMENTS:
            raise SensorError("a page of the PDF has more pieces of text than can be read")
        x = cm[0] * tm[4] + cm[2] * tm[5] + cm[4]
        y = cm[1] * tm[4] + cm[3] * tm[5] + cm[5]
        scale = abs(cm[3] * tm[3]) or abs(cm[1] * tm[1]) or 1.0
        pieces.append((text, float(x), float(y), abs(float(size)) * float(scale)))

    page.extract_text(visitor_text=keep)
    return list(_assembled(pieces))


def _assembled(pieces: list[tuple[str, float, float, float]]) -> Iterator[Line]:
    parts: list[tuple[str, float, float, float]] = []
    for text, x, y, size in pieces:
        *ended, rest = text.split("\n")
        for one in ended:
            parts.append((one, x, y, size))
            yield from _line(parts)
            parts = []
        parts.append((rest, x, y, size))
    yield from _line(parts)


def _line(parts: list[tuple[str, float, float, float]]) -> Iterator[Line]:
    text = " ".join("".join(part[0] for part in parts).split())
    told = [part for part in parts if part[0].strip()]
    if text and told:
        _, x, y, _ = told[0]
        yield Line(text, x, y, max(told, key=lambda part: len(part[0]))[3])


def _entry(reader: "PdfReader", pages: list[list[Line]], text: str, *, job: ParseJob) -> RawEntry:
    facts = _facts(reader)
    title = facts.get("title", "")
    usable = "" if _NO_TITLE.fullmatch(title) else title
    return RawEntry(
        title=usable or _largest(pages) or None,
        bodies=(text,),
        is_plain=True,
        author=facts.get("author") or None,
        dates=(_created_at(reader), modified_at(job)),
        tags=tuple(tag.strip() for tag in re.split(r"[,;]", facts.get("keywords", "")) if tag.strip()),
    )


def _facts(reader: "PdfReader") -> dict[str, str]:
    """Title, author and keywords as the file tells them; none of what it tells wrongly."""
    found: Mapping[str, Any] = reader.metadata or {}
    names = {"title": "/Title", "author": "/Author", "keywords": "/Keywords"}
    return {name: clean_title(str(found.get(key) or "")) for name, key in names.items()}


def _created_at(reader: "PdfReader") -> float | None:
    try:
        created = reader.metadata.creation_date if reader.metadata else None
        return created.timestamp() if created else None
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None


def _largest(pages: list[list[Line]]) -> str:
    """The largest words of the first page, when they are larger than its text: its title, most likely."""
    first = pages[0] if pages else []
    size = max((line.size for line in first), default=0.0)
    if size < body_size(pages) * _HEADING_SIZE:
        return ""
    return clean_title(" ".join(line.text for line in first if line.size > size * 0.98))


def _without_text(count: int) -> str:
    pages = "page" if count == 1 else "pages"
    return f"the PDF has {count} {pages} but no text: it is scanned, and would need text recognition first"
