"""What the fake provider is asked, word for word."""

from tests.fakes.provider_rules import Rule
from tests.fakes.provider_wire import WireRequest


class HearingRule(Rule):
    """Applies to nothing, and keeps what every request says."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[WireRequest] = []

    def matches(self, request: WireRequest) -> bool:
        self.heard.append(request)
        return False
