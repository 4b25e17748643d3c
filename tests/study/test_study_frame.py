"""A study as a DataFrame: every trial a row, every name a column, none overwritten."""

from __future__ import annotations

import pandas as pd

from tunescape.space import Categorical, Condition, Constant, Float, Integer, SearchSpace
from tunescape.study import Objective, Status, Study, Trial, to_frame

ABOUT = ["status", "seed", "budget", "started", "seconds", "note", "replicate", "trajectory", "number",
         "reason"]  # fmt: skip


def made(space: SearchSpace, *trials: Trial, objective: str = "accuracy") -> Study:
    return Study("s", space, Objective(objective, "maximize"), trials)


def test_columns_stand_in_the_order_of_the_manual():
    space = SearchSpace(
        {"optimiser": Categorical(["sgd", "adam"]), "momentum": Float(0, 1), "layers": Constant(2)},
        [Condition("momentum", when={"optimiser": "sgd"})],
    )
    study = made(
        space,
        Trial(0, {"optimiser": "sgd", "momentum": 0.5, "layers": 2}, status=Status.COMPLETED, value=0.9,
              metrics={"loss": 0.1}, seconds=1.5, note="first"),
        Trial(1, {"optimiser": "adam", "layers": 2}, status=Status.DIVERGED, reason="at step 3"),
        Trial(2, {"optimiser": "adam", "layers": 2}),
    )  # fmt: skip
    frame = to_frame(study)
    assert list(frame.columns) == ["optimiser", "momentum", "layers", "accuracy", "loss", *ABOUT]
    assert frame["status"].tolist() == ["completed", "diverged", "waiting"]
    assert frame["momentum"].isna().tolist() == [False, True, True]
    assert frame["accuracy"].isna().tolist() == [False, True, True]
    assert frame["reason"].fillna("").tolist() == ["", "at step 3", ""]
    assert frame["note"].fillna("").tolist() == ["first", "", ""]
    assert frame["layers"].tolist() == [2, 2, 2]
    assert to_frame(study, finished=True)["number"].tolist() == [0, 1]


def test_values_keep_their_kinds():
    space = SearchSpace({"x": Float(0, 1), "n": Integer(1, 9), "o": Categorical(["a", "b"])})
    frame = to_frame(made(space, *(Trial(i, {"x": i / 10, "n": i + 1, "o": "ab"[i % 2]}) for i in range(4))))
    assert pd.api.types.is_float_dtype(frame["x"])
    assert pd.api.types.is_integer_dtype(frame["n"])
    assert frame["o"].tolist() == ["a", "b", "a", "b"]


def test_no_column_overwrites_another():
    space = SearchSpace({name: Float(0, 1) for name in ("accuracy", "loss", "number", "status")})
    trial = Trial(
        7, {"accuracy": 0.1, "loss": 0.2, "number": 0.3, "status": 0.4}, status=Status.COMPLETED, value=0.5,
        metrics={"loss": 0.6, "seed": 0.7},
    )  # fmt: skip
    frame = to_frame(made(space, trial))
    assert frame.columns.is_unique
    row = frame.iloc[0].to_dict()
    assert (row["accuracy"], row["objective_accuracy"]) == (0.1, 0.5)
    assert (row["loss"], row["metric_loss"]) == (0.2, 0.6)
    assert (row["number"], row["trial_number"]) == (0.3, 7)
    assert (row["status"], row["trial_status"]) == (0.4, "completed")
    assert (row["seed"], row["trial_seed"]) == (0.7, 0)


def test_an_empty_study_keeps_its_columns():
    frame = to_frame(made(SearchSpace({"x": Float(0, 1)})))
    assert list(frame.columns) == ["x", "accuracy", *ABOUT]
    assert len(frame) == 0
