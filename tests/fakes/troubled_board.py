"""A board with what goes wrong: drafts sent back, dead letters of several kinds, waits, and texts nobody checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brains.schemas import Draft, Knowledge, Review
from daemon.blackboard import SqliteEngine
from daemon.blackboard.prompts import Prompt
from daemon.blackboard.records import (
    CallStatus,
    Claim,
    Failure,
    Identity,
    NewArtifact,
    NewCall,
    Observation,
    SettledCall,
    Settlement,
    Usage,
)
from daemon.blackboard.states import Step
from daemon.runtime.gists import with_gists

SLOW = "RateLimitedError/brains.llm.sending.Sender.send/https://models.example"
BROKEN = "PublishError/daemon.publish.notify.NotifySink.send/ntfy"
LONG_TITLE = "The Marrow Bay tide gauge, which has stood on the pier since 1931, " * 6
CHINESE_TITLE = "马罗湾潮位站连续第三个月记录到新高，专家称与海堤改造有关"
NASTY_TITLE = "Costs *fell* from $5 to $3 :red[now] ![x](https://track.example/p.png) <b>bold</b>"
TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "brains/llm/sending.py", line 88, in send\n'
    "    reply = await self._provider.send(request)\n"
    "daemon.core.errors.RateLimitedError: the provider asks for fewer requests\n"
)
SUPPORTED = "The gauge stood at 4.2 m on Tuesday."
EVIDENCE = "On Tuesday the gauge stood at 4.2 m."
WRONG = "Nine people were hurt."
_KNOWLEDGE = Knowledge.model_validate(
    {
        "language": "en",
        "gist": "The tide gauge of Marrow Bay has recorded its highest level.",
        "claims": [
            {"statement": "The gauge in Marrow Bay stood at 4.2 m.", "evidence": EVIDENCE},
            {"statement": "The Harbour Office closed the pier.", "evidence": "The Harbour Office has closed the pier."},
        ],
        "entities": [
            {"name": "Marrow Bay", "kind": "place"},
            {"name": "Harbour Office", "kind": "organization"},
            {"name": "Ada “the gauge” Lind", "kind": "person"},
        ],
        "numbers": [{"value": "4.2 m", "meaning": "level of the tide", "evidence": EVIDENCE}],
        "quotes": [{"text": "We have never seen this", "speaker": None}],
        "topics": ["tides", "Marrow Bay"],
    }
)
_DRAFT = Draft(
    language="en",
    title="Marrow Bay at its highest",
    summary=SUPPORTED,
    body=f"{SUPPORTED} {WRONG}\n\n- The pier is closed.",
)
SYSTEM, ASKED = "Extract what the text says.", "The item, as *data*: ![x](https://example.org/x.png)"
"""Of every call that was sent; the rest of its prompt is the item's title."""
_MEMORY = {"item_id": "m1", "title": "The pier was closed in March", "text": "Part of the pier gave way.", "score": 0.7}


@dataclass(frozen=True)
class Troubled:
    """The ids by what is the matter."""

    sent_back: str
    """Held after two drafts, of which the first was sent back."""
    slow: tuple[str, ...]
    """Dead letters of `SLOW`, each after three attempts."""
    broken: str
    """A dead letter of `BROKEN`, died in PUBLISHING."""
    waiting: str
    """Waits for the budget."""
    bare: str
    """An item without title, text, source or address."""
    nasty: str
    """A title full of markup."""


async def make_trouble(engine: SqliteEngine) -> Troubled:
    """Bring new items into all of it."""
    sent_back = await _sent_back(engine)
    slow = tuple([await dead(engine, title, group=SLOW) for title in (LONG_TITLE, CHINESE_TITLE, "A short one")])
    broken = await _broken(engine)
    waiting = await post(engine, "Waits for money")
    await engine.snooze(await claimed(engine), until=4e9, reason="the day's budget is used up", waits_for="budget")
    bare, nasty = await post(engine, "", text=""), await post(engine, NASTY_TITLE)
    return Troubled(sent_back, slow, broken, waiting, bare, nasty)


async def post(engine: SqliteEngine, title: str, *, text: str | None = None) -> str:
    """A new item of no source; answers its id."""
    body = f"{EVIDENCE} The Harbour Office has closed the pier. “{title}”" if text is None else text
    key = Identity(f"text:{title}", is_global=True)
    (posted,) = await engine.post([Observation(title, body, identities=(key,))], source_id=None, by="cli")
    return posted.item_id


