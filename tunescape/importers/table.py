"""Any table of results as a study: a pandas DataFrame, csv, JSON lines, parquet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tunescape.errors import InputError
from tunescape.importers.base import study_of
from tunescape.importers.roles import own_roles, roles_of
from tunescape.importers.sources import read_sheet
from tunescape.study import Direction, Study

if TYPE_CHECKING:
    import pandas as pd


def import_table(
    source: pd.DataFrame | str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    objective: str | None = None,
    direction: Direction | None = None,
    parameters: Sequence[str] | None = None,
    name: str | None = None,
) -> Study:
    """Read a study from a table with one row a trial.

    Columns get their roles by their names and values: metrics, seed, repetition, status, times,
    and hyperparameters, whose types, ranges, scales and levels are inferred. Columns and rows that
    have no part are listed in the study's settings (``set_aside``, ``left_out``, ``notes``). A row
    without a value of the objective is a failed trial, one with a value that is not finite a
    diverged one. A table that tunescape exported comes back as it was.

    Args:
        source: A DataFrame, the path of a csv, JSON lines or parquet file (recognised by content,
            gzipped or not), or several paths, which are put under one another with a column
            ``source`` that names the file.
        objective: Column to be improved; by default the first of validation metrics, plain ones,
            test and training metrics, scores before losses.
        direction: ``"minimize"`` or ``"maximize"``; by default what the objective's name says.
        parameters: The columns that are hyperparameters; by default all that vary and are nothing
            else.
        name: The study's name; by default that of the file.

    Raises:
        InputError: The source cannot be read as a table, a named column is not there, or the
            objective, its direction or the hyperparameters cannot be told.
        MissingExtraError: A parquet file, and pyarrow is not installed.
    """
    if direction not in (None, "minimize", "maximize"):
        raise InputError(f"`direction` must be 'minimize' or 'maximize'. Got direction={direction!r}.")
    if isinstance(parameters, str) or (parameters is not None and not list(parameters)):
        raise InputError(f"`parameters` must be a list of columns. Got parameters={parameters!r}.")
    sheet = read_sheet(source)
    find_roles = own_roles if sheet.about else roles_of
    return study_of(sheet, find_roles(sheet, objective, parameters), direction, name)
