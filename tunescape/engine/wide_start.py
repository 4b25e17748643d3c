"""From a network's description to the arrays of one wide network, ready to train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.early_stopping import EarlyStopping
from tunescape.engine.lanes import LANES
from tunescape.engine.layout import all_numbers, lane_codes, numbers_of, shape_of, zeros
from tunescape.engine.network import Data, Layer, Network, as_matrix, check_fit
from tunescape.engine.population_state import KEPT, PopulationState
from tunescape.engine.starting import initial_arrays
from tunescape.engine.state import IS_STREAM
from tunescape.engine.wide_state import WideSettings, WideShape, WideState

ROOM = 256
"""Samples worked on at once, at most: memory stays bounded whatever the batch (see docs/engine.md)."""


@dataclass(frozen=True)
class WideRun:
    """One network and what it learns, as the kernels read them.

    Args:
        network: Its description.
        shape: What does not change.
        state: What does.
        settings: Its numbers.
        order: Row order of each epoch, or no rows.
        row_weights: Weight of each training row, or nothing.
        parts: Name, inputs and targets of the training and the validation part, flat.
    """

    network: Network
    shape: WideShape
    state: WideState
    settings: WideSettings
    order: NDArray[np.int32]
    row_weights: NDArray
    parts: tuple[tuple[str, NDArray, NDArray], ...]


def ready_data(network: Network, data: Data, dtype: str) -> Data:
    """The same data in the form in which kernels read them: many networks then share one copy."""
    kind = np.dtype(dtype)

    def ready(array: NDArray) -> NDArray:
        return np.require(array, kind, ["C", "W"])

    def as_read(targets: NDArray) -> NDArray:
        return ready(as_matrix(targets, network.widths[-1], kind))

    validation: tuple[NDArray | None, NDArray | None] = (None, None)
    if data.validation_inputs is not None and data.validation_targets is not None:
        validation = (ready(data.validation_inputs), as_read(data.validation_targets))
    return Data(ready(data.train_inputs), as_read(data.train_targets), *validation, data.train_weights)


def begin_wide(
    network: Network,
    data: Data,
    seed: int,
    numbers: Mapping[str, Any],
    *,
    rows: NDArray[np.int64] | None,
    order: NDArray[np.int32] | None,
    initial: Sequence[Any] | None,
    dtype: str,
    row_weights: NDArray | None,
    early_stopping: EarlyStopping | None,
    start: PopulationState | None,
) -> WideRun:
    """Lay out one network; arguments as for `train_wide`.

    Raises:
        InputError: The data do not fit the network, or rows or weights do not fit the batching.
    """
    kind, data = np.dtype(dtype), ready_data(network, data, dtype)
    weights = data.train_weights if row_weights is None else row_weights
    check_fit(network, data, weighted=weights is not None, has_rows=rows is not None)
    own = all_numbers([network], numbers)
    n_rows = len(data.train_inputs) if rows is None else len(rows)
    shape = _shape(network, own, n_rows, LANES[kind], weighted=weights is not None, rule=early_stopping)
    state = _state(network, shape, kind, np.arange(n_rows) if rows is None else rows)
    _write_start(network, state, seed, own, initial)
    if start is not None:
        put_wide_state(start, state)
    parts = [("train", data.train_inputs, data.train_targets)]
    if data.validation_inputs is not None and data.validation_targets is not None:
        parts.append(("validation", data.validation_inputs, data.validation_targets))
    return WideRun(
        network, shape, state, _settings(network, own, seed, kind),
        np.zeros((0, 0), np.int32) if order is None else np.require(order, np.int32, ["C", "W"]),
        np.zeros(0, kind) if weights is None else np.require(weights, kind, ["C", "W"]),
        tuple((name, inputs.reshape(-1), targets.reshape(-1)) for name, inputs, targets in parts),
    )  # fmt: skip


def _shape(
    network: Network, own: Mapping[str, NDArray], n_rows: int, lanes: int, *, weighted: bool, rule: EarlyStopping | None
) -> WideShape:
    """Positions and codes; the chunk follows from the batch, cut into equal parts."""
    codes = lane_codes([network], own)
    common = shape_of(network, codes, own, 1, weighted=weighted, rule=rule)
    batch = network.batch_size if common.codes[IS_STREAM] else min(network.batch_size, n_rows)
    chunk = batch if network.normalisation == "batch" else -(-batch // -(-batch // ROOM))
    samples = [chunk, *[max(chunk, ROOM)] * network.n_layers]  # what is evaluated is read where it lies
    sizes = [_apart(n * width, lanes) for n, width in zip(samples, network.widths, strict=True)]
    return WideShape(
        widths=common.widths,
        weights_at=common.weights_at,
        units_at=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        running_at=common.running_at,
        codes=common.codes,
        own=codes[0],
        batch=network.batch_size,
        chunk=chunk,
        room=ROOM,
        lanes=lanes,
    )


def _apart(n: int, lanes: int) -> int:
    """Room for n numbers and one more vector, in whole vectors of an odd number, so that layers do not share a set."""
    return ((n + lanes - 1) // lanes + 1 | 1) * lanes


def _state(network: Network, shape: WideShape, kind: np.dtype, rows: NDArray) -> WideState:
    lanes, widest = shape.lanes, max(network.widths)
    most = max(shape.chunk, shape.room)
    n_weights, n_units = int(shape.weights_at[-1]), int(shape.units_at[-1])
    n_normed = n_units if network.normalisation != "none" else 0
    n_outputs = network.widths[-1] * -(-most // lanes) * lanes

    def vectors(n: int) -> NDArray:
        return zeros(_apart(n, lanes), kind)

    return WideState(
        weights=vectors(n_weights),
        gradient=vectors(n_weights),
        first=vectors(n_weights),
        second=vectors(n_weights),
        running=vectors(int(shape.running_at[-1]) * (network.normalisation == "batch")),
        powers=np.ones(2),
        numbers_now=zeros(4, kind),
        scalars=zeros(4 * lanes, kind),
        rows=np.asarray(rows).astype(np.uint32),
        n_rows=np.array([len(rows)]),
        position=np.array([len(rows)]),  # the first batch begins an epoch
        epoch=np.array([-1]),
        step=np.array([0]),
        stopped_at=np.array([-1]),
        running_loss=np.zeros(lanes),
        running_rows=np.zeros(1),
        values=vectors(n_units),
        slopes=vectors(n_units),
        deltas=vectors(n_units),
        z=vectors(most * max(network.widths[1:])),
        normed=vectors(n_normed),
        inverses=vectors(n_normed),
        sums=zeros(3 * _apart(widest, lanes), kind),
        outputs=vectors(n_outputs),
        output_deltas=vectors(n_outputs),
        targets=vectors(n_outputs),
        row_weights=vectors(most),
        divisor=np.ones(1),
        one_keys=np.zeros(2 * network.n_layers, np.uint32),
        keys=np.zeros(2 * network.n_layers * lanes, np.uint32),
        sizes=zeros(lanes, kind),
        loss=np.zeros(lanes),
        correct=np.zeros(lanes),
        room=zeros(4 * lanes, kind),
        ones=np.ones(_apart(widest, lanes), kind),
    )


def _write_start(
    network: Network, state: WideState, seed: int, own: Mapping[str, NDArray], initial: Sequence[Any] | None
) -> None:
    """Write starting weights (and accumulators) into the state."""
    layers = [layer.map(lambda a: a[0]) for layer in initial_arrays(network, np.array([seed]), own["init_scale"])]
    if initial is not None:
        layers = [_given(layer, drawn) for layer, drawn in zip(initial, layers, strict=True)]
    flat = np.concatenate([np.ravel(a) for layer in layers for a in layer[:4] if a is not None])
    state.weights[: len(flat)] = flat
    state.first[:] = own["initial_accumulator"][0]  # behind the end too, where it is divided by
    running = [np.ravel(a) for layer in layers for a in layer[4:] if a is not None]
    if running:
        state.running[: sum(map(len, running))] = np.concatenate(running)


def _given(layer: Sequence[Any], drawn: Layer) -> Layer:
    """The given arrays of one layer; what is not given (scale, shift, …) as it would start."""
    arrays: list[Any] = list(drawn)
    for i, array in enumerate(layer):
        if array is not None and arrays[i] is not None:
            arrays[i] = array
    return Layer(*arrays)


def _settings(network: Network, own: Mapping[str, NDArray], seed: int, kind: np.dtype) -> WideSettings:
    """The numbers of one network, once each and in all lanes."""
    one, rates, lanes = numbers_of([network], own, kind)[0], own["dropout"][0], LANES[kind]
    return WideSettings(
        one=one,
        numbers=np.repeat(one, lanes),
        keep_scale=np.repeat((1.0 / (1.0 - rates)).astype(kind), lanes),
        drop_below=np.repeat(np.floor(rates * 2.0**32).astype(np.uint32), lanes),
        seeds=np.array([seed]).astype(np.uint64),
    )


def _sizes(shape: WideShape) -> dict[str, int]:
    """Numbers that count in arrays that are longer."""
    n_weights = int(shape.weights_at[-1])
    return {"weights": n_weights, "first": n_weights, "second": n_weights}


def put_wide_state(start: PopulationState, state: WideState) -> None:
    """Go on where a network stopped; the first one of `start`."""
    for name in KEPT:
        given = start.arrays[name][0]
        getattr(state, name)[: len(given)] = given


def take_wide_state(run: WideRun, step: int) -> PopulationState:
    """Where a network stands now."""
    sizes = {**_sizes(run.shape), "running": running_size(run)}
    arrays = {name: getattr(run.state, name)[: sizes.get(name)].copy()[None] for name in KEPT}
    return PopulationState(run.network, step, run.settings.seeds.astype(np.int64), arrays)


def running_size(run: WideRun) -> int:
    """How many running statistics a network has."""
    return int(run.shape.running_at[-1]) * (run.network.normalisation == "batch")
