"""A feed server that wants a login and a token, in a thread of its own, for daemons in other processes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class SecretFeeds(ThreadingHTTPServer):
    """`bodies` by path; what has none is answered 500. `asked` are the whole targets, with their logins."""

    daemon_threads = True

    def __init__(self, bodies: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies = bodies
        self.asked: list[tuple[str, str]] = []
        self.port = int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: SecretFeeds

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("authorization", "")))
        path = urlsplit(self.path).path
        if path == "/moved":
            self.send_response(301)
            self.send_header("location", self.path.replace("/moved", "/good", 1))
            self.send_header("content-length", "0")
            self.end_headers()
            return
        body = self.server.bodies.get(path)
        self.send_response(500 if body is None else 200)
        self.send_header("content-length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def secret_feeds(bodies: dict[str, bytes]) -> Iterator[SecretFeeds]:
    """A running server; ended with the test."""
    server = SecretFeeds(bodies)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
