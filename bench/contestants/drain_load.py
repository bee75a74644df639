"""What the contestants of the drain bench share: the stories, the answers to the three questions, the figures."""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

CALLS_PER_ITEM = 3
_SENTENCES = (
    "The council of Aldermoor opened tramway 0000 on Tuesday after long repairs.",
    "The work on line 0000 took 14 months and cost 312 million crowns, the council said.",
    "“We counted 540 visitors of line 0000 in the first hour,” said Mara Lindqvist, who leads the tramway.",
    "A second stage of line 0000 with 12 new stops is planned, and Aldermoor will pay half of it.",
)
_REWORDED = "After long repairs tramway 0000 is open again."
"""A sentence of the draft that no program can check, so that the model is asked to judge it: the third call."""


def story(number: int) -> str:
    """The text of an item; no other item has a sentence of it. The server writes the number of the item for 0000."""
    return " ".join((f"[{number:04}]", *_SENTENCES)).replace("0000", f"{number:04}")


def answers() -> str:
    """The server's answers, by a word of the schema that is asked for; it writes the item's own number for 0000."""
    knowledge = {
        "language": "en",
        "gist": _SENTENCES[0],
        "claims": [{"statement": one, "evidence": one} for one in _SENTENCES],
        "entities": [{"name": "Mara Lindqvist", "kind": "person"}],
        "numbers": [{"value": "312 million", "meaning": "the cost", "evidence": _SENTENCES[1]}],
        "dates": [],
        "quotes": [],
        "topics": ["tramway"],
        "discard_reason": None,
    }
    draft = {
        "language": "en",
        "title": "Aldermoor opened tramway 0000",
        "summary": _SENTENCES[0],
        "body": "\n\n".join((*_SENTENCES, _REWORDED)),
        "topics": ["tramway"],
    }
    judgement = {"faults": [], "evidence": [{"sentence": _REWORDED, "source": _SENTENCES[0]}]}
    by_field = {'"faults"': judgement, '"gist"': knowledge, '"summary"': draft}
    return json.dumps({field: json.dumps(answer, ensure_ascii=False) for field, answer in by_field.items()})


@dataclass(frozen=True, slots=True)
class Load:
    """How many items, how many calls at once, and where the server is."""

    base_url: str
    items: int
    concurrency: int
    is_stream: bool
    home: Path
    keep_prompts_days: int = 30


Drain = Callable[[Load], Awaitable[float]]
"""Does the load; answers the seconds from the first question to the last end."""


def main(drain: Drain) -> None:
    """Run one contestant and print its figures as one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--concurrency", type=int, required=True)
    parser.add_argument("--stream", action="store_true", dest="is_stream")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--keep-prompts-days", type=int, default=30)
    load = Load(**vars(parser.parse_args()))
    before = time.process_time()
    seconds = asyncio.run(drain(load))
    cpu = time.process_time() - before
    print(json.dumps({"seconds": round(seconds, 3), "cpu_ms_per_item": round(cpu / load.items * 1000, 2)}))
