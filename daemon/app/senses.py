"""The sensors of the running program, and the sources of its configuration as the board takes them."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from daemon.blackboard.records import NewSource
from daemon.core import hooks
from daemon.core.clock import Clock
from daemon.core.hooks import hook_address
from daemon.core.open_values import without_secrets
from daemon.core.settings.models import Settings, SourceSettings
from sensors.base import Sensor
from sensors.context import open_context
from sensors.feeds.sensor import RssSensor
from sensors.folder.sensor import FolderSensor
from sensors.readings import Readings
from sensors.secret_addresses import SecretAddresses, public_address
from sensors.senses import Senses
from sensors.wishes import board_settings
from sensors.x.sensor import XSensor


def open_senses(settings: Settings, *, clock: Clock, rng: random.Random, readings: Readings | None) -> Senses:
    """All sensors, with one fetcher and one pool of parsers for all of them."""
    addresses = SecretAddresses(settings.home, configured=configured_addresses(settings))
    context = open_context(settings.sensors, clock=clock, rng=rng, readings=readings, reveal=addresses.reveal)
    sensors: dict[str, Sensor] = {"rss": RssSensor(context), "x": XSensor(context), "folder": FolderSensor(context)}
    return Senses(context, sensors=sensors, options=_configured_options(settings))


def configured_addresses(settings: Settings) -> Sequence[str]:
    """The addresses that the configuration names and that may have something secret in them."""
    web = [source.feed for source in settings.sources if source.feed]
    return [*web, *(_identity(source)[1] for source in settings.sources if source.kind)]


def _configured_options(settings: Settings) -> Mapping[str, Mapping[str, Any]]:
    """The options of sources that packages read, by their addresses on the board, with what is secret in them."""
    return {public_address(_identity(source)[1]): source.options for source in settings.sources if source.options}


def new_source(source: SourceSettings) -> NewSource:
    """A source of the configuration, as the board takes it."""
    kind, address = _identity(source)
    return NewSource(
        kind=kind,
        address=public_address(address),
        name=source.name or _usual_name(source),
        every_seconds=source.every,
        tags=source.tags,
        is_enabled=source.enabled,
        settings=board_settings(
            vip=source.vip,
            urgency=source.urgency,
            full_text=source.full_text,
            daily_reads=source.daily_reads,
            daily_usd=source.daily_usd,
            options=without_secrets(source.options),
        ),
    )


def _identity(source: SourceSettings) -> tuple[str, str]:
    """Kind and address on the board; an account with a mirror is a feed."""
    if source.feed is not None:
        return "rss", source.feed
    if source.x is not None:
        return "x", source.x if source.x.startswith(("@", "search:")) else f"@{source.x}"
    if source.folder is not None:
        return "folder", str(source.folder)
    if source.webhook is not None:
        return hooks.KIND, hook_address(source.webhook)
    return source.kind or "", f"{source.kind}:{source.address}"


def _usual_name(source: SourceSettings) -> str | None:
    """What a person who gave no name would call it; None: its address, until a feed tells its title."""
    if source.mirror is not None:
        return source.x
    return source.webhook or (source.folder.name if source.folder else None)
