"""A population of networks: packed into blocks of lanes, trained on all cores, read out one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.block import Block, advance, make_block, read_out
from tunescape.engine.early_stopping import EarlyStopping
from tunescape.engine.jit import available_cores
from tunescape.engine.lanes import LANES
from tunescape.engine.layout import layers_from
from tunescape.engine.network import Data, Layer, Network
from tunescape.engine.outcome import DIVERGED, RAN
from tunescape.engine.population_state import PopulationState, joined, take_state
from tunescape.errors import InputError


@dataclass(frozen=True)
class Trained:
    """What became of some networks of one kind.

    Args:
        network: What they share.
        steps: Steps at which was measured, shape (n_points,).
        curves: By name (``train_loss``, ``train_accuracy``, ``validation_loss``,
            ``validation_accuracy``) the measurements, shape (n_networks, n_points), float32; NaN
            after a weight became non-finite.
        outcome: Codes of `outcome`, shape (n_networks,).
        stopped_at: Step of divergence or -1, shape (n_networks,).
        weights_stopped: Step at which a weight became non-finite or -1, shape (n_networks,).
        parameters: All parameters at the end, shape (n_networks, n_weights).
        running: Running statistics of batch normalisation, shape (n_networks, 2 * hidden units), or empty.
        ended_at: Step after which early stopping ended a network, or -1, shape (n_networks,).
        final: What was measured of each network at its end where there is early stopping, by name,
            each of shape (n_networks,); empty otherwise.
        seconds: Time that the block took on its core.
        state: Where training can be taken up again, where that was asked for.
    """

    network: Network
    steps: NDArray[np.int64]
    curves: Mapping[str, NDArray[np.float32]]
    outcome: NDArray[np.int8]
    stopped_at: NDArray[np.int64]
    weights_stopped: NDArray[np.int64]
    parameters: NDArray
    running: NDArray
    ended_at: NDArray[np.int64]
    final: Mapping[str, NDArray[np.float32]]
    seconds: float = 0.0
    state: PopulationState | None = None

    def layers(self, i: int) -> list[Layer]:
        """Weights of network `i`, layer by layer."""
        return layers_from(self.network, self.parameters[i], self.running[i])

    def weights(self, i: int) -> list[tuple[NDArray, NDArray]]:
        """Weights (fan_in, fan_out) and biases (fan_out,) of every layer of network `i`."""
        return [(layer.weights, layer.bias) for layer in self.layers(i)]


def train(
    network: Network,
    data: Data,
    *,
    seeds: Sequence[int] | NDArray[np.int64],
    n_steps: int,
    hyperparameters: Mapping[str, Any] | None = None,
    rows: Sequence[NDArray[np.int64]] | None = None,
    order: NDArray[np.int32] | None = None,
    initial: Sequence[Sequence[Any]] | None = None,
    record_at: Sequence[int] | None = None,
    early_stopping: EarlyStopping | None = None,
    start: PopulationState | None = None,
    keep_state: bool = False,
    dtype: str = "float32",
    n_threads: int | None = None,
) -> Trained:
    """Train networks of one kind, one per lane.

    Args:
        network: What they share.
        data: What they learn.
        seeds: One per network.
        n_steps: Optimiser steps, those before `start` included.
        hyperparameters: Numbers by name, each one for all or one per network: the names of
            `optimisers.SETTINGS`, ``initial_accumulator``, ``init_scale`` and ``dropout`` (which may
            have shape (n_networks, n_hidden_layers)).
        rows: Training rows that each network may see; needs ``batching="stream"``.
        order: Row order of each epoch, shape (n_epochs, n_rows), the same for all networks; by
            default every network shuffles for itself.
        initial: Starting weights of each network as `Trained.layers` (or `weights`) gives them.
        record_at: Steps at which is measured; by default the last.
        early_stopping: When networks stop before their end.
        start: Networks to go on with, as `Trained.state` holds them; their seeds must be given again.
        keep_state: Whether to keep what is needed to go on.
        dtype: ``"float32"`` (fast) or ``"float64"``.
        n_threads: Threads; by default one per core.

    Returns:
        The trained networks, in the order of the seeds.

    Raises:
        InputError: Something given does not fit the rest.
    """
    seeds = np.asarray(seeds, dtype=np.int64)
    _check_start(network, start, seeds, n_steps, early_stopping)
    if keep_state and (early_stopping is not None or rows is not None):
        raise InputError(
            "`keep_state` does not go with `early_stopping` (best weights have no optimiser's state) or with `rows`."
        )
    n_lanes = LANES[np.dtype(dtype)]
    record = np.unique(np.asarray([n_steps] if record_at is None else list(record_at), dtype=np.int64))

    if record[-1] > n_steps:
        raise InputError(f"`record_at` must not go beyond n_steps={n_steps!r}. Got {int(record[-1])}.")

    def part(first: int) -> Callable[[], Block]:
        chosen = slice(first, min(first + n_lanes, len(seeds)))
        return lambda: make_block(
            network, data, seeds[chosen], n_steps, _take(hyperparameters or {}, chosen, len(seeds)),
            rows=rows[chosen] if rows is not None else None, order=order,
            initial=initial[chosen] if initial is not None else None, record_at=record, dtype=dtype,
            early_stopping=early_stopping,
            start=None if start is None else start.take(np.arange(chosen.start, chosen.stop)),
        )  # fmt: skip

    makers = [part(first) for first in range(0, len(seeds), n_lanes)]
    parts = dict(train_blocks(makers, n_threads=n_threads, keep_state=keep_state))
    return _join(network, [parts[i] for i in range(len(makers))])


def _check_start(
    network: Network, start: PopulationState | None, seeds: NDArray, n_steps: int, early_stopping: EarlyStopping | None
) -> None:
    """Check that a state can be gone on with.

    Raises:
        InputError: It belongs to other networks, or is further than `n_steps`, or early stopping is asked for.
    """
    if start is None:
        return
    if start.network != network or not np.array_equal(start.seeds, seeds):
        raise InputError("`start` must hold the same networks with the same seeds; give its `network` and `seeds`.")
    if start.step > n_steps:
        raise InputError(f"`n_steps` must be at least {start.step}, where `start` stopped. Got n_steps={n_steps!r}.")
    if early_stopping is not None:
        raise InputError("`early_stopping` does not go with `start`: what was seen before is not part of the state.")


def _take(hyperparameters: Mapping[str, Any], chosen: slice, n: int) -> dict[str, Any]:
    """The part of the networks' numbers that belongs to one block."""
    return {
        name: value if np.ndim(value) == 0 or len(value) != n else np.asarray(value)[chosen]
        for name, value in hyperparameters.items()
    }


