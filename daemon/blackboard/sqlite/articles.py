"""Items that wait for the article behind them, and what became of it."""

import json
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.senses import Article, AwaitedArticle
from daemon.blackboard.sqlite.rows import Row, to_json
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.texts import writable

_SENSES = load_queries("senses")


def awaited_articles(transaction: Transaction, *, limit: int, after: str) -> list[AwaitedArticle]:
    """What waits, oldest first, after an id."""
    found = transaction.execute(_SENSES["awaited_articles"], {"limit": limit, "after": after})
    return [_awaited(row) for row in found]


def await_anew(transaction: Transaction, *, within: float) -> int:
    """What is about to be let go without its article waits once more."""
    times = {"now": transaction.now, "until": transaction.now + within}
    return transaction.execute(_SENSES["await_anew"], times).rowcount


def _awaited(row: Row) -> AwaitedArticle:
    return AwaitedArticle(
        item_id=row[0],
        source_id=row[1],
        url=row[2],
        title=row[3],
        text=row[4],
        until=row[5],
        tags=tuple(json.loads(row[6])),
        source_address=row[7],
    )


def settle_article(transaction: Transaction, *, item_id: str, article: Article) -> bool:
    """Keep what became of the article and end the wait; False when there is none any more."""
    ended = transaction.execute(_SENSES["end_wait_for_article"], {"id": item_id, "now": transaction.now})
    if ended.rowcount == 0:
        return False
    _keep(transaction, item_id, article)
    data = {
        "outcome": article.outcome.value,
        "note": writable(article.note),
        "characters": len(article.text or ""),
        "url": writable(article.url),
    }
    transaction.emit("article_settled", item_id=item_id, data=data)
    return True


def _keep(transaction: Transaction, item_id: str, article: Article) -> None:
    text, author, published_at, language, extra = transaction.execute(_SENSES["observed"], {"id": item_id}).fetchone()
    kept: dict[str, Any] = {"id": item_id, "text": text, "author": author, "published_at": published_at}
    kept |= {"language": language}
    facts = {**json.loads(extra), "article": _facts(article)}
    if article.text:
        facts["feed_text"] = text
        kept |= {
            "text": writable(article.text),
            "author": author or (article.author and writable(article.author)),
            "published_at": article.published_at if published_at is None else published_at,
            "language": language or article.language,
        }
    transaction.execute(_SENSES["keep_article"], {**kept, "extra": writable(to_json(facts))})


def _facts(article: Article) -> dict[str, Any]:
    return {
        **article.facts,
        "outcome": article.outcome.value,
        "url": article.url,
        "note": article.note,
    }
