"""Planning and running: resume, extend, interrupt; nothing lost, nothing double, nothing changed."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from tunescape import Categorical, Float, InputError, Integer, Objective, SearchSpace, Status, Study
from tunescape.engine import Data
from tunescape.evaluators import Population
from tunescape.runner import plan, run, seed_of
from tunescape.samplers import Factorial, Random
from tunescape.stores import Memory, open_store

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.integers(0, 2, 40)
EVALUATOR = Population(Data(X[:30], Y[:30], X[30:], Y[30:]), "softmax_cross_entropy", 2,
                       Objective("validation_accuracy", "maximize"), {"units": 4})  # fmt: skip
SPACE = SearchSpace({
    "learning_rate": Float(1e-3, 1, "log", levels=3),
    "steps": Integer(5, 20, levels=(5, 20)),
    "activation": Categorical(("relu", "tanh")),
})  # fmt: skip
STUDY = Study("s", SPACE, EVALUATOR.objective, seed=7)


def same(a, b):
    times = {"started": None, "seconds": None}
    return [replace(t, **times) for t in a.trials] == [replace(t, **times) for t in b.trials]


@dataclass(frozen=True)
class Interrupting(Population):
    """Is interrupted, as by Ctrl-C, after some trials."""

    after: int = 0

    def evaluate(self, trials, *, progress=None):
        for done, trial in enumerate(trials):
            if done == self.after:
                raise KeyboardInterrupt
            yield from super().evaluate([trial], progress=progress)


def test_a_factorial_runs_whole_and_again_adds_nothing(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/s.db") as store:
        study = run(STUDY, EVALUATOR, Factorial(), n_points=12, replicates=2, store=store)
        assert study.counts == {Status.COMPLETED: 24}
        assert [t.number for t in study.trials] == list(range(24))
        again = run(STUDY, EVALUATOR, Factorial(), n_points=12, replicates=2, store=store)
        assert again.trials == study.trials


@pytest.mark.parametrize("after", [0, 1, 11, 23])
def test_an_interrupted_run_goes_on_to_the_same_study(tmp_path, after):
    whole = run(STUDY, EVALUATOR, Factorial(), n_points=12, replicates=2, store=Memory())
    with open_store(f"sqlite:///{tmp_path}/s.db") as store:
        stopping = Interrupting(**{f.name: getattr(EVALUATOR, f.name) for f in fields(EVALUATOR)}, after=after)
        with pytest.raises(KeyboardInterrupt):
            run(STUDY, stopping, Factorial(), n_points=12, replicates=2, store=store)
        kept = store.load("s")
        assert kept.counts.get(Status.COMPLETED, 0) == after
        assert len(kept.trials) == 24
        assert same(run(STUDY, EVALUATOR, Factorial(), n_points=12, replicates=2, store=store), whole)


def test_more_trials_and_replicates_extend_and_change_nothing():
    store = Memory()
    small = run(STUDY, EVALUATOR, Random(), n_points=6, replicates=1, store=store)
    large = run(STUDY, EVALUATOR, Random(), n_points=10, replicates=3, store=store)
    assert large.trials[:6] == small.trials
    assert len(large.trials) == 30
    by_point = {}
    for trial in large.trials:
        by_point.setdefault(tuple(trial.configuration.items()), []).append(trial)
    assert {len(ts) for ts in by_point.values()} == {3}
    assert all(sorted(t.replicate for t in ts) == [0, 1, 2] for ts in by_point.values())
    assert all(len({t.seed for t in ts}) == 3 for ts in by_point.values())


def test_levels_of_steps_share_seed_and_trajectory_unless_told_apart():
    planned = plan(STUDY, EVALUATOR, Factorial(), 12, 1)
    groups = {}
    for trial in planned:
        groups.setdefault(trial.trajectory, []).append(trial)
    assert len(groups) == 6
    for trajectory, members in groups.items():
        assert trajectory == min(t.number for t in members)
        assert len({t.seed for t in members}) == 1
        assert {t.configuration["steps"] for t in members} == {5, 20}
    apart = plan(STUDY, replace(EVALUATOR, independent_steps=True), Factorial(), 12, 1)
    assert len({t.trajectory for t in apart}) == len({t.seed for t in apart}) == 12


def test_a_small_space_is_used_up_without_repeats_and_again_adds_nothing():
    tiny = Study("t", SearchSpace({"activation": Categorical(("relu", "tanh"))}), EVALUATOR.objective)
    evaluator = replace(EVALUATOR, settings={"units": 4, "steps": 5})
    planned = plan(tiny, evaluator, Random(), 8, 3)
    assert len(planned) == 6
    assert len({t.seed for t in planned}) == 6
    assert plan(tiny.with_trials(planned), evaluator, Random(), 8, 3) == []


def test_seeds_depend_on_study_configuration_and_replicate_only():
    a = seed_of(0, {"x": 1.0, "y": "b"}, 0)
    assert a == seed_of(0, {"y": "b", "x": 1.0}, 0)
    assert (
        len(
            {
                a,
                seed_of(1, {"x": 1.0, "y": "b"}, 0),
                seed_of(0, {"x": 1.0, "y": "b"}, 1),
                seed_of(0, {"x": 2.0, "y": "b"}, 0),
            }
        )
        == 4
    )
    assert 0 <= a < 2**63


def test_an_impossible_space_is_refused_before_anything_is_written():
    store = Memory()
    study = Study("bad", SearchSpace({"learning_rat": Float(0.1, 1)}), EVALUATOR.objective)
    with pytest.raises(InputError, match="learning_rate"):
        run(study, EVALUATOR, Random(), n_points=3, store=store)
    assert store.summaries() == []
    for wrong in ({"n_points": 0}, {"n_points": 3, "replicates": 0}):
        with pytest.raises(InputError, match="at least 1"):
            run(STUDY, EVALUATOR, Random(), store=store, **wrong)
    assert store.summaries() == []
