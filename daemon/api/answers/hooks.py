"""Webhooks and their deliveries."""

from typing import Literal

from pydantic import Field

from daemon.api.answers.base import Answer, Moment


class DeliveredItem(Answer):
    """One thing that was delivered."""

    id: str
    """The item it became, or is."""
    new: bool
    """False: it was on the board already."""


class DeliveryAnswer(Answer):
    """What a delivery brought; all of it stands on the board."""

    items: list[DeliveredItem]
    """In the order of the delivery."""


class HookAnswer(Answer):
    """A webhook."""

    name: str = Field(examples=["builds"])
    """What it is called in its address."""
    hook: str = Field(examples=["/hooks/builds"])
    """The path that is posted to."""
    source_id: int = Field(ge=1)
    """The number of its source."""
    origin: Literal["config", "added"]
    """Whether it stands in the configuration or was added."""
    enabled: bool
    """Deliveries are taken."""
    last_delivery_at: Moment | None
    """When something was last delivered; null before the first time."""
    items_today: int = Field(ge=0)
    """New items of this day (UTC)."""


class RotatedHookAnswer(Answer):
    """A new secret; it is told this once."""

    name: str = Field(examples=["builds"])
    """The webhook."""
    hook: str = Field(examples=["/hooks/builds"])
    """The path that is posted to."""
    secret: str
    """What deliveries are signed with from now on."""
    former_until: Moment | None
    """Until then the former secret holds as well; null where the desk has lost it."""
