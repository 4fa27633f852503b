"""Rows for people and for other programs: a table on a terminal, tabs between the columns elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from .screen import visible


def show(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows to stdout. Off a terminal without headings, one row a line."""
    shown = [[visible(str(cell)) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        sys.stdout.writelines("\t".join(row) + "\n" for row in shown)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in shown:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)
