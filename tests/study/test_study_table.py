"""The trial table says the same as the trials it was made of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.space import Categorical, Condition, Constant, Float, Integer, SearchSpace, decode
from tunescape.study import CODE_OF, Objective, Status, Study, Trial, TrialTable

SPACE = SearchSpace(
    {
        "learning_rate": Float(1e-4, 1, "log"),
        "units": Integer(4, 64, "log"),
        "optimiser": Categorical(["sgd", "adam"]),
        "momentum": Float(0.0, 0.99),
        "layers": Constant(2),
    },
    [Condition("momentum", when={"optimiser": "sgd"})],
)
OBJECTIVE = Objective("accuracy", "maximize")
COMPLETED = Status.COMPLETED
STATUSES = [COMPLETED, Status.DIVERGED, Status.WAITING, COMPLETED, Status.FAILED, COMPLETED]
COLUMNS = ["unit", "values", "status", "numbers", "seeds", "replicates", "trajectories", "budgets", "seconds"]


def trials() -> list[Trial]:
    rng = np.random.default_rng(5)
    points = decode(SPACE, rng.random((3, 4)))
    return [
        Trial(
            number=n, configuration=points[n % 3], replicate=n // 3, seed=2**63 - 1 - n, trajectory=n,
            status=STATUSES[n], value=None if n == 2 else n / 10, budget=None if n == 1 else 100.0,
            metrics={"loss": 1.0 - n / 10} if n != 4 else {"other": 1.0}, seconds=0.5 if n else None,
        )
        for n in range(6)
    ]  # fmt: skip


def table() -> TrialTable:
    return Study("s", SPACE, OBJECTIVE, tuple(trials())).table


def test_columns_hold_what_the_trials_hold():
    made = table()
    assert len(made) == 6
    assert made.names == ("learning_rate", "units", "optimiser", "momentum")
    assert made.unit.shape == (6, 4)
    np.testing.assert_array_equal(made.values, [0.0, 0.1, math.nan, 0.3, 0.4, 0.5])
    assert made.status.tolist() == [CODE_OF[s] for s in STATUSES]
    assert made.status.dtype == np.int8
    assert made.seeds.tolist() == [2**63 - 1 - n for n in range(6)]
    assert made.numbers.tolist() == made.trajectories.tolist() == list(range(6))
    assert made.replicates.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_array_equal(made.budgets, [100, math.nan, 100, 100, 100, 100])
    np.testing.assert_array_equal(made.seconds, [math.nan, *[0.5] * 5])
    np.testing.assert_array_equal(made.metrics["loss"][[0, 4]], [1.0, math.nan])
    np.testing.assert_array_equal(made.metrics["other"], [*[math.nan] * 4, 1.0, math.nan])
    assert decode(SPACE, made.unit)[0]["units"] == trials()[0].configuration["units"]


def test_activity_kinds_and_replicates():
    made = table()
    uses_sgd = [t.configuration["optimiser"] == "sgd" for t in trials()]
    assert made.active[:, :3].all()
    assert made.active[:, 3].tolist() == uses_sgd
    assert made.is_categorical.tolist() == [False, False, True, False]
    points = made.points
    assert (points[:3] == points[3:]).all()
    assert sorted(points[:3].tolist()) == [0, 1, 2]


def test_usable_rows_completed_with_a_finite_value():
    made = table()
    assert made.usable.tolist() == [True, False, False, True, False, True]
    assert made.is_status(Status.DIVERGED, Status.FAILED).tolist() == [False, True, False, False, True, False]
    first = trials()[0].configuration
    odd = [Trial(0, first, status=COMPLETED, value=value) for value in (math.inf, math.nan, 1)]
    odd = TrialTable.of(SPACE, OBJECTIVE, odd)
    assert odd.usable.tolist() == [False, False, True]


@pytest.mark.parametrize("keep", [np.array([True, False, False, True, False, False]), np.array([0, 3])])
def test_rows_take_every_column_along(keep):
    made = table().rows(keep)
    expected = TrialTable.of(SPACE, OBJECTIVE, [trials()[0], trials()[3]])
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(made, name), getattr(expected, name))
    assert made.configurations == expected.configurations
    np.testing.assert_array_equal(made.metrics["loss"], expected.metrics["loss"])
    assert len(made) == 2


def test_rows_may_be_reordered():
    assert table().rows(np.array([5, 0])).numbers.tolist() == [5, 0]


def test_an_empty_study_has_an_empty_table():
    made = Study("s", SPACE, OBJECTIVE).table
    assert (len(made), made.unit.shape, made.points.shape, made.usable.sum()) == (0, (0, 4), (0,), 0)


def test_a_space_of_constants_has_one_point():
    space = SearchSpace({"layers": Constant(2)})
    made = TrialTable.of(space, OBJECTIVE, [Trial(n, {"layers": 2}) for n in range(3)])
    assert made.unit.shape == (3, 0)
    assert made.points.tolist() == [0, 0, 0]


def test_a_value_outside_the_space_is_refused_by_name():
    with pytest.raises(InputError, match=r"'units'.*between 4 and 64.*100"):
        TrialTable.of(SPACE, OBJECTIVE, [Trial(0, {**trials()[0].configuration, "units": 100})])
