"""The landscape of two hyperparameters: pixels are the networks they say, resuming changes nothing, refusals."""

import numpy as np
import pytest

import tunescape as ts
from tunescape import Categorical, Float, InputError, Integer, Ordinal
from tunescape.engine import train
from tunescape.map_pixels import grouped, judged, measured_at
from tunescape.map_plan import plan_map
from tunescape.mapping import carry_out_map, landscape
from tunescape.space import parse_vary
from tunescape.stores import load_landscape
from tunescape.study import DIVERGED, LEARNED, NOT_LEARNED, WAITING

ARRAYS = ("outcome", "loss", "mean_loss", "lasted", "stopped_at")
SMALL = {"size": (7, 5), "steps": 40, "n_points": 60}
RATE = ("learning_rate", Float(1e-3, 1e3, "log"))


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in ARRAYS)


def test_a_pixel_is_the_network_it_says():
    drawn = landscape("prod", **SMALL)
    assert drawn.is_complete
    assert drawn.shape == (5, 7)
    assert {LEARNED, DIVERGED} <= set(np.unique(drawn.outcome))
    planned = plan_map("prod", **SMALL)
    steps = measured_at(40)
    for row, column in ((0, 0), (2, 3), (4, 6)):
        told = planned.specification({"learning_rate": drawn.x.values[column], "init_scale": drawn.y.values[row]})
        numbers = {name: value for name, value in told.numbers.items() if name != "dropout"}
        alone = train(told.network, planned.population.data, seeds=[0], n_steps=40, hyperparameters=numbers,
                      record_at=steps)  # fmt: skip
        expected = judged(alone.curves["train_loss"], steps, alone.stopped_at, drawn.constant_loss)
        for name in ARRAYS:
            assert np.array_equal(getattr(drawn, name)[row, column], expected[name][0], equal_nan=True), name


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("learning_rate=log(1e-3,1)", "momentum=(0,0.9)"),
        ("dropout=(0,0.5)", "l2=log(1e-5,1)"),
        ("units=4|8", "batch_size=int(10,12)"),
        ("warmup_steps=int(0,60)", "init_scale=(0.5,2)"),
        ("dropout_1=(0,0.5)", "layers=int(1,2)"),
    ],
)
def test_groups_hold_every_pixel_once_with_its_own_numbers(x, y):
    planned = plan_map("prod", parse_vary(x), parse_vary(y), **SMALL)
    across, up = planned.start.x, planned.start.y
    groups = grouped(across, up, planned.specification)
    places = np.concatenate([group.places for group in groups])
    assert sorted(places) == list(range(planned.start.outcome.size))
    for group in groups:
        numbers = group.all_numbers()
        for i, place in enumerate(group.places):
            row, column = divmod(int(place), len(across.values))
            own = {across.name: across.values[column].item(), up.name: up.values[row].item()}
            told = planned.specification(own)
            assert told.network == group.network
            for name, value in told.numbers.items():
                assert np.array_equal(numbers[name][i], np.asarray(value)), (name, own)


def judged_one_by_one(losses, steps, stopped, constant):
    """The naive twin of `judged`, one network at a time."""
    usual = max(losses[0], constant)
    late = [v for v, s in zip(losses, steps) if s >= 0.96 * steps[-1]]
    end = np.mean([v if np.isfinite(v) else np.inf for v in late])
    mean = lasted = 0.0
    for k in range(1, len(steps)):
        loss = losses[k] if np.isfinite(losses[k]) else np.inf
        mean += loss * (steps[k] - steps[k - 1]) / steps[-1]
        lasted += min(1.0, usual / loss) * (steps[k] - steps[k - 1])
    if end < 0.99 * constant:
        outcome = LEARNED
    elif stopped >= 0 or not np.isfinite(losses).all() or max(losses) > 1.1 * usual:
        outcome = DIVERGED
    else:
        outcome = NOT_LEARNED
    return outcome, end, mean, lasted


