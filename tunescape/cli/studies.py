"""``tunescape studies``: what is in a store; delete and rename."""

from __future__ import annotations

import datetime
from typing import Annotated

import typer

from tunescape.cli.app import DEFAULT_STORE, JsonOption, StoreOption, app, output_console, print_json, say


@app.command(
    epilog="Examples:  tunescape studies  |  tunescape studies --rename old new  |  tunescape studies --delete old"
)
def studies(
    store: StoreOption = DEFAULT_STORE,
    delete: Annotated[str | None, typer.Option(metavar="NAME", help="Delete a study with all its trials.")] = None,
    rename: Annotated[tuple[str, str] | None, typer.Option(metavar="OLD NEW", help="Rename a study.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the studies of a store."""
    from tunescape.stores import open_store

    with open_store(store, must_exist=True) as opened:
        if delete:
            opened.delete(delete)
            say(f"Deleted {delete}.")
        if rename:
            opened.rename(*rename)
            say(f"Renamed {rename[0]} to {rename[1]}.")
        summaries = opened.summaries()
    if as_json:
        print_json([{
            "study": s.name, "task": s.task, "objective": s.objective, "direction": s.direction,
            "trials": dict(s.counts), "created": s.created, "updated": s.updated,
        } for s in summaries])  # fmt: skip
        return
    if not summaries:
        print(f"{store} holds no study yet. Make one with: tunescape survey iris")
        return
    from rich.table import Table

    table = Table("study", "task", "trials", "objective", "last change", box=None, pad_edge=False)
    for s in summaries:
        trials = ", ".join(f"{n} {word}" for word, n in s.counts.items())
        when = datetime.datetime.fromtimestamp(s.updated).strftime("%Y-%m-%d %H:%M")
        table.add_row(s.name, s.task, trials, f"{s.direction} {s.objective}", when)
    output_console().print(table)
