"""The command line's one application object, and what all commands share: consoles, errors, options."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="tunescape",
    help="Surveys, explains and optimises the hyperparameter space of neural networks.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

DEFAULT_STORE = "sqlite:///tunescape.db"

StoreOption = Annotated[str, typer.Option("--store", metavar="URL", help="Where studies are kept.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]


def option(metavar: str, panel: str | None = None, *names: str, help: str) -> Any:
    """An option that takes a value: what its value is called, the group it is listed in, what it does."""
    return typer.Option(*names, metavar=metavar, rich_help_panel=panel, help=help)


# What says which data a task has; of every command that trains on a task.
Target = Annotated[str | None, option("COLUMN", help="The column to predict, for a CSV file.")]
Kind = Annotated[str | None, option("KIND", help="classification or regression, where a CSV file does not tell.")]
Split = Annotated[str | None, option("NAME", help="For iris: 2017 (no test part) or stratified.")]
SplitSeed = Annotated[int, option("N", help="Seed of the split into train, validation and test.")]
Points = Annotated[int | None, option("N", help="Training rows, for a task made by a formula.")]
Noise = Annotated[float | None, option("X", help="Its noise: standard deviation, or share of labels changed.")]


def flag(name: str, panel: str | None, help: str) -> Any:
    """An option that takes no value."""
    return typer.Option(name, rich_help_panel=panel, help=help)


def error_console() -> Any:
    """Console for progress and notes: standard error."""
    from rich.console import Console

    return Console(stderr=True)


def output_console() -> Any:
    """Console for answers: standard output."""
    from rich.console import Console

    return Console()


def say(text: str) -> None:
    """Print a note on standard error, as it is."""
    print(text, file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    """Print one JSON document on standard output, and nothing else."""
    from tunescape.reports import strict_json

    print(strict_json(document))


def seconds(value: float) -> str:
    """A duration for a reader: 0.4 s, 12 s, 3 min, 2.5 h."""
    if value < 9.95:
        return f"{value:.1f} s"
    if value < 90:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 5400 else f"{value / 3600:.1f} h"