def test_outcomes_agree_with_their_naive_twin():
    rng = np.random.default_rng(1)
    steps = measured_at(300)
    assert steps[0] == 0
    assert steps[-1] == 300
    losses = np.exp(rng.normal(0, 1, (60, 1)) + np.cumsum(rng.normal(0, 0.4, (60, len(steps))), axis=1))
    losses[:20, 9:] = np.nan  # a weight became non-finite
    losses[20:25, 12:] = np.inf
    losses[25:40] = losses[25:40, :1] * np.linspace(1, 0.999, len(steps))  # fell a little
    losses = losses.astype(np.float32)
    stopped = np.where(np.arange(60) < 20, 17, -1)
    found = judged(losses, steps, stopped, 0.7)
    assert set(found["outcome"]) == {LEARNED, NOT_LEARNED, DIVERGED}
    for i in range(60):
        outcome, end, mean, lasted = judged_one_by_one(losses[i].astype(float), steps, stopped[i], 0.7)
        assert found["outcome"][i] == outcome
        assert [found[name][i] for name in ("loss", "mean_loss", "lasted")] == pytest.approx([end, mean, lasted], 1e-5)


def test_interrupted_and_taken_up_again_it_is_the_same(tmp_path):
    whole = landscape("prod", **SMALL)
    planned = plan_map("prod", **SMALL)

    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out_map(planned, tmp_path / "m.npz", progress=stop)
    kept = load_landscape(tmp_path / "m.npz")
    assert 0 < (kept.outcome != WAITING).sum() < kept.outcome.size
    counted, settled = [], []
    again = carry_out_map(
        planned, tmp_path / "m.npz", progress=lambda done, total: counted.append(done),
        work=lambda done, total: settled.append(done / total),
    )  # fmt: skip
    assert settled == sorted(settled)
    assert settled[0] == pytest.approx((kept.outcome != WAITING).mean())
    assert settled[-1] == pytest.approx(1.0)
    assert counted[0] == (kept.outcome != WAITING).sum()
    assert same(again, whole)
    assert same(load_landscape(tmp_path / "m.npz"), whole)
    carry_out_map(planned, tmp_path / "m.npz", progress=lambda *_: pytest.fail("nothing is left to train"))


def test_data_of_another_map_are_refused_with_what_differs(tmp_path):
    landscape("prod", data=tmp_path / "m.npz", **SMALL)
    for changed, words in (
        ({"steps": 50}, "steps is 50 instead of 40"),
        ({"size": (6, 5)}, "the size is '6x5' instead of '7x5'"),
        ({"seed": 3}, "seed is 3 instead of 0"),
        ({"noise": 0.5}, "the data of the task"),
        ({"y": ("momentum", Float(0.0, 0.9))}, "momentum is new"),
        ({"x": ("init_scale", Float(0.05, 20, "log")), "y": RATE}, "changed places"),
        ({"fix": {"activation": "relu"}}, "activation is 'relu' instead of 'tanh'"),
    ):
        with pytest.raises(InputError, match=words):
            landscape("prod", data=tmp_path / "m.npz", **{**SMALL, **changed})
    other = landscape("prod", data=tmp_path / "m.npz", overwrite=True, **{**SMALL, "steps": 20})
    assert other.n_steps == 20


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"x": ("activation", Categorical(("relu", "tanh")))}, "with the values relu, tanh"),
        ({"x": ("nesterov", Integer(0, 1))}, "range of numbers"),
        ({"x": ("units", Ordinal(("a", "b")))}, "range of numbers"),
        ({"x": ("learning_rate", Float(0.1, 1, levels=4))}, "--size"),
        ({"x": ("steps", Integer(1, 9))}, "cannot be an axis"),
        ({"x": ("learnig_rate", Float(0.1, 1))}, "learning_rate"),
        ({"x": ("momentum", Float(0.0, 2.0))}, "reach from .* to .*, but .*below 1"),
        ({"x": RATE, "y": RATE}, "learning_rate twice"),
        ({"x": "learning_rate"}, "a name and a range"),
        ({"fix": {"learning_rate": 0.1}}, "but learning_rate is fixed; say which other"),
        ({"x": RATE, "fix": {"init_scale": 1.0}}, "learning_rate is drawn already and init_scale is fixed"),
        ({"x": RATE, "fix": {"learning_rate": 0.1}}, "is an axis of the map"),
        ({"fix": {"patience": 3}}, "early stopping"),
        ({"fix": {"backend": "keras"}}, "population engine"),
        ({"fix": {"steps": 9}}, "both say how long"),
        ({"size": (1, 5)}, "from 2 to 4096"),
        ({"size": 64}, "two whole numbers"),
        ({"rows": 61}, "at most the 60 training rows"),
        ({"zoom": (1e4, 1)}, "inside the map"),
        ({"zoom": (1, 1, 0.5)}, "factor of 0.5"),
        ({"zoom": (1,)}, "centre and a factor"),
        ({"zoom": (1, 1, 1e8)}, "single precision"),
        ({"x": ("units", Integer(4, 8)), "zoom": (5, 1)}, "cannot be enlarged"),
    ],
)
def test_what_cannot_be_mapped_is_refused_in_a_sentence(given, words):
    with pytest.raises(InputError, match=words):
        plan_map("prod", **{**SMALL, **given})


