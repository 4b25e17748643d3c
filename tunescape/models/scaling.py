"""The scaling of inputs for other frameworks, in single precision too without losing digits of the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError
from tunescape.tasks.preprocessing import FAR, Preprocessing

Precision = Literal["float32", "float64"]


@dataclass(frozen=True, eq=False)
class Scaling:
    """Inputs are ``clip(((x - centre) - rest) / sd, -far, far)``, equal to ``clip((x - mean) / sd, …)``.

    In single precision a column such as a year has a mean that is not a single-precision number;
    what `centre` lacks of it is `rest`, so that nothing is lost where x is near the mean.

    Args:
        centre: The mean as the precision holds it, shape (d,).
        rest: The mean minus `centre`, shape (d,).
        sd: Standard deviations, shape (d,); infinite where an input is always 0.
        far: Largest input.
    """

    centre: NDArray[np.float64]
    rest: NDArray[np.float64]
    sd: NDArray[np.float64]
    far: float = FAR

    @property
    def does_nothing(self) -> bool:
        """Whether inputs are what they were, but for those that are far."""
        return bool((self.centre == 0).all() and (self.rest == 0).all() and (self.sd == 1).all())


def scaling(preprocessing: Preprocessing, dtype: Precision) -> Scaling:
    """The scaling of a preprocessing's encoded columns.

    Args:
        preprocessing: From raw columns to inputs.
        dtype: Precision in which it will be done.

    Raises:
        InputError: The precision is none of the two, or cannot hold a column's mean or deviation.
    """
    if dtype not in ("float32", "float64"):
        raise InputError(f"`dtype` must be 'float32' or 'float64'. Got dtype={dtype!r}.")
    mean, sd, limits = preprocessing.mean, preprocessing.sd, np.finfo(dtype)
    bad = np.isfinite(sd) & ((sd < limits.tiny) | (sd > 1 / limits.tiny)) | (np.abs(mean) > limits.max)
    if bad.any():
        name = preprocessing.features[int(np.flatnonzero(bad)[0])]
        raise InputError(
            f"`dtype` must be able to hold the scale of every column. {name!r} is beyond {dtype}; use dtype='float64'."
        )
    centre = mean.astype(dtype).astype(np.float64)
    return Scaling(centre, mean - centre, sd)
