"""The page in a real browser: every figure drawn, no errors, no requests, both themes, a phone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import example_studies as studies
import pytest
from browsing import MARKS, complaints, open_page, requests, wait_for
from example_explanation import EXAMPLES, large

from tunescape.explanation.all_questions import explain
from tunescape.explanation.document import Explanation
from tunescape.reports import write_report

pytestmark = pytest.mark.level(2)


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Address of the page of an example; written once."""
    folder = tmp_path_factory.mktemp("pages")

    def address(name: str, make: Callable[[], Explanation] | None = None) -> str:
        path: Path = folder / f"{name}.html"
        if not path.exists():
            write_report((make or EXAMPLES[name])(), path)
        return path.as_uri()

    return address


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_figure_is_drawn_without_errors_or_requests(browser: Any, page_of: Any, name: str) -> None:
    open_page(browser, page_of(name))
    drawn = browser.execute_script(MARKS)
    assert len(drawn) >= 3
    assert [row for row in drawn if row[1] == 0 or row[2] < 100 or row[3] < 60] == []
    assert complaints(browser) == []
    assert requests(browser, page_of(name)) == []


@pytest.mark.parametrize("make", [studies.iris_study, studies.random_study, studies.noise_study])
def test_real_explanations_are_drawn(browser: Any, page_of: Any, make: Callable[[], Any]) -> None:
    address = page_of(f"real-{make.__name__}", lambda: explain(make()))
    open_page(browser, address, 390, 844)
    assert [row for row in browser.execute_script(MARKS) if row[1] == 0 or row[2] < 100] == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    assert complaints(browser) == []


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("width", [320, 390])
def test_narrow_screens_do_not_scroll_sideways(browser: Any, page_of: Any, name: str, width: int) -> None:
    open_page(browser, page_of(name), width, 844)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert complaints(browser) == []


SEEN = """
const bar = document.querySelector('.barlayer path');
return [getComputedStyle(document.body).backgroundColor, getComputedStyle(bar).fill,
        getComputedStyle(document.querySelector('.ytick text')).fill];
"""


def test_dark_changes_page_and_figures(browser: Any, page_of: Any) -> None:
    open_page(browser, page_of("iris") + "?theme=light")
    light = browser.execute_script(SEEN)
    browser.execute_script("document.getElementById('theme').click()")
    dark = browser.execute_script(SEEN)
    assert all(a != b for a, b in zip(light, dark, strict=True))
    assert sum(map(int, dark[0][4:-1].split(","))) < 120  # rgb(…): near black
    browser.get(page_of("iris"))  # the choice is kept
    assert browser.execute_script("return document.documentElement.dataset.theme") == "dark"
    browser.execute_script("localStorage.clear()")
    open_page(browser, page_of("iris") + "?theme=dark")
    assert browser.execute_script(SEEN) == dark
    assert complaints(browser) == []


COLUMN = "return [...document.querySelectorAll('.trials tbody tr')].map((row) => row.cells[%d].textContent)"


def test_the_table_sorts_searches_and_turns_pages(browser: Any, page_of: Any) -> None:
    open_page(browser, page_of("iris"))
    values = [float(v) for v in browser.execute_script(COLUMN % 1)]
    assert values == sorted(values, reverse=True)
    assert len(values) == 25
    heads = browser.execute_script("return [...document.querySelectorAll('.trials th')].map((h) => h.textContent)")
    rate = heads.index("learning_rate")
    click = f"document.querySelectorAll('.trials th button')[{rate}].click()"
    browser.execute_script(click)
    assert set(browser.execute_script(COLUMN % rate)) == {"0.0002"}
    browser.execute_script(click)
    assert set(browser.execute_script(COLUMN % rate)) == {"0.2048"}
    first = browser.execute_script(COLUMN % 0)
    browser.execute_script("document.querySelectorAll('.controls button')[1].click()")
    assert not set(first) & set(browser.execute_script(COLUMN % 0))
    browser.execute_script("""
        const box = document.querySelector('.controls input');
        box.value = 'tanh 500'; box.dispatchEvent(new Event('input'));""")
    assert set(browser.execute_script(COLUMN % heads.index("activation"))) == {"tanh"}


def test_missing_values_stand_last(browser: Any, page_of: Any) -> None:
    open_page(browser, page_of("random"))
    click = "document.querySelectorAll('.trials th button')[1].click()"
    for _ in range(2):
        assert "–" not in browser.execute_script(COLUMN % 1)
        browser.execute_script(click)


def test_hostile_names_stay_words(browser: Any, page_of: Any) -> None:
    open_page(browser, page_of("hostile"))
    assert browser.execute_script("return document.querySelectorAll('#page img, #page b, #page script').length") == 0
    assert browser.execute_script("return document.querySelectorAll('svg a, svg image[href^=http]').length") == 0
    assert browser.title != "broken"
    shown = browser.execute_script("return document.body.textContent")
    assert "</script><img src=x onerror=" in shown
    assert "<b>bold</b> %{y} $x$ &amp; <a href=" in shown
    ticks = browser.execute_script(
        "return [...document.querySelectorAll('.plot text')].map((t) => t.textContent).join(' ')"
    )
    assert "<b>bold</b> %{" in ticks
    assert "var(--ink)" in ticks
    assert "&lt;" not in ticks
    assert complaints(browser) == []


def test_text_stands_before_plotly_starts(browser: Any, page_of: Any) -> None:
    browser.execute_cdp_cmd("Page.enable", {})
    script = """
        document.addEventListener('DOMContentLoaded', () => {
          window.atFirst = [Boolean(window.Plotly), document.querySelectorAll('section h2').length];
        });"""
    added = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    open_page(browser, page_of("iris"))
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    started, sections = browser.execute_script("return window.atFirst")
    assert not started
    assert sections > 10


def test_printing_draws_all_in_light(browser: Any, page_of: Any) -> None:
    open_page(browser, page_of("iris") + "?theme=dark")
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script("return document.documentElement.dataset.theme") == "light"
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script("return document.documentElement.dataset.theme") == "dark"


def test_a_hundred_thousand_trials_load_within_five_seconds(browser: Any, page_of: Any) -> None:
    address = page_of("large", large)
    start = time.monotonic()
    browser.get(address)
    wait_for(browser, "return document.querySelectorAll('.trials tbody tr').length === 25", 5)
    wait_for(browser, "return document.querySelectorAll('.plot.drawn').length > 0", 5)
    assert time.monotonic() - start < 5
    wait_for(browser, "return document.documentElement.dataset.drawn === 'all'")
    assert complaints(browser) == []
