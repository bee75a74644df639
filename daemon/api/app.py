"""The API as one ASGI application."""

from fastapi import FastAPI

from daemon.api.desk import Desk
from daemon.api.problems import PROBLEM_RESPONSES, install_problems
from daemon.api.routes import admin, costs, health, items, memory, sources
from daemon.core.version import version


def create_app(desk: Desk) -> FastAPI:
    """The API over `desk`. Everything but `/api/health` needs the desk's token."""
    app = FastAPI(title="DavidAgent", version=version(), responses=PROBLEM_RESPONSES, docs_url=None, redoc_url=None)
    app.state.desk = desk
    install_problems(app)
    for part in (health, items, sources, costs, memory, admin):
        app.include_router(part.router)
    return app
