"""Tasks that all tests of models take."""

from __future__ import annotations

import pytest
import trained_networks

from tunescape.tasks import Task


@pytest.fixture(scope="session")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    """Tasks by what their models have to do, see `trained_networks.NAMES`."""
    return trained_networks.tasks(tmp_path_factory.mktemp("tasks"))
