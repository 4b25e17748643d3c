"""``tunescape export STUDY -o FILE``: the trials of a study as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunescape.cli.app import DEFAULT_STORE, JsonOption, StoreOption, app, print_json


@app.command(
    epilog="Examples:  tunescape export iris-1a2b3c -o iris.csv  |  tunescape export iris-1a2b3c -o iris.jsonl"
)
def export(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Name of the study (see: tunescape studies).")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="A .csv, .jsonl or .parquet file.")],
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Write the trials of a study to a table, one row a trial."""
    from tunescape.exporters import export_table
    from tunescape.stores import open_store

    with open_store(store, must_exist=True) as opened:
        loaded = opened.load(study)
    export_table(loaded, output)
    if as_json:
        print_json({"study": study, "trials": len(loaded.trials), "file": str(output)})
    else:
        print(f"{len(loaded.trials)} trials of {study} written to {output}.")
