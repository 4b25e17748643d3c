"""Text: verdict first, fits narrow terminals, keeps to what the terminal can show."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from example_explanation import EXAMPLES, hostile, iris, nothing, random_design
from rich.cells import cell_len
from rich.console import Console

from tunescape.explanation.document import Explanation
from tunescape.reports import print_explanation


def printed(explanation: Explanation, width: int = 80, encoding: str = "utf-8", **options: object) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    print_explanation(explanation, Console(file=file, width=width, **options))  # type: ignore[arg-type]
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 72, 80, 120])
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_line_fits(name: str, width: int) -> None:
    assert max(cell_len(line) for line in printed(EXAMPLES[name](), width).splitlines()) <= width


def test_the_verdict_comes_first_and_iris_stays_short() -> None:
    lines = printed(iris()).splitlines()
    assert len(lines) <= 60
    assert "Partly explained" in "".join(lines[:3])


def test_order_of_the_parts() -> None:
    text = printed(iris())
    heads = ["What mattered", "What breaks learning", "Best", "Quality classes", "How sure", "Notes"]
    places = [text.index(f"\n{head}") for head in heads]
    assert places == sorted(places)


def test_shares_visibly_sum_to_a_hundred() -> None:
    table = printed(iris()).split("What mattered")[1].split("What breaks")[0].split("──")[-1]
    rows = {line.split("  ")[0].strip(): line for line in table.splitlines() if " % " in f"{line} "}
    shares = {name: int(match[1]) for name, line in rows.items() if (match := re.search(r"(\d+) %", line))}
    assert shares.pop("sum") == 100
    assert {"higher order", "noise"} <= set(shares)
    assert abs(sum(shares.values()) - 100) <= 3  # whole percents, rounded one by one


def test_an_undetectable_effect_is_said_to_be_so() -> None:
    text = printed(iris())
    assert re.search(r"dropout .* no *$", text, re.M)
    assert re.search(r"l1 .* yes *$", text, re.M)


def test_what_is_recommended_is_printed_with_interval_and_ties() -> None:
    text = printed(iris())
    assert re.search(r"activation=\w+", text)
    assert "37 other configurations" in text
    assert re.search(r"validation accuracy 0\.\d+ \(0\.\d+–0\.\d+\)", text)


def test_failures_name_their_rule() -> None:
    assert "65 of 600 trials diverged or failed" in printed(random_design())


def test_nothing_detectable_says_what_could_not_be_answered() -> None:
    text = printed(nothing())
    assert text.count("%") > 3
    assert "It needs at least 60 trials." in text
    assert "No configuration can be told from another." in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_plain_terminals_get_plain_characters(encoding: str) -> None:
    for explanation in (iris(), hostile()):
        text = printed(explanation, encoding=encoding)
        assert "learn" in text
        assert "█" not in text


def test_no_control_character_reaches_the_terminal() -> None:
    text = printed(hostile())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)


def test_markup_in_names_is_shown_not_obeyed() -> None:
    assert "<b>bold</b>" in printed(hostile())


def test_no_colour_where_none_is_wanted() -> None:
    command = (
        "from example_explanation import iris; from tunescape.reports import print_explanation; "
        "print_explanation(iris())"
    )
    environment = {
        **os.environ,
        "NO_COLOR": "1",
        "FORCE_COLOR": "1",
        "COLUMNS": "80",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=Path(__file__).parent,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "What mattered" in done.stdout
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", done.stdout)
