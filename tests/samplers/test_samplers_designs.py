"""Factorial and random designs: complete, in order, inside the space, the same for the same seed."""

import numpy as np
import pytest

from tunescape import (
    Categorical,
    Condition,
    Constant,
    Float,
    InputError,
    Integer,
    Objective,
    Ordinal,
    SearchSpace,
    Study,
    Trial,
)
from tunescape.samplers import Factorial, Random, named
from tunescape.space import encode

SPACE = SearchSpace(
    {
        "learning_rate": Float(1e-4, 1.0, "log", levels=3),
        "units": Integer(2, 9),
        "optimiser": Categorical(("sgd", "adam")),
        "momentum": Float(0.0, 0.9, levels=(0.0, 0.9)),
        "batch_size": Ordinal((8, 16)),
        "epochs": Constant(3),
    },
    [Condition("momentum", {"optimiser": "sgd"})],
)
STUDY = Study("s", SPACE, Objective("loss"))


def test_factorial_holds_every_combination_once_and_merges_inactive_levels():
    cells = Factorial(levels=4).cells(SPACE)
    assert len(cells) == 3 * 4 * (2 + 1) * 2
    assert len({tuple(c.items()) for c in cells}) == len(cells)
    assert all(("momentum" in c) == (c["optimiser"] == "sgd") for c in cells)
    assert [c["batch_size"] for c in cells[:2]] == [8, 16], "the last hyperparameter runs fastest"
    assert sorted({c["learning_rate"] for c in cells}) == pytest.approx([1e-4, 1e-2, 1.0])


def test_factorial_goes_on_where_the_history_ends():
    rng = np.random.default_rng(0)
    sampler = Factorial(levels=2)
    first = sampler.propose(STUDY, 5, rng)
    study = STUDY.with_trials(Trial(i, c) for i, c in enumerate(first))
    rest = sampler.propose(study, 10**6, rng)
    assert [*first, *rest] == sampler.cells(SPACE)


def test_factorial_of_a_thousand_million_cells_says_how_many_and_what_to_do():
    space = SearchSpace({f"x{i}": Float(0, 1, levels=10) for i in range(9)})
    with pytest.raises(InputError, match=r"1,000,000,000 cells.*--levels.*--sampler random"):
        Factorial().cells(space)


def test_random_is_inside_the_space_uniform_on_its_scale_and_repeatable():
    drawn = Random().propose(STUDY, 4000, np.random.default_rng(1))
    assert drawn == Random().propose(STUDY, 4000, np.random.default_rng(1))
    unit = encode(SPACE, drawn)
    for column in unit.T:
        active = column[~np.isnan(column)]
        assert abs(active.mean() - 0.5) < 6 * np.sqrt(1 / 12 / len(active)) * 1.2  # six sigmas; cells are a bit wider
    assert all(("momentum" in c) == (c["optimiser"] == "sgd") for c in drawn)


def test_named_refuses_the_unknown_with_a_suggestion():
    assert named("factorial", 3) == Factorial(3)
    with pytest.raises(InputError, match="Did you mean 'random'"):
        named("randm")
