"""Feedback: what a person thinks of the posts, and what comes of it."""

from dashboard.feedback.page import show_feedback

show_feedback()
