"""Pictures in a real browser: drawn, without errors, at every width, keys that pick out, images that keep them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import example_pictures as example
import numpy as np
import pytest
from browsing import MARKS, complaints, open_page, requests
from example_explanation import nothing

from tunescape.reports import save_figure, write_report
from tunescape.reports.figures import data, loss_curves, network

pytestmark = pytest.mark.level(2)


def twelve_curves() -> dict:
    """Twelve configurations with long labels in one panel."""
    rng = np.random.default_rng(1)
    some = [{"learning_rate": float(10 ** rng.uniform(-4, 0)), "weight_decay": i / 7, "units": i} for i in range(12)]
    steps = np.arange(1, 100)
    return loss_curves.loss_curves(some, [steps] * 12, [np.exp(-steps * (i + 1) / 60) for i in range(12)])


def crowd() -> dict:
    inputs = example.rows(100_000)
    return data.data(inputs, example.rings(inputs), classes=example.CLASSES)


def deep() -> dict:
    notes = [["leaky relu", "layer norm", "dropout 0.25"]] * 6 + [["softmax"]]
    return network.network([30, *[64] * 6, 10], inputs=[f"feature number {i}" for i in range(30)], notes=notes)


MAKERS: dict[str, Callable[[Path], Path]] = {
    "prod": lambda path: write_report(nothing(), path, example.pictures()),
    "rings": lambda path: write_report(nothing(), path, example.ring_pictures()),
    "twelve": lambda path: save_figure(twelve_curves(), path, "Twelve"),
    "crowd": lambda path: save_figure(crowd(), path),
    "deep": lambda path: save_figure(deep(), path, "Deep"),
}


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Address of a page; written once."""
    folder = tmp_path_factory.mktemp("pictures")

    def address(name: str) -> str:
        path = folder / f"{name}.html"
        return (path if path.exists() else MAKERS[name](path)).as_uri()

    return address


SQUEEZED = """
const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
const found = [];
for (const plot of document.querySelectorAll('.plot')) {
  for (const ticks of ['.xtick text', '.ytick text', '.annotation-text']) {
    const boxes = [...plot.querySelectorAll(ticks)].map((t) => [t.textContent, t.getBoundingClientRect()]);
    boxes.forEach(([a, box], i) => boxes.slice(i + 1).forEach(([b, other]) => {
      if (over(box, other)) found.push([a, b]);
    }));
  }
}
return found;
"""


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("width", [1280, 400, 320])
def test_drawn_without_errors_overlaps_or_requests(browser: Any, page_of: Any, name: str, width: int) -> None:
    open_page(browser, page_of(name), width)
    drawn = browser.execute_script(MARKS)
    assert drawn
    assert [row for row in drawn if row[1] == 0 or row[2] < 100 or row[3] < 60] == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script(SQUEEZED) == []
    assert complaints(browser) == []
    assert requests(browser, page_of(name)) == []


@pytest.mark.parametrize("width", [1280, 400])
def test_keys_stand_beside_the_plots_not_on_them(browser: Any, page_of: Any, width: int) -> None:
    open_page(browser, page_of("twelve"), width)
    place = "return document.querySelector(arguments[0]).getBoundingClientRect()[arguments[1]]"
    assert browser.execute_script(place, ".key", "bottom") <= browser.execute_script(place, ".plot", "top")
    wide = browser.execute_script(
        "return [...document.querySelectorAll('.key button')].map((b) => b.getBoundingClientRect().right)"
    )
    assert len(wide) == 12
    assert max(wide) <= width


def opacities(browser: Any) -> list[float]:
    return browser.execute_script(
        "return [...document.querySelectorAll('.scatterlayer .trace')].map((t) => Number(t.style.opacity || 1))"
    )


def test_a_line_of_the_key_picks_its_traces_out(browser: Any, page_of: Any) -> None:
    open_page(browser, page_of("twelve"))
    before = opacities(browser)
    browser.execute_script("document.querySelectorAll('.key button')[3].click()")
    assert browser.execute_script("return document.querySelectorAll('.key [aria-pressed=true]').length") == 1
    assert [i for i, opacity in enumerate(opacities(browser)) if opacity > 0.5] == [3]
    browser.execute_script("document.querySelectorAll('.key button')[3].click()")
    assert opacities(browser) == before
    assert complaints(browser) == []


def test_saved_images_carry_their_key(browser: Any, page_of: Any) -> None:
    open_page(browser, page_of("prod"))
    saved = browser.execute_async_script("""
        const done = arguments[0];
        Plotly.downloadImage = async (figure, options) => decodeURIComponent(await Plotly.toImage(figure, options));
        const images = [];
        const keep = Plotly.downloadImage;
        Plotly.downloadImage = (...given) => { images.push(keep(...given)); };
        for (const id of ['loss_curves', 'estimates']) document.querySelector(`#${id} .save`).click();
        Promise.all(images).then(done, (error) => done([String(error)]));
    """)
    assert len(saved) == 2
    assert "predicting 0" in saved[0]
    assert 'class="legend"' in saved[0]
    assert "cbtitle" in saved[1]
    assert complaints(browser) == []


def test_dark_changes_keys_and_maps(browser: Any, page_of: Any) -> None:
    seen = """
        const swatch = document.querySelector('#loss_curves .swatch');
        return [getComputedStyle(swatch).borderTopColor, document.querySelector('.heatmaplayer image').href.baseVal,
                getComputedStyle(document.querySelector('.key .bar')).backgroundImage];"""
    open_page(browser, page_of("prod") + "?theme=light")
    light = browser.execute_script(seen)
    open_page(browser, page_of("prod") + "?theme=dark")
    assert all(a != b for a, b in zip(light, browser.execute_script(seen), strict=True))


def test_small_multiples_stand_in_rows_of_the_design(browser: Any, page_of: Any) -> None:
    places = """
        const panels = document.querySelectorAll('#estimates .panels')[1];
        return [...panels.querySelectorAll('.plot')].map((p) => Math.round(p.getBoundingClientRect().top));"""
    open_page(browser, page_of("prod"))
    tops = browser.execute_script(places)
    assert [tops.count(top) for top in dict.fromkeys(tops)] == [1, 4, 4, 4]
    open_page(browser, page_of("prod"), 400)
    tops = browser.execute_script(places)
    assert max(tops.count(top) for top in tops) == 2
