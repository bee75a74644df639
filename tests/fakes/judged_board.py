"""A board with published posts of two sources, to be judged; made with the real engine."""

from dataclasses import dataclass

from brains.schemas import Draft, Knowledge, Review
from daemon.blackboard import SqliteEngine
from daemon.blackboard.records import Identity, NewArtifact, NewSource, Observation
from daemon.blackboard.states import Step
from daemon.publish.base import Post
from daemon.publish.compose import post_content
from tests.fakes.staged_board import STARTED_AT

RIGHT = "The gauge stood at 4.2 m on Tuesday."
WRONG = "Nine people were hurt."
CORRECTED = "Nobody was hurt."
CLAIM = "The Harbour Office closed the pier."
SOURCES = ("Harbour News", "Rumours")
_KNOWLEDGE = Knowledge.model_validate(
    {
        "language": "en",
        "gist": "The tide was high.",
        "claims": [{"statement": CLAIM, "evidence": "The Harbour Office has closed the pier."}],
    }
)


@dataclass(frozen=True)
class Judged:
    """The ids, the oldest first."""

    sources: tuple[int, int]
    posts: tuple[str, ...]
    """Published, in turn of the first and the second source; number n is called `Story n`."""
    waiting: str
    """Seen, and nothing more."""


async def publish_posts(engine: SqliteEngine, *, count: int = 3) -> Judged:
    """Bring so many posts of two sources all the way, and post one more item."""
    sources = []
    for name in SOURCES:
        new = NewSource(kind="rss", address=f"https://{name[:5].lower()}.example/feed.xml", name=name)
        sources.append((await engine.add_source(new, by="test")).id)
    posts = [await _published(engine, number, source_id=sources[number % 2]) for number in range(count)]
    waiting = await _seen(engine, "Not read yet", source_id=sources[0])
    return Judged((sources[0], sources[1]), tuple(posts), waiting)


async def _seen(engine: SqliteEngine, title: str, *, source_id: int) -> str:
    observation = Observation(title, f"{RIGHT} {title}", identities=(Identity(f"text:{title}", is_global=True),))
    (posted,) = await engine.post([observation], source_id=source_id, by="sensor")
    return posted.item_id


async def _published(engine: SqliteEngine, number: int, *, source_id: int) -> str:
    title = f"Story {number}"
    item_id = await _seen(engine, title, source_id=source_id)
    body = f"{RIGHT} {WRONG}\n\n- It is **{title}** of [many](https://example.org/many)."
    draft = Draft(language="en", title=title, summary=RIGHT, body=body)
    post = Post(
        item_id=item_id,
        slug=f"story-{item_id}",
        title=title,
        summary=RIGHT,
        body=body,
        published_at=STARTED_AT + number,
        source=SOURCES[number % 2],
        link=None,
        language="en",
    )
    made = {
        Step.EXTRACT: NewArtifact("knowledge", _KNOWLEDGE.model_dump(mode="json"), "quick"),
        Step.DRAFT: NewArtifact("draft", draft.model_dump(mode="json") | {"examples": [1, 2]}, "writer"),
        Step.REVIEW: NewArtifact("review", Review(passed=True).model_dump(mode="json"), "quick"),
        Step.PUBLISH: NewArtifact("post", post_content(post)),
    }
    for step, artifact in made.items():
        (claim,) = await engine.claim(worker_id="w", steps={step}, limit=1, lease_seconds=60)
        await engine.advance(claim, artifacts=[artifact])
    return item_id
