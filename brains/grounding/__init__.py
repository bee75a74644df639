"""What a claim needs to count as supported: the deterministic check that comes before any model's judgement."""

from brains.grounding.checking import Checked, Sources, Verdict, check_draft, check_sentence
from brains.grounding.knowledge import ground_knowledge
from brains.grounding.source import SourceText, memory_source, read_source, source_of

__all__ = [
    "Checked",
    "SourceText",
    "Sources",
    "Verdict",
    "check_draft",
    "check_sentence",
    "ground_knowledge",
    "memory_source",
    "read_source",
    "source_of",
]
