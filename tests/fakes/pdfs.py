"""PDF files made by hand: lines at places, on pages, with facts about the document."""

import io
import zlib
from collections.abc import Mapping, Sequence

from pypdf import PdfReader, PdfWriter

Placed = tuple[str, float, float, float]
"""A line of text, x and y from the lower left corner, the size of its letters."""


def pdf(*pages: Sequence[Placed], facts: Mapping[str, str] | None = None, pack: bool = True) -> bytes:
    """A PDF with these pages."""
    contents = [b"\n".join(_show(*line) for line in page) for page in pages]
    return assembled(contents, facts=facts or {}, pack=pack)


def column(lines: Sequence[str], *, top: float = 720.0, x: float = 72.0, size: float = 11.0) -> list[Placed]:
    """Lines under one another; an empty one makes the distance of a paragraph."""
    placed, y = [], top
    for line in lines:
        if line:
            placed.append((line, x, y, size))
        y -= size * (1.2 if line else 0.8)
    return placed


def assembled(contents: Sequence[bytes], *, facts: Mapping[str, str] | None = None, pack: bool = True) -> bytes:
    """A PDF whose pages draw these content streams, with the font F1."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(contents)))
    info = " ".join(f"/{name} ({_escaped(value)})" for name, value in (facts or {}).items())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, content in enumerate(contents):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (5 + 2 * number)
        )
        objects.append(_stream(content, pack=pack))
    objects.append(f"<< {info} >>".encode("latin-1"))
    return _file(objects)


def encrypted(body: bytes, password: str) -> bytes:
    """The same document, readable with the password alone."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(body)))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _show(text: str, x: float, y: float, size: float) -> bytes:
    return f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({_escaped(text)}) Tj ET".encode("cp1252")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _stream(content: bytes, *, pack: bool) -> bytes:
    data = zlib.compress(content) if pack else content
    filters = b" /Filter /FlateDecode" if pack else b""
    return b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(data), filters, data)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        len(objects),
        start,
    )
    return bytes(out)
