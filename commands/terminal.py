"""How commands print what is more than a line: in colour on a terminal, as plain text elsewhere and with NO_COLOR."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType
    from rich.padding import Padding
    from rich.table import Table


def show(parts: Iterable[RenderableType]) -> None:
    """Prints parts one below the other, wrapped to the terminal or else to 80 columns, with no blanks at line ends."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    print("\n".join(line.rstrip() for line in capture.get().splitlines()))


def columns(*headings: str) -> Table:
    """Returns an empty table without lines."""
    from rich.table import Table

    table = Table(box=None, show_header=bool(headings), header_style="italic", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def indented(content: RenderableType) -> Padding:
    """Returns what stands below a heading."""
    from rich.padding import Padding

    return Padding(content, (0, 0, 0, 2))
