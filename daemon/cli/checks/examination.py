"""The whole examination, in the order a person would ask."""

from collections.abc import Iterator

from daemon.cli.checks.board import check_board, check_sources, check_work
from daemon.cli.checks.check import Check, note, ok, wrong
from daemon.cli.checks.gateway import check_breakers, check_chaos
from daemon.cli.checks.kinds import check_kinds
from daemon.cli.checks.machine import check_clock, check_disk, check_home, check_python, check_sqlite
from daemon.cli.checks.services import check_daemon, check_memory, check_models, check_port
from daemon.cli.invocation import BOARD_FILE, Invocation
from daemon.core.chaos import CHAOS
from daemon.core.errors import ConfigError
from daemon.core.settings.models import Settings


def examine(called: Invocation) -> list[Check]:
    """Look at everything. A configuration that cannot work ends the examination early."""
    checks = [check_python(), check_sqlite()]
    try:
        loaded = called.load()
    except ConfigError as error:
        problems = error.problems or (str(error),)
        return [
            *checks,
            *(wrong("config", line, advice="correct it, then: davidagent config check") for line in problems),
        ]
    where = str(loaded.path) if loaded.path else "no file; the defaults apply"
    checks.append(ok("config", where))
    checks += [note("config", warning) for warning in loaded.warnings]
    return [*checks, *_examine_desk(loaded.settings)]


def _examine_desk(settings: Settings) -> Iterator[Check]:
    from daemon.blackboard import read_holder
    from daemon.blackboard.reading import BoardReader

    yield from check_kinds(settings)
    home = check_home(settings.home)
    yield home
    yield check_disk(settings.home)
    if home.status == "wrong":
        return
    reader = BoardReader(settings.home / BOARD_FILE)
    holder = read_holder(settings.home)
    yield check_daemon(holder, reader=reader)
    if holder is None:
        yield check_port(settings.api)
    board = check_board(reader)
    yield board
    is_readable = board.status != "wrong" and reader.exists
    controls = reader.controls() if is_readable else {}
    if is_readable:
        yield check_clock(reader)
        yield from check_sources(reader, settings=settings)
        yield from check_work(reader)
    yield from check_models(settings)
    yield from check_breakers(controls, is_left=holder is None)
    yield from check_chaos(settings.chaos, control=controls.get(CHAOS))
    yield check_memory(settings.memory)
