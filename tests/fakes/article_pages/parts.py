"""What a page of the corpus is, and what ought to come out of it."""

from dataclasses import dataclass

from daemon.blackboard.senses import ArticleOutcome


@dataclass(frozen=True)
class Sample:
    """A page; `wanted` are lines of the text that ought to come out, `around` words that stand only beside it.

    `title` and `summary` are what the feed's entry says. `asked` is the entry's link, where it is not `url`.
    """

    name: str
    html: str
    title: str
    wanted: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    summary: str = ""
    outcome: ArticleOutcome = ArticleOutcome.READ
    url: str = "https://news.example/2026/03/story-one"
    asked: str | None = None
    content_type: str = "text/html; charset=utf-8"


def paragraphs(*texts: str) -> str:
    """Each text in a `<p>`."""
    return "\n".join(f"<p>{text}</p>" for text in texts)
