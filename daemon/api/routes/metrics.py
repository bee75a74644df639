"""What Prometheus collects."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from daemon.api.dependencies import check_token
from daemon.api.metrics import Metrics
from daemon.api.refusals import GUARDED

_TEXT: dict[str, Any] = {"schema": {"type": "string"}, "example": "davidagent_level 0.0\n"}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The text format of Prometheus, or OpenMetrics where `Accept` asks for it",
        "content": {"text/plain": _TEXT, "application/openmetrics-text": _TEXT},
    }
}

router = APIRouter(tags=["health"], dependencies=[Depends(check_token)], responses=GUARDED)


@router.get("/metrics", response_class=Response, responses=_ANSWER)
async def metrics(request: Request) -> Response:
    """Counters, histograms and gauges; every name and its help text is in the answer."""
    kept: Metrics = request.app.state.metrics
    text, media_type = await kept.render(request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": media_type})
