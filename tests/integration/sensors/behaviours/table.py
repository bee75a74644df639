"""All behaviours there are, and the table of them in `sensors/README.md`.

`python -m tests.integration.sensors.behaviours.table` writes the table there.
"""

from pathlib import Path

from tests.integration.sensors.behaviours.addresses import PRIVATE, URLS
from tests.integration.sensors.behaviours.answers import KINDS, STATUSES
from tests.integration.sensors.behaviours.bodies import PACKINGS, SIZES
from tests.integration.sensors.behaviours.caching import VALIDATORS, WAITS
from tests.integration.sensors.behaviours.case import Group
from tests.integration.sensors.behaviours.encodings import ENCODINGS
from tests.integration.sensors.behaviours.hostile_xml import DOCTYPES, SHAPES
from tests.integration.sensors.behaviours.redirects import COOKIES, REDIRECTS
from tests.integration.sensors.behaviours.wire import WIRE

GROUPS: tuple[Group, ...] = (
    KINDS,
    STATUSES,
    REDIRECTS,
    COOKIES,
    PACKINGS,
    SIZES,
    ENCODINGS,
    DOCTYPES,
    SHAPES,
    WIRE,
    VALIDATORS,
    WAITS,
    PRIVATE,
    URLS,
)
README = Path(__file__).parents[4] / "sensors" / "README.md"
_START, _END = "<!-- behaviours: made from tests/integration/sensors/behaviours -->\n", "<!-- end of behaviours -->\n"


def in_readme() -> str:
    """The table as it stands in the README."""
    return README.read_text().partition(_START)[2].partition(_END)[0]


def as_markdown() -> str:
    """The table as it should be: a heading and a row per behaviour for each group."""
    return "\n" + "\n".join(_section(group) for group in GROUPS)


def write() -> None:
    """Put the table into the README."""
    before, _, rest = README.read_text().partition(_START)
    README.write_text(before + _START + as_markdown() + _END + rest.partition(_END)[2])


def _section(group: Group) -> str:
    rows = [f"| {_cell(case.name)} | {_cell(case.said)} |" for case in group.cases]
    head = [f"### {group.name[0].upper()}{group.name[1:]}", "", "| the server | the sensor |", "|---|---|"]
    return "\n".join([*head, *rows, ""])


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


if __name__ == "__main__":
    write()
