"""What may still be spent, and more of it."""

from fastapi import APIRouter, Depends

from daemon.api.answers.budget import BudgetAnswer, ChangedBudgetAnswer
from daemon.api.bodies import BudgetBody
from daemon.api.dependencies import ActionsPart, check_token
from daemon.api.refusals import CHANGING, GUARDED, WITH_BODY

router = APIRouter(prefix="/api/budget", tags=["budget"], dependencies=[Depends(check_token)], responses=GUARDED)


@router.get("", response_model=BudgetAnswer, response_model_exclude_unset=True)
async def budget(actions: ActionsPart) -> object:
    """Caps, what stands against them, how fast it goes, and how many items wait for the budget."""
    return await actions.budget()


@router.post("", response_model=ChangedBudgetAnswer, response_model_exclude_unset=True, responses=CHANGING | WITH_BODY)
async def raise_budget(body: BudgetBody, actions: ActionsPart) -> object:
    """Set caps for their running day or month, in the place of the configured ones; what waits goes on."""
    return await actions.raise_budget(body.caps())


@router.post("/reset", response_model=ChangedBudgetAnswer, response_model_exclude_unset=True, responses=CHANGING)
async def reset_budget(actions: ActionsPart) -> object:
    """Let the configured caps hold again."""
    return await actions.reset_budget()
