"""The events of the gateway."""

from collections.abc import Callable

from brains.llm.booking import Question
from brains.llm.bounds import cost_of
from brains.llm.inquiry import Inquiry
from brains.llm.routing import Stop
from brains.llm.sending import Sent
from daemon.core.clock import Clock
from daemon.core.errors import OutsideError
from daemon.core.events import Event


class Teller:
    """Says what happens to requests."""

    def __init__(self, *, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._clock = clock
        self._emit = emit
        self._answered: set[str] = set()

    def fell(self, inquiry: Inquiry, stop: Stop, error: OutsideError, *, to: Stop) -> None:
        """A stop could not answer, and the next is asked."""
        why = {"error": type(error).__name__, "message": str(error)}
        self._tell("echelon_fell", inquiry, stop, to=to.echelon.name, to_endpoint=to.name, **why)

    def malformed(self, inquiry: Inquiry, question: Question, error: OutsideError) -> None:
        """An answer had the wrong form, and is asked for again."""
        stop = Stop(question.echelon, (question.endpoint,))
        self._tell("answer_malformed", inquiry, stop, error=str(error))

    def answered(self, inquiry: Inquiry, sent: Sent) -> None:
        """Says that the price is unknown, once for each endpoint, at its first answer."""
        endpoint = sent.question.endpoint
        if endpoint.name in self._answered:
            return
        self._answered.add(endpoint.name)
        if cost_of(endpoint, sent.reply.answer.usage, at=self._clock.now()) is None:
            self._tell("price_unknown", inquiry, Stop(sent.question.echelon, (endpoint,)))

    def _tell(self, type_: str, inquiry: Inquiry, stop: Stop, **more: str) -> None:
        data = {
            "task": inquiry.request.task,
            "echelon": stop.echelon.name,
            "endpoint": stop.name,
            "model": stop.pool or stop.endpoints[0].model,
            **more,
        }
        self._emit(Event(type=type_, at=self._clock.now(), item_id=inquiry.context.item_id, data=data))
