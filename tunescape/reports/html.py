"""Findings as one self-contained HTML page: no server, no network, nothing of the user's is markup."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from tunescape.errors import InputError, MissingExtraError
from tunescape.explanation.document import Explanation
from tunescape.reports.document import page_document
from tunescape.reports.json import strict_json

_SCRIPTS = ("theme.js", "figures.js", "trials.js", "page.js")


def write_report(explanation: Explanation, path: str | Path) -> Path:
    """Write the report of an explanation to one HTML file.

    Args:
        explanation: What the trials say.
        path: The file; it is replaced where it exists.

    Returns:
        The path of the file.

    Raises:
        InputError: The file cannot be written.
    """
    target = Path(path)
    try:
        target.write_text(render_html(explanation), encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise InputError(
            f"`path` must be a file that can be written. Got {str(target)!r}: {error.strerror}. "
            "Choose another file or make its folder first."
        ) from None
    return target


def render_html(explanation: Explanation) -> str:
    """Return the report of an explanation as one HTML page.

    The page holds its data, its style and its scripts. Its Content-Security-Policy allows these
    very scripts (by their hashes) and no request to anywhere.
    """
    script = page_script()
    parts = {
        "policy": policy(script, plotly_script()),
        "title": escape(f"{explanation.study.name}: {explanation.verdict}"),
        "style": _asset("page.css"),
        "plain": _plain(explanation),
        "data": embedded(strict_json(page_document(explanation), indent=None)),
        "script": script,
        "plotly": plotly_script(),
    }
    page = _asset("page.html")
    pieces = page.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:  # each part once, so that what is filled in is never looked through again
        name, rest = piece.split("}}", 1)
        filled += [parts[name.strip()], rest]
    return "".join(filled)


def embedded(document: str) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return document.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def policy(*scripts: str) -> str:
    """Return the Content-Security-Policy that allows these scripts and no request.

    `unsafe-eval` is for Plotly's WebGL figures, which compile their own drawing code; code in the
    page itself runs only where its hash is listed.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes} 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def page_script() -> str:
    """The page's own script."""
    body = "\n".join(_asset(name) for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{body}}})();'


@cache
def plotly_script() -> str:
    """Plotly's script, as the installed package brings it."""
    spec = find_spec("plotly")  # found, not imported: only its script is wanted
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("The HTML report needs Plotly; install it with: pip install plotly")
    script = (Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--").replace("\r", "")


@cache
def _asset(name: str) -> str:
    return (files("tunescape.reports") / "assets" / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _plain(explanation: Explanation) -> str:
    """The answers as plain paragraphs, for readers without scripts."""
    answers = "".join(
        f"<h2>{escape(f.question)}</h2><p>{escape(f.answer)}</p>" for f in explanation.findings if f.answer
    )
    return f"<h1>{escape(explanation.study.name)}</h1><p>{escape(explanation.sentence)}</p>{answers}"
