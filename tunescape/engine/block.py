"""One block of lanes as Python sees it: made from a network's description, advanced, read out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.early_stopping import EarlyStopping, begin_waiting, look
from tunescape.engine.lanes import LANES
from tunescape.engine.layout import all_numbers, empty_state, settings_of, shape_of, write_start
from tunescape.engine.network import Data, Network, as_matrix
from tunescape.engine.population_state import PopulationState, put_state
from tunescape.engine.state import Settings, Shape, State
from tunescape.engine.training import evaluate, train_steps

SLICE_FLOP = 2e9
"""Work between two looks at the clock and the stop flag: about a tenth of a second."""


@dataclass(frozen=True)
class Block:
    """Networks that are trained together, one per lane; lanes beyond `n_networks` repeat the first.

    `ended_at` is the step after which early stopping ended a lane, or -1; `final` holds what was
    measured of every lane at its end.
    """

    network: Network
    n_networks: int
    first_step: int
    n_steps: int
    record_at: NDArray[np.int64]
    shape: Shape
    state: State
    settings: Settings
    order: NDArray[np.int32]
    row_weights: NDArray
    parts: tuple[tuple[str, NDArray, NDArray], ...]
    curves: dict[str, NDArray[np.float32]]
    early_stopping: EarlyStopping | None
    ended_at: NDArray[np.int64]
    final: dict[str, NDArray[np.float32]]


def make_block(
    network: Network,
    data: Data,
    seeds: NDArray[np.int64],
    n_steps: int,
    hyperparameters: Mapping[str, Any],
    *,
    record_at: NDArray[np.int64],
    dtype: str,
    rows: Sequence[NDArray[np.int64]] | None = None,
    order: NDArray[np.int32] | None = None,
    initial: Sequence[Sequence[Any]] | None = None,
    row_weights: NDArray | None = None,
    early_stopping: EarlyStopping | None = None,
    start: PopulationState | None = None,
) -> Block:
    """Lay out the arrays of one block; arguments as for `train`."""
    kind = np.dtype(dtype)
    n_lanes, n = LANES[kind], len(seeds)
    lane_of = np.where(np.arange(n_lanes) < n, np.arange(n_lanes), 0)  # idle lanes repeat the first network
    numbers = {name: value[lane_of] for name, value in all_numbers(network, hyperparameters, n).items()}
    watches = early_stopping is not None and early_stopping.monitor == "running_loss"
    weights = data.train_weights if row_weights is None else row_weights
    shape = shape_of(network, numbers, n_lanes, weighted=weights is not None, tracks_loss=watches)
    lane_seeds = np.asarray(seeds)[lane_of]
    state = empty_state(
        network, shape, data, kind, [rows[i] for i in lane_of] if rows is not None else None, weights is not None
    )
    write_start(network, state, lane_seeds, numbers, None if initial is None else [initial[i] for i in lane_of])
    if start is not None:
        put_state(start, state, lane_of)
    parts = _parts(network, data, kind)
    names = ("loss",) if network.loss.endswith("squared_error") else ("loss", "accuracy")
    measured = [f"{part}_{name}" for part, _, _ in parts for name in names]
    given = np.zeros((0, 0), np.int32) if order is None else np.ascontiguousarray(order, np.int32)
    return Block(
        network, n, 0 if start is None else start.step, n_steps, record_at, shape, state,
        settings_of(network, numbers, lane_seeds, kind), given,
        np.zeros(0, kind) if weights is None else np.ascontiguousarray(weights, dtype=kind), parts,
        {name: np.full((n_lanes, len(record_at)), np.nan, np.float32) for name in measured},
        early_stopping, np.full(n_lanes, -1, dtype=np.int64),
        {name: np.full(n_lanes, np.nan, np.float32) for name in measured},
    )  # fmt: skip


def _parts(network: Network, data: Data, kind: np.dtype) -> tuple[tuple[str, NDArray, NDArray], ...]:
    inputs = np.ascontiguousarray(data.train_inputs, dtype=kind)
    parts = [("train", inputs, as_matrix(data.train_targets, network.widths[-1], kind))]
    if data.validation_inputs is not None and data.validation_targets is not None:
        targets = as_matrix(data.validation_targets, network.widths[-1], kind)
        parts.append(("validation", np.ascontiguousarray(data.validation_inputs, dtype=kind), targets))
    return tuple(parts)


def advance(block: Block) -> Iterator[int]:
    """Train a block to its end in slices, measuring on the way; yield the steps of each slice."""
    per_step = block.network.flop_per_row * block.network.batch_size * block.shape.n_lanes
    most = max(1, int(SLICE_FLOP / per_step))
    step, left = block.first_step, block.shape.n_lanes
    watch = None if block.early_stopping is None else Watch(block, block.early_stopping)
    for point, target in enumerate([*block.record_at, block.n_steps]):
        while step < target:
            until = min(int(target), step + most)
            if watch is not None:
                until = min(until, watch.next_look(step))
            if left and not (watch is not None and watch.all_ended()):
                _, inputs, targets = block.parts[0]
                left = train_steps(block.shape, block.state, block.settings, block.order, inputs.reshape(-1),
                                   targets.reshape(-1), block.row_weights, step, until)  # fmt: skip
                if watch is not None:
                    watch.look(until)
            yield until - step
            step = until
        if point < len(block.record_at):
            _measure(block, point)
    if watch is not None:
        watch.finish()


def _measure(block: Block, point: int) -> None:
    """Record losses and accuracies of the lanes that are left, infinite losses too.

    A lane is not retired here: which steps are measured depends on its pack.
    """
    sound = block.state.stopped_at < 0
    with np.errstate(over="ignore"):  # beyond single precision a loss is infinite
        for name, values in measurements(block).items():
            block.curves[name][sound, point] = values[sound]


def measurements(block: Block) -> dict[str, NDArray[np.float64]]:
    """Losses and accuracies of every lane as its weights are now, by name, each of shape (n_lanes,)."""
    loss, correct = np.empty(block.shape.n_lanes), np.empty(block.shape.n_lanes)
    found = {}
    for part, inputs, targets in block.parts:
        evaluate(block.shape, block.state, block.settings, inputs, targets, loss, correct)
        found[f"{part}_loss"] = loss.copy()
        if f"{part}_accuracy" in block.curves:
            found[f"{part}_accuracy"] = correct.copy()
    return found


class Watch:
    """Early stopping of the lanes of a block: looks after every epoch, keeps the weights of lanes that end."""

    def __init__(self, block: Block, rule: EarlyStopping) -> None:
        self.block, self.rule = block, rule
        n_lanes = block.shape.n_lanes
        self.per_epoch = -(-int(block.state.n_rows.max()) // block.network.batch_size)
        self.waiting = begin_waiting(n_lanes)
        self.kept = self._weights().copy()
        """Weights of each lane to go back to: its best ones, or those with which it ended."""
        self.kept_from = np.full(n_lanes, -1, dtype=np.int64)

    def _weights(self) -> NDArray:
        """Parameters and running statistics, one column per lane."""
        n_lanes, state = self.block.shape.n_lanes, self.block.state
        return np.concatenate([state.weights.reshape(-1, n_lanes), state.running.reshape(-1, n_lanes)])

    def next_look(self, step: int) -> int:
        """The end of the present epoch."""
        return (step // self.per_epoch + 1) * self.per_epoch

    def all_ended(self) -> bool:
        """Whether no lane is left to train."""
        return bool(((self.block.ended_at >= 0) | (self.block.state.stopped_at >= 0)).all())

    def look(self, step: int) -> None:
        """Judge every lane at the end of an epoch."""
        if step % self.per_epoch:
            return
        block, state = self.block, self.block.state
        if self.rule.monitor == "running_loss":
            value = state.running_loss / max(float(state.running_rows[0]), 1.0)
            state.running_loss[:] = 0.0
            state.running_rows[:] = 0.0
        else:
            value = measurements(block)[self.rule.monitor]
        running = block.ended_at < 0
        self.waiting, best, stops = look(self.rule, self.waiting, value)
        keep = running & (best if self.rule.restore_best else stops)
        self.kept[:, keep] = self._weights()[:, keep]
        self.kept_from[keep] = step
        block.ended_at[running & stops & (state.stopped_at < 0)] = step

    def finish(self) -> None:
        """Put the kept weights back where a lane ended, or where its best epoch was not its last; measure the end."""
        block, state = self.block, self.block.state
        back = (block.ended_at >= 0) | ((self.kept_from >= 0) & self.rule.restore_best)
        back &= (state.stopped_at < 0) | (block.ended_at >= 0)
        weights, n_lanes = state.weights.reshape(-1, block.shape.n_lanes), block.shape.n_lanes
        weights[:, back] = self.kept[: len(weights), back]
        state.running.reshape(-1, n_lanes)[:, back] = self.kept[len(weights) :, back]
        state.stopped_at[block.ended_at >= 0] = -1  # what a lane did after its end does not count
        with np.errstate(over="ignore"):
            for name, values in measurements(block).items():
                block.final[name][:] = np.where(state.stopped_at < 0, values, np.nan)


def read_out(block: Block) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int64], NDArray, NDArray]:
    """Curves, steps of divergence, parameters and running statistics of the block's own networks."""
    n, n_lanes = block.n_networks, block.shape.n_lanes
    curves = {name: values[:n].copy() for name, values in block.curves.items()}
    parameters = block.state.weights.reshape(-1, n_lanes)[:, :n].T.copy()
    running = block.state.running.reshape(-1, n_lanes)[:, :n].T.copy()
    return curves, block.state.stopped_at[:n].copy(), parameters, running
