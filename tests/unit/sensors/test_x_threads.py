"""Which posts of X are told together, which wait, and which are left out."""

from typing import Any

from sensors.x.observing import observation_of
from sensors.x.texts import Part
from sensors.x.threads import MOST_WAITING, Chosen, Threads, choose, join, left_aside
from sensors.x.wire import User, id_at, page_of

NOW = 1_790_000_000.0
WAIT = 120.0
ALICE = User(id="1", username="alice", name="alice")


def number(minutes: float) -> str:
    """The id of a post of so many minutes ago."""
    return id_at(NOW - 60 * minutes)


def a_post(minutes: float, *, root: float | None = None, to: float | None = None, **more: Any) -> dict[str, Any]:
    """A post of so many minutes ago; `to`: the one it replies to, whose author is `to_user` (her own)."""
    post: dict[str, Any] = {"id": number(minutes), "text": f"part {minutes}", "author_id": "1", "lang": "en"}
    post["conversation_id"] = number(minutes if root is None else root)
    if to is not None:
        post["in_reply_to_user_id"] = more.pop("to_user", "1")
        post["referenced_tweets"] = [{"type": "replied_to", "id": number(to)}]
    return post | more


def chosen(*posts: dict[str, Any], tweets: tuple[dict[str, Any], ...] = (), **more: Any) -> Chosen:
    pages = [page_of({"data": list(posts), "includes": {"tweets": list(tweets)}})]
    given: dict[str, Any] = {"account": ALICE, "aside": (), "has_replies": False, "now": NOW} | more
    return choose(pages, **given)


def joined(parts: tuple[Part, ...], *, wait: float = WAIT) -> Threads:
    return join(parts, now=NOW, wait=wait)


def texts(threads: Threads) -> list[str]:
    return [observation_of(thread, tags=()).text for thread in threads.whole]


def test_a_thread_is_one_item_in_its_own_order() -> None:
    """Known by its first post, whatever the order it came in."""
    found = joined(chosen(a_post(9, root=10, to=10), a_post(10), a_post(8, root=10, to=9)).parts)
    (thread,) = found.whole
    observation = observation_of(thread, tags=())
    assert observation.text == "part 10\n\npart 9\n\npart 8"
    assert observation.url == f"https://x.com/alice/status/{number(10)}"
    assert observation.extra == {"posts": [number(10), number(9), number(8)]}


def test_two_threads_at_once_stay_two() -> None:
    posts = [a_post(20), a_post(19), a_post(18, root=20, to=20), a_post(17, root=19, to=19)]
    assert texts(joined(chosen(*posts).parts)) == ["part 20\n\npart 18", "part 19\n\npart 17"]


def test_replies_to_others_are_left_out_and_all_that_goes_on_from_them() -> None:
    """A reply to another; her own reply to that one; one whose parent came along and is such a reply."""
    elsewhere = a_post(8, root=8.5, to=8.5, to_user="2")
    posts = [
        a_post(10, root=11, to=11, to_user="2"),
        a_post(9, root=11, to=10),
        a_post(7, root=8.5, to=8),
        a_post(6),
    ]
    found = chosen(*posts, tweets=(elsewhere,))
    assert [part.text for part in found.parts] == ["part 6"]
    assert set(found.aside) == {number(10), number(9), number(7)}


def test_what_goes_on_from_a_reply_that_was_left_out_before_is_left_out() -> None:
    assert chosen(a_post(3, root=11, to=5), aside=(number(5),)).parts == ()


def test_a_reply_to_a_commenter_does_not_stand_in_the_thread() -> None:
    posts = [a_post(10), a_post(9, root=10, to=10), a_post(8, root=10, to=9.5, to_user="2")]
    assert texts(joined(chosen(*posts).parts)) == ["part 10\n\npart 9"]


def test_a_part_that_comes_late_says_what_it_continues() -> None:
    found = joined(chosen(a_post(5, root=60, to=59), tweets=(a_post(59, root=60, to=60),)).parts)
    observation = observation_of(found.whole[0], tags=())
    root = f"https://x.com/alice/status/{number(60)}"
    assert observation.text == f"Continues {root}\n\npart 5"
    assert (observation.title, observation.extra) == ("part 5", {"continues": root})
    assert observation.url == f"https://x.com/alice/status/{number(5)}"


def test_parts_that_come_late_together_are_one_item() -> None:
    found = joined(chosen(a_post(5, root=60, to=59), a_post(4, root=60, to=5)).parts)
    assert texts(found) == [f"Continues https://x.com/alice/status/{number(60)}\n\npart 5\n\npart 4"]


def test_a_young_post_waits_for_the_rest_and_the_whole_thread_with_it() -> None:
    found = joined(chosen(a_post(10), a_post(3), a_post(1, root=3, to=3)).parts)
    assert texts(found) == ["part 10"]
    assert [part.text for part in found.waiting] == ["part 3", "part 1"]
    assert found.ready_at == round(NOW - 60 + WAIT, 3)


def test_reposts_and_replies_wait_for_nothing() -> None:
    repost = a_post(0.5, text="RT @bob: x", referenced_tweets=[{"type": "retweeted", "id": "9"}])
    reply = a_post(0.2, root=11, to=11, to_user="2")
    found = joined(chosen(repost, reply, has_replies=True).parts)
    assert found.waiting == ()
    assert len(found.whole) == 2


