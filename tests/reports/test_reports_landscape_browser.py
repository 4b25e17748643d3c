"""The page of a landscape in a real browser: drawn in light and dark without errors, the loss under the pointer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import MARKS, complaints, open_page, requests, wait_for

from tunescape import Float
from tunescape.explanation import summarise_landscape
from tunescape.reports import save_landscape_picture
from tunescape.study import DIVERGED, LEARNED, NOT_LEARNED, Axis, empty_landscape

POINT = """
const plot = document.querySelector('.plot'), box = plot.getBoundingClientRect();
const area = plot.querySelector('.nsewdrag').getBoundingClientRect();
const at = {clientX: area.left + arguments[0] * area.width, clientY: area.top + 0.5 * area.height, bubbles: true};
plot.querySelector('.nsewdrag').dispatchEvent(new MouseEvent('mousemove', at));
"""


@pytest.mark.level(2)
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (400, "dark")])
def test_the_page_is_drawn_and_says_the_loss_under_the_pointer(
    browser: Any, tmp_path: Path, width: int, theme: str
) -> None:
    x, y = Axis("learning_rate", Float(1e-3, 1e3, "log"), 60), Axis("momentum", Float(0.0, 0.9), 50)
    one = empty_landscape("made", x, y, n_steps=300, constant_loss=1.0, settings={"network": {}})
    one.outcome[:] = np.where(np.arange(60) < 20, LEARNED, np.where(np.arange(60) < 40, NOT_LEARNED, DIVERGED))
    one.loss[:], one.lasted[:] = 0.123, 45.6
    page = save_landscape_picture(one, summarise_landscape(one), tmp_path / "m.html")
    address = f"{page.as_uri()}?theme={theme}"
    open_page(browser, address, width)
    ((_, marks, wide, high),) = browser.execute_script(MARKS)
    assert marks >= 3
    assert min(wide, high) > 250
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    for place, words in ((0.2, "loss 0.123"), (0.5, "loss 0.123"), (0.8, "diverged, lasted 45.6 steps")):
        browser.execute_script(POINT, place)
        wait_for(browser, f"return document.querySelector('.hoverlayer').textContent.includes('{words}')", 10)
    assert complaints(browser) == []
    assert requests(browser, address) == []
