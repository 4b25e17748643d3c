"""A progress bar with the time left, on standard error; quiet where that is not a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tunescape.cli.app import error_console


@contextmanager
def training_bar(description: str, unit: str = "trials") -> Iterator[Callable[[float, float, int, int], None]]:
    """Show a bar while networks are trained; yields the callback that the runner calls.

    Args:
        description: Words before the bar.
        unit: What is counted.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = error_console()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[trials]}"), TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=console, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        shown = bar.add_task(description, total=None, trials="")

        def tell(done: float, total: float, finished: int, trials: int) -> None:
            bar.update(shown, completed=min(done, total), total=total, trials=f"{finished}/{trials} {unit}")

        yield tell


@contextmanager
def spinner(text: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done while it lasts; yields a function that changes the words."""
    console = error_console()
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(text) as status:
        yield lambda part: status.update(f"{text}: {part}")
