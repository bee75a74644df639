"""ChromaDB as the vector store: in this process on files, or a server. Its own embedding model is never used."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from brains.memory.base import Remembered
from daemon.core.errors import CallTimeoutError, ConnectionFaultError, DavidAgentError, ServerFaultError

_ENDPOINT = "memory"
_BATCH = 200
_LATER_FACTOR = 5.0
"""Those who wait have given up long before; this ends the request, and with it the thread that was left behind."""
_SPACE = {"hnsw": {"space": "cosine"}}
Result = TypeVar("Result")


class ChromaStore:
    """One collection of a Chroma database, named by the embedding model it was made with.

    `database` is Chroma's API object; the collection is fetched again when the server has lost it or was restarted.
    """

    def __init__(self, database: Any, *, collection: str, release: Callable[[], None]) -> None:
        self._database = database
        self._name = collection
        self._release = release
        self._collection: Any = None
        with _translated():
            self._collection = self._fetched()

    def nearest(self, vector: Sequence[float], *, limit: int) -> list[Remembered]:
        """The nearest posts, nearest first; `score` is the cosine similarity, cut to 0 to 1."""
        wanted = ["documents", "metadatas", "distances"]
        found = self._tried(lambda c: c.query(query_embeddings=[list(vector)], n_results=limit, include=wanted))
        columns = (found[column][0] for column in ("ids", "documents", "metadatas", "distances"))
        return [_remembered(row) for row in zip(*columns, strict=True)]

    def put(self, posts: Sequence[Remembered], vectors: Sequence[Sequence[float]]) -> None:
        """Take them in by item id, a few hundred in one request."""
        for start in range(0, len(posts), _BATCH):
            batch = posts[start : start + _BATCH]
            rows = {
                "ids": [post.item_id for post in batch],
                "embeddings": [list(vector) for vector in vectors[start : start + _BATCH]],
                "documents": [post.text for post in batch],
                "metadatas": [_metadata(post) for post in batch],
            }
            self._tried(partial(_upsert, rows=rows))

    def clear(self) -> None:
        """Delete the collection and make it anew."""
        self._tried(lambda _: self._database.delete_collection(self._name))
        with _translated():
            self._collection = self._fetched()

    def count(self) -> int:
        """How many posts the collection holds."""
        return int(self._tried(lambda c: c.count()))

    def close(self) -> None:
        """Let go of the files or the connections."""
        self._release()

    def _tried(self, call: Callable[[Any], Result]) -> Result:
        """Call; once more on a fresh collection when this one is gone or the kept connection was dead.

        Every call here may be repeated: none of them adds up.
        """
        from chromadb.errors import NotFoundError
        from httpx import NetworkError, RemoteProtocolError

        with _translated():
            try:
                return call(self._collection)
            except (NotFoundError, NetworkError, RemoteProtocolError):
                self._collection = self._fetched()
                return call(self._collection)

    def _fetched(self) -> Any:
        return self._database.get_or_create_collection(self._name, embedding_function=None, configuration=dict(_SPACE))


def open_embedded(folder: Path, *, collection: str) -> ChromaStore:
    """The store in this process, in its files under `folder`. Raises `OutsideError`."""
    with _translated():
        import chromadb

        client = chromadb.PersistentClient(path=folder, settings=_settings())
        try:
            return ChromaStore(client, collection=collection, release=client.close)
        except BaseException:
            client.close()
            raise


def open_http(url: str, *, collection: str, timeout: float) -> ChromaStore:
    """The store at a server's URL. Raises `OutsideError`.

    `timeout`: seconds for each request of the opening; later ones get `_LATER_FACTOR` times as long.
    """
    with _translated():
        from chromadb.config import System

        system = System(_settings(**_server_address(url)))
        database = _HttpDatabase(system, timeout=timeout)
        try:
            store = ChromaStore(database, collection=collection, release=database.close)
        except BaseException:
            database.close()
            raise
        database.set_timeout(timeout * _LATER_FACTOR)
        return store


def collection_name(model: str, *, dimensions: int) -> str:
    """The collection's name for an embedding model: letters, digits, dots and hyphens, as Chroma wants it."""
    return f"posts-v1-{re.sub(r'[^A-Za-z0-9.]+', '-', model).strip('-.')[:200]}-{dimensions}"


class _HttpDatabase:
    """Chroma's HTTP API object with a time limit, which its public client does not offer (it waits for ever)."""

    def __init__(self, system: Any, *, timeout: float) -> None:
        from chromadb.api import ServerAPI
        from chromadb.api.models.Collection import Collection

        self._collection_class = Collection
        self._api = system.instance(ServerAPI)
        self.set_timeout(timeout)
        system.start()

    def set_timeout(self, seconds: float) -> None:
        self._api._session.timeout = seconds  # noqa: SLF001 - there is no other way in, see the class

    def get_or_create_collection(self, name: str, *, embedding_function: None, configuration: Any) -> Any:
        model = self._api.get_or_create_collection(name, configuration=configuration)
        return self._collection_class(client=self._api, model=model, embedding_function=embedding_function)

    def delete_collection(self, name: str) -> None:
        self._api.delete_collection(name)

    def close(self) -> None:
        self._api._session.close()  # noqa: SLF001 - Chroma itself never closes it


def _settings(**overrides: Any) -> Any:
    from chromadb.config import Settings

    # Without `_env_file` Chroma reads the `.env` of whatever folder the daemon was started in.
    return Settings(_env_file=None, anonymized_telemetry=False, **overrides)


def _server_address(url: str) -> Mapping[str, Any]:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    is_ssl = parts.scheme == "https"
    return {
        "chroma_api_impl": "chromadb.api.fastapi.FastAPI",
        "chroma_server_host": parts.hostname or "localhost",
        "chroma_server_http_port": parts.port or (443 if is_ssl else 8000),
        "chroma_server_ssl_enabled": is_ssl,
    }


def _upsert(collection: Any, *, rows: Mapping[str, Any]) -> None:
    collection.upsert(**rows)


def _metadata(post: Remembered) -> dict[str, Any]:
    values = {
        "title": post.title,
        "published_at": post.published_at,
        "url": post.url,
        "language": post.language,
    }
    return {key: value for key, value in values.items() if value is not None}


def _remembered(row: tuple[str, str, Mapping[str, Any], float]) -> Remembered:
    item_id, document, metadata, distance = row
    return Remembered(
        item_id=item_id,
        title=str(metadata.get("title", "")),
        text=document,
        published_at=float(metadata.get("published_at", 0.0)),
        url=metadata.get("url"),
        language=metadata.get("language"),
        score=min(1.0, max(0.0, 1.0 - distance)),
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Chroma's errors as ours. It raises bare `Exception`, and its core a `BaseException` when it panics."""
    try:
        yield
    except (DavidAgentError, KeyboardInterrupt, SystemExit):
        raise
    except ImportError as error:
        why = f"the chromadb package cannot be loaded ({error}); install davidagent[memory]"
        raise ConnectionFaultError(why, endpoint=_ENDPOINT) from error
    except BaseException as error:
        raise _ours(error) from error


def _ours(error: BaseException) -> DavidAgentError:
    from httpx import HTTPError, TimeoutException

    reason = " ".join(str(error).split())[:300] or type(error).__name__
    if isinstance(error, TimeoutException):
        return CallTimeoutError("the store did not answer in time", endpoint=_ENDPOINT)
    if isinstance(error, HTTPError | OSError):
        return ConnectionFaultError(f"the store cannot be reached: {reason}", endpoint=_ENDPOINT)
    return ServerFaultError(f"the store failed: {reason}", endpoint=_ENDPOINT)
