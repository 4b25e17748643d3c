"""What a terminal can show: its width, its characters, its colours; pieces that keep to them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Literal

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_PLAIN = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
        "±": "+/-",
        "…": "...",
        "█": "#",
        "·": "-",
        "²": "2",
        "“": '"',
        "”": '"',
        "’": "'",
    }
)
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Page:
    """Makes text, headings, tables and bars for one console.

    Args:
        console: The console that they are made for.
    """

    def __init__(self, console: Console) -> None:
        self.width = console.width
        self._encoding = console.encoding or "utf-8"
        self._ascii = console.options.ascii_only or not self._encoding.lower().startswith("utf")

    def safe(self, words: object) -> str:
        """Return words without control characters, in characters that the console can write."""
        line = "".join(c if c.isprintable() else "?" for c in str(words).replace("\n", " "))
        if self._ascii:
            line = line.translate(_PLAIN)
        return line.encode(self._encoding, "replace").decode(self._encoding)

    def text(self, words: object, style: str = "") -> RenderableType:
        """A paragraph; long words break rather than overflow."""
        return Text(self.safe(words), style=style, overflow="fold")

    def quiet(self, words: object) -> RenderableType:
        """A paragraph that stands back."""
        return self.text(words, style="dim")

    def bullet(self, words: object, style: str = "") -> RenderableType:
        """A line of a list, its second line indented."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text(self.safe("·"), style=style), Text(self.safe(words), style=style))
        return grid

    def heading(self, words: str, aside: str = "") -> RenderableType:
        """A heading with an empty line above it."""
        line = Text(self.safe(words), style="bold")
        if aside:
            line.append(self.safe(f"  ({aside})"), style="dim not bold")
        return Padding(line, (1, 0, 0, 0))

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        right: Container[str],
        quiet: Container[int] = (),
    ) -> Table:
        """A table that fits: the first column gives way, all others keep their whole width.

        Args:
            head: Words above the columns.
            rows: The cells.
            right: Heads of the columns that are aligned to the right.
            quiet: Numbers of rows that stand back.
        """
        cells = [[self.safe(words) for words in row] for row in rows]
        widths = [max(cell_len(line[j]) for line in [list(head), *cells]) for j in range(len(head))]
        room = self.width - sum(widths[1:]) - 2 * (len(head) - 1)
        table = Table(
            box=box.SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            header_style="dim",
            collapse_padding=True,
        )
        for j, word in enumerate(head):
            width = min(widths[0], max(room, 8)) if j == 0 else widths[j]
            side: Literal["left", "right"] = "right" if word in right else "left"
            table.add_column(word, no_wrap=True, overflow="ellipsis", width=width, justify=side)
        for i, line in enumerate(cells):
            first = self.shorten(line[0], min(widths[0], max(room, 8)))
            table.add_row(first, *(Text(words) for words in line[1:]), style="dim" if i in quiet else "")
        return table

    def shorten(self, words: str, width: int) -> Text:
        """Words cut to a width, with an ellipsis where something is missing."""
        if cell_len(words) <= width:
            return Text(words)
        end = "..." if self._ascii else "…"
        return Text(set_cell_size(words, max(0, width - len(end))) + end)

    def bar(self, value: float, largest: float, width: int) -> str:
        """A bar as long as the value, `width` characters for the largest."""
        if largest <= 0 or value <= 0:
            return ""
        eighths = round(8 * width * value / largest)
        whole, part = divmod(eighths, 8)
        if self._ascii:
            return "#" * round(eighths / 8)
        return "█" * whole + (_EIGHTHS[part] if part else "")
