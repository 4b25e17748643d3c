"""Studies, trials, objectives and statuses: data that says the same wherever it is read."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunescape.errors import InputError
from tunescape.space import Categorical, Float, SearchSpace
from tunescape.study import CODE_OF, CODES, Budget, Curve, Objective, Status, Study, Trial

SPACE = SearchSpace({"learning_rate": Float(1e-4, 1, "log"), "optimiser": Categorical(["sgd", "adam"])})
CONFIGURATION = {"learning_rate": 0.1, "optimiser": "sgd"}


def trial(number, value=None, status=Status.COMPLETED, **more) -> Trial:
    return Trial(number, CONFIGURATION, value=value, status=status, **more)


def study(*trials, direction="maximize") -> Study:
    return Study("s", SPACE, Objective("accuracy", direction), tuple(trials))


def test_the_codes_of_statuses_never_change():
    """Stores keep the codes: new statuses go to the end."""
    words = ["waiting", "running", "completed", "diverged", "infeasible", "failed", "pruned"]
    assert [status.word for status in CODES] == words
    assert {status: code for code, status in enumerate(CODES)} == CODE_OF


def test_every_status_says_a_sentence():
    for status in Status:
        assert status.value[0].isupper()
        assert status.value.endswith(".")
    assert [s for s in Status if not s.is_final] == [Status.WAITING, Status.RUNNING]


def test_an_objective_has_one_of_two_directions():
    assert (Objective("loss").sign, Objective("accuracy", "maximize").sign) == (-1, 1)
    with pytest.raises(InputError, match=r"`direction` must be 'minimize' or 'maximize'.*'up'"):
        Objective("loss", "up")  # type: ignore[arg-type]
    assert Budget("steps", 100) == Budget("steps", 100.0)


def test_with_trials_adds_and_replaces_by_number():
    first = study(trial(2, 0.2), trial(0, status=Status.WAITING))
    second = first.with_trials([trial(1, 0.1), trial(0, 0.9)])
    assert [(t.number, t.value) for t in second.trials] == [(0, 0.9), (1, 0.1), (2, 0.2)]
    assert len(first.trials) == 2
    assert second.with_trials([]) == second


@given(st.permutations(range(6)), st.integers(0, 6))
def test_trials_may_come_in_any_order_and_any_batches(order, cut):
    trials = [trial(n, n / 10) for n in range(6)]
    batches = [trials[n] for n in order[:cut]], [trials[n] for n in order[cut:]]
    assert study().with_trials(batches[0]).with_trials(batches[1]) == study(*trials)


def test_counts_name_only_what_occurs():
    counted = study(trial(0, 1.0), trial(1, 0.5), trial(2, status=Status.DIVERGED)).counts
    assert counted == {Status.COMPLETED: 2, Status.DIVERGED: 1}
    assert study().counts == {}


def test_best_is_the_first_of_the_best_completed_finite_values():
    trials = [
        trial(0, math.nan), trial(1, 0.5), trial(2, 0.9), trial(3, 0.9), trial(4, 1.0, Status.PRUNED),
        trial(5, None), trial(6, math.inf), trial(7, 0.1),
    ]  # fmt: skip
    assert study(*trials).best.number == 2
    assert study(*reversed(trials)).best.number == 2
    assert study(*trials, direction="minimize").best.number == 7
    assert study(trial(0, math.nan), trial(1, status=Status.FAILED)).best is None
    assert study().best is None


@given(st.lists(st.none() | st.floats(allow_nan=True), max_size=8), st.sampled_from(["minimize", "maximize"]))
def test_no_completed_trial_is_better_than_the_best(values, direction):
    best = study(*(trial(n, v) for n, v in enumerate(values)), direction=direction).best
    finite = [v for v in values if v is not None and math.isfinite(v)]
    assert (best is None) == (not finite)
    if finite:
        assert best.value == (max(finite) if direction == "maximize" else min(finite))


def test_curves_compare_by_content_with_nan_equal_to_nan():
    def curve(**values):
        return Curve(np.array([1, 5]), {k: np.array(v, dtype=np.float32) for k, v in values.items()})

    assert curve(loss=[1, math.nan]) == curve(loss=[1, math.nan])
    assert curve(loss=[1, 2]) != curve(loss=[1, 3])
    assert curve(loss=[1, 2]) != curve(accuracy=[1, 2])
    assert curve(loss=[1, 2]) != Curve(np.array([1, 6]), curve(loss=[1, 2]).values)
    assert curve(loss=[1, 2]) != "curve"
    assert trial(0, curve=curve(loss=[1, 2])) == trial(0, curve=curve(loss=[1, 2]))


def test_data_is_frozen():
    for thing, name in ((study(), "seed"), (trial(0), "value"), (Objective("a"), "name")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, 1)


def test_a_study_says_what_it_is():
    assert repr(study(trial(0, 1.0))) == "Study('s': 1 completed; maximize accuracy)"
    assert repr(study()) == "Study('s': no trials; maximize accuracy)"


def test_a_notebook_shows_the_first_trials_and_counts_the_rest():
    shown = study(*(trial(n, n / 100, note="<b>") for n in range(12)))._repr_html_()
    assert "12 completed" in shown
    assert "2 more trials" in shown
    assert "<table" in shown
    assert "&lt;b&gt;" in shown
    assert "more trials" not in study(trial(0, 0.5))._repr_html_()
