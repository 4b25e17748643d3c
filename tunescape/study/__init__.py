"""What was asked and what happened: studies, trials, objectives, statuses. Data, no behaviour."""

from tunescape.study.columns import columns
from tunescape.study.frame import to_frame
from tunescape.study.landscape import (
    DIVERGED,
    LEARNED,
    NOT_LEARNED,
    OUTCOMES,
    WAITING,
    Axis,
    Landscape,
    empty_landscape,
)
from tunescape.study.objective import Budget, Direction, Objective
from tunescape.study.status import CODE_OF, CODES, Status
from tunescape.study.study import Study
from tunescape.study.trial import Curve, Trial
from tunescape.study.trial_table import TrialTable

__all__ = [
    "CODES",
    "CODE_OF",
    "DIVERGED",
    "LEARNED",
    "NOT_LEARNED",
    "OUTCOMES",
    "WAITING",
    "Axis",
    "Budget",
    "Curve",
    "Direction",
    "Landscape",
    "Objective",
    "Status",
    "Study",
    "Trial",
    "TrialTable",
    "columns",
    "empty_landscape",
    "to_frame",
]
