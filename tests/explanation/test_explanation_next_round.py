"""The next search space is narrower where that is safe, and never loses what the best configurations use."""

import numpy as np
import pytest

from tunescape import Categorical, Condition, Float, Integer, Objective, Ordinal, SearchSpace, Status, Study, Trial
from tunescape.explanation import explain, next_space
from tunescape.samplers import Factorial, Random


def study(space, of, sampler, n=400, noise=0.02, direction="maximize"):
    rng = np.random.default_rng(0)
    empty = Study("s", space, Objective("score", direction))
    points = [c for c in sampler.propose(empty, n, rng) for _ in range(2)]
    return empty.with_trials(
        Trial(i, c, i % 2, i, i, Status.COMPLETED, float(of(c) + rng.normal(0, noise))) for i, c in enumerate(points)
    )


SPACE = SearchSpace(
    {
        "lr": Float(1e-4, 1.0, "log", levels=5),
        "units": Integer(4, 64, "log", levels=3),
        "batch": Ordinal((8, 16, 32, 64)),
        "optimiser": Categorical(("sgd", "adam", "rmsprop")),
        "useless": Float(0, 1, levels=2),
    }
)


def score(c):
    return -((np.log10(c["lr"]) + 2) ** 2) + (c["optimiser"] == "adam") - 0.3 * abs(c["batch"] - 16) / 16


@pytest.mark.parametrize("sampler", [Factorial(), Random()])
def test_narrows_to_the_good_region_and_leaves_the_useless_alone(sampler):
    after = next_space(explain(study(SPACE, score, sampler), quality=False)).parameters
    assert 1e-4 <= after["lr"].low < 1e-2 < after["lr"].high <= 1.0
    assert np.log10(after["lr"].high / after["lr"].low) < 4
    assert after["optimiser"].choices == ("adam",)
    assert 16 in after["batch"].choices
    assert after["useless"] == SPACE.parameters["useless"]


def test_minimising_narrows_to_the_other_end():
    after = next_space(explain(study(SPACE, score, Random(), direction="minimize"), quality=False)).parameters
    assert "adam" not in after["optimiser"].choices


def test_noise_changes_nothing():
    space = next_space(explain(study(SPACE, lambda c: 0.0, Random(), n=60), quality=False))
    assert space == SPACE


def test_what_can_no_longer_be_active_goes_with_the_choice_that_activated_it():
    space = SearchSpace(
        {"optimiser": Categorical(("sgd", "adam")), "momentum": Float(0, 0.9), "lr": Float(1e-3, 1, "log")},
        [Condition("momentum", {"optimiser": "sgd"})],
    )
    after = next_space(explain(study(space, lambda c: float(c["optimiser"] == "adam"), Random()), quality=False))
    assert after.parameters["optimiser"].choices == ("adam",)
    assert "momentum" not in after.parameters


def test_what_the_best_configurations_use_is_kept():
    """Only the pair matters: each level is as good as the other on average, and none may be cut."""
    space = SearchSpace({"a": Categorical(("x", "y")), "b": Categorical(("x", "y"))})
    after = next_space(explain(study(space, lambda c: float(c["a"] == c["b"]), Factorial()), quality=False))
    assert after == space
