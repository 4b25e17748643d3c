"""A study as a pandas DataFrame."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tunescape.study.columns import columns
from tunescape.study.study import Study

if TYPE_CHECKING:
    import pandas as pd


def to_frame(study: Study, *, finished: bool = False) -> pd.DataFrame:
    """Return the trials as a DataFrame, one row a trial, by number.

    Args:
        study: The study; the columns are those of `columns`, as in an export.
        finished: Leave out trials that have not ended.
    """
    import pandas as pd

    if finished:
        study = replace(study, trials=tuple(t for t in study.trials if t.status.is_final))
    return pd.DataFrame(columns(study))
