"""Which rows train, validate and test: by class for classifications, at random for regressions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError

MIN_ROWS = 10
MIN_PER_CLASS = 3
VALIDATION_SIZE = 0.2
TEST_SIZE = 0.2

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class SplitOptions:
    """How a table is split.

    Args:
        split_seed: Seed of the split, 0 or above.
        validation_size: Share of the rows that validate; None for 0.2.
        test_size: Share of the rows that test, 0 for no test part; None for 0.2.

    Raises:
        InputError: A share is not one, or nothing would be left to train on.
    """

    split_seed: int = 0
    validation_size: float | None = None
    test_size: float | None = None

    def __post_init__(self) -> None:
        seed = self.split_seed
        if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
            raise InputError(f"`split_seed` must be a whole number, 0 or above; got split_seed={seed!r}.")
        validation = VALIDATION_SIZE if self.validation_size is None else self.validation_size
        test = TEST_SIZE if self.test_size is None else self.test_size
        for argument, size in (("validation_size", validation), ("test_size", test)):
            if not isinstance(size, Real) or isinstance(size, bool) or not 0 <= size < 1:
                raise InputError(
                    f"`{argument}` must be a share of the rows, from 0 to below 1; got {argument}={size!r}."
                )
        if validation == 0:
            raise InputError("`validation_size` must be above 0, because the objective is read on that part.")
        if validation + test >= 1:
            raise InputError(
                f"`validation_size` and `test_size` must sum to less than 1; got {validation!r} and "
                f"{test!r}, which leaves no row to train on."
            )
        object.__setattr__(self, "split_seed", int(self.split_seed))
        object.__setattr__(self, "validation_size", float(validation))
        object.__setattr__(self, "test_size", float(test))

    def to_dict(self) -> dict[str, Any]:
        """The options as plain data."""
        return dataclasses.asdict(self)


def split_rows(n: int, classes: NDArray[np.int64] | None, options: SplitOptions) -> tuple[Rows, Rows, Rows]:
    """Split positions 0..n-1 into training, validation and test rows, each sorted.

    Args:
        n: How many rows there are.
        classes: Class of each row, shape (n,), for a split in which every part has every class
            (where it has three rows or more) in about its share; None for a plain random split.
        options: Seed and shares.

    Returns:
        Three arrays of positions; the last is empty when `test_size` is 0.
    """
    rng = np.random.default_rng(options.split_seed)
    groups = [np.arange(n)] if classes is None else [np.flatnonzero(classes == c) for c in np.unique(classes)]
    parts: tuple[list[Rows], list[Rows], list[Rows]] = ([], [], [])
    for group in groups:
        shuffled = rng.permutation(group)
        n_validation, n_test = _sizes(len(group), options)
        cuts = [len(group) - n_validation - n_test, len(group) - n_test]
        for part, rows in zip(parts, np.split(shuffled, cuts), strict=True):
            part.append(rows)
    train, validation, test = (np.sort(np.concatenate(part)).astype(np.int64) for part in parts)
    return train, validation, test


def split_few_rows(
    n: int, classes: NDArray[np.int64] | None, options: SplitOptions
) -> tuple[tuple[Rows, Rows, Rows], bool]:
    """Split as `split_rows` does where it can; otherwise at random, with every class in the training part.

    Args:
        n: How many rows there are, at least 2.
        classes: Class of each row, shape (n,), or None.
        options: Seed and shares; parts other than the training part get a row each at least while
            the rows last.

    Returns:
        Training, validation and test rows; and whether every part has every class.
    """
    least = MIN_PER_CLASS if options.test_size else MIN_PER_CLASS - 1
    if n >= least and (classes is None or np.unique(classes, return_counts=True)[1].min() >= least):
        return split_rows(n, classes, options), True
    order = np.random.default_rng(options.split_seed).permutation(n)
    if classes is not None:
        first = np.unique(classes[order], return_index=True)[1]
        order = np.concatenate([order[first], np.delete(order, first)])
    n_validation, n_test = _sizes(n, options) if n >= least else (1, 0)
    cuts = [n - n_validation - n_test, n - n_test]
    train, validation, test = (np.sort(part).astype(np.int64) for part in np.split(order, cuts))
    return (train, validation, test), False


def _sizes(n: int, options: SplitOptions) -> tuple[int, int]:
    """How many of n rows (3 or more) validate and test: at least one each, and one is left to train."""
    test_size, validation_size = options.test_size or 0.0, options.validation_size or VALIDATION_SIZE
    n_test = min(max(1, round(n * test_size)), n - 2) if test_size else 0
    n_validation = min(max(1, round(n * validation_size)), n - 1 - n_test)
    return n_validation, n_test
