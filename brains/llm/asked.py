"""A request as text, for the ledger: what a person wants to read who asks why a model answered so."""

from brains.llm.base import ModelRequest
from daemon.blackboard.prompts import Prompt


def asked_of(request: ModelRequest) -> Prompt:
    """What is sent. The earlier turns of a session stand before the prompt, each under its role in brackets.

    The form of the answer travels beside the texts, as a schema: its name ends the system text.
    """
    said = [f"[{turn.role}]\n{turn.text}" for turn in request.turns]
    prompt = "\n\n".join([*said, f"[user]\n{request.prompt}"]) if said else request.prompt
    form = f"[form of the answer: {request.schema.__name__}]"
    return Prompt("\n\n".join(part for part in (request.system, form) if part), prompt)
