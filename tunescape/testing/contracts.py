"""What every store must do, as a test class to inherit.

A new store's test file is three lines::

    class TestMine(StoreContract):
        def make(self, folder):
            return Mine(folder / "studies.db")

Needs pytest and hypothesis (``pip install tunescape[test]``).
"""

from __future__ import annotations

import dataclasses
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunescape.errors import InputError
from tunescape.space import Categorical, Condition, Constant, Float, Integer, Ordinal, SearchSpace
from tunescape.stores import Store, TrialExistsError
from tunescape.study import Curve, Objective, Status, Study, Trial

SPACE = SearchSpace(
    {
        "learning_rate": Float(1e-4, 1.0, scale="log", levels=(1e-4, 1e-2, 1.0)),
        "units": Integer(4, 64, scale="log", default=16),
        "batch size": Ordinal((16, 32, 64)),
        "optimizer": Categorical(("sgd", "adam", 'it\'s "best"\n')),
        "momentum": Float(0.0, 0.99),
        "epochs": Constant(10),
    },
    (Condition("momentum", when={"optimizer": ("sgd",)}),),
)
OBJECTIVE = Objective("validation_accuracy", "maximize")

_floats = st.floats(allow_nan=False) | st.sampled_from([math.inf, -math.inf, 0.1 + 0.2, 5e-324])
_words = st.text(max_size=12) | st.sampled_from(["", "it's", '"q"', "a\nb", "…", "\x00", "NULL", "nan"])
_values = _words | _floats | st.booleans() | st.none() | st.integers(-(2**80), 2**80)
_seeds = st.integers(-(2**63), 2**63 - 1)
_ended = st.sampled_from([s for s in Status if s.is_final])


