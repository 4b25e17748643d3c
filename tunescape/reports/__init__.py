"""Findings for a reader: text in a terminal, JSON for programs, one self-contained HTML page."""

from tunescape.reports.html import render_html, write_report
from tunescape.reports.json import strict_json, survey_document, to_json
from tunescape.reports.text import print_explanation

__all__ = [
    "print_explanation",
    "render_html",
    "strict_json",
    "survey_document",
    "to_json",
    "write_report",
]
