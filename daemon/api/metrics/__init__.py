"""What is counted and measured, for Prometheus."""

from daemon.api.metrics.registry import Metrics
from daemon.api.metrics.requests import RequestLayer

__all__ = ["Metrics", "RequestLayer"]
