"""What a block of lanes holds, in arrays that kernels read: what its networks share, what changes, what waits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

(LOSS, IS_MEAN, IS_STREAM, DROPS, IS_PENALISED, NORMALISATION, ALL_PENALISED, CLIPS, DECAYS, WEIGHTED,
 DIVIDES_BY_WEIGHTS, IS_UNBIASED, SHUFFLES, TRACKS_LOSS, WAITS) = range(15)  # fmt: skip
"""Positions of the codes of a `Shape`."""

(ACTIVATION, UPDATE, CORRECTED, SCHEDULE, PER_ROW) = range(5)
"""Positions of the codes of a lane: activation, optimiser with its forms (`update_code`), 1 where adam adds
epsilon to the bias-corrected root, schedule or -1, 1 where the L2 penalty is divided by the batch's rows."""


def update_code(optimiser: int, inside: bool, gradient_form: bool) -> int:
    """One number for an optimiser and its forms: epsilon inside the root, momentum without the learning rate."""
    return optimiser + 16 * inside + 32 * gradient_form


class Shape(NamedTuple):
    """What the networks of a block share, as small integers.

    Attributes:
        widths: Units of every layer from inputs to outputs, shape (n_layers + 1,).
        weights_at: Position of each layer's weights, biases and normalisation, then the number of
            all, shape (n_layers + 1,).
        units_at: Position of each layer's units in the activations, shape (n_layers + 2,).
        running_at: Position of each hidden layer's running statistics, shape (n_layers,).
        codes: Choices, at the positions named above, and 0 or 1 for what is or is not in any lane; WAITS is
            1 where a free lane waits for the end of the others' epoch.
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
    """Everything that changes while lanes are trained; flat arrays of lanes unless said otherwise.

    Attributes:
        job: Job of each lane, or -1, (n_lanes,), int64.
        step: Steps that its network has made, (n_lanes,), int64.
        point: Next of the points at which it is measured, (n_lanes,), int64.
        codes: Codes of each lane at the positions named above, (5 * n_lanes,), int64.
        activations: Distinct activations of the lanes, as `group_lanes` writes them.
        activation_masks: Lanes of each.
        updates: Distinct optimisers likewise.
        update_masks: Lanes of each.
        numbers: One lane vector per name of `optimisers.SETTINGS`.
        keep_scale: 1 / (1 - dropout rate) per hidden layer.
        drop_below: rate * 2^32 per hidden layer, uint32.
        seeds: (n_lanes,), uint64.
        weights: Weights and biases, and scale and shift of normalisation, (n_weights * n_lanes,).
        gradient: Their gradient.
        first: The optimiser's first state array.
        second: The optimiser's second state array.
        running: Running means and variances of batch normalisation.
        powers: beta_1^t and beta_2^t, (2 * n_lanes,), float64.
        scalars: Numbers of the present step: learning rate, two step sizes, epsilon, the factor of the
            L2 penalty, working space, factor of the errors, size of the batch, (8 * n_lanes,).
        rows: Rows in the order of the present epoch, (n_rows * n_lanes,), uint32.
        lead: A lane whose rows are those of all lanes at work, or -1 where they differ, (1,), int64.
        row_keys: Working space for one whole number per lane, (n_lanes,), uint64.
        due: Which lanes begin an epoch, (n_lanes,), int8.
        n_rows: Rows of each lane, (n_lanes,), int64.
        position: Next row of each lane, (n_lanes,), int64.
        epoch: Epoch of each lane, (n_lanes,), int64.
        sizes: Rows of each lane's present batch, (n_lanes,), int64.
        divisor: The same, or the sum of their weights, (n_lanes,), float64.
        running_loss: Sum of the losses of rows since it was last emptied, (n_lanes,), float64.
        running_rows: How many rows these were, (n_lanes,), float64.
        best: Lowest value that early stopping saw, (n_lanes,), float64.
        waited: Epochs since then, (n_lanes,), int64.
        watched: Slope of leaky_relu, momentum and epsilon of normalisation, (3 * n_lanes,).
        kept: Parameters and running statistics to go back to.
        kept_from: Step they are from, or -1, (n_lanes,), int64.
        values: Activations of a chunk.
        slopes: Slopes of the activations.
        deltas: Errors.
        normed: Normalised values, where there is normalisation.
        inverses: 1 over the standard deviations that they were divided by.
        targets: Targets of a chunk.
        row_weights: Weights of the rows of a chunk.
        constants: A vector of zeros and one of ones.
        keys: Keys of the dropout masks, uint32.
    """

    job: NDArray[np.int64]
    step: NDArray[np.int64]
    point: NDArray[np.int64]
    codes: NDArray[np.int64]
    activations: NDArray[np.int64]
    activation_masks: NDArray
    updates: NDArray[np.int64]
    update_masks: NDArray
    numbers: NDArray
    keep_scale: NDArray
    drop_below: NDArray[np.uint32]
    seeds: NDArray[np.uint64]
    weights: NDArray
    gradient: NDArray
    first: NDArray
    second: NDArray
    running: NDArray
    powers: NDArray[np.float64]
    scalars: NDArray
    rows: NDArray[np.uint32]
    lead: NDArray[np.int64]
    row_keys: NDArray[np.uint64]
    due: NDArray[np.int8]
    n_rows: NDArray[np.int64]
    position: NDArray[np.int64]
    epoch: NDArray[np.int64]
    sizes: NDArray[np.int64]
    divisor: NDArray[np.float64]
    running_loss: NDArray[np.float64]
    running_rows: NDArray[np.float64]
    best: NDArray[np.float64]
    waited: NDArray[np.int64]
    watched: NDArray
    kept: NDArray
    kept_from: NDArray[np.int64]
    values: NDArray
    slopes: NDArray
    deltas: NDArray
    normed: NDArray
    inverses: NDArray
    targets: NDArray
    row_weights: NDArray
    constants: NDArray
    keys: NDArray[np.uint32]


class Shots(NamedTuple):
    """Copies of networks that wait to be measured, as many at once as there are lanes.

    Attributes:
        taken: How many there are, (1,), int64.
        job: Job of each, (n_lanes,), int64.
        column: Column of the measurements that it belongs to, (n_lanes,), int64.
        codes: Codes of each, as in a `State`.
        activations: Distinct activations.
        masks: Lanes of each.
        numbers: Slope of leaky_relu, momentum and epsilon of normalisation, (3 * n_lanes,).
        weights: Parameters, (n_weights * n_lanes,).
        running: Running statistics.
        loss: Working space, (n_lanes,), float64.
        correct: Working space, (n_lanes,), float64.
    """

    taken: NDArray[np.int64]
    job: NDArray[np.int64]
    column: NDArray[np.int64]
    codes: NDArray[np.int64]
    activations: NDArray[np.int64]
    masks: NDArray
    numbers: NDArray
    weights: NDArray
    running: NDArray
    loss: NDArray[np.float64]
    correct: NDArray[np.float64]


class Queue(NamedTuple):
    """Jobs that the lanes of a block work off, and what became of them; arrays have one row per job.

    Attributes:
        next: The next job, (1,), int64.
        seeds: (n,), uint64.
        first_step: Steps made before, (n,), int64.
        n_steps: Steps in all, (n,), int64.
        codes: (n, 5), int64.
        numbers: (n, n_settings).
        keep_scale: (n, n_hidden or 1).
        drop_below: (n, n_hidden or 1), uint32.
        accumulator: Start of the optimiser's first state array, (n,).
        points_at: First and last but one of each job's points, (n + 1,), int64.
        points: Steps at which is measured, all jobs after one another, int64.
        columns: Their columns in the measurements, int64.
        weights: Parameters at the start, then at the end, (n, n_weights).
        running: Running statistics likewise, (n, n_running).
        n_rows: Rows that each may see, (n,), int64.
        rows: These rows, (n, most), uint32; no rows where all see all.
        first: The optimiser's state arrays of networks that go on or are kept, else no rows: (n, n_weights).
        second: Likewise.
        powers: (n, 2), float64.
        position: (n,), int64.
        epoch: (n,), int64.
        stopped_at: Step of divergence or -1, (n,), int64.
        ended_at: Step after which early stopping ended it, or -1, (n,), int64.
        measured: Measurements, (n_measures, n, n_columns), float32; NaN where there is none. The last column
            is that of the end, where there is early stopping.
    """

    next: NDArray[np.int64]
    seeds: NDArray[np.uint64]
    first_step: NDArray[np.int64]
    n_steps: NDArray[np.int64]
    codes: NDArray[np.int64]
    numbers: NDArray
    keep_scale: NDArray
    drop_below: NDArray[np.uint32]
    accumulator: NDArray
    points_at: NDArray[np.int64]
    points: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: NDArray
    running: NDArray
    n_rows: NDArray[np.int64]
    rows: NDArray[np.uint32]
    first: NDArray
    second: NDArray
    powers: NDArray[np.float64]
    position: NDArray[np.int64]
    epoch: NDArray[np.int64]
    stopped_at: NDArray[np.int64]
    ended_at: NDArray[np.int64]
    measured: NDArray[np.float32]


class Rows(NamedTuple):
    """The data of a block.

    Attributes:
        table: Training rows, inputs and then targets (one-hot for classes), padded; flat (n * width,).
        judged: Validation rows likewise, or nothing.
        width: Length of a row of the tables.
        weights: Weight of each training row, (n,), or nothing.
        order: Row order of each epoch, (n_epochs, n), int32, or no rows for own shuffles.
    """

    table: NDArray
    judged: NDArray
    width: int
    weights: NDArray
    order: NDArray[np.int32]
