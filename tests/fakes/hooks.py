"""Senders of deliveries, signing with the public `standardwebhooks` package, and a desk that has webhooks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
from standardwebhooks import Webhook

from daemon.blackboard.records import NewSource
from tests.fakes.desk import StillDesk

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
OTHER_SECRET = "whsec_" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="
STORY = {
    "type": "post.published",
    "timestamp": "2026-09-01T10:00:00Z",
    "data": {"title": "A bridge is open", "text": "The bridge over the river is open.", "url": "https://a.example/b"},
}


def configured(name: str = "builds", *secrets: str, **more: Any) -> dict[str, Any]:
    """A webhook of the configuration."""
    return {"webhook": name, "secret": list(secrets) or [SECRET], **more}


async def put_hook(desk: StillDesk, name: str = "builds", **more: Any) -> int:
    """Put a webhook on the board, as the configuration would; answers the source's id."""
    new = NewSource(kind="webhook", address=f"webhook:{name}", name=name, **more)
    return (await desk.engine.add_source(new, by="tester")).id


@dataclass
class Sender:
    """Somebody who sends to one webhook; `at` is what their clock says."""

    client: httpx2.AsyncClient
    at: float
    name: str = "builds"
    secret: str = SECRET
    headers: Mapping[str, str] = field(default_factory=dict)

    def signed(self, body: str, *, id_: str = "msg_1", at: float | None = None) -> dict[str, str]:
        """The headers of a delivery, as the package signs it."""
        sent_at = self.at if at is None else at
        # The package takes a naive time for UTC, and cuts to whole seconds.
        moment = datetime.fromtimestamp(sent_at, UTC).replace(tzinfo=None)
        signature = Webhook(self.secret).sign(id_, moment, body)
        return {"webhook-id": id_, "webhook-timestamp": str(int(sent_at)), "webhook-signature": signature}

    async def send(
        self, body: Any = STORY, *, id_: str = "msg_1", at: float | None = None, **changed: str | None
    ) -> httpx2.Response:
        """Sign and send; `changed` headers (with `_` for `-`) stand in the place of the signed ones, None drops one."""
        text = body if isinstance(body, str) else json.dumps(body)
        kind = {"content-type": "application/json", **self.headers}
        headers: dict[str, str | None] = {**kind, **self.signed(text, id_=id_, at=at)}
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        kept = {name: value for name, value in headers.items() if value is not None}
        return await self.client.post(f"/hooks/{self.name}", content=text.encode(), headers=kept)
