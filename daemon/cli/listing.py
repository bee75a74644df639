"""Tables: framed to the width of a terminal, plain and uncut elsewhere."""

import sys
from collections.abc import Iterable, Mapping, Sequence

from daemon.cli.output import clean, console, cut, is_terminal

_GAP = 2
_LEAST_WIDTH = 10
_READABLE_WIDTH = 24


class Listing:
    """Rows under headings. A heading with a leading `>` is of numbers; the column `flexible` gives way first.

    `at_most`: how wide a column may be on a terminal, however much room there is.
    """

    def __init__(self, *headings: str, flexible: str | None = None, at_most: Mapping[str, int] | None = None) -> None:
        self._headings = [heading.removeprefix(">") for heading in headings]
        self._is_number = [heading.startswith(">") for heading in headings]
        self._flexible = self._headings.index(flexible) if flexible else 0
        self._at_most = [(at_most or {}).get(heading) for heading in self._headings]
        self._rows: list[list[str]] = []
        self._styles: list[Sequence[str | None]] = []

    def add(self, *cells: object, styles: Sequence[str | None] = ()) -> None:
        """A row of plain values, None for an empty cell; `styles` are those of the first cells."""
        self._rows.append([" ".join(clean(cell).split()) for cell in cells])
        self._styles.append(styles)

    def show(self) -> None:
        """Print it on standard output."""
        if is_terminal():
            self._drop_empty_columns()
            self._show_framed(console().width)
        else:
            sys.stdout.writelines(f"{line}\n" for line in self._plain())

    def widths(self, available: int) -> list[int]:
        """How wide each column may be, so that all of them fit as well as they can.

        The flexible one stays readable as long as others can give way too; the first never gives way.
        """
        widths = [min(width, most or width) for width, most in zip(self._natural_widths(), self._at_most, strict=True)]
        others = sorted({*range(1, len(widths))} - {self._flexible}, key=lambda column: (-widths[column], column))
        excess = sum(widths) + _GAP * (len(widths) - 1) - available
        turns = [(self._flexible, _READABLE_WIDTH), *((column, _LEAST_WIDTH) for column in (*others, self._flexible))]
        for column, least in turns:
            less = max(0, min(excess, widths[column] - least))
            widths[column] -= less
            excess -= less
        return widths

    def _drop_empty_columns(self) -> None:
        """A person has no use for a column without a word; a program may count on every one."""
        kept = [c for c in range(len(self._headings)) if c == self._flexible or any(row[c] for row in self._rows)]
        self._headings = [self._headings[c] for c in kept]
        self._is_number = [self._is_number[c] for c in kept]
        self._at_most = [self._at_most[c] for c in kept]
        self._flexible = kept.index(self._flexible)
        self._rows = [[row[c] for c in kept] for row in self._rows]
        self._styles = [[styles[c] for c in kept if c < len(styles)] for styles in self._styles]

    def _natural_widths(self) -> list[int]:
        from rich.cells import cell_len

        return [
            max(cell_len(row[column]) for row in [self._headings, *self._rows]) for column in range(len(self._headings))
        ]

    def _plain(self) -> Iterable[str]:
        from rich.cells import cell_len

        widths = self._natural_widths()
        for row in [self._headings, *self._rows]:
            cells = []
            for cell, width, is_number in zip(row, widths, self._is_number, strict=True):
                space = " " * (width - cell_len(cell))
                cells.append(space + cell if is_number else cell + space)
            yield (" " * _GAP).join(cells).rstrip()

    def _show_framed(self, available: int) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        # One cell of padding and one of the frame make the gap.
        framed = Table(
            box=SIMPLE_HEAD, show_edge=False, header_style="bold", pad_edge=False, padding=(0, _GAP - 1, 0, 0)
        )
        widths = self.widths(available)
        for heading, width, is_number in zip(self._headings, widths, self._is_number, strict=True):
            justify = "right" if is_number else "left"
            framed.add_column(heading, justify=justify, no_wrap=True, overflow="ellipsis", width=width)  # type: ignore[arg-type]
        for row, styles in zip(self._rows, self._styles, strict=True):
            padded = [*styles, *[None] * len(row)]
            cells = (cut(cell, width) for cell, width in zip(row, widths, strict=True))
            framed.add_row(*(Text(cell, style=style or "") for cell, style in zip(cells, padded, strict=False)))
        console().print(framed)