def _join(network: Network, parts: Sequence[Trained]) -> Trained:
    return Trained(
        network=network,
        steps=parts[0].steps,
        curves={name: np.concatenate([p.curves[name] for p in parts]) for name in parts[0].curves},
        outcome=np.concatenate([p.outcome for p in parts]),
        stopped_at=np.concatenate([p.stopped_at for p in parts]),
        weights_stopped=np.concatenate([p.weights_stopped for p in parts]),
        parameters=np.concatenate([p.parameters for p in parts]),
        running=np.concatenate([p.running for p in parts]),
        ended_at=np.concatenate([p.ended_at for p in parts]),
        final={name: np.concatenate([p.final[name] for p in parts]) for name in parts[0].final},
        seconds=sum(p.seconds for p in parts),
        state=joined([p.state for p in parts if p.state is not None]) if parts[0].state is not None else None,
    )


def train_blocks(
    makers: Sequence[Callable[[], Block]],
    *,
    n_threads: int | None = None,
    on_steps: Callable[[int, int], None] | None = None,
    keep_state: bool = False,
) -> Iterator[tuple[int, Trained]]:
    """Train blocks on all cores and yield each with its number as it ends.

    Blocks are made when a core is free, so memory holds only those at work. When the caller stops
    iterating or is interrupted, blocks at work end at their next slice and are thrown away.

    Args:
        makers: Functions that make the blocks.
        n_threads: Threads; by default one per core.
        on_steps: Called with a block's number and its steps since the last call, from the threads.
        keep_state: Whether `Trained.state` is kept.
    """
    threads = n_threads or available_cores()
    stop = Event()
    waiting: dict[Future, int] = {}
    todo = iter(enumerate(makers))
    with ThreadPoolExecutor(threads, thread_name_prefix="tunescape-engine") as pool:
        try:
            while True:
                while len(waiting) < threads + 1 and (item := next(todo, None)) is not None:
                    waiting[pool.submit(_train_block, *item, stop, on_steps, keep_state)] = item[0]
                if not waiting:
                    return
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    number = waiting.pop(future)
                    trained = future.result()
                    if trained is not None:
                        yield number, trained
        finally:
            stop.set()


def _train_block(
    number: int,
    make: Callable[[], Block],
    stop: Event,
    on_steps: Callable[[int, int], None] | None,
    keep_state: bool,
) -> Trained | None:
    """Train one block in slices of a fraction of a second; None where it was stopped."""
    if stop.is_set():
        return None
    started = time.perf_counter()
    block = make()
    with np.errstate(over="ignore"):  # without the compiler, random bits are NumPy scalars that wrap around
        for steps in advance(block):
            if on_steps is not None:
                on_steps(number, steps)
            if stop.is_set():
                return None
    return _read(block, time.perf_counter() - started, keep_state)


def _read(block: Block, seconds: float, keep_state: bool) -> Trained:
    curves, weights_stopped, parameters, running = read_out(block)
    n = block.n_networks
    stopped_at = divergence(block.record_at, curves, weights_stopped)
    stopped_at[block.ended_at[:n] >= 0] = -1
    state = None
    if keep_state:
        seeds = block.settings.seeds.astype(np.int64)
        state = take_state(block.network, block.state, block.shape.n_lanes, n, block.n_steps, seeds)
    return Trained(
        block.network, block.record_at, curves, np.where(stopped_at >= 0, DIVERGED, RAN).astype(np.int8), stopped_at,
        weights_stopped, parameters, running, block.ended_at[:n].copy(),
        {name: values[:n].copy() for name, values in block.final.items()} if block.early_stopping else {},
        seconds, state,
    )  # fmt: skip


def divergence(
    steps: NDArray[np.int64], curves: Mapping[str, NDArray[np.float32]], weights_stopped: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Step at which a network diverged, or -1: a weight became non-finite, or a measured loss was.

    Args:
        steps: Steps at which was measured, shape (n_points,).
        curves: Measurements, each of shape (n_networks, n_points).
        weights_stopped: Step at which a weight became non-finite, or -1, shape (n_networks,).

    Returns:
        Shape (n_networks,).
    """
    unsound = np.zeros((len(weights_stopped), len(steps)), dtype=bool)
    for values in curves.values():
        unsound |= ~np.isfinite(values)
    first = np.where(unsound.any(axis=1), steps[unsound.argmax(axis=1)], -1)
    stopped = np.where(weights_stopped < 0, first, weights_stopped)
    return np.where(first < 0, stopped, np.minimum(stopped, first))
