"""The publish step on a real board: intent first, exactly once where it can be."""

import pytest

from daemon.blackboard.records import PublicationStatus
from daemon.core.errors import OutcomeUnknownError, PublishError, RetriesExhaustedError
from daemon.publish.base import Post
from daemon.resilience.attempts import LocalAttempts
from daemon.runtime.publisher import Parked, Published
from tests.fakes.parts import RecordingSink
from tests.fakes.runtime_bench import Bench


def publications(bench: Bench, item_id: str) -> list[str]:
    """What the events tell of the publications."""
    events = bench.reader.item(item_id)["events"]
    return [event["type"] for event in events if event["type"].startswith("publication")]


async def test_the_intent_is_committed_before_the_sink_is_touched(bench: Bench) -> None:
    """When the sink is asked, the board already shows the intent."""
    claim = await bench.claim_in("PUBLISHING")
    seen: list[list[str]] = []

    class WatchingSink(RecordingSink):
        async def send(self, post: object, *, key: str) -> str:  # type: ignore[override]
            seen.append(publications(bench, claim.item.id))
            return key

    await bench.publisher(WatchingSink()).run(claim, LocalAttempts())
    assert seen == [["publication_intended"]]


async def test_a_crash_after_the_file_was_written_does_not_write_it_twice(bench: Bench) -> None:
    """An intent that is there already makes a sink that can look up look first."""
    claim = await bench.claim_in("PUBLISHING")
    sink = RecordingSink()
    first = await bench.publisher(sink).run(claim, LocalAttempts())
    assert isinstance(first, Published)
    await bench.engine.settle_publication(claim, key=f"{claim.item.id}:sink", status=PublicationStatus.INTENT)
    again = await bench.publisher(sink).run(claim, LocalAttempts())
    assert isinstance(again, Published)
    assert len(sink.sent) == 1


async def test_a_crash_during_a_remote_send_parks_the_item(bench: Bench) -> None:
    """A sink that cannot look up is never sent to again blindly: a person decides."""
    claim = await bench.claim_in("PUBLISHING")
    await bench.engine.intend(claim, sink="remote", key=f"{claim.item.id}:remote")
    sink = RecordingSink("remote", can_look_up=False)
    result = await bench.publisher(sink).run(claim, LocalAttempts())
    assert isinstance(result, Parked)
    assert "may or may not have the post" in result.reason
    assert sink.sent == []


async def test_an_unknown_outcome_is_held_and_sent_again_only_on_purpose(bench: Bench) -> None:
    """Held after a time-out of a remote sink; a person's approval sends it once more, and other sinks not again."""
    local, remote = RecordingSink("local"), RecordingSink("remote", can_look_up=False)
    remote.faults = [OutcomeUnknownError("timed out")]
    claim = await bench.claim_in("PUBLISHING")
    steps = bench.steps(None, local, remote)  # type: ignore[arg-type]
    await steps.run(claim)
    assert bench.states() == {"HELD"}
    await bench.engine.approve([claim.item.id], by="test")
    await steps.run(await bench.claim())
    assert bench.states() == {"PUBLISHED"}
    assert (len(local.sent), len(remote.sent)) == (1, 1)


async def test_a_sink_that_certainly_failed_is_tried_again(bench: Bench) -> None:
    """Two refusals, then success: three tries, one post."""
    claim = await bench.claim_in("PUBLISHING")
    sink = RecordingSink(can_look_up=False)
    sink.faults = [PublishError("disk full"), PublishError("disk full")]
    attempts = LocalAttempts()
    assert isinstance(await bench.publisher(sink).run(claim, attempts), Published)
    assert (attempts.used, len(sink.sent)) == (2, 1)


async def test_a_sink_that_cannot_look_just_now_is_asked_again(bench: Bench) -> None:
    """A folder that cannot be read for a moment is no reason for a dead letter; it counts like a refused send."""
    claim = await bench.claim_in("PUBLISHING")
    faults = [PublishError("the folder cannot be read")]

    class BlindSink(RecordingSink):
        async def look_up(self, post: Post, *, key: str) -> str | None:
            if faults:
                raise faults.pop()
            return await super().look_up(post, key=key)

    sink, attempts = BlindSink(), LocalAttempts()
    assert isinstance(await bench.publisher(sink).run(claim, attempts), Published)
    assert (attempts.used, len(sink.sent)) == (1, 1)


async def test_a_crash_in_a_second_send_parks_the_item(bench: Bench) -> None:
    """The refusal before it does not make it certain that nothing is there."""
    claim = await bench.claim_in("PUBLISHING")

    class DyingSink(RecordingSink):
        async def send(self, post: Post, *, key: str) -> str:
            if not self.faults:
                raise KeyboardInterrupt
            raise self.faults.pop()

    sink = DyingSink("remote", can_look_up=False)
    sink.faults = [PublishError("refused")]
    with pytest.raises(KeyboardInterrupt):
        await bench.publisher(sink).run(claim, LocalAttempts())
    again = await bench.publisher(RecordingSink("remote", can_look_up=False)).run(claim, LocalAttempts())
    assert isinstance(again, Parked)


async def test_a_feed_that_was_not_written_yet_gets_the_post_after_a_crash(bench: Bench) -> None:
    """A sink that can look is asked also when the board says that it was done."""
    claim = await bench.claim_in("PUBLISHING")
    await bench.publisher(RecordingSink("feed")).run(claim, LocalAttempts())
    restarted = RecordingSink("feed")
    assert isinstance(await bench.publisher(restarted).run(claim, LocalAttempts()), Published)
    assert len(restarted.sent) == 1


async def test_a_sink_that_fails_to_the_end_is_a_dead_letter(bench: Bench) -> None:
    """Four refusals use up the attempts; nothing was published, and a retry after the mend publishes."""
    claim = await bench.claim_in("PUBLISHING")
    sink = RecordingSink()
    sink.faults = [PublishError("disk full")] * 4
    steps = bench.steps(None, sink)  # type: ignore[arg-type]
    await steps.run(claim)
    assert bench.states() == {"DEAD_LETTER"}
    assert bench.types().count("attempt_failed") == 4
    await bench.engine.revive(by="test")
    await steps.run(await bench.claim())
    assert (bench.states(), len(sink.sent)) == ({"PUBLISHED"}, 1)


async def test_attempts_before_a_crash_count(bench: Bench) -> None:
    """With four attempts used up, the sink is not asked again."""
    claim = await bench.claim_in("PUBLISHING")
    attempts = LocalAttempts()
    for _ in range(4):
        await attempts.failed(PublishError("x"), retry_in=None)
    sink = RecordingSink()
    with pytest.raises(RetriesExhaustedError):
        await bench.publisher(sink).run(claim, attempts)
    assert sink.sent == []


async def test_the_same_post_is_composed_again(bench: Bench) -> None:
    """After a crash the post is the same to the letter, its date too: it is made from the board alone."""
    claim = await bench.claim_in("PUBLISHING")
    sink = RecordingSink()
    await bench.publisher(sink).run(claim, LocalAttempts())
    other = RecordingSink("other")
    await bench.publisher(other, sink).run(claim, LocalAttempts())
    assert other.sent[0].slug == sink.sent[0].slug
    assert other.sent[0].body == sink.sent[0].body
