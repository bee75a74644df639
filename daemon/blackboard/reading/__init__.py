"""The read side of the board: read-only, synchronous, for the command line, the dashboard and the API."""

from daemon.blackboard.reading.reader import BoardReader

__all__ = ["BoardReader"]