def test_a_zoom_keeps_the_centre_and_divides_the_range():
    planned = plan_map("prod", ("learning_rate", Float(1e-2, 1e2, "log")), ("momentum", Float(0.0, 0.8)),
                       zoom=(10, 0.4, 4), **SMALL)  # fmt: skip
    x, y = planned.start.x, planned.start.y
    assert (x.parameter.low, x.parameter.high) == pytest.approx((10 / 10**0.5, 10 * 10**0.5))
    assert (y.parameter.low, y.parameter.high) == pytest.approx((0.3, 0.5))
    assert x.values[3] == pytest.approx(10)


def test_the_usual_axes_give_way_to_what_is_asked_for():
    planned = plan_map("prod", y=("learning_rate", Float(0.1, 1)), **SMALL)
    assert (planned.start.x.name, planned.start.y.name) == ("init_scale", "learning_rate")
    planned = plan_map("prod", ("momentum", Float(0.0, 0.9)), fix={"learning_rate": 0.1}, **SMALL)
    assert planned.start.y.name == "init_scale"
    planned = plan_map("prod", ("units", Ordinal((4, 8, 16))), ("batch_size", Integer(10, 12)), **SMALL)
    assert planned.start.shape == (3, 3), "a whole number has one pixel per value"
    assert planned.start.settings["network"] == {
        "activation": "tanh", "optimiser": "sgd", "shuffle": False, "steps": 40,
    }  # fmt: skip


def test_classes_are_judged_against_their_entropy_and_rows_are_said():
    planned = plan_map("digits", size=(3, 2))
    assert planned.start.constant_loss == pytest.approx(np.log(10), rel=0.05)
    assert planned.notes == ("The networks learn 128 of the 1,079 training rows, drawn once (--rows takes more).",)
    assert plan_map("iris", size=(3, 2)).notes == ()
    two = plan_map("xor", size=(3, 2))
    assert two.start.constant_loss == pytest.approx(np.log(2), rel=0.05)


def test_the_front_door_has_it():
    assert ts.landscape is landscape


def test_wide_networks_anywhere_on_the_map_are_foretold():
    assert not plan_map("prod", **SMALL).has_wide
    assert plan_map("prod", fix={"units": 1000, "layers": 2}, **SMALL).has_wide
    assert plan_map("prod", ("units", Ordinal((4, 1000))), ("layers", Ordinal((1, 2))), **SMALL).has_wide