async def dead(engine: SqliteEngine, title: str, *, group: str = SLOW, attempts: int = 3) -> str:
    """A dead letter after so many failed attempts."""
    item_id = await post(engine, title)
    claim = await claimed(engine)
    await fail(engine, claim, group=group, attempts=attempts)
    return item_id


async def fail(engine: SqliteEngine, claim: Claim, *, group: str = SLOW, attempts: int = 3) -> None:
    """Use up the attempts of a claim, each with a call of unknown outcome, and bury it."""
    for attempt in range(1, attempts + 1):
        call = await engine.begin_call(_call(claim, attempt=attempt), caps={}, keep_prompt_seconds=86_400.0)
        usage = Usage(input_tokens=900, output_tokens=0)
        await engine.settle_call(call, Settlement(CallStatus.ERROR, usage, cost_micro=0, error="429", latency_ms=310))
        failure = failure_of(group, message=f"try {attempt}: too many requests")
        await engine.record_attempt(claim, failure=failure, attempt=attempt, retry_at=None)
    await engine.bury(claim, failure=failure_of(group))


def failure_of(group: str, *, message: str = "every attempt failed: the provider asks for fewer requests") -> Failure:
    """A failure of a group."""
    return Failure(
        error_class=group.partition("/")[0], message=message, traceback=TRACEBACK, remedy="retry", group=group
    )


async def claimed(engine: SqliteEngine, *, steps: Sequence[Step] = tuple(Step)) -> Claim:
    """The next item of these steps."""
    (claim,) = await engine.claim(worker_id="w", steps=frozenset(steps), limit=1, lease_seconds=60)
    return claim


async def _sent_back(engine: SqliteEngine) -> str:
    item_id = await post(engine, "The tide gauge of Marrow Bay")
    await _advance(engine, NewArtifact("knowledge", _KNOWLEDGE.model_dump(mode="json"), "quick"))
    for faults in ([{"kind": "number", "sentence": WRONG, "reason": "the source tells of nobody hurt"}], []):
        content = _DRAFT.model_dump(mode="json") | {"memories": [_MEMORY], "memory_degraded": False}
        await _advance(engine, NewArtifact("draft", content, "writer"))
        await _judge(engine, faults)
    return item_id


async def _judge(engine: SqliteEngine, faults: list[dict[str, str]]) -> None:
    evidence = [{"sentence": SUPPORTED, "source": EVIDENCE}]
    review = Review.model_validate(
        {"passed": not faults, "faults": faults, "evidence": evidence, "sentences_checked": 5, "judged_by": "quick"}
    )
    claim = await claimed(engine)
    artifacts = with_gists([NewArtifact("review", review.model_dump(mode="json"), "quick")])
    if faults:
        await engine.reject(claim, reasons=[faults[0]["reason"]], artifacts=artifacts)
    else:
        await engine.hold(claim, reason="checked; waits for approval", artifacts=artifacts)


async def _broken(engine: SqliteEngine) -> str:
    item_id = await post(engine, "Nobody could be told")
    for _ in range(3):
        await _advance(engine)
    await engine.bury(await claimed(engine), failure=failure_of(BROKEN, message="the server said 500"))
    return item_id


async def _advance(engine: SqliteEngine, *artifacts: NewArtifact) -> None:
    claim = await claimed(engine)
    usage = Usage(input_tokens=1200, output_tokens=240, cached_tokens=300)
    settlement = Settlement(CallStatus.OK, usage, cost_micro=2150, latency_ms=1830, answer='{"gist": "…"}')
    await engine.advance(claim, artifacts=with_gists(artifacts), calls=[SettledCall(_call(claim), settlement)])


def _call(claim: Claim, *, attempt: int = 1) -> NewCall:
    about: dict[str, Any] = {"code": "0.1.0", "prompt": "3", "model": "quick-1", "config": "c1", "memory": None}
    return NewCall(
        claim.item.id,
        "left",
        claim.step.value,
        "gemini",
        "quick",
        request_hash=f"{claim.item.id}{claim.step}{attempt}{claim.item.round}",
        attempt=attempt,
        round=claim.item.round,
        epoch=claim.item.epoch,
        fingerprint=about,
        asked=Prompt(SYSTEM, f"{ASKED} {claim.item.title}"),
    )
