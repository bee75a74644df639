"""What the memory gets of a published post."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from brains.memory.base import Remembered
from daemon.blackboard.reading.published import posts_of
from daemon.publish.compose import post_from_content
from daemon.runtime.remembering import LoadPosts


def load_posts(board: Path) -> LoadPosts:
    """Reads published posts from the board, as the memory takes them."""

    def load(item_ids: Sequence[str]) -> list[Remembered]:
        return [remembered(content) for content in posts_of(board, item_ids)]

    return load


def remembered(content: Mapping[str, Any]) -> Remembered:
    """The post's summary and its checked sentences; only published, checked text enters the memory."""
    post = post_from_content(content)
    sentences = [claim.sentence for claim in post.claims]
    return Remembered(
        item_id=post.item_id,
        title=post.title,
        text="\n".join([post.summary, *sentences]).strip() or post.title,
        published_at=post.published_at,
        url=post.link,
        language=post.language,
    )
