"""Findings as one self-contained HTML page: its title, its document, and its plain words."""

from __future__ import annotations

from html import escape
from pathlib import Path

from tunescape.explanation.document import Explanation
from tunescape.reports.document import page_document
from tunescape.reports.page import filled_page, written_page
from tunescape.reports.pictures.nouns import Pictures


def write_report(explanation: Explanation, path: str | Path, pictures: Pictures | None = None) -> Path:
    """Write the report of an explanation to one HTML file.

    Args:
        explanation: What the trials say.
        path: The file; it is replaced where it exists.
        pictures: Data, estimates and losses to draw beside the findings.

    Returns:
        The path of the file.

    Raises:
        InputError: The file cannot be written, or the pictures' arrays do not fit each other.
    """
    return written_page(render_html(explanation, pictures), Path(path))


def render_html(explanation: Explanation, pictures: Pictures | None = None) -> str:
    """Return the report of an explanation as one HTML page, which asks for nothing from anywhere.

    Args:
        explanation: What the trials say.
        pictures: Data, estimates and losses to draw beside the findings.

    Raises:
        InputError: The pictures' arrays do not fit each other.
    """
    title = f"{explanation.study.name}: {explanation.verdict}"
    return filled_page(title, _plain(explanation), page_document(explanation, pictures))


def _plain(explanation: Explanation) -> str:
    """The answers as plain paragraphs, for readers without scripts."""
    answers = "".join(
        f"<h2>{escape(f.question)}</h2><p>{escape(f.answer)}</p>" for f in explanation.findings if f.answer
    )
    return f"<h1>{escape(explanation.study.name)}</h1><p>{escape(explanation.sentence)}</p>{answers}"
