"""The second regime: networks so wide that a block of lanes would leave the cache, trained one per core.

Products of matrices are BLAS's then, held to one thread; lanes are neighbouring units of a network.
What is computed is what `population` computes, up to the rounding of sums.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.early_stopping import EarlyStopping, begin_waiting, look
from tunescape.engine.network import Data, Network
from tunescape.engine.outcome import DIVERGED, RAN
from tunescape.engine.population_state import PopulationState
from tunescape.engine.trained import Trained, divergence
from tunescape.engine.wide_blas import single_threaded_blas
from tunescape.engine.wide_start import WideRun, begin_wide, ready_data, running_size, take_wide_state
from tunescape.engine.wide_training import train_or_measure

__all__ = ["is_wide", "ready_data", "single_threaded_blas", "train_wide"]

SLICE_FLOP = 4e9
"""Work between two looks at the clock and the stop flag: about a tenth of a second."""

WIDE_WEIGHTS = 2**13
"""Weights from which a network is wide: those of sixteen, in single precision, then take half a megabyte."""

WIDE_BATCH = 2**15
"""The same for activations of one batch, where batch normalisation must keep them all at hand."""

_NOTHING = np.zeros(0)


def is_wide(network: Network) -> bool:
    """Whether networks of a kind are trained one per core rather than one per lane.

    It follows from the network and its batch alone, so that a network's result depends neither on its
    company nor on the machine's cores. The constants were measured (docs/engine.md).
    """
    hidden = sum(network.widths[1:-1]) if network.normalisation == "batch" else 0
    return network.n_weights >= WIDE_WEIGHTS or network.batch_size * hidden >= WIDE_BATCH


def train_wide(
    network: Network,
    data: Data,
    seed: int,
    n_steps: int,
    numbers: Mapping[str, Any],
    *,
    record_at: NDArray[np.int64],
    dtype: str,
    rows: NDArray[np.int64] | None = None,
    order: NDArray[np.int32] | None = None,
    initial: Sequence[Any] | None = None,
    row_weights: NDArray | None = None,
    early_stopping: EarlyStopping | None = None,
    start: PopulationState | None = None,
    keep_state: bool = False,
    stopped: Callable[[], bool] = lambda: False,
    on_steps: Callable[[int], None] = lambda steps: None,
) -> Trained | None:
    """Train one network as `population.train` does; to be called under `single_threaded_blas`.

    Args:
        network: Its description.
        data: What it learns; see `ready_data` for sharing one copy.
        seed: Its seed.
        n_steps: Optimiser steps, those before `start` included.
        numbers: Its hyperparameters by name, as for `train`, each one number (dropout: one per hidden layer,
            shape (1, n_hidden_layers)).
        record_at: Steps at which is measured, ascending, shape (n_points,).
        dtype: ``"float32"`` or ``"float64"``.
        rows: Training rows that it may see.
        order: Row order of each epoch, shape (n_epochs, n_rows).
        initial: Its starting weights, layer by layer.
        row_weights: Weight of each training row, in place of the data's.
        early_stopping: When it stops before its end.
        start: Where it is taken up again, one network.
        keep_state: Whether to keep what is needed to go on.
        stopped: Asked between slices of about a tenth of a second whether to give up.
        on_steps: Told the steps of every slice.

    Returns:
        The trained network, or None where `stopped` said so.

    Raises:
        InputError: Something given does not fit the rest.
    """
    started = time.perf_counter()
    run = begin_wide(network, data, seed, numbers, rows=rows, order=order, initial=initial, dtype=dtype,
                     row_weights=row_weights, early_stopping=early_stopping, start=start)  # fmt: skip
    watch = None if early_stopping is None else _Watch(run, early_stopping)
    first_step = 0 if start is None else start.step
    with np.errstate(all="ignore"):  # beyond single precision a loss is infinite; without the compiler all is NumPy's
        curves = _advance(run, watch, first_step, n_steps, record_at, stopped, on_steps)
        if curves is None:
            return None
        final = {} if watch is None else watch.finish()
    ended_at = np.array([-1 if watch is None else watch.ended_at])
    weights_stopped = run.state.stopped_at.copy()
    stopped_at = divergence(record_at, curves, weights_stopped, record_at[None] >= first_step)
    stopped_at[ended_at >= 0] = -1
    return Trained(
        (network,), record_at, curves, np.where(stopped_at >= 0, DIVERGED, RAN).astype(np.int8), stopped_at,
        weights_stopped, run.state.weights[None, : network.n_weights].copy(),
        run.state.running[None, : running_size(run)].copy(), ended_at, final, time.perf_counter() - started,
        take_wide_state(run, n_steps) if keep_state else None,
    )  # fmt: skip


def _advance(
    run: WideRun,
    watch: _Watch | None,
    step: int,
    n_steps: int,
    record_at: NDArray[np.int64],
    stopped: Callable[[], bool],
    on_steps: Callable[[int], None],
) -> dict[str, NDArray[np.float32]] | None:
    """Train in slices and measure on the way; None where that was stopped."""
    most = max(1, int(SLICE_FLOP / (run.network.flop_per_row * run.shape.batch)))
    curves = {name: np.full((1, len(record_at)), np.nan, np.float32) for name in measured(run)}
    _, inputs, targets = run.parts[0]
    for point, target in enumerate([*record_at.tolist(), n_steps]):
        while step < target:
            if stopped():
                return None
            until = target
            if run.state.stopped_at[0] < 0 and (watch is None or watch.ended_at < 0):
                until = min(target, step + most, target if watch is None else watch.next_look(step))
                train_or_measure(run.shape, run.state, run.settings, run.order, inputs, targets, run.row_weights,
                                 step, until, _NOTHING, _NOTHING)  # fmt: skip
                if watch is not None:
                    watch.look(until)
            on_steps(until - step)
            step = until
        ended = watch is not None and 0 <= watch.ended_at < target
        if point < len(record_at) and target == step and run.state.stopped_at[0] < 0 and not ended:
            for name, value in measurements(run).items():
                curves[name][0, point] = value
    return curves


def measured(run: WideRun) -> list[str]:
    """Names of what is measured."""
    names = ("loss",) if run.network.loss.endswith("squared_error") else ("loss", "accuracy")
    return [f"{part}_{name}" for part, _, _ in run.parts for name in names]


def measurements(run: WideRun) -> dict[str, float]:
    """Losses and accuracies with the weights as they are now, by name."""
    loss, correct, found = np.empty(1), np.empty(1), {}
    for part, inputs, targets in run.parts:
        train_or_measure(run.shape, run.state, run.settings, run.order, inputs, targets, run.row_weights, 0, 0, loss,
                         correct)  # fmt: skip
        found[f"{part}_loss"], found[f"{part}_accuracy"] = float(loss[0]), float(correct[0])
    return {name: found[name] for name in measured(run)}


class _Watch:
    """Early stopping of one network: looks after every epoch, keeps the weights to end with."""

    def __init__(self, run: WideRun, rule: EarlyStopping) -> None:
        self.run, self.rule, self.waiting = run, rule, begin_waiting(1)
        self.per_epoch = -(-int(run.state.n_rows[0]) // run.network.batch_size)
        self.ended_at = -1
        self.kept: tuple[NDArray, NDArray] | None = None
        """Weights and running statistics to go back to: the best ones, or those with which it ended."""

    def next_look(self, step: int) -> int:
        """The end of the present epoch."""
        return (step // self.per_epoch + 1) * self.per_epoch

    def look(self, step: int) -> None:
        """Judge the network at the end of an epoch."""
        if step % self.per_epoch:
            return
        state = self.run.state
        if self.rule.monitor == "running_loss":
            value = state.running_loss.sum(keepdims=True) / max(float(state.running_rows[0]), 1.0)
            state.running_loss[:] = state.running_rows[:] = 0.0
        else:
            value = np.array([measurements(self.run)[self.rule.monitor]])
        self.waiting, best, stops = look(self.rule, self.waiting, value)
        if best[0] if self.rule.restore_best else stops[0]:
            self.kept = state.weights.copy(), state.running.copy()
        if stops[0] and state.stopped_at[0] < 0:
            self.ended_at = step

    def finish(self) -> dict[str, NDArray[np.float32]]:
        """Put the kept weights back where the network ended, or where its best epoch was not its last; measure it."""
        state = self.run.state
        if self.kept is not None and (self.ended_at >= 0 or (self.rule.restore_best and state.stopped_at[0] < 0)):
            state.weights[:], state.running[:] = self.kept
        sound = state.stopped_at[0] < 0
        names = measured(self.run)
        found = measurements(self.run) if sound else dict.fromkeys(names, np.nan)
        return {name: np.array([found[name]], np.float32) for name in names}
