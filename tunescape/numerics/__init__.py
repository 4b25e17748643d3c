"""Arrays in, arrays out: statistics kernels; no word of the domain appears."""

from tunescape.numerics.box_test import NullMoments, box_test, null_moments
from tunescape.numerics.directions import Partial, independent, orthonormal, partial
from tunescape.numerics.leave_out import Component, cluster_sums, component, fitted_errors, left_out_residuals
from tunescape.numerics.multiplicity import holm, step_down
from tunescape.numerics.nonnegative import keep_sum
from tunescape.numerics.replicated_grid import ReplicatedGrid, linear_error, pooled_errors, replicated_grid
from tunescape.numerics.sign_flips import Flipped, flipped, random_signs, surprise
from tunescape.numerics.threads import one_thread
from tunescape.numerics.variance_decomposition import degrees_of_freedom, effects, subsets, sums_of_squares
from tunescape.numerics.variance_shares import Share, run_variance, share_of

__all__ = [
    "Component",
    "Flipped",
    "NullMoments",
    "Partial",
    "ReplicatedGrid",
    "Share",
    "box_test",
    "cluster_sums",
    "component",
    "degrees_of_freedom",
    "effects",
    "fitted_errors",
    "flipped",
    "holm",
    "independent",
    "keep_sum",
    "left_out_residuals",
    "linear_error",
    "null_moments",
    "one_thread",
    "orthonormal",
    "partial",
    "pooled_errors",
    "random_signs",
    "replicated_grid",
    "run_variance",
    "share_of",
    "step_down",
    "subsets",
    "sums_of_squares",
    "surprise",
]
