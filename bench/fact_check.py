"""How good the deterministic fact check is: its precision and recall on seeded errors.

`python -m bench.fact_check` prints the table. A sentence counts as found when the check calls it a fault, as passed
when it calls it supported; what is left open goes to a judging model and counts as neither.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from brains.grounding import Checked, Sources, Verdict, check_sentence, read_source

_DATA = Path(__file__).parent.parent / "tests/data"
SEEDED = _DATA / "seeded_errors.yaml"
HELD_OUT = _DATA / "seeded_errors_held_out.yaml"
"""Written after the check and not used to tune it."""
CHECKABLE = ("number", "unit", "date", "name", "quote", "link")
"""Kinds of errors a program can find; an invented fact without any of these is the judge's."""


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence of a draft, the seeded error or None, and what the check said."""

    source: str
    error: str | None
    checked: Checked


@dataclass(slots=True)
class Score:
    """What became of the sentences: by kind of error, and for the faithful ones."""

    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    left_open: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    passed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    misses: list[Case] = field(default_factory=list)

    def add(self, case: Case) -> None:
        """Count one sentence."""
        kind = case.error or "faithful"
        bins = {Verdict.FAULT: self.found, Verdict.SUPPORTED: self.passed}
        bins.get(case.checked.verdict, self.left_open)[kind] += 1
        is_found = case.checked.verdict is Verdict.FAULT
        if is_found != (case.error in CHECKABLE):
            self.misses.append(case)

    def total(self, kind: str) -> int:
        """How many sentences of that kind there are."""
        return self.found[kind] + self.left_open[kind] + self.passed[kind]

    def recall(self, *kinds: str) -> float:
        """The share of errors of these kinds that were found."""
        return sum(self.found[k] for k in kinds) / sum(self.total(k) for k in kinds)

    @property
    def precision(self) -> float:
        """The share of faults that are errors."""
        errors = sum(count for kind, count in self.found.items() if kind != "faithful")
        return errors / sum(self.found.values())


def run(path: Path = SEEDED) -> Score:
    score = Score()
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
        for case in _cases(entry):
            score.add(case)
    return score


def _cases(entry: dict[str, Any]) -> list[Case]:
    source = read_source(entry["text"], language=entry["language"], facts=(entry["title"],))
    language = entry.get("draft", entry["language"])
    return [
        Case(entry["id"], s.get("error"), check_sentence(s["text"], sources=Sources(source), language=language))
        for s in entry["sentences"]
    ]


def table(score: Score) -> str:
    rows = ["kind        sentences  found  left to the judge  passed"]
    for kind in (*CHECKABLE, "fact", "faithful"):
        counts = score.total(kind), score.found[kind], score.left_open[kind], score.passed[kind]
        rows.append(f"{kind:<10}{counts[0]:>11}{counts[1]:>7}{counts[2]:>19}{counts[3]:>8}")
    rows.append(f"precision of faults {score.precision:.3f}, recall of checkable errors {score.recall(*CHECKABLE):.3f}")
    return "\n".join(rows)


def main() -> None:
    for path in (SEEDED, HELD_OUT):
        _report(path)


def _report(path: Path) -> None:
    score = run(path)
    print(f"{path.stem}\n{table(score)}")
    for case in score.misses:
        reasons = "; ".join(fault.reason for fault in case.checked.faults)
        print(f"  {case.source} [{case.error or 'faithful'}] {case.checked.verdict}: {case.checked.sentence} {reasons}")


if __name__ == "__main__":
    main()
