"""Pictures of data and networks: for the report, for a notebook, and as pages of their own."""

from tunescape.reports.pictures.nouns import Curves, Estimate, Pictures, Rows, Schematic
from tunescape.reports.pictures.plotly_object import as_plotly
from tunescape.reports.pictures.standalone import figure_html, save_figure

__all__ = [
    "Curves",
    "Estimate",
    "Pictures",
    "Rows",
    "Schematic",
    "as_plotly",
    "figure_html",
    "save_figure",
]
