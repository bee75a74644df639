"""The files of the live page, held in memory as they are sent."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

PAGE = "live.html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FOLDER = Path(__file__).parent
_TYPES: Mapping[str, str] = MappingProxyType(
    {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
)
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file, plain and compressed. The tag changes with the content and the coding."""

    media_type: str
    plain: bytes
    packed: bytes
    tag: str

    def answer(self, request: Request, *, is_public: bool) -> Response:
        """The file, or 304 when the browser has it.

        Browsers keep it and ask each time: a page of one version must not meet the script of another, and who signs
        out shall have nothing left.
        """
        is_packed = _takes_gzip(request.headers.get("accept-encoding", ""))
        tag = f'"{self.tag}-gz"' if is_packed else f'"{self.tag}"'
        headers = {
            "ETag": tag,
            "Cache-Control": "public, no-cache" if is_public else "private, no-cache",
            "Vary": "Accept-Encoding, Cookie, Authorization",
            "Content-Security-Policy": POLICY,
        }
        if tag in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=_NOT_MODIFIED, headers=headers)
        if is_packed:
            headers["Content-Encoding"] = "gzip"
        return Response(self.packed if is_packed else self.plain, headers=headers, media_type=self.media_type)


@cache
def page_files() -> Mapping[str, PageFile]:
    """All files of the page by their names; read once."""
    found = sorted(path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
    return MappingProxyType({path.name: _read(path) for path in found})


def _read(path: Path) -> PageFile:
    plain = path.read_bytes()
    return PageFile(_TYPES[path.suffix], plain, gzip.compress(plain, mtime=0), sha256(plain).hexdigest()[:32])


def _takes_gzip(accepted: str) -> bool:
    codings = (one.replace(" ", "").lower().partition(";q=") for one in accepted.split(","))
    return any(name == "gzip" and weight not in {"0", "0.0", "0.00", "0.000"} for name, _, weight in codings)


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",")}
