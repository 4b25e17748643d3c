"""One self-contained HTML page around a document: no server, no network, nothing of the user's is markup."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tunescape.errors import InputError, MissingExtraError
from tunescape.reports.asset import asset
from tunescape.reports.json import strict_json

_SCRIPTS = ("theme.js", "figures.js", "keys.js", "trials.js", "page.js")


def filled_page(title: str, plain: str, document: Mapping[str, Any]) -> str:
    """Return the page that shows a document.

    The page holds its data, its style and its scripts. Its Content-Security-Policy allows these
    very scripts (by their hashes) and no request to anywhere.

    Args:
        title: The title in the browser's bar.
        plain: HTML for readers without scripts.
        document: What the page shows, as plain data.
    """
    script = page_script()
    parts = {
        "policy": policy(script, plotly_script()),
        "title": escape(title),
        "style": asset("page.css"),
        "plain": plain,
        "data": embedded(strict_json(document, indent=None)),
        "script": script,
        "plotly": plotly_script(),
    }
    pieces = asset("page.html").split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:  # each part once, so that what is filled in is never looked through again
        name, rest = piece.split("}}", 1)
        filled += [parts[name.strip()], rest]
    return "".join(filled)


def written_page(words: str, target: Path) -> Path:
    """Write a page to a file and return its path.

    Raises:
        InputError: The file cannot be written.
    """
    try:
        target.write_text(words, encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise InputError(
            f"`path` must be a file that can be written. Got {str(target)!r}: {error.strerror}. "
            "Choose another file or make its folder first."
        ) from None
    return target


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
    body = "\n".join(asset(name) for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{body}}})();'


@cache
def plotly_script() -> str:
    """Plotly's script, as the installed package brings it."""
    spec = find_spec("plotly")  # found, not imported: only its script is wanted
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("The HTML report needs Plotly; install it with: pip install plotly")
    script = (Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--").replace("\r", "")
