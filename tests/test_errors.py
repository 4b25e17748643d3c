"""The exceptions that mean: the user's input, with its remedy."""

from __future__ import annotations

import pytest

from tunescape.errors import InputError, MissingExtraError, did_you_mean


def test_wrong_input_is_a_value_error_and_a_missing_part_an_import_error():
    assert issubclass(InputError, ValueError)
    assert issubclass(MissingExtraError, ImportError)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("optimizer", " Did you mean 'optimiser'?"),
        ("lerning_rate", " Did you mean 'learning_rate'?"),
        ("x", ""),
        (5, ""),
    ],
)
def test_the_closest_known_name_is_offered(name, said):
    assert did_you_mean(name, ["optimiser", "learning_rate", "units"]) == said
    assert did_you_mean(name, []) == ""
