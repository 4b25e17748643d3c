"""What a block of lanes holds: what its networks share, what changes, what stays, in arrays that kernels read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

(ACTIVATION, OPTIMISER, LOSS, IS_MEAN, IS_STREAM, DROPS, IS_PENALISED, NORMALISATION, SCHEDULE, EPSILON_INSIDE,
 EPSILON_CORRECTED, GRADIENT_FORM, PENALTY_PER_ROW, ALL_PENALISED, CLIPS, DECAYS, WEIGHTED, DIVIDES_BY_WEIGHTS,
 IS_UNBIASED, SHUFFLES, TRACKS_LOSS) = range(21)  # fmt: skip
"""Positions of the codes of a `Shape`."""


class Shape(NamedTuple):
    """What the networks of a block share, as small integers.

    Attributes:
        widths: Units of every layer from inputs to outputs, shape (n_layers + 1,).
        weights_at: Position of each layer's weights, biases and normalisation, then the number of
            all, shape (n_layers + 1,).
        units_at: Position of each layer's units in the activations, shape (n_layers + 2,).
        running_at: Position of each hidden layer's running statistics, shape (n_layers,).
        codes: Choices, at the positions named above, and 0 or 1 for what is or is not; SCHEDULE is -1
            where the learning rate never changes.
        batch: Samples in a batch.
        chunk: Samples that are worked on at once.
        n_lanes: Lanes in the block.
    """

    widths: NDArray[np.int64]
    weights_at: NDArray[np.int64]
    units_at: NDArray[np.int64]
    running_at: NDArray[np.int64]
    codes: NDArray[np.int64]
    batch: int
    chunk: int
    n_lanes: int


class State(NamedTuple):
    """Everything that changes while a block is trained; flat arrays of lanes unless said otherwise.

    Attributes:
        weights: Weights and biases, and scale and shift of normalisation, (n_weights * n_lanes,).
        gradient: Their gradient.
        first: The optimiser's first state array.
        second: The optimiser's second state array.
        running: Running means and variances of batch normalisation.
        powers: beta_1^t and beta_2^t, (2 * n_lanes,), float64.
        scalars: Numbers of the present step: learning rate, two step sizes, epsilon, the factor of the
            L2 penalty, working space, (6 * n_lanes,).
        rows: Rows in the order of the present epoch, (n_rows * n_lanes,), uint32.
        row_keys: Working space for one whole number per lane, (n_lanes,), uint64.
        due: Which lanes begin an epoch, (n_lanes,), int8.
        n_rows: Rows of each lane, (n_lanes,), int64.
        position: Next row of each lane, (n_lanes,), int64.
        epoch: Epoch of each lane, (n_lanes,), int64.
        stopped_at: Step at which a lane diverged, or -1, (n_lanes,), int64.
        running_loss: Sum of the losses of rows since it was last emptied, (n_lanes,), float64.
        running_rows: How many rows these were, (1,), float64.
        values: Activations of a chunk.
        slopes: Slopes of the activations.
        deltas: Errors.
        normed: Normalised values, where there is normalisation.
        inverses: 1 over the standard deviations that they were divided by.
        targets: Targets of a chunk.
        row_weights: Weights of the rows of a chunk.
        divisor: Rows of the present batch, or the sum of their weights, (n_lanes,), float64.
        constants: A vector of zeros and one of ones.
        keys: Keys of the dropout masks, uint32.
    """

    weights: NDArray
    gradient: NDArray
    first: NDArray
    second: NDArray
    running: NDArray
    powers: NDArray[np.float64]
    scalars: NDArray
    rows: NDArray[np.uint32]
    row_keys: NDArray[np.uint64]
    due: NDArray[np.int8]
    n_rows: NDArray[np.int64]
    position: NDArray[np.int64]
    epoch: NDArray[np.int64]
    stopped_at: NDArray[np.int64]
    running_loss: NDArray[np.float64]
    running_rows: NDArray[np.float64]
    values: NDArray
    slopes: NDArray
    deltas: NDArray
    normed: NDArray
    inverses: NDArray
    targets: NDArray
    row_weights: NDArray
    divisor: NDArray[np.float64]
    constants: NDArray
    keys: NDArray[np.uint32]


class Settings(NamedTuple):
    """Numbers that differ from lane to lane and stay as they are.

    Attributes:
        numbers: One lane vector per name of `optimisers.SETTINGS`, flat.
        keep_scale: 1 / (1 - dropout rate) per hidden layer, flat.
        drop_below: rate * 2^32 per hidden layer, flat, uint32.
        seeds: (n_lanes,), uint64.
    """

    numbers: NDArray
    keep_scale: NDArray
    drop_below: NDArray[np.uint32]
    seeds: NDArray[np.uint64]
