"""The split: every row once, every class in every part, shares as asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunescape.errors import InputError
from tunescape.tasks.split import SplitOptions, split_rows


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(3, 60), min_size=2, max_size=8),
    seed=st.integers(0, 2**31),
    shares=st.sampled_from([(0.2, 0.2), (0.45, 0.45), (0.1, 0.3), (0.3, 0.0), (0.01, 0.01)]),
)
def test_every_row_is_in_one_part_and_every_class_in_every_part(counts, seed, shares) -> None:
    classes = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    parts = split_rows(len(classes), classes, SplitOptions(seed, *shares))
    assert sorted(np.concatenate(parts)) == list(range(len(classes)))
    for part, share in zip(parts, (1 - sum(shares), *shares), strict=True):
        found = np.bincount(classes[part], minlength=len(counts))
        if share:
            assert (found > 0).all()
            assert (np.abs(found - share * np.array(counts)) <= 2).all()
        else:
            assert len(part) == 0
        assert (np.diff(part) > 0).all()


def test_a_plain_split_has_exact_shares_and_follows_the_seed() -> None:
    a, b, c = (split_rows(200, None, SplitOptions(s)) for s in (0, 0, 1))
    assert [len(part) for part in a] == [120, 40, 40]
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not np.array_equal(a[2], c[2])


def test_the_split_of_seed_zero_never_changes() -> None:
    """A study that is resumed later, or elsewhere, must find the same rows."""
    _, validation, test = split_rows(20, None, SplitOptions(0))
    assert (validation.tolist(), test.tolist()) == ([5, 7, 17, 18], [1, 9, 14, 15])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split_seed": -1}, "`split_seed` must be a whole number"),
        ({"split_seed": 1.5}, "`split_seed` must be a whole number"),
        ({"test_size": 1.0}, "`test_size` must be a share"),
        ({"test_size": 20}, "`test_size` must be a share"),
        ({"validation_size": 0}, "`validation_size` must be above 0"),
        ({"validation_size": "a"}, "`validation_size` must be a share"),
        ({"validation_size": 0.5, "test_size": 0.5}, "must sum to less than 1"),
    ],
)
def test_wrong_options_are_named(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        SplitOptions(**options)
