"""Which files are read, and how: by their endings, and what no ending tells by what is in them."""

from typing import Final

from sensors.web.sniffing import is_pdf

TEXT_ENDINGS: Final = frozenset({".txt", ".text", ".md", ".markdown", ".html", ".htm", ""})
PDF_ENDING: Final = ".pdf"
_OFFICE_ENDINGS: Final = frozenset(
    {".doc", ".docx", ".epub", ".key", ".mobi", ".numbers", ".odp", ".ods", ".odt", ".pages", ".ppt", ".pptx"}
    | {".rtf", ".xls", ".xlsx"}
)


def ending_of(name: str) -> str:
    """The ending of a file's name in small letters, with its dot; empty when it has none."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem else ""


def is_read(ending: str) -> bool:
    """Whether files with this ending are looked at."""
    return ending in TEXT_ENDINGS or ending == PDF_ENDING


def why_not_read(ending: str) -> str | None:
    """Why a document that a person may expect to be read is not; None for what nobody expects (images, archives)."""
    if ending not in _OFFICE_ENDINGS:
        return None
    return f"files of this kind ({ending}) are not read; save it as text, Markdown, HTML or PDF"


def job_kind(ending: str, body: bytes) -> str:
    """The kind of job that reads a file."""
    return "pdf" if ending == PDF_ENDING or is_pdf(body) else "document"
