"""What the doctor looks at, a file per part of the body."""

from daemon.cli.checks.check import Check
from daemon.cli.checks.examination import examine

__all__ = ["Check", "examine"]
