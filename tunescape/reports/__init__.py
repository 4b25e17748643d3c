"""Findings for a reader: text in a terminal, JSON for programs, one self-contained HTML page."""

from tunescape.reports.html import render_html, write_report
from tunescape.reports.json import strict_json, survey_document, to_json
from tunescape.reports.landscape import landscape_document, print_landscape, save_landscape_picture
from tunescape.reports.pictures import Pictures, as_plotly, figure_html, save_figure
from tunescape.reports.text import print_explanation

__all__ = [
    "Pictures",
    "as_plotly",
    "figure_html",
    "landscape_document",
    "print_explanation",
    "print_landscape",
    "render_html",
    "save_figure",
    "save_landscape_picture",
    "strict_json",
    "survey_document",
    "to_json",
    "write_report",
]
