"""The API as one ASGI application."""

from typing import Any

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from daemon.api.callers import CallerLayer
from daemon.api.deliveries import HookDoor
from daemon.api.dependencies import check_token
from daemon.api.describing import complete
from daemon.api.desk import Desk
from daemon.api.events import EventLayer, open_events
from daemon.api.hardening import OtherOrigins, SecurityHeaders
from daemon.api.limiting import Limiter, LimitLayer
from daemon.api.limits import BodyLimit
from daemon.api.metrics import Metrics, RequestLayer
from daemon.api.problems import install_problems
from daemon.api.rounds import RoundsLayer
from daemon.api.routes import (
    admin,
    breakers,
    budget,
    chaos,
    costs,
    decisions,
    events,
    feedback,
    health,
    hooks,
    items,
    level,
    memory,
    metrics,
    posts,
    sources,
    tokens,
)
from daemon.api.routes.live import install_live
from daemon.api.turns import Turns
from daemon.core.version import version


def create_app(desk: Desk) -> FastAPI:
    """The API over `desk`. Everything but `/api/health` needs the desk's token."""
    app = _HardenedApp(
        title="DavidAgent",
        version=version(),
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.desk = desk
    app.state.turns = Turns()
    app.state.hooks = HookDoor(desk)
    app.state.events, app.state.live = open_events(desk)
    desk.access.on_rotated(app.state.events.end_private)
    app.state.limiter = Limiter(desk.settings.api.limits)
    app.state.metrics = Metrics(settings=desk.settings, emitter=desk.emitter, monitor=desk.monitor)
    desk.monitor.limiting, desk.monitor.listening = app.state.limiter.stats, app.state.events.stats
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit, most_delivered=desk.settings.sensors.webhooks.max_body)
    app.add_middleware(LimitLayer, limiter=app.state.limiter)
    app.add_middleware(EventLayer, hub=app.state.events, public=desk.settings.api.public_events)
    app.add_middleware(CallerLayer, access=desk.access, trusted_proxies=desk.settings.api.trusted_proxies)
    if origins := desk.settings.api.cors_origins:
        app.add_middleware(OtherOrigins, origins=origins)
    app.add_middleware(RequestLayer, metrics=app.state.metrics.requests)
    install_problems(app)
    app.add_api_route("/openapi.json", app.openapi, include_in_schema=False, dependencies=[Depends(check_token)])
    for part in (
        health,
        events,
        items,
        decisions,
        feedback,
        sources,
        hooks,
        posts,
        costs,
        budget,
        memory,
        admin,
        level,
        breakers,
        chaos,
        tokens,
        metrics,
    ):
        app.include_router(part.router)
    install_live(app)
    return app


class _HardenedApp(FastAPI):
    """The headers stand outside everything, also outside what answers a fault of our own."""

    def openapi(self) -> dict[str, Any]:
        """The document, whole."""
        return complete(super().openapi())

    def build_middleware_stack(self) -> ASGIApp:
        hardened = SecurityHeaders(super().build_middleware_stack())
        return RoundsLayer(hardened, rounds=self.state.limiter.rounds)