def test_a_search_for_replies_tells_what_each_is_a_reply_to() -> None:
    """Each for itself: two replies in one conversation are no thread."""
    posts = [a_post(10, root=11, to=11, to_user="2"), a_post(9, root=11, to=11, to_user="2")]
    found = texts(joined(chosen(*posts, has_replies=True, account=ALICE).parts))
    assert found == [f"In reply to https://x.com/i/web/status/{number(11)}\n\npart {n}" for n in (10, 9)]


def test_a_thread_that_never_ends_is_told_as_far_as_it_goes() -> None:
    """After ten waits."""
    posts = [a_post(21), *(a_post(n, root=21, to=n + 1) for n in range(20, 0, -1))]
    found = joined(chosen(*posts).parts)
    assert found.waiting == ()
    assert len(found.whole) == 1


def test_only_so_many_wait() -> None:
    """Beyond, the oldest are told as they are."""
    parts = chosen(*(a_post(n / 100) for n in range(1, MOST_WAITING + 6))).parts
    found = joined(parts)
    assert len(found.waiting) == MOST_WAITING
    assert [thread[0].id for thread in found.whole] == [part.id for part in parts[:5]]
    long = chosen(a_post(1, text="x", note_tweet={"text": "word " * 50_000}), a_post(0.5)).parts
    assert [thread[0].id for thread in joined(long).whole] == [number(1)]


def test_of_a_post_that_is_edited_while_it_waits_the_newest_version_counts() -> None:
    """However often it was edited."""
    versions = [number(n) for n in (1.5, 1.2, 1)]
    posts = [
        a_post(1.5, edit_history_tweet_ids=versions[:1]),
        a_post(1.2, edit_history_tweet_ids=versions[:2]),
        a_post(1, edit_history_tweet_ids=versions),
    ]
    assert [part.id for part in joined(chosen(*posts).parts).waiting] == [versions[-1]]


def test_the_same_post_of_two_pages_is_told_once() -> None:
    page = page_of({"data": [a_post(5)]})
    found = choose([page, page], account=ALICE, aside=(), has_replies=False, now=NOW)
    assert len(found.parts) == 1


def test_the_authors_own_name_before_each_part_is_left_out() -> None:
    posts = [a_post(10), a_post(9, root=10, to=10, text="@Alice part two"), a_post(8, root=10, to=9, text="@alicex hi")]
    assert texts(joined(chosen(*posts).parts)) == ["part 10\n\npart two\n\n@alicex hi"]


def test_the_numbers_of_a_counted_thread_are_left_out() -> None:
    """They say nothing once it is one text; a number that is none of a count stays."""
    posts = [
        a_post(10, text="1/ The fastest reader took nine seconds."),
        a_post(9, root=10, to=10, text="2/3 The slowest took a minute."),
        a_post(8, root=10, to=9, text="(3/3) Nobody knew why."),
    ]
    (thread,) = joined(chosen(*posts).parts).whole
    observation = observation_of(thread, tags=())
    assert observation.title == "The fastest reader took nine seconds."
    assert observation.text == "The fastest reader took nine seconds.\n\nThe slowest took a minute.\n\nNobody knew why."
    posts = [a_post(10, text="1/2 cup of salt"), a_post(9, root=10, to=10, text="3/4 cup of flour")]
    assert texts(joined(chosen(*posts).parts)) == ["1/2 cup of salt\n\n3/4 cup of flour"]


def test_no_wait_is_no_wait() -> None:
    assert joined(chosen(a_post(0)).parts, wait=0).waiting == ()


def test_a_thread_whose_beginning_is_about_to_be_read_waits_for_it() -> None:
    """However old it is; what began on the page is told."""
    posts = [a_post(900), a_post(901, root=950, to=950), a_post(899, root=900, to=900)]
    parts = chosen(*posts).parts
    found = join(parts, now=NOW, wait=WAIT, unread_until=number(901))
    assert [[part.id for part in thread] for thread in found.whole] == [[number(900), number(899)]]
    assert [part.id for part in found.waiting] == [number(901)]
    assert found.ready_at is None
    (thread, _) = joined((*found.waiting, *chosen(a_post(950)).parts, *parts[1:])).whole
    assert [part.id for part in thread] == [number(950), number(901)]


def test_a_clock_that_is_set_back_makes_no_post_wait_for_what_it_said() -> None:
    """Read by a clock that was behind, a post is of now; read before it was set back, its time says nothing."""
    (ahead,) = chosen(a_post(0), now=NOW - 9000).parts
    assert ahead.at == NOW - 9000
    assert join(chosen(a_post(0)).parts, now=NOW - 9000, wait=WAIT).waiting == ()


def test_what_answers_a_reply_to_another_is_left_out_also_when_that_was_read_later() -> None:
    """Pages come the newest first: the third part of a chain is seen before the first says whom it is an answer to."""
    newer = chosen(a_post(1, root=9, to=2)).parts
    older = chosen(a_post(3, root=9, to=9, to_user="2"), a_post(2, root=9, to=3))
    assert older.parts == ()
    found = left_aside((*newer, *chosen(a_post(8)).parts), aside=older.aside)
    assert [part.id for part in found.parts] == [number(8)]
    assert found.aside == (number(1),)
