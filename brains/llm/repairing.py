"""Asking once for the right form of an answer."""

from dataclasses import replace

from brains.llm.base import ModelRequest
from brains.prompts import load_prompt

_QUOTED_CHARACTERS = 20_000


def repair_request(request: ModelRequest, *, answer: str, problem: str) -> ModelRequest:
    """The request that asks to give `answer` again in the right form; `problem` says what is wrong with it."""
    repair = load_prompt("repair")
    question = "\n\n".join(part for part in (request.system, request.prompt) if part)
    return replace(
        request,
        system=repair.system,
        prompt=repair.fill({"question": question, "answer": answer[:_QUOTED_CHARACTERS], "problem": problem}),
        prompt_version=f"{repair.version} of {request.prompt_version}",
    )
