"""Which posts are told, and together with which: threads are one item, replies to others are none."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sensors.x.texts import Part, part_of
from sensors.x.wire import Page, Post, User

MOST_WAITING = 50
MOST_WAITING_CHARS = 200_000
"""Beyond either, the oldest that wait are told as they are."""
MOST_WAITS = 10
"""A thread that goes on for longer than so many waits is told as far as it goes; the rest will continue it."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The posts of one look that are told, and how many others there were."""

    parts: tuple[Part, ...]
    aside: tuple[str, ...]
    """Replies to others, which were left out."""


@dataclass(frozen=True, slots=True)
class Threads:
    """What is whole, each in order, and what waits for the rest until `ready_at` (epoch seconds) at the earliest."""

    whole: tuple[tuple[Part, ...], ...]
    waiting: tuple[Part, ...]
    ready_at: float | None


def choose(
    pages: Sequence[Page], *, account: User | None, aside: Iterable[str], has_replies: bool, now: float
) -> Chosen:
    """The posts of these pages as parts, oldest first.

    `aside` are replies that were left out before. `has_replies`: replies to others are told, too.
    """
    posts = {post.id: (post, page) for page in pages for post in page.posts}
    left = set(aside)
    parts, new_aside = [], []
    for post_id in sorted(posts, key=int):
        post, page = posts[post_id]
        is_answer = _answers_another(post, page, account=account, aside=left)
        if is_answer:
            left.add(post_id)
        if is_answer and not has_replies:
            new_aside.append(post_id)
        else:
            parts.append(part_of(post, page, account=account, is_answer=is_answer, now=now))
    return Chosen(tuple(parts), tuple(new_aside))


def left_aside(parts: Sequence[Part], *, aside: Iterable[str]) -> Chosen:
    """Parts that were chosen before it was known that what they answer is a reply to another account."""
    left = set(aside)
    kept, new_aside = [], []
    for part in sorted(parts, key=lambda one: int(one.id)):
        if part.parent is not None and part.parent in left:
            left.add(part.id)
            new_aside.append(part.id)
        else:
            kept.append(part)
    return Chosen(tuple(kept), tuple(new_aside))


def join(parts: Sequence[Part], *, now: float, wait: float, unread_until: str | None = None) -> Threads:
    """Parts of any order, as threads; `wait` is how many seconds after its newest part a thread is whole.

    `unread_until`: posts before this one are about to be read, so threads that began there wait for them.
    """
    # Of a post that was edited while it waited, the newest version counts.
    newest = {part.version_of: part for part in sorted(parts, key=lambda one: int(one.id))}
    together: defaultdict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in sorted(newest.values(), key=lambda one: int(one.id)):
        together[part.by, part.id if part.is_alone else part.conversation].append(part)
    groups = sorted((tuple(group) for group in together.values()), key=lambda group: int(group[0].id))
    young = [group for group in groups if _may_go_on(group, now=now, wait=wait)]
    begun = [group for group in groups if group not in young and _began_before(group, unread_until)]
    left = [*begun, *young]
    while _is_too_much(left):
        left.pop(0)
    return Threads(
        whole=tuple(group for group in groups if group not in left),
        waiting=tuple(part for group in left for part in group),
        ready_at=min((group[-1].at + wait for group in left if group in young), default=None),
    )


def _answers_another(post: Post, page: Page, *, account: User | None, aside: set[str]) -> bool:
    """Whether it is a reply to another account, or goes on from such a reply."""
    parent_id = post.about("replied_to")
    if parent_id is None:
        return False
    author = post.author_id or (account.id if account else None)
    if author is None or post.in_reply_to_user_id != author or parent_id in aside:
        return True
    parent = page.included.get(parent_id)
    if parent is None or parent.about("replied_to") is None:
        return False
    return parent.in_reply_to_user_id != author


def _may_go_on(group: tuple[Part, ...], *, now: float, wait: float) -> bool:
    if group[-1].is_alone or now - group[0].at >= wait * MOST_WAITS:
        return False
    # A part from far ahead was read before the clock was set back; its time says nothing any more.
    return abs(now - group[-1].at) < wait


def _began_before(group: tuple[Part, ...], post_id: str | None) -> bool:
    return post_id is not None and not group[0].is_alone and int(group[0].conversation) < int(post_id)


def _is_too_much(groups: Sequence[tuple[Part, ...]]) -> bool:
    parts = [part for group in groups for part in group]
    return len(parts) > MOST_WAITING or sum(len(part.text) for part in parts) > MOST_WAITING_CHARS
