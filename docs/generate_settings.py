"""Write docs/settings.md: every setting of a network, what it means, its equation, and which frameworks have it.

`python docs/generate_settings.py` writes the page; with `--check` it only says, by exit code 1, that the page
is not up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tunescape.evaluators.conventions import ACTIVATIONS_OF, BASE, CONVENTIONS, FRAMEWORKS, OPTIMISER_DEFAULTS, SIZES
from tunescape.evaluators.equations import EQUATIONS
from tunescape.evaluators.network_settings import SETTINGS

PAGE = Path(__file__).parent / "settings.md"
HEAD = """# Settings of a network

Everything that a network can be told, with `--vary`, `--fix`, in a search space, or in `train`. This page is
written by `python docs/generate_settings.py` from the tables that the program itself reads.

The population engine has all of it. A column of a framework tells whether `backend=` that framework can express
a setting; what it cannot is refused with a sentence, never replaced. Notation: w weight, g gradient, z weighted
sum, a activation, t step from 1, lr learning rate, eps `epsilon`, k outputs.
"""
MARK = {True: "yes", False: "–"}


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows])


def code(text: str) -> str:
    """A formula as code, or nothing."""
    return f"`{text}`" if text else ""


def settings() -> str:
    """One row per setting."""
    rows = []
    for name, setting in SETTINGS.items():
        allowed = ", ".join(f"`{choice}`" for choice in setting.choices) or setting.rule
        if name in EQUATIONS:
            allowed = f"[see below](#{name})"
        rows.append([f"`{name}`", setting.meaning, code(setting.equation), allowed, shown(BASE.get(name)),
                     *(MARK[f in setting.frameworks] for f in FRAMEWORKS)])  # fmt: skip
    return table(["setting", "meaning", "equation", "values", "default", *FRAMEWORKS], rows)


def shown(value: object) -> str:
    """A default as text."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else f"{value}"


def choices(kind: str) -> str:
    """One row per choice of a setting."""
    has = {"activation": ACTIVATIONS_OF, "optimiser": OPTIMISER_DEFAULTS}.get(kind)
    rows = []
    for name, equation in EQUATIONS[kind].items():
        marks = [MARK[name in has[f]] for f in FRAMEWORKS] if has else []
        rows.append([f"`{name}`", code(equation), *marks])
    return table([kind, "equation", *(FRAMEWORKS if has else ())], rows)


def likes() -> str:
    """What `like` sets, by framework."""
    parts = []
    for framework in FRAMEWORKS:
        lines = [f"### `like={framework}`", "Formulas: " + told(CONVENTIONS[framework]) + "."]
        if SIZES[framework]:
            lines.append("Defaults, where neither you nor the task say otherwise: " + told(SIZES[framework]) + ".")
        rows = [[f"`{name}`", told(own)] for name, own in OPTIMISER_DEFAULTS[framework].items()]
        parts.append("\n\n".join(lines) + "\n\n" + table(["optimiser", "defaults"], rows))
    return "\n\n".join(parts)


def told(values: dict[str, object]) -> str:
    """Settings and their values in a line."""
    return ", ".join(f"`{name}={shown(value)}`" for name, value in values.items())


def page() -> str:
    """The whole page."""
    parts = [HEAD, "## All settings", settings()]
    for kind in EQUATIONS:
        parts += [f"## {kind.capitalize()}", choices(kind)]
    parts += [
        "## Whose defaults: `like` and `backend`",
        "`like` gives a network the formulas and the defaults of a framework; `backend` alone takes the formulas of "
        "the framework that trains it, and the task's defaults. What you or the task say comes first. Without either, "
        "formulas are Keras's.",
        likes(),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        sys.exit(None if current else f"{PAGE} is not up to date; run `python docs/generate_settings.py`")
    PAGE.write_text(page(), encoding="utf-8")
