"""The state diagram, made from the table of transitions. `python -m daemon.blackboard.diagram` prints it."""

from daemon.blackboard.states import FINAL, TRANSITIONS, State, Transition


def mermaid() -> str:
    """The diagram in Mermaid's language; `daemon/ARCHITECTURE.md` holds it, a test compares."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.QUEUED}: post"]
    lines += [_arrow(transition) for transition in TRANSITIONS]
    lines += [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines)


def _arrow(transition: Transition) -> str:
    who = "" if transition.by == "worker" else " (a person)"
    return f"    {transition.source} --> {transition.target}: {transition.label}{who}"


if __name__ == "__main__":
    print(mermaid())  # noqa: T201 - this is a command
