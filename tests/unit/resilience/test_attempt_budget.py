import pytest

from daemon.core.errors import ServerFaultError
from daemon.resilience.attempts import AttemptBudget, LocalAttempts


async def test_everything_that_shares_a_budget_counts() -> None:
    """What the log has counted durably, what failed for good in this run, and what is under way."""
    attempts = LocalAttempts()
    budget = AttemptBudget(attempts, total=4)
    assert (budget.left(), budget.left(in_flight=1)) == (4, 3)
    await attempts.failed(ServerFaultError(), retry_in=None)
    budget.spend()
    assert (budget.left(), budget.left(in_flight=1)) == (2, 1)
    for _ in range(4):
        budget.spend()
    assert (budget.left(), budget.left(in_flight=3)) == (0, 0)
    assert AttemptBudget(attempts, total=4).left() == 3


def test_a_step_has_at_least_one_attempt() -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        AttemptBudget(LocalAttempts(), total=0)
