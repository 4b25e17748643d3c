"""One block of lanes as Python sees it: made for some jobs, worked off slice by slice, read out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.early_stopping import EarlyStopping, Rule, as_rule
from tunescape.engine.gathering import COLUMNS
from tunescape.engine.jobs import Jobs
from tunescape.engine.lanes import LANES
from tunescape.engine.layout import all_numbers, empty_shots, empty_state, shape_of, zeros
from tunescape.engine.network import Data, as_matrix, check_fit
from tunescape.engine.queueing import queue_of, state_of
from tunescape.engine.state import Queue, Rows, Shape, Shots, State
from tunescape.engine.trained import Trained, read_trained
from tunescape.engine.working_off import work_off

SLICE_FLOP = 2e9
"""Work between two looks at the clock and the stop flag: about a tenth of a second."""


@dataclass(frozen=True)
class Block:
    """Lanes, and the jobs that they work off."""

    jobs: Jobs
    steps: NDArray[np.int64]
    names: tuple[str, ...]
    shape: Shape
    state: State
    shots: Shots
    queue: Queue
    rows: Rows
    rule: Rule


def make_block(
    jobs: Jobs,
    data: Data,
    *,
    dtype: str = "float32",
    order: NDArray[np.int32] | None = None,
    row_weights: NDArray | None = None,
    early_stopping: EarlyStopping | None = None,
    keeps: bool = False,
    rows: Rows | None = None,
) -> Block:
    """Lay out the arrays of one block; arguments as for `train_jobs`, and the data as `rows_of` gives them.

    Raises:
        InputError: The data do not fit the networks, or rows or weights do not fit the batching.
    """
    kind, network = np.dtype(dtype), jobs.networks[0]
    weights = data.train_weights if row_weights is None else row_weights
    check_fit(network, data, weighted=weights is not None, has_rows=jobs.rows is not None)
    numbers = all_numbers(jobs.networks, jobs.hyperparameters)
    rows = rows_of(data, network.widths[-1], kind, order, weights) if rows is None else rows
    parts = ("train",) if not len(rows.judged) else ("train", "validation")
    measures = ("loss",) if network.loss.endswith("squared_error") else ("loss", "accuracy")
    names = tuple(f"{part}_{name}" for part in parts for name in measures)
    watches = early_stopping is not None
    queue, steps = queue_of(jobs, data, numbers, kind, n_measures=len(names), watches=watches, keeps=keeps)
    most = int(queue.n_rows.max())
    shape = shape_of(network, queue.codes, numbers, LANES[kind], weighted=weights is not None, rule=early_stopping)
    return Block(
        jobs, steps, names, shape, empty_state(network, shape, kind, most, watches=watches),
        empty_shots(network, shape, kind), queue, rows, as_rule(early_stopping),
    )  # fmt: skip


def rows_of(
    data: Data, n_outputs: int, kind: np.dtype, order: NDArray[np.int32] | None, weights: NDArray | None
) -> Rows:
    """The data as kernels read it."""
    n_inputs = np.shape(data.train_inputs)[1]
    width = -(-(n_inputs + n_outputs) // COLUMNS) * COLUMNS

    def table(inputs: NDArray, targets: NDArray) -> NDArray:
        whole = zeros(len(inputs) * width, kind).reshape(len(inputs), width)
        whole[:, :n_inputs] = inputs
        whole[:, n_inputs : n_inputs + n_outputs] = as_matrix(targets, n_outputs, kind)
        return whole.reshape(-1)

    judged = data.validation_inputs is not None and data.validation_targets is not None
    nothing = np.zeros(0, kind)
    return Rows(
        table=table(data.train_inputs, data.train_targets),
        judged=table(np.asarray(data.validation_inputs), np.asarray(data.validation_targets)) if judged else nothing,
        width=width,
        weights=nothing if weights is None else np.ascontiguousarray(weights, dtype=kind),
        order=np.zeros((0, 0), np.int32) if order is None else np.ascontiguousarray(order, np.int32),
    )


def work_through(
    block: Block, *, stopped: Callable[[], bool], on_steps: Callable[[int], None], keeps: bool = False
) -> Trained | None:
    """Work off a block's jobs in slices of a fraction of a second.

    Args:
        block: Changed in place.
        stopped: Whether to give up; asked between slices.
        on_steps: Called with the steps of jobs that were settled since the last call.
        keeps: Whether `Trained.state` is kept.

    Returns:
        What became of the jobs; None where it was stopped.
    """
    network, begun = block.jobs.networks[0], time.perf_counter()
    per_step = network.flop_per_row * network.batch_size * block.shape.n_lanes
    most = max(1, int(SLICE_FLOP / per_step))
    left = int((block.queue.n_steps - block.queue.first_step).sum())
    while True:
        if stopped():
            return None
        with np.errstate(all="ignore"):  # without the compiler, bits, losses and quotients are those of NumPy
            settled = work_off(block.shape, block.state, block.shots, block.queue, block.rows, block.rule, most)
        on_steps(settled)
        left -= settled
        if left <= 0 and block.queue.next[0] == len(block.jobs) and (block.state.job < 0).all():
            break
    state = state_of(block.jobs, block.queue) if keeps else None
    return read_trained(block.jobs, block.queue, block.steps, block.names, bool(block.rule.is_on),
                        time.perf_counter() - begun, state)  # fmt: skip
