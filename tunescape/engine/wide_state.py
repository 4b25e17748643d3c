"""What one wide network holds while it is trained: arrays whose lanes are neighbouring units, not networks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class WideShape(NamedTuple):
    """What does not change while a network is trained, as small integers.

    Attributes:
        widths: Units of every layer from inputs to outputs, shape (n_layers + 1,).
        weights_at: Position of each layer's weights, biases and normalisation, then the number of
            all, shape (n_layers + 1,).
        units_at: Position of each layer's matrix (samples, units) in the activations, shape (n_layers + 1,).
        running_at: Position of each hidden layer's running statistics, shape (n_layers,).
        codes: Choices, at the positions that `state` names.
        own: Choices that differ between the lanes of a block, at the positions that `state` names, (5,).
        batch: Samples in a batch.
        chunk: Samples that are worked on at once.
        room: Samples that are evaluated at once.
        lanes: Numbers in a vector.
    """

    widths: NDArray[np.int64]
    weights_at: NDArray[np.int64]
    units_at: NDArray[np.int64]
    running_at: NDArray[np.int64]
    codes: NDArray[np.int64]
    own: NDArray[np.int64]
    batch: int
    chunk: int
    room: int
    lanes: int


class WideState(NamedTuple):
    """Everything that changes; flat arrays, those of vectors with room for one more vector at their end.

    Attributes:
        weights: Weights and biases, and scale and shift of normalisation; what follows them is not used.
        gradient: Their gradient.
        first: The optimiser's first state array.
        second: The optimiser's second state array.
        running: Running means and variances of batch normalisation.
        powers: beta_1^t and beta_2^t, float64.
        numbers_now: Numbers of the present step, see `step_numbers`.
        scalars: The same, each in all lanes.
        rows: Rows in the order of the present epoch, uint32.
        n_rows: Rows, (1,); like those that follow an array because it changes.
        position: Next row, (1,).
        epoch: Passes over the data that were begun, from 0, (1,).
        step: Steps that were made, (1,).
        stopped_at: Step at which the network diverged, or -1, (1,).
        running_loss: Sums of the losses of rows since they were last emptied, one per lane, float64.
        running_rows: How many rows these were, (1,), float64.
        values: Activations of a chunk, layer by layer, each a matrix (samples, units).
        slopes: Slopes of the activations.
        deltas: Errors.
        z: One layer before its activation, or an error before its slope.
        normed: Normalised values, where there is normalisation.
        inverses: 1 over the standard deviations that they were divided by, by unit or by sample.
        sums: Sums over samples, one per unit: three rows.
        outputs: The last layer, turned round: (outputs, samples), rows of whole vectors.
        output_deltas: Its errors.
        targets: Targets of a chunk, likewise.
        row_weights: Weights of the rows of a chunk.
        divisor: Rows of the present batch, or the sum of their weights, (1,), float64.
        one_keys: Keys of the dropout masks, uint32.
        keys: The same for every lane.
        sizes: How many of the samples of a chunk count in each lane.
        loss: Sums of the losses of a part, one per lane, float64.
        correct: How many answers were right, likewise.
        room: Working space for four vectors.
        ones: As many ones as the widest layer has units.
    """

    weights: NDArray
    gradient: NDArray
    first: NDArray
    second: NDArray
    running: NDArray
    powers: NDArray[np.float64]
    numbers_now: NDArray
    scalars: NDArray
    rows: NDArray[np.uint32]
    n_rows: NDArray[np.int64]
    position: NDArray[np.int64]
    epoch: NDArray[np.int64]
    step: NDArray[np.int64]
    stopped_at: NDArray[np.int64]
    running_loss: NDArray[np.float64]
    running_rows: NDArray[np.float64]
    values: NDArray
    slopes: NDArray
    deltas: NDArray
    z: NDArray
    normed: NDArray
    inverses: NDArray
    sums: NDArray
    outputs: NDArray
    output_deltas: NDArray
    targets: NDArray
    row_weights: NDArray
    divisor: NDArray[np.float64]
    one_keys: NDArray[np.uint32]
    keys: NDArray[np.uint32]
    sizes: NDArray
    loss: NDArray[np.float64]
    correct: NDArray[np.float64]
    room: NDArray
    ones: NDArray


class WideSettings(NamedTuple):
    """The network's numbers, which stay as they are.

    Attributes:
        one: One number per name of `optimisers.SETTINGS`.
        numbers: The same, each in all lanes.
        keep_scale: 1 / (1 - dropout rate) per hidden layer, in all lanes.
        drop_below: rate * 2^32 per hidden layer, in all lanes, uint32.
        seeds: (1,), uint64.
    """

    one: NDArray
    numbers: NDArray
    keep_scale: NDArray
    drop_below: NDArray[np.uint32]
    seeds: NDArray[np.uint64]