@st.composite
def _curves(draw: st.DrawFn) -> Curve:
    n = draw(st.integers(0, 400) if draw(st.booleans()) else st.integers(0, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    names = draw(st.lists(_words, unique=True, max_size=3))
    values = rng.standard_normal((len(names), n)).astype(np.float32)
    values[:, n // 2 :] = draw(st.sampled_from([0.5, np.nan, np.inf]))
    return Curve(np.cumsum(rng.integers(1, 2**50, n)).astype(np.int64), dict(zip(names, values)))


_plans: dict[str, st.SearchStrategy[Any]] = {
    "configuration": st.dictionaries(_words, _values, max_size=5),
    "replicate": st.integers(0, 1000),
    "seed": _seeds,
    "trajectory": _seeds,
    "budget": st.none() | _floats,
    "note": _words,
}
_results: dict[str, st.SearchStrategy[Any]] = {
    "status": _ended,
    "value": st.none() | _floats,
    "metrics": st.dictionaries(_words, st.floats(), max_size=4),
    "curve": st.none() | _curves(),
    "started": st.none() | _floats,
    "seconds": st.none() | _floats,
    "reason": _words,
}
_numbers = st.lists(st.integers(0, 2**63 - 1), unique=True, max_size=6)


def same(a: Any, b: Any) -> bool:
    """Whether two studies, trials or values are equal where NaN equals NaN."""
    if dataclasses.is_dataclass(a) and not isinstance(a, Curve):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and math.isnan(a):
        return isinstance(b, float) and math.isnan(b)
    return bool(a == b) and isinstance(a, bool) is isinstance(b, bool)


def planned(number: int, **fields: Any) -> Trial:
    """A waiting trial."""
    return Trial(number, {"learning_rate": 0.1, "units": 8}, seed=number, trajectory=number, **fields)


def ended(number: int, value: float | None = 0.5, status: Status = Status.COMPLETED, **fields: Any) -> Trial:
    """A finished trial."""
    return dataclasses.replace(planned(number), status=status, value=value, **fields)


def study(name: str = "iris", trials: tuple[Trial, ...] = (), **fields: Any) -> Study:
    """A study with conditions, constants and all kinds of hyperparameters."""
    return Study(name, SPACE, OBJECTIVE, trials, **fields)


class StoreContract:
    """Inherit and say in `make` how the store under test is opened."""

    keeps = True
    """Whether a second store, made in the same folder, sees what the first wrote."""

    def make(self, folder: Path) -> Store:
        """Open the store in a folder; called again with the same folder it opens the same store."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """A store without studies."""
        with self.make(tmp_path) as store:
            yield store

    _often = settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
    )

    @_often
    @given(st.data())
    def test_all_kinds_of_fields_come_back(self, data: st.DataObject) -> None:
        """Planned and appended, created and appended whole: three ways to the same trials."""
        trials = [
            Trial(n, **{k: data.draw(s) for k, s in (_plans | _results).items()}) for n in sorted(data.draw(_numbers))
        ]
        plans = [Trial(t.number, **{k: getattr(t, k) for k in _plans}) for t in trials]
        seed = data.draw(_seeds)
        with tempfile.TemporaryDirectory() as folder, self.make(Path(folder)) as store:
            for name, way in (("reserved", "reserve"), ("appended", "append"), ("created", "create")):
                wanted = study(name, tuple(trials), seed=seed, task=data.draw(_words))
                store.create(wanted if way == "create" else dataclasses.replace(wanted, trials=()))
                if way == "reserve":
                    store.reserve(name, reversed(plans))
                    assert same(store.load(name).trials, tuple(plans))
                if way != "create":
                    store.append(name, iter(trials))
                assert same(store.load(name), wanted)

    @_often
    @given(st.dictionaries(_words, st.recursive(_values, lambda v: st.lists(v, max_size=3), max_leaves=5)))
    def test_settings_and_attributes_come_back(self, plain: dict[str, Any]) -> None:
        """Plain data of any depth."""
        with tempfile.TemporaryDirectory() as folder, self.make(Path(folder)) as store:
            store.create(study(settings=plain, attributes={"first": 1}))
            store.set_attribute("iris", "second", plain)
            loaded = store.load("iris")
        assert same(loaded.settings, plain)
        assert same(loaded.attributes, {"first": 1, "second": plain})

    def test_numbers_of_numpy_come_back_as_those_of_python(self, store: Store) -> None:
        """What evaluators hand over is often NumPy's."""
        trial = ended(
            0, np.float64(0.25), metrics={"loss": np.float32(0.5)}, seconds=np.float64(2.0),
            configuration={"units": np.int64(8), "learning_rate": np.float64(0.1), "flag": np.bool_(True)},
        )  # fmt: skip
        trial = dataclasses.replace(trial, seed=np.int64(7))  # type: ignore[arg-type]
        store.create(study(trials=(trial,)))
        back = store.load("iris").trials[0]
        assert back.configuration == {"units": 8, "learning_rate": 0.1, "flag": True}
        assert type(back.configuration["units"]) is int
        assert (type(back.seed), type(back.value), back.metrics) == (int, float, {"loss": 0.5})

    def test_a_value_that_is_not_a_number_is_none(self, store: Store) -> None:
        """In the columns of a trial; metrics and curves keep theirs."""
        store.create(study(trials=(ended(0, math.nan, Status.DIVERGED, seconds=math.nan),)))
        back = store.load("iris").trials[0]
        assert (back.value, back.seconds, back.status) == (None, None, Status.DIVERGED)

    def test_trials_come_in_the_order_of_their_numbers(self, store: Store) -> None:
        """Whatever the order in which they were written."""
        store.create(study())
        store.append("iris", [ended(n) for n in (7, 3, 11)])
        store.reserve("iris", [planned(n) for n in (5, 0)])
        assert [t.number for t in store.load("iris").trials] == [0, 3, 5, 7, 11]

    def test_the_first_result_wins(self, store: Store) -> None:
        """Appending again changes nothing and adds what is new."""
        store.create(study())
        store.append("iris", [ended(0, 0.1), ended(1, 0.2)])
        store.append("iris", [ended(1, 0.9, Status.FAILED), ended(2, 0.3)])
        store.append("iris", [])
        trials = store.load("iris").trials
        assert [(t.number, t.value, t.status.word) for t in trials] == [
            (0, 0.1, "completed"), (1, 0.2, "completed"), (2, 0.3, "completed"),
        ]  # fmt: skip

    def test_the_first_plan_wins(self, store: Store) -> None:
        """A result does not change what was planned."""
        store.create(study())
        store.reserve("iris", [planned(0, note="mine")])
        store.append("iris", [ended(0, note="other", configuration={"units": 64})])
        trial = store.load("iris").trials[0]
        assert (trial.note, trial.configuration, trial.value) == ("mine", planned(0).configuration, 0.5)

    def test_a_number_is_reserved_once(self, store: Store) -> None:
        """And a batch that meets a reserved one adds none."""
        store.create(study(trials=(planned(0),)))
        with pytest.raises(TrialExistsError, match="Trial 0 of study 'iris' is reserved already"):
            store.reserve("iris", [planned(1), planned(0)])
        assert [t.number for t in store.load("iris").trials] == [0]

    @pytest.mark.parametrize(
        "bad",
        [
            ended(9, configuration={"x": object()}),
            ended(9, metrics={"x": object()}),
            ended(9, value="high"),  # type: ignore[arg-type]
            ended(9, seed=2**63),
            ended(9, replicate=0.5),
            ended(-1),
            ended(1),
            ended(9, note="\ud800"),
            ended(9, curve=Curve(np.arange(3), {"loss": np.zeros(2, np.float32)})),
            planned(9),
            planned(9, status=Status.RUNNING),
        ],
        ids=lambda trial: f"{trial.number}-{trial.status.word}",
    )
    def test_a_bad_trial_leaves_nothing_of_its_batch(self, store: Store, bad: Trial) -> None:
        """The whole batch or none of it."""
        store.create(study())
        with pytest.raises(InputError):
            store.append("iris", [ended(0), ended(1), bad])
        assert store.load("iris").trials == ()
        if bad.status.is_final:
            with pytest.raises(InputError):
                store.create(study("other", (ended(1), bad)))
            assert [s.name for s in store.summaries()] == ["iris"]

    def test_a_study_is_created_once(self, store: Store) -> None:
        """And needs a name and plain settings."""
        store.create(study())
        with pytest.raises(InputError, match="already a study 'iris'"):
            store.create(study(trials=(ended(0),)))
        for bad in (study(" "), study("other", settings={"x": object()}), study("other", seed=2**70)):
            with pytest.raises(InputError):
                store.create(bad)
        assert store.load("iris") == study()
        assert len(store.summaries()) == 1

    def test_an_unknown_study_is_said_with_the_closest_name(self, store: Store) -> None:
        """Every call that names one says so, and writes nothing."""
        store.create(study())
        for call in (
            lambda: store.load("irsi"),
            lambda: store.append("irsi", [ended(0)]),
            lambda: store.reserve("irsi", [planned(0)]),
            lambda: store.set_attribute("irsi", "a", 1),
            lambda: store.delete("irsi"),
            lambda: store.rename("irsi", "other"),
        ):
            with pytest.raises(InputError, match=r"no study 'irsi' in the store.*Did you mean 'iris'\?"):
                call()
        assert store.load("iris") == study()

    def test_an_empty_store_says_that_it_is_empty(self, store: Store) -> None:
        """Reading it makes no difference."""
        assert store.summaries() == []
        with pytest.raises(InputError, match="it is empty"):
            store.load("iris")

    def test_deleting_takes_one_study_only(self, store: Store) -> None:
        """And its name is free again."""
        store.create(study(trials=(ended(0),)))
        store.create(study("wine", (ended(0, 0.7),)))
        store.delete("iris")
        assert [s.name for s in store.summaries()] == ["wine"]
        store.create(study())
        assert store.load("iris").trials == ()
        assert store.load("wine").trials[0].value == 0.7

    def test_renaming_keeps_the_trials(self, store: Store) -> None:
        """A taken or empty name is refused."""
        store.create(study(trials=(ended(0), planned(1))))
        store.create(study("wine"))
        store.rename("iris", "Iris 2017")
        assert store.load("Iris 2017") == study("Iris 2017", (ended(0), planned(1)))
        for bad in ("wine", ""):
            with pytest.raises(InputError):
                store.rename("Iris 2017", bad)
        assert [s.name for s in store.summaries()] == ["Iris 2017", "wine"]

    def test_summaries_count_trials_by_status(self, store: Store) -> None:
        """Waiting ones are those without a result."""
        store.create(study(task="iris", trials=(planned(0), planned(1), ended(2))))
        store.append("iris", [ended(1, None, Status.DIVERGED), ended(3)])
        (summary,) = store.summaries()
        assert (summary.name, summary.task) == ("iris", "iris")
        assert (summary.objective, summary.direction) == ("validation_accuracy", "maximize")
        assert summary.counts == {"waiting": 1, "completed": 2, "diverged": 1}
        assert 1.7e9 < summary.created <= summary.updated

    def test_attributes_are_set_and_replaced(self, store: Store) -> None:
        """One by one, as plain data."""
        store.create(study())
        store.set_attribute("iris", "test", {"value": 0.9})
        store.set_attribute("iris", "test", {"value": 0.8})
        store.set_attribute("iris", "seconds", 2)
        with pytest.raises(InputError, match="Attribute 'model' must be plain data"):
            store.set_attribute("iris", "model", object())
        assert store.load("iris").attributes == {"test": {"value": 0.8}, "seconds": 2}

    def test_two_stores_see_the_same_studies(self, tmp_path: Path) -> None:
        """Both open at once, each writing."""
        if not self.keeps:
            pytest.skip("this store is seen by its own process only")
        with self.make(tmp_path) as first, self.make(tmp_path) as second:
            first.create(study())
            second.reserve("iris", [planned(0), planned(1)])
            first.append("iris", [ended(0)])
            second.append("iris", [ended(0, 0.9), ended(1, 0.7)])
            with pytest.raises(TrialExistsError):
                first.reserve("iris", [planned(1)])
            assert first.load("iris") == second.load("iris")
            assert [t.value for t in first.load("iris").trials] == [0.5, 0.7]
        with self.make(tmp_path) as later:
            assert [t.value for t in later.load("iris").trials] == [0.5, 0.7]
