"""Distributions by a categorical hyperparameter."""

import numpy as np
import pytest
from explanation_studies import conditional_study, iris_2017, random_study, study_of

from tunescape.explanation.columns import grouping_parameter
from tunescape.explanation.group import group_finding
from tunescape.space import Categorical, Float, SearchSpace


def test_groups_of_2017(shared_data):
    study = iris_2017(shared_data)
    finding = group_finding(study.table, grouping_parameter(study.table))
    groups = {g["level"]: g for g in finding.data["groups"]}
    means = {"sigmoid": 0.416, "relu": 0.533, "tanh": 0.609, "elu": 0.616}
    assert {k: g["mean"] for k, g in groups.items()} == pytest.approx(means, abs=5e-4)
    assert all(g["n"] == 288 == sum(g["histogram"]["counts"]) for g in groups.values())
    assert finding.answer.endswith("elu (0.616), tanh (0.609), relu (0.533) and sigmoid (0.416).")
    elu = [t.value for t in study.trials if t.configuration["activation"] == "elu"]
    assert groups["elu"]["quartiles"] == pytest.approx(np.quantile(elu, [0, 0.25, 0.5, 0.75, 1]))
    assert len({tuple(g["histogram"]["edges"]) for g in groups.values()}) == 1


def test_activation_is_shown_before_the_most_important_categorical():
    space = SearchSpace({"optimiser": Categorical(("sgd", "adam")), "kind": Categorical(("a", "b"))})
    rows = [({"optimiser": o, "kind": k}, 0.5) for o in ("sgd", "adam") for k in ("a", "b")]
    table = study_of(space, rows).table
    assert grouping_parameter(table) == "optimiser"
    assert grouping_parameter(table, ({"parameter": "kind"}, {"parameter": "optimiser"})) == "kind"
    space = SearchSpace({"optimiser": Categorical(("sgd", "adam")), "activation": Categorical(("a", "b"))})
    rows = [({"optimiser": o, "activation": k}, 0.5) for o in ("sgd", "adam") for k in ("a", "b")]
    table = study_of(space, rows).table
    assert grouping_parameter(table, ({"parameter": "optimiser"},)) == "activation"


def test_without_a_categorical_there_are_no_groups():
    table = random_study(5).table
    finding = group_finding(table, grouping_parameter(table))
    assert not finding.applicable
    assert finding.data == {"parameter": None, "groups": []}


def test_a_categorical_with_one_choice_left_makes_no_groups():
    space = SearchSpace({"activation": Categorical(("relu", "tanh")), "x": Float(0.0, 1.0)})
    table = study_of(space, [({"activation": "relu", "x": i / 10}, 0.5) for i in range(5)]).table
    assert grouping_parameter(table) is None


def test_equal_values_fill_one_bin():
    space = SearchSpace({"activation": Categorical(("relu", "tanh"))})
    table = study_of(space, [({"activation": a}, 0.25) for a in ("relu", "tanh", "relu")]).table
    for group in group_finding(table, "activation").data["groups"]:
        assert sorted(group["histogram"]["counts"])[-1] == group["n"]
        assert group["quartiles"] == [0.25] * 5


def test_inactive_rows_are_in_no_group():
    space = SearchSpace({"x": Float(0.0, 1.0)})
    assert not group_finding(study_of(space, []).table, None).applicable
    study = conditional_study(40)
    assert sum(g["n"] for g in group_finding(study.table, "optimiser").data["groups"]) == 40
