"""The type, range, scale and levels of a column of values."""

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.importers.scales import parameter_of, scale_of
from tunescape.space import Categorical, Constant, Float, Integer

LOG = [[1e-4, 1e-3, 1e-2], [16, 32, 64, 128], [100, 500, 2500], [1, 2, 5, 10, 20, 50], [1e-4, 1e-1],
       [0.0002, 0.0008, 0.0032, 0.0128, 0.0512, 0.2048], [0.01, 0.1, 1, 10]]  # fmt: skip
LINEAR = [[1, 2, 3, 4], [0.01, 0.05, 0.1, 0.25], [0, 1e-4, 1e-3, 1e-2], [-1, 1], [16, 32], [0.5, 0.9, 0.99],
          [32, 64, 96, 128], [0.1, 0.2, 0.3], [1, 2, 3], [50, 100, 150, 200, 300]]  # fmt: skip


@pytest.mark.parametrize("levels", LOG, ids=str)
def test_levels_with_even_ratios_are_log(levels):
    assert scale_of(levels[::-1] * 2) == "log"


@pytest.mark.parametrize("levels", LINEAR, ids=str)
def test_levels_with_even_distances_are_linear(levels):
    assert scale_of(levels * 2) == "linear"


@pytest.mark.parametrize(("n", "bound"), [(20, 0.15), (60, 0.01), (500, 0.0)])
@pytest.mark.parametrize(
    ("sample", "scale"),
    [
        (lambda u: 10 ** (-4 + 3 * u), "log"),
        (lambda u: 10 ** (-3 + 2 * u), "log"),
        (lambda u: np.floor(10 ** (1 + 2 * u)), "log"),
        (lambda u: 0.05 + 0.9 * u, "linear"),
        (lambda u: u, "linear"),
        (lambda u: np.floor(10 + 500 * u), "linear"),
    ],
)
def test_random_samples_are_told_apart(n, bound, sample, scale):
    """Of 200 samples at most this share is taken for the other; doubt goes to linear."""
    wrong = sum(scale_of(list(sample(np.random.default_rng(s).random(n)))) != scale for s in range(200))
    assert wrong <= bound * 200


def test_types():
    assert parameter_of([1, 2, 1, 2]) == Integer(1, 2, levels=(1, 2))
    assert parameter_of([1.0, 2.0, 4.0]) == Integer(1, 4, scale="log")
    assert parameter_of([1.0, 2.0], whole_is_integer=False) == Float(1, 2)
    assert parameter_of([0.5, 1, 0.5, 1]) == Float(0.5, 1, levels=(0.5, 1.0))
    assert parameter_of(["b", "a", "b"]) == Categorical(("b", "a"))
    assert parameter_of([True, False]) == Categorical((False, True))
    assert parameter_of(["a", 1]) == Categorical(("a", 1))
    assert parameter_of([3, 3]) == Constant(3)
    assert parameter_of(list(range(13)) * 2).levels is None


@pytest.mark.parametrize("values", [[1.0, float("inf")], [-1.7e308, 1.7e308], [2**60, 2**60 + 1],
                                    [str(i) for i in range(60)]], ids=str)  # fmt: skip
def test_what_cannot_be_a_hyperparameter(values):
    with pytest.raises(InputError):
        parameter_of(values)
