"""What the trials of a study say; one file per question a reader asks."""

from tunescape.explanation.all_questions import explain
from tunescape.explanation.document import Explanation
from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.intervals import wilson
from tunescape.explanation.landscape import Border, LandscapeSummary, summarise_landscape
from tunescape.explanation.next_round import next_space
from tunescape.explanation.optimum import recommended

__all__ = [
    "Border",
    "Explanation",
    "Finding",
    "LandscapeSummary",
    "explain",
    "next_space",
    "not_applicable",
    "recommended",
    "summarise_landscape",
    "wilson",
]
