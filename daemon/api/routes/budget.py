"""What may still be spent, and more of it."""

from typing import Any

from fastapi import APIRouter, Depends

from daemon.api.bodies import BudgetBody
from daemon.api.dependencies import ActionsPart, check_token

router = APIRouter(prefix="/api/budget", tags=["budget"], dependencies=[Depends(check_token)])


@router.get("")
async def budget(actions: ActionsPart) -> dict[str, Any]:
    """Caps, what stands against them, how fast it goes, and how many items wait for the budget."""
    return await actions.budget()


@router.post("")
async def raise_budget(body: BudgetBody, actions: ActionsPart) -> dict[str, Any]:
    """Set caps for their running day or month, in the place of the configured ones; what waits goes on."""
    return await actions.raise_budget(body.caps())


@router.post("/reset")
async def reset_budget(actions: ActionsPart) -> dict[str, Any]:
    """Let the configured caps hold again."""
    return await actions.reset_budget()
