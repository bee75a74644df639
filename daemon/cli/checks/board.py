"""The board: the file, the sources, the work that waits for a person."""

from collections.abc import Iterator

from daemon.blackboard.reading import BoardReader
from daemon.cli.checks.check import Check, note, ok, wrong
from daemon.cli.output import count
from daemon.core.errors import BlackboardError, ForeignBoardError, OldBoardError
from daemon.core.settings.models import Settings
from daemon.runtime.network import NETWORK, UNREACHED, in_words, offline
from daemon.runtime.source_facts import source_facts
from sensors.remedies import TOKEN

_LONG_AGO_SECONDS = 86400.0
_AILING = ("failing", "gone", "late")
_MOST_SOURCES = 10


def check_board(reader: BoardReader) -> Check:
    """The file is a board, and sound."""
    if not reader.exists:
        return ok("board", "there is none yet; it is made on the first start")
    try:
        found = reader.check()
    except ForeignBoardError as error:
        return wrong("board", str(error), advice="nothing in it was changed; --home names another folder")
    except OldBoardError as error:
        return wrong("board", str(error), advice="davidagent once does it now")
    except BlackboardError as error:
        return wrong("board", str(error), advice="stop the daemon and put a backup back")
    if found:
        return wrong("board", "; ".join(found), advice="stop the daemon and put a backup back")
    megabytes = reader.path.stat().st_size / 1e6
    return ok("board", f"{reader.path} is sound ({megabytes:,.1f} MB)")


def check_sources(reader: BoardReader, *, settings: Settings) -> Iterator[Check]:
    """Every source is read as it should be."""
    found = source_facts(reader.sources(), settings=settings)
    ailing = [one for one in found if one["health"] in _AILING or one["ailment"] == TOKEN.name]
    yield ok("sources", f"{count(len(found), 'source')}, {len(found) - len(ailing)} without complaint")
    if (sign := offline(reader.controls().get(NETWORK))) is not None:
        ailing = [one for one in ailing if one["ailment"] not in UNREACHED]
        yield wrong("network", in_words(sign), advice=_NETWORK_ADVICE)
    for one in ailing[:_MOST_SOURCES]:
        why = f": {one['last_error'].rstrip('.')}" if one["last_error"] else ""
        known = "" if one["kind"] == "webhook" else one["health"]
        advice = _ADVICE.get(known, "{help}").format(id=one["id"], help=one["help"])
        yield note("source", f"{one['name']} is {one['health']}{why}", advice=advice)
    if len(ailing) > _MOST_SOURCES:
        yield note("sources", f"{len(ailing) - _MOST_SOURCES} more cannot be read", advice="davidagent sources")


_NETWORK_ADVICE = "look at its cable and its name server (resolvectl status); the sources are read once it is back"
_ADVICE = {
    "failing": "{help} davidagent sources disable {id} ends the trying",
    "gone": "its server says it is gone for good; davidagent sources remove {id}, or enable {id} to try again",
    "late": "it should have been read by now; is the daemon running?",
}


def check_work(reader: BoardReader) -> Iterator[Check]:
    """What waits for a person, and work that lies still."""
    states = reader.counts()
    if states["DEAD_LETTER"]:
        yield note(
            "work", count(states["DEAD_LETTER"], "dead letter"), advice="davidagent groups, then davidagent retry --all"
        )
    if states["HELD"]:
        advice = "davidagent items --state HELD, then approve, reject or discard"
        yield note("work", f"{count(states['HELD'], 'item')} held for you", advice=advice)
    old = {state: age for state, age in reader.oldest_ages().items() if age > _LONG_AGO_SECONDS}
    for state in sorted(old.keys() - {"DEAD_LETTER", "HELD"}):
        yield note("work", f"an item has been {state} for more than a day", advice=f"davidagent items --state {state}")
