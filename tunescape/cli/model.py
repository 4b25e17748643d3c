"""``tunescape model STUDY -o FILE``: the trained network of a study, to use elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunescape.cli.app import DEFAULT_STORE, JsonOption, StoreOption, app, option, print_json, say

if TYPE_CHECKING:
    from tunescape.study import Study


@app.command(
    epilog="Examples:  tunescape model iris-1a2b3c -o iris.npz  |  tunescape model tunescape.db -o iris.pt --trial 7"
)
def model(
    source: Annotated[
        str, typer.Argument(metavar="STUDY", help="Name of the study (see: tunescape studies), or a store.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE",
            help="A .npz (everything), .onnx, .joblib (scikit-learn), .keras or .pt (PyTorch) file.",
        ),
    ],
    study: Annotated[
        str | None, option("NAME", None, "--study", help="Which study of a store (default: the latest).")
    ] = None,
    trial: Annotated[
        int | None, option("N", help="Which trial (default: the best run of the recommended configuration).")
    ] = None,
    form: Annotated[
        str | None, option("FORM", None, "--as", help="sklearn, keras or torch (default: what FILE's ending says).")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Train the best network of a study again and write it to a file."""
    from tunescape.cli.progress import spinner
    from tunescape.models import check_file, export_model
    from tunescape.training import model as model_of_study

    told = check_file(output, form)
    loaded = _study(source, study, store)
    with spinner("Training"):
        made = model_of_study(loaded, trial=trial)
    export_model(made, output, form)
    if as_json:
        print_json({
            "study": loaded.name, "task": made.task, "file": str(output), "form": told, "seed": made.seed,
            "model": made.describe(), "configuration": dict(made.settings), "metrics": dict(made.metrics),
        })  # fmt: skip
    else:
        print(f"{made.describe()}\nModel: {output}.")
        if told != "npz" and not made.preprocessing.is_numeric:
            n = len(made.preprocessing.features)
            say(f"It takes the {n} encoded columns: model.preprocessing.encode(rows) of the .npz model makes them.")


def _study(source: str, name: str | None, store: str) -> Study:
    """The study: of a store that is given instead of a name, or by its name in the store of the option.

    Raises:
        InputError: There is no such study, or two names are given.
    """
    from tunescape.errors import InputError
    from tunescape.verbs import import_study, is_store

    if is_store(source):
        return import_study(source, study=name)
    if name is not None:
        raise InputError(f"`--study` is for stores, and {source!r} is no store; leave out --study {name}.")
    return import_study(store, study=source)
