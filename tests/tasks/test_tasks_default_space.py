"""The default space: few structures, ranges that hold good and bad settings, short training."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunescape.space import Ordinal, check_configuration, decode, levels
from tunescape.tasks import FORMULAS, default_network, default_space, load_task, task_names

STRUCTURE = ("layers", "units", "activation", "optimiser", "batch_size")


def test_there_are_few_enough_structures_to_train_side_by_side() -> None:
    space = default_space(1000, 64, "multiclass")
    assert math.prod(len(levels(space.parameters[name])) for name in STRUCTURE) == 108


def test_momentum_is_there_for_sgd_only() -> None:
    space = default_space(1000, 64, "multiclass")
    for configuration in decode(space, np.random.default_rng(0).random((50, len(space.varying)))):
        assert ("momentum" in configuration) == (configuration["optimiser"] == "sgd")


@pytest.mark.parametrize("kind", ["multiclass", "binary", "regression"])
@pytest.mark.parametrize(("n_train", "n_inputs"), [(6, 1), (40, 4), (1000, 64), (100_000, 1000)])
def test_defaults_make_a_configuration_for_any_size(n_train: int, n_inputs: int, kind) -> None:
    space = default_space(n_train, n_inputs, kind)
    assert set(check_configuration(space, {})) == set(space.parameters) - {"momentum"}
    assert set(check_configuration(space, {"optimiser": "sgd"})) == set(space.parameters)


def test_batches_of_small_tables_are_small() -> None:
    sizes = {n: default_space(n, 4, "binary").parameters["batch_size"] for n in (12, 40, 106, 128)}
    assert {n: p.choices for n, p in sizes.items() if isinstance(p, Ordinal)} == {
        12: (2, 4, 8), 40: (4, 8, 16), 106: (8, 16, 32), 128: (16, 32, 64),
    }  # fmt: skip


@pytest.mark.parametrize("n_train", [6, 100, 1079, 30_000, 10_000_000])
def test_about_twenty_thousand_rows_are_seen_at_most(n_train: int) -> None:
    network = default_network(n_train)
    assert set(network) == {"epochs"}, "conventions of a framework decide everything else"
    epochs = network["epochs"]
    assert 0 < epochs <= 100
    assert epochs * n_train <= 22_000
    if n_train >= 1000:
        assert epochs * n_train >= 18_000


def test_the_design_is_500_random_points_twice_or_200_where_structures_are_many() -> None:
    for name in set(task_names()) - {"iris"}:
        design = load_task(name).design
        n_points = 200 if name in FORMULAS else 500
        assert (design.sampler, design.n_points, design.replicates) == ("random", n_points, 2)
