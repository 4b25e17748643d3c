"""Files and functions stay small, and each file says its one idea in its first line."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tunescape"
MODULES = sorted(PACKAGE.rglob("*.py"))
OTHERS = sorted(p for folder in ("tests", "benchmarks", "docs") for p in (ROOT / folder).rglob("*.py"))

LONGEST_FILE = 500
LONGEST_FUNCTION = 100
USUAL_FUNCTION = 40  # the 90th percentile of all functions


def n_lines(path: Path) -> int:
    """Number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> list[tuple[int, str]]:
    """Length and place of every function of a file, its docstring included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    place = path.relative_to(ROOT)
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{place}:{node.lineno} {node.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_file_is_too_long() -> None:
    """About 130 lines is usual, 400 is long, 500 fails."""
    longest = sorted(((n_lines(p), str(p.relative_to(ROOT))) for p in MODULES + OTHERS), reverse=True)
    print("longest files:", *(f"{lines:5d} {name}" for lines, name in longest[:5]), sep="\n  ")
    too_long = [f"{name} has {lines} lines" for lines, name in longest if lines > LONGEST_FILE]
    assert not too_long, f"{'; '.join(too_long)}: at most {LONGEST_FILE}; split by idea"


def test_functions_are_short() -> None:
    """Nine functions in ten have at most 40 lines, and none has more than 100."""
    lengths = sorted(f for module in MODULES for f in functions(module))
    print("longest functions:", *(f"{lines:5d} {place}" for lines, place in lengths[-5:]), sep="\n  ")
    usual = lengths[int(0.9 * (len(lengths) - 1))][0]
    assert usual <= USUAL_FUNCTION, f"the 90th percentile of function lengths is {usual} lines"
    too_long = [f"{place} has {lines} lines" for lines, place in lengths if lines > LONGEST_FUNCTION]
    assert not too_long, f"{'; '.join(too_long)}: at most {LONGEST_FUNCTION}"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_the_first_line_says_the_idea(module: Path) -> None:
    """A module's docstring opens with one sentence on one line."""
    text = module.read_text(encoding="utf-8")
    if not text.strip():
        pytest.skip("the file is still empty")
    first = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    place = module.relative_to(ROOT)
    assert first, f"{place} has no docstring"
    assert first.endswith((".", "?")), f"{place} opens with {first!r}, which is not a whole sentence"
