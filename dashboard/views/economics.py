"""Economics: what it costs, on what, and what it would cost elsewhere."""

from dashboard.economics.page import show_economics

show_economics()
