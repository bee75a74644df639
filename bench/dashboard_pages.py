"""What each page of the dashboard asks of the board, for measuring; as a program it asks again and again.

`python -m bench.dashboard_pages HOME --every SECONDS` asks for one page after the other, like a dashboard left open.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from daemon.blackboard.reading import BoardReader, desk_costs, desk_item, desk_items, desk_letters
from daemon.blackboard.reading.budget import budget_document, read_accounts
from daemon.blackboard.reading.desk_dead_letters import Filter, dead_letter_groups, failed_attempts
from daemon.blackboard.reading.desk_items import ItemFilter, Order
from daemon.blackboard.reading.desk_overview import read_desk_overview
from daemon.blackboard.reading.desk_sources import memory_counts, read_source_table
from daemon.blackboard.sqlite.files import BOARD_NAME
from daemon.blackboard.states import State
from daemon.core.settings.models import Settings
from daemon.runtime.costing import Elsewhere, what_if_of_days

Pages = Mapping[str, Callable[[], object]]
_CURRENCY = {"CNY": 7.25}


def pages_of(board: Path, *, now: float) -> Pages:
    """Every page, with what it asks when it is opened; of lists, each way to look at them that costs something else."""
    settings, reader = Settings(), BoardReader(board, now=lambda: now)
    dead = reader.items(state=State.DEAD_LETTER, limit=1)[0]["id"]
    published = reader.items(state=State.PUBLISHED, limit=1)[0]["id"]
    return {
        "overview": lambda: read_desk_overview(board, now=now, budget=settings.budget, is_running=False),
        **{f"items: {name}": _list(board, wanted, order) for name, (wanted, order) in _lists(now=now).items()},
        "one item": lambda: _item(board, item_id=published),
        "dead letters": lambda: _letters(board, item_id=dead, now=now, settings=settings),
        "economics: 30 days": lambda: _economics(board, reader, days=30, now=now, settings=settings),
        "economics: 90 days": lambda: _economics(board, reader, days=90, now=now, settings=settings),
        "sources": lambda: read_source_table(board, now=now),
        "memory": lambda: memory_counts(board),
    }


def _lists(*, now: float) -> dict[str, tuple[ItemFilter, Order]]:
    return {
        "newest": (ItemFilter(), Order.NEWEST),
        "oldest": (ItemFilter(), Order.OLDEST),
        "dearest": (ItemFilter(), Order.DEAREST),
        "last changed": (ItemFilter(), Order.CHANGED),
        "held, last changed": (ItemFilter(state=State.HELD), Order.CHANGED),
        "of a source": (ItemFilter(source_id=7), Order.NEWEST),
        "of a source, last changed": (ItemFilter(source_id=7), Order.CHANGED),
        "of a week, dearest": (ItemFilter(since=now - 7 * 86_400), Order.DEAREST),
        "text that is there": (ItemFilter(search="glacier"), Order.NEWEST),
        "text that is nowhere": (ItemFilter(search="nowhere to be found"), Order.NEWEST),
        "two Chinese characters": (ItemFilter(search="疫苗"), Order.NEWEST),
    }


def _list(board: Path, wanted: ItemFilter, order: Order) -> Callable[[], object]:
    def ask() -> object:
        page = desk_items.item_page(board, wanted, order=order)
        return page, desk_items.count_items(board, wanted, order=order)

    return ask


def _item(board: Path, *, item_id: str) -> object:
    return (
        desk_item.item_now(board, item_id),
        desk_item.item_rounds(board, item_id),
        desk_item.item_events(board, item_id),
    )


def _letters(board: Path, *, item_id: str, now: float, settings: Settings) -> object:
    per_item = settings.budget.per_item_usd
    groups = dead_letter_groups(board, Filter(), per_item_usd=per_item)
    histories = [desk_letters.group_history(board, one["group"]) for one in groups]
    costs = desk_letters.retry_estimate(board, desk_letters.Meant(), now=now, per_item_usd=per_item)
    return groups, histories, costs, failed_attempts(board, item_id)


def _economics(board: Path, reader: BoardReader, *, days: int, now: float, settings: Settings) -> object:
    return (
        desk_costs.read_days(board, days=1, now=now, currency=_CURRENCY),
        desk_costs.read_days(board, days=days, now=now, currency=_CURRENCY),
        desk_costs.trend_of_days(board, days=days, now=now, by=desk_costs.By.MODEL),
        budget_document(read_accounts(board, now=now, is_running=False), budget=settings.budget),
        what_if_of_days(reader, days=days, settings=settings, elsewhere=Elsewhere(price_in=1, price_out=2), now=now),
    )


def newest_moment(board: Path) -> float:
    """Just after the newest event: what a made board takes for now."""
    reader = BoardReader(board)
    (event,) = reader.events(after=reader.last_event_id() - 1)
    from datetime import datetime

    return datetime.fromisoformat(event["at"]).timestamp() + 1


def main() -> None:
    """Ask until somebody ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--every", type=float, default=1.0)
    options = parser.parse_args()
    board = options.home / BOARD_NAME
    pages = pages_of(board, now=newest_moment(board))
    print("asking", flush=True)
    while True:
        for ask in pages.values():
            ask()
            time.sleep(options.every)


if __name__ == "__main__":
    main()
