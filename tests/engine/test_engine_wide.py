"""Wide networks, one per core with BLAS, against the twin and against the same networks in lanes."""

import numpy as np
import pytest
import test_engine_early_stopping as stopping_tests
import test_engine_population_state as state_tests
import test_engine_twin as twin_tests
from test_engine_early_stopping import *  # noqa: F403
from test_engine_twin import *  # noqa: F403

from tunescape.engine import train
from tunescape.engine.population import _join
from tunescape.engine.wide import train_wide
from tunescape.engine.wide_blas import single_threaded_blas


def one_by_one(network, data, *, seeds, n_steps, hyperparameters=None, rows=None, initial=None, record_at=None,
               start=None, dtype="float32", n_threads=None, **more):  # fmt: skip
    """What `train` does, every network by itself in the wide regime."""
    record = np.unique(np.asarray([n_steps] if record_at is None else list(record_at), dtype=np.int64))
    parts = []
    with single_threaded_blas():
        for i, seed in enumerate(seeds):
            h = {name: value if np.ndim(value) == 0 else np.asarray(value)[[i]]
                 for name, value in (hyperparameters or {}).items()}  # fmt: skip
            parts.append(train_wide(
                network, data, int(seed), n_steps, h, record_at=record, dtype=dtype,
                rows=None if rows is None else rows[i], initial=None if initial is None else initial[i],
                start=None if start is None else start.take([i]), **more,
            ))  # fmt: skip
    return _join(network, parts)


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """Tests of the lanes that are collected here too run in the wide regime."""
    for module in (twin_tests, stopping_tests, state_tests):
        monkeypatch.setattr(module, "train", one_by_one)
