"""A task from a csv file and the name of its target column."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tunescape.errors import InputError, did_you_mean
from tunescape.tasks.assemble import assemble
from tunescape.tasks.choose_columns import choose_columns, reasons, what_is_left_out
from tunescape.tasks.columns import encode_columns
from tunescape.tasks.preprocessing import fit_preprocessing
from tunescape.tasks.read_csv import read_csv
from tunescape.tasks.split import SplitOptions, split_rows
from tunescape.tasks.tables import listed, plain_columns
from tunescape.tasks.target import read_target
from tunescape.tasks.task import Task


def csv_task(
    path: str | Path,
    target: str | None = None,
    *,
    kind: str | None = None,
    split_options: SplitOptions | None = None,
) -> Task:
    """Return the task of predicting one column of a csv file from the others.

    Numeric columns are standardised, gaps filled with the median and marked; words become one
    column per level; dates, row numbers, constant columns and texts of more than 50 levels are left
    out. All of it is decided by the training rows alone; what is left out is said in `notes` and
    counted in `left_out`. Classes are split in equal shares, numbers at random.

    Args:
        path: The file (see `read_csv`).
        target: The column to predict.
        kind: ``"classification"`` or ``"regression"`` where the target's values do not tell.
        split_options: Seed and shares of the split.

    Raises:
        InputError: The file is no table, the target is unknown or unfit, too few rows have a
            target, or no other column can be used.
    """
    split = split_options or SplitOptions()
    table = read_csv(path)
    target = _check_target(path, table.frame.columns, target)
    is_truth = table.frame[target].dtype == bool
    columns = plain_columns(table.frame)
    goal = read_target(target, columns.pop(target), is_truth=is_truth, kind=kind)
    rows = split_rows(len(goal.labels), goal.labels if goal.classes else None, split)
    kept = {name: values[goal.rows] for name, values in columns.items()}
    choice = choose_columns(kept, rows[0], goal.rows)
    if not choice.columns:
        raise InputError(
            f"No column of {str(path)!r} can be used to predict {target!r}: "
            f"{reasons(choice.left_out) or 'there is no other'}; add a numeric column or one of few words."
        )
    preprocessing = fit_preprocessing(choice.columns, kept, rows[0])
    left_out, said = what_is_left_out(target, len(table.frame) - len(goal.rows), choice.left_out)
    return assemble(
        name=Path(path).name,
        inputs=preprocessing.scale(encode_columns(choice.columns, kept, strict=False)),
        labels=goal.labels,
        rows=rows,
        numbers=goal.rows,
        classes=goal.classes,
        preprocessing=preprocessing,
        options={"target": target, "kind": kind, "digest": table.digest, **split.to_dict()},
        notes=(*table.notes, *said, *choice.notes),
        description=f"{len(goal.rows)} rows: {target} from {len(choice.columns)} other columns.",
        left_out=left_out,
        source=str(Path(path).resolve()),
    )


def _check_target(path: str | Path, columns: Iterable[str], target: str | None) -> str:
    """The name of the target column, as the file writes it."""
    names = list(columns)
    if target is None:
        raise InputError(
            f"`target` must name the column of {str(path)!r} to predict, one of {listed(names)}; "
            f"for example --target {names[-1]!r}."
        )
    if target not in names:
        raise InputError(
            f"`target` must be a column of {str(path)!r}, one of {listed(names)}; "
            f"got target={target!r}.{did_you_mean(target, names)}"
        )
    return target
