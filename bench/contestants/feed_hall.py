"""A hall full of feeds: a loopback server of its own, with ETags, gzip and a way to add an entry to each feed.

Prints its port. The feeds stand on many loopback addresses, as feeds stand on many hosts. `GET /more` adds one entry to
each feed; a feed is `GET /feeds/N`.
"""

import argparse
import asyncio
import gzip
import random
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

HOSTS = 50
_WORDS = """
    the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which
    one you were her all she there would their we him been has when who will more no if out so said what up its about
    into than them can only other new some could time these two may then do first any my now such like our over man me
    even most made after also did many before must through back years where much your way well down should because
    council river station engine harbour winter measure signal protein vaccine mortgage orbit glacier treaty budget
""".split()  # noqa: SIM905 - two hundred words are read more easily without quotes
_SECTIONS = ("World", "Science", "Markets", "Culture", "Sport")


class Feed:
    """One feed: its entries as markup, the newest first, and the packed document with its tag."""

    def __init__(self, number: int, *, entries: int) -> None:
        self.number = number
        self._rng = random.Random(number)
        self._count = 0
        self._at = datetime(2026, 11, 20, tzinfo=UTC) - timedelta(minutes=97 * entries)
        self._entries: list[str] = []
        self._most = entries
        self.version = 0
        for _ in range(entries):
            self._add()
        self._pack()

    @property
    def is_atom(self) -> bool:
        """Every third one."""
        return self.number % 3 == 0

    def grow(self) -> None:
        """One new entry; the oldest goes."""
        self._add()
        del self._entries[: -self._most]
        self._pack()

    def _add(self) -> None:
        self._count += 1
        self._at += timedelta(minutes=97)
        write = _atom_entry if self.is_atom else _rss_item
        self._entries.append(write(self.number, self._count, at=self._at, rng=self._rng))

    def _pack(self) -> None:
        self.version += 1
        self.tag = f'"{self.number}-{self.version}"'
        body = (_atom if self.is_atom else _rss)(self.number, "".join(reversed(self._entries)))
        self.size = len(body.encode())
        self.packed = gzip.compress(body.encode(), 6)


def _sentence(rng: random.Random) -> str:
    words = rng.choices(_WORDS, k=rng.randint(8, 22))
    return f"{' '.join(words).capitalize()}."


def _body(rng: random.Random, *, link: str) -> str:
    paragraphs = [" ".join(_sentence(rng) for _ in range(rng.randint(2, 5))) for _ in range(rng.randint(2, 4))]
    paragraphs[0] = f"<strong>{_sentence(rng)}</strong> {paragraphs[0]}"
    paragraphs[-1] += f' <a href="{link}?utm_source=rss">{_sentence(rng)}</a>'
    image = f'<figure><img src="{link}.jpg" alt="{_sentence(rng)}" width="640" height="400"/></figure>'
    return image + "".join(f"<p>{one}</p>" for one in paragraphs) + "<ul><li>one</li><li>two</li></ul>"


def _rss_item(feed: int, number: int, *, at: datetime, rng: random.Random) -> str:
    link = f"https://site{feed}.example.org/{at:%Y/%m}/{number}"
    return (
        f"<item><title>{_sentence(rng)}</title><link>{link}</link><guid isPermaLink='false'>{feed}-{number}</guid>"
        f"<pubDate>{format_datetime(at)}</pubDate><category>{rng.choice(_SECTIONS)}</category>"
        f"<dc:creator>Writer {rng.randint(1, 9)}</dc:creator><description>{_sentence(rng)}</description>"
        f"<content:encoded><![CDATA[{_body(rng, link=link)}]]></content:encoded></item>"
    )


def _atom_entry(feed: int, number: int, *, at: datetime, rng: random.Random) -> str:
    link = f"https://site{feed}.example.org/{at:%Y/%m}/{number}"
    body = _body(rng, link=link).replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"<entry><title>{_sentence(rng)}</title><link href='{link}'/><id>tag:site{feed}.example.org,2026:{number}</id>"
        f"<published>{at.isoformat()}</published><updated>{at.isoformat()}</updated>"
        f"<author><name>Writer {rng.randint(1, 9)}</name></author><category term='{rng.choice(_SECTIONS)}'/>"
        f"<content type='html'>{body}</content></entry>"
    )


def _rss(feed: int, entries: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Feed {feed}</title><link>https://site{feed}.example.org/</link><language>en</language>"
        f"{entries}</channel></rss>"
    )


def _atom(feed: int, entries: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<title>Feed {feed}</title><id>tag:site{feed}.example.org,2026:feed</id>"
        f"<link href='https://site{feed}.example.org/'/>{entries}</feed>"
    )


class Hall:
    """Serves the feeds."""

    def __init__(self, feeds: list[Feed]) -> None:
        self._feeds = feeds

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, as long as the client wants it."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(self._answer(head))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, head: str) -> bytes:
        path = head.split(" ", 2)[1]
        if path == "/more":
            for feed in self._feeds:
                feed.grow()
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        feed = self._feeds[int(path.rpartition("/")[2])]
        tag = f"ETag: {feed.tag}\r\n"
        if feed.tag in head:
            return f"HTTP/1.1 304 Not Modified\r\n{tag}\r\n".encode()
        kind = "atom" if feed.is_atom else "rss"
        headers = f"Content-Type: application/{kind}+xml\r\nContent-Encoding: gzip\r\n{tag}"
        return f"HTTP/1.1 200 OK\r\n{headers}Content-Length: {len(feed.packed)}\r\n\r\n".encode() + feed.packed


async def _run(feeds: list[Feed]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    hosts = [f"127.0.1.{number}" for number in range(1, HOSTS + 1)]
    server = await asyncio.start_server(Hall(feeds).serve, hosts, port, backlog=512)
    print(port, sum(feed.size for feed in feeds), sum(len(feed.packed) for feed in feeds), flush=True)
    async with server:
        await server.serve_forever()


def address(number: int, *, port: int) -> str:
    """Where feed `number` stands."""
    return f"http://127.0.1.{number % HOSTS + 1}:{port}/feeds/{number}"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, required=True)
    parser.add_argument("--entries", type=int, default=100)
    options = parser.parse_args()
    asyncio.run(_run([Feed(number, entries=options.entries) for number in range(options.feeds)]))


if __name__ == "__main__":
    _main()
