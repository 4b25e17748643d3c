"""A loss with a long upper tail is analysed by its logarithm, and that is said."""

import numpy as np

from tunescape import Float, Objective, SearchSpace, Status, Study, Trial
from tunescape.explanation import explain
from tunescape.explanation.optimum import best_finding


def study(direction, of, n=150):
    rng = np.random.default_rng(3)
    space = SearchSpace({"lr": Float(1e-4, 1.0, "log"), "useless": Float(0, 1)})
    trials = []
    for i in range(n):
        u, v = rng.random(2)
        value = float(of(u, rng))
        trials.append(Trial(i, {"lr": 10 ** (4 * u - 4), "useless": v}, 0, i, i, Status.COMPLETED, value))
    return Study("s", space, Objective("loss", direction), tuple(trials))


def long_tailed(u, rng):
    return 0.5 + np.exp(4 * u + rng.normal(0, 0.3)) / 20 * (1 + 10 * (rng.random() < 0.03))


def test_a_long_tailed_loss_is_analysed_by_its_logarithm():
    explanation = explain(study("minimize", long_tailed), quality=False)
    assert explanation["fit"].data["transform"] == "log10"
    assert any("logarithm" in caveat for f in explanation.findings for caveat in f.caveats)
    shares = {row["parameter"]: row for row in explanation["importance"].table}
    assert shares["lr"]["share"] > 0.5
    assert not shares["useless"]["detectable"]


def test_other_objectives_are_left_as_they_are():
    symmetric = explain(study("minimize", lambda u, rng: 3 + u + rng.normal(0, 0.1)), quality=False)
    maximised = explain(study("maximize", long_tailed), quality=False)
    for explanation in (symmetric, maximised):
        assert explanation["fit"].data.get("transform") is None


def test_the_best_value_of_a_loss_is_never_negative_whatever_its_tail():
    """Noise that is a multiple of the loss once gave intervals below 0."""
    rng = np.random.default_rng(0)
    for spread in (0.5, 2.0):
        rows = [({"x": float(x)}, float(0.01 * (x + 0.1) * np.exp(spread * rng.normal())))
                for x in np.linspace(0, 1, 20) for _ in range(2)]  # fmt: skip
        space = SearchSpace({"x": Float(0.0, 1.0)})
        trials = tuple(Trial(i, c, replicate=i % 2, status=Status.COMPLETED, value=v) for i, (c, v) in enumerate(rows))
        best = best_finding(Study("s", space, Objective("mse", "minimize"), trials=trials).table, {}).data
        assert 0 <= best["low"] <= best["value"] <= best["high"]
