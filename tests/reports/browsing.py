"""A page in a real browser: opened at a size, drawn to its end, asked what it shows and what it asks for."""

from __future__ import annotations

import json
import time
from typing import Any


def open_page(browser: Any, address: str, width: int = 1280, height: int = 900) -> None:
    """Open a page at a size and wait until all of it is drawn."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(address)
    wait_for(browser, "return document.documentElement.dataset.drawn === 'all'")


def wait_for(browser: Any, script: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not browser.execute_script(script):
        assert time.monotonic() < end, f"waited {seconds} s for: {script}"
        time.sleep(0.05)


def complaints(browser: Any) -> list[str]:
    """What the console says, but for the driver's remark that reading WebGL pixels is slow."""
    return [entry["message"] for entry in browser.get_log("browser") if "ReadPixels" not in entry["message"]]


def requests(browser: Any, address: str) -> list[str]:
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    own = address.split("?")[0]
    return [url for url in asked if not url.startswith(("data:", "blob:", "chrome:", own))]


MARKS = """
return [...document.querySelectorAll('.plot')].map((plot) => {
  const box = plot.getBoundingClientRect();
  const marks = plot.querySelectorAll(
    '.barlayer path, .scatterlayer path, .heatmaplayer image, .parcoords canvas, .parcoords .axis');
  return [plot.getAttribute('aria-label'), marks.length, box.width, box.height];
});
"""
