"""What the events of calls and artifacts say."""

from collections.abc import Sequence
from typing import Any

from daemon.blackboard.budgets import MICRO
from daemon.blackboard.records import NewArtifact, NewCall, Settlement
from daemon.blackboard.sqlite.transaction import Transaction


def tell_settled(
    transaction: Transaction, *, call_id: int | None, item_id: str | None, about: dict[str, Any], settlement: Settlement
) -> None:
    """`call_settled`: who was asked for what, how it ended, tokens, dollars (None: unknown) and times."""
    usage = settlement.usage
    data = {
        "call_id": call_id,
        **about,
        "status": settlement.status.value,
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": None if settlement.cost_micro is None else settlement.cost_micro / MICRO,
        "latency_ms": settlement.latency_ms,
        "first_token_ms": settlement.first_token_ms,
        "fault": settlement.fault,
    }
    transaction.emit("call_settled", item_id=item_id, data=data)


def about_call(call: NewCall) -> dict[str, Any]:
    """Who was asked for what."""
    return {
        "brain": call.brain,
        "task": call.task,
        "provider": call.provider,
        "model": call.model,
        "kind": call.kind.value,
        "attempt": call.attempt,
    }


def made(artifacts: Sequence[NewArtifact]) -> dict[str, Any]:
    """What a step produced, in short; nothing when it produced nothing."""
    if not artifacts:
        return {}
    return {"made": [{"kind": one.kind, "model": one.model, **one.gist} for one in artifacts]}
