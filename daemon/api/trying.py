"""An address is looked at before anybody makes a source of it; nothing is written."""

import asyncio
from typing import TYPE_CHECKING, Any

from daemon.api.adding import source_from_address
from daemon.api.discovering import look_at
from daemon.blackboard.reading import BoardReader
from daemon.core.clock import iso
from daemon.core.errors import SensorError, UsageError
from daemon.core.redaction import HIDDEN
from daemon.core.settings.models import Settings
from sensors.secret_addresses import SecretAddresses, public_address

if TYPE_CHECKING:
    from sensors.discovery.trial import Trial
    from sensors.web.fetching import Fetcher

Document = dict[str, Any]

_NOT_TRIED = {
    "x": "every look at X costs money",
    "folder": "what cannot be read in a folder is told once it is watched",
    "webhook": "it is told, never asked",
}
_OTHER = "only feeds and sites are"


async def try_source(
    address: str, *, settings: Settings, reader: BoardReader, fetcher: "Fetcher | None" = None
) -> Document:
    """What stands at a feed's URL or file, as the sensor would find it now: see `TrialAnswer`.

    `fetcher` is the running daemon's; without one, the trial has its own. The address may be one of the board, without
    its secret. Raises `UsageError` for what is no address, and no feed's.
    """
    new = source_from_address(address)
    if new.kind != "rss":
        raise UsageError(f"{address!r} is not looked at beforehand: {_NOT_TRIED.get(new.kind, _OTHER)}. Add it")
    trial = await _trial(new.address, settings=settings, fetcher=fetcher)
    known = await asyncio.to_thread(_known, reader, public_address(new.address))
    return _document(trial) | {"known_as": known}


async def _trial(address: str, *, settings: Settings, fetcher: "Fetcher | None") -> "Trial":
    from sensors.discovery.trial import Trial

    try:
        asked = _revealed(address, settings=settings)
    except SensorError as error:
        return Trial(address, error=str(error))
    return await look_at(asked, settings=settings, fetcher=fetcher)


def _revealed(address: str, *, settings: Settings) -> str:
    if HIDDEN not in address:
        return address
    return SecretAddresses(settings.home, configured=[one.feed for one in settings.sources]).reveal(address)


def _known(reader: BoardReader, address: str) -> Document | None:
    sources = reader.sources() if reader.exists else []
    return next(({"id": one["id"], "name": one["name"]} for one in sources if one["address"] == address), None)


def _document(trial: "Trial") -> Document:
    ailment = trial.ailment
    return {
        "address": trial.address,
        "readable": trial.error is None,
        "format": trial.format,
        "title": trial.title,
        "entries": trial.entries,
        "newest": [{"title": one.title, "published_at": iso(one.published_at)} for one in trial.newest],
        "found_at": trial.found_at,
        "moved_to": trial.moved_to,
        "bytes": trial.size,
        "error": trial.error,
        "ailment": ailment.name if ailment else None,
        "help": ailment.help if ailment else None,
        "feeds": [{"address": one.address, "title": one.title, "format": one.format} for one in trial.feeds],
    }
