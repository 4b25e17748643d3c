"""A model of measured values over the unit cube."""

from tunescape.surrogates.additive import Additive, fit_additive, predict
from tunescape.surrogates.basis import ColumnBasis, column_basis, evaluate
from tunescape.surrogates.validation import RSquared, cross_validated_r2

__all__ = [
    "Additive",
    "ColumnBasis",
    "RSquared",
    "column_basis",
    "cross_validated_r2",
    "evaluate",
    "fit_additive",
    "predict",
]
