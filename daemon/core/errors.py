"""The one error tree. A class's docstring is its default message; its `remedy` decides what happens next.

Vendor errors are translated into these at the edge (`raise ... from`); no caller looks at a vendor's class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Remedy(StrEnum):
    """What may be done about a failed call. The error's class decides, never the call site."""

    RETRY = "retry"
    """Send it again after the backoff; uses up an attempt."""
    WAIT = "wait"
    """Nothing was sent; try again at `until`; uses up no attempt."""
    SHRINK = "shrink"
    """The input is too long; send a shorter one."""
    REPAIR = "repair"
    """The answer has the wrong form; ask once to repair it."""
    FINAL = "final"
    """No later try can help without a person."""


class DavidAgentError(Exception):
    """Something in DavidAgent failed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().split("\n")[0])


class UsageError(DavidAgentError):
    """The command was used wrongly."""


class KeyReusedError(UsageError):
    """The key was used for something else before."""


class ConfigError(DavidAgentError):
    """The configuration cannot work."""

    def __init__(self, message: str = "", *, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message or "; ".join(self.problems))


# --- the board -------------------------------------------------------------------------------------------------------


class BlackboardError(DavidAgentError):
    """The blackboard could not do what was asked."""


class LostClaimError(BlackboardError):
    """The claim is no longer ours: another worker took the item, or it has moved on. Nothing was changed."""


class NotFoundError(BlackboardError):
    """There is no such thing on the board."""


class WrongStateError(BlackboardError):
    """The item is not in a state that allows this."""


class BoardBusyError(BlackboardError):
    """The database is locked by another program."""


class BoardReadOnlyError(BlackboardError):
    """The database or its folder cannot be written."""


class BoardFullError(BlackboardError):
    """The disk is full; nothing was changed."""


class ForeignBoardError(BlackboardError):
    """The file is not a DavidAgent blackboard, or comes from a newer version."""


class OldBoardError(BlackboardError):
    """The board waits for its writer to bring it up to date."""


class CorruptBoardError(BlackboardError):
    """The database is damaged."""


class WriterLockedError(BlackboardError):
    """Another process is the board's writer."""

    def __init__(self, message: str = "", *, pid: int | None = None, address: str | None = None) -> None:
        self.pid = pid
        self.address = address
        super().__init__(message)


# --- the outside -----------------------------------------------------------------------------------------------------


class OutsideError(DavidAgentError):
    """A call to something outside failed."""

    remedy: ClassVar[Remedy] = Remedy.FINAL

    def __init__(
        self,
        message: str = "",
        *,
        endpoint: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        until: float | None = None,
    ) -> None:
        """Keep who failed (`endpoint`) and when a later try makes sense.

        `retry_after`: seconds the other side asked for; `until`: epoch seconds before which a try is useless.
        """
        self.endpoint = endpoint
        self.status = status
        self.retry_after = retry_after
        self.until = until
        super().__init__(message)


class TransientError(OutsideError):
    """The fault may pass by itself."""

    remedy = Remedy.RETRY


class CallTimeoutError(TransientError):
    """No answer came in time."""


class ConnectionFaultError(TransientError):
    """The connection failed."""


class AnswerLostError(TransientError):
    """The request was sent, but no readable answer came back; what became of it is unknown."""


class RateLimitedError(TransientError):
    """The other side asks for fewer requests."""


class ServerFaultError(TransientError):
    """The other side has a fault of its own."""


class WaitError(OutsideError):
    """Nothing was sent; it is worth waiting."""

    remedy = Remedy.WAIT
    waits_for: ClassVar[str] = "turn"
    """What the work waits for, as the board names it, so that what ends the wait can end it early."""


class BreakerOpenError(WaitError):
    """The breaker is open after too many failures."""

    waits_for = "breaker"


class RequestLimitError(WaitError):
    """The limit of requests a minute is taken up for too long to wait in place."""


class RetryTokensError(WaitError):
    """The provider has had its share of retries for now."""

    waits_for = "breaker"


@dataclass(frozen=True, slots=True)
class Shortage:
    """What is short, in micro-dollars. `scope` is item, day, month or `brain:left`; `period` such as 2026-11-20."""

    scope: str
    period: str | None
    cap_micro: int
    charged_micro: int
    reserved_micro: int
    """What the refused call may cost."""
    under_way_micro: int = 0
    """The part of what is charged that is only set aside for calls under way, most of which will come back."""

    @property
    def is_for_good(self) -> bool:
        """There is no room even when everything set aside comes back."""
        return self.charged_micro - self.under_way_micro + self.reserved_micro > self.cap_micro


class BudgetExceededError(WaitError):
    """The budget does not allow this call now."""

    waits_for = "budget"

    def __init__(
        self,
        message: str = "",
        *,
        endpoint: str | None = None,
        until: float | None = None,
        shortage: Shortage | None = None,
    ) -> None:
        self.shortage = shortage
        super().__init__(message, endpoint=endpoint, until=until)


class BurnRateError(WaitError):
    """Money is being spent too fast; the burn-rate breaker holds the work."""

    waits_for = "burn"


class BatchPendingError(WaitError):
    """The request is in a batch; its answer will come."""

    waits_for = "batch"


class PermanentError(OutsideError):
    """No later try can help without a person."""


class BadKeyError(PermanentError):
    """The key was refused."""


class UnknownModelError(PermanentError):
    """The provider does not know the model."""


class RefusedError(PermanentError):
    """The provider refused the content by its policy."""


class BadRequestError(PermanentError):
    """The other side calls the request wrong."""


class ContextTooLongError(PermanentError):
    """The input is longer than the model takes."""

    remedy = Remedy.SHRINK


class MalformedAnswerError(OutsideError):
    """The answer does not have the form that was asked for."""

    remedy = Remedy.REPAIR


class RetriesExhaustedError(OutsideError):
    """Every attempt failed."""

    remedy = Remedy.FINAL


# --- our own parts ---------------------------------------------------------------------------------------------------


class BrainError(DavidAgentError):
    """A brain could not do its step."""


class SensorError(DavidAgentError):
    """A source could not be read."""


class DeliveryError(SensorError):
    """What was sent to a webhook is not taken."""


class IncompleteDeliveryError(DeliveryError):
    """The delivery lacks a header of its scheme, or one cannot be read."""


class UnsignedDeliveryError(DeliveryError):
    """The delivery is not signed with the secret of its webhook, or not of now."""


class UnreadableDeliveryError(DeliveryError):
    """The delivery is signed, but there is nothing in it to be read."""


class PublishError(DavidAgentError):
    """A sink did not take the post, and certainly has nothing of it."""


class OutcomeUnknownError(PublishError):
    """The sink may or may not have the post; it must not be sent again blindly."""
