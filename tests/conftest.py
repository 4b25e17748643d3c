"""What all tests share: levels of slowness, the data beside the checkout, and what may be absent."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--level N``: run tests up to this level of slowness."""
    parser.addoption(
        "--level", type=int, default=1, metavar="N",
        help="run tests up to level N: 0 and 1 are the default run, 2 adds the slow ones",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples property tests try; in CI they are the same in every run."""
    examples = 25 if config.getoption("--level") < 2 else 250
    hypothesis.settings.register_profile(
        "tunescape",
        deadline=None,
        derandomize=IN_CI,
        max_examples=examples,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("tunescape")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip tests above the level asked for, and say how to run them."""
    wanted = config.getoption("--level")
    for item in items:
        mark = item.get_closest_marker("level")
        level = mark.args[0] if mark else 0
        if level > wanted:
            item.add_marker(pytest.mark.skip(reason=f"level {level}; run with --level {level}"))


def _absent(reason: str) -> None:
    """Skip on a user's machine; fail in CI, where everything is to be there."""
    if IN_CI:
        pytest.fail(f"{reason} (CI must have it)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of reference data beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        _absent(f"the reference data {folder} is not on this machine")
    return folder


FRAMEWORKS = ("torch", "tensorflow", "keras", "onnx", "onnxruntime")
"""Large packages that CI installs for its slow legs only."""


@pytest.fixture(scope="session")
def require(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Function that ends the test where a module or a program is not installed."""

    def check(name: str) -> None:
        if shutil.which(name) is None and importlib.util.find_spec(name) is None:
            if name in FRAMEWORKS and request.config.getoption("--level") < 2:
                pytest.skip(f"{name} is not installed")
            _absent(f"{name} is not installed")

    return check
