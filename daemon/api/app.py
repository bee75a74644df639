"""The API as one ASGI application."""

from typing import Any

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from daemon.api.callers import CallerLayer
from daemon.api.dependencies import check_token
from daemon.api.describing import complete
from daemon.api.desk import Desk
from daemon.api.hardening import OtherOrigins, SecurityHeaders
from daemon.api.limiting import Limiter, LimitLayer
from daemon.api.limits import BodyLimit
from daemon.api.problems import install_problems
from daemon.api.routes import admin, budget, chaos, costs, decisions, health, items, level, memory, posts, sources, tokens
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
    app.state.limiter = Limiter(desk.settings.api.limits)
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit)
    app.add_middleware(LimitLayer, limiter=app.state.limiter)
    app.add_middleware(CallerLayer, access=desk.access, trusted_proxies=desk.settings.api.trusted_proxies)
    if origins := desk.settings.api.cors_origins:
        app.add_middleware(OtherOrigins, origins=origins)
    install_problems(app)
    app.add_api_route("/openapi.json", app.openapi, include_in_schema=False, dependencies=[Depends(check_token)])
    for part in (health, items, decisions, sources, posts, costs, budget, memory, admin, level, chaos, tokens):
        app.include_router(part.router)
    return app


class _HardenedApp(FastAPI):
    """The headers stand outside everything, also outside what answers a fault of our own."""

    def openapi(self) -> dict[str, Any]:
        """The document, whole."""
        return complete(super().openapi())

    def build_middleware_stack(self) -> ASGIApp:
        return SecurityHeaders(super().build_middleware_stack())
