"""Reading an answer's body: unpacked piece by piece, and never more of it than the cap.

The cap counts bytes after unpacking, so a small packed body that unpacks to gigabytes is stopped at the cap. Only gzip
and deflate are asked for; an answer in another packing is refused in words.
"""

import asyncio
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterator

from daemon.core.errors import PermanentError, TransientError

_PIECE = 64 * 1024
_LARGE_BYTES = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_PLAIN = frozenset({"", "identity", "none", "utf-8"})
_GZIP = frozenset({"gzip", "x-gzip"})
MOST_PACKINGS = 2


class BodyTooLargeError(PermanentError):
    """The body is larger than the cap."""


async def read_body(
    parts: AsyncIterable[bytes], *, encoding: str, limit: int, setting: str = "sensors.max_body"
) -> bytes:
    """The whole body, unpacked. `encoding` is the Content-Encoding header, `limit` is in bytes after unpacking.

    `setting` is where the limit comes from.

    Raises `BodyTooLargeError`, `TransientError` when a packed body is damaged or breaks off, and `PermanentError` for
    a packing that was not asked for.
    """
    unpackers = [_unpacker(name) for name in reversed(_packings(encoding))]
    pieces, last, size = list[bytes](), bytearray(), 0
    async for part in parts:
        for piece in _through(unpackers, part):
            last += piece
            size += len(piece)
            if len(last) >= _PIECE:
                pieces.append(bytes(last))
                last.clear()
            if size > limit:
                raise BodyTooLargeError(f"the body is larger than {limit:,} bytes ({setting})")
            await asyncio.sleep(0)
    if any(unpacker.is_unfinished for unpacker in unpackers):
        raise TransientError("the packed body breaks off before its end")
    body = await _joined([*pieces, bytes(last)], size=size)
    if body.startswith(_GZIP_MAGIC) and not unpackers:
        return await read_body(_once(body), encoding="gzip", limit=limit, setting=setting)
    return body


class _Unpacker:
    """Undoes gzip or deflate in bounded pieces; a body that is not packed after all passes as it is."""

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._stream: zlib._Decompress | None = None
        self._is_plain = False

    @property
    def is_unfinished(self) -> bool:
        return self._stream is not None and not self._stream.eof

    def unpack(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None and not self._is_plain:
            self._start(data)
        if self._stream is None:
            yield data
            return
        try:
            yield from self._pieces(data)
        except zlib.error as error:
            fault = str(error).rpartition(": ")[2]
            raise TransientError(f"the packed body is damaged ({fault})") from error

    def _start(self, data: bytes) -> None:
        if self._is_gzip:
            self._is_plain = not data.startswith(_GZIP_MAGIC[: len(data)])
            self._stream = None if self._is_plain else zlib.decompressobj(zlib.MAX_WBITS | 16)
        else:
            # Servers send deflate both with the zlib header and without it.
            is_wrapped = len(data) > 1 and data[0] & 0x0F == zlib.DEFLATED and (data[0] << 8 | data[1]) % 31 == 0
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS)

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        while data and self._stream is not None:
            if self._stream.eof:
                if not data.startswith(_GZIP_MAGIC):
                    return
                self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield self._stream.decompress(data, _PIECE)
            data = self._stream.unconsumed_tail or self._stream.unused_data


def _through(unpackers: list[_Unpacker], part: bytes) -> Iterator[bytes]:
    pieces: Iterator[bytes] = iter((part,))
    for unpacker in unpackers:
        pieces = _unpacked(unpacker, pieces)
    return pieces


def _unpacked(unpacker: _Unpacker, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield from unpacker.unpack(piece)


def _packings(encoding: str) -> list[str]:
    names = [name.strip().lower() for name in encoding.split(",")]
    packed = [name for name in names if name not in _PLAIN]
    if len(packed) > MOST_PACKINGS:
        raise PermanentError(f"the body is packed {len(packed)} times over")
    return packed


def _unpacker(name: str) -> _Unpacker:
    if name not in _GZIP and name != "deflate":
        raise PermanentError(f"the server sent a body packed as {name!r}, which was not asked for")
    return _Unpacker(is_gzip=name in _GZIP)


async def _joined(pieces: list[bytes], *, size: int) -> bytes:
    """A large body is put together beside the event loop: joining bytes, unlike growing them, frees the interpreter."""
    return b"".join(pieces) if size < _LARGE_BYTES else await asyncio.to_thread(b"".join, pieces)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
