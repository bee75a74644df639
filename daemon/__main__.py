"""The command `davidagent`, also as `python -m daemon`."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from daemon.cli.program import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
