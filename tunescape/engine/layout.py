"""From a network's description to the arrays of a block: its shape, its state, its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.activations import ACTIVATIONS
from tunescape.engine.learning_rate import SCHEDULES
from tunescape.engine.losses import LOSSES
from tunescape.engine.network import Data, Layer, Network
from tunescape.engine.normalisation import NORMALISATIONS
from tunescape.engine.optimisers import DEFAULTS, GENERAL_DEFAULTS, OPTIMISERS, OWN_PENALTIES, SETTINGS
from tunescape.engine.starting import initial_arrays
from tunescape.engine.state import Settings, Shape, State
from tunescape.errors import InputError, did_you_mean

OTHER_NUMBERS = ("dropout", "init_scale", "initial_accumulator")
CHUNK_BYTES = 2**18
"""Room for the activations, slopes and errors of one chunk: a quarter of a usual second-level cache."""

Numbers = Mapping[str, NDArray[np.float64]]


def zeros(n: int, dtype: Any) -> NDArray:
    """A zeroed array that starts on a cache line."""
    item = np.dtype(dtype).itemsize
    raw = np.zeros(n * item + 64, dtype=np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + n * item].view(dtype)


def all_numbers(network: Network, given: Mapping[str, Any], n: int) -> dict[str, NDArray[np.float64]]:
    """Every numeric setting as one value per network; dropout per hidden layer.

    Raises:
        InputError: A name is unknown, or a dropout rate is not below 1.
    """
    known = (*SETTINGS, *OTHER_NUMBERS)
    for name in given:
        if name not in known:
            raise InputError(f"{name!r} is not a number that a network has.{did_you_mean(name, known)}")
    defaults = {"init_scale": 1.0, **GENERAL_DEFAULTS, **DEFAULTS[network.optimiser]}
    numbers = {}
    for name in known:
        value = np.asarray(given.get(name, defaults.get(name, 0.0)), dtype=np.float64)
        if name == "dropout":
            value = value[:, None] if value.ndim == 1 else value
            numbers[name] = np.broadcast_to(value, (n, max(network.n_layers - 1, 1))).copy()
        else:
            numbers[name] = np.broadcast_to(value, (n,)).copy()
    if ((numbers["dropout"] < 0) | (numbers["dropout"] >= 1)).any():
        raise InputError("`dropout` must be at least 0 and below 1: it is the share of units that is dropped.")
    return numbers


def shape_of(network: Network, numbers: Numbers, n_lanes: int, *, weighted: bool, tracks_loss: bool) -> Shape:
    """What the lanes of a block share."""
    widths = np.array(network.widths, dtype=np.int64)
    chunk = _chunk(network)
    sizes = (widths[:-1] + 1) * widths[1:]
    if network.normalisation != "none":
        sizes[:-1] += 2 * widths[1:-1]
    return Shape(
        widths=widths,
        weights_at=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        units_at=(np.concatenate([[0], np.cumsum(widths)]) * chunk).astype(np.int64),
        running_at=np.concatenate([[0], np.cumsum(2 * widths[1:-1])]).astype(np.int64),
        codes=np.array(_codes(network, numbers, weighted, tracks_loss), dtype=np.int64),
        batch=network.batch_size,
        chunk=chunk,
        n_lanes=n_lanes,
    )


def _codes(network: Network, numbers: Numbers, weighted: bool, tracks_loss: bool) -> list[Any]:
    """Codes in the order in which `state` names their positions."""
    own = network.optimiser in OWN_PENALTIES
    changes = network.schedule != "constant" or numbers["warmup_steps"].any()
    return [
        ACTIVATIONS[network.activation], OPTIMISERS[network.optimiser], LOSSES[network.loss],
        network.reduction == "mean", network.batching == "stream", numbers["dropout"].any(),
        not own and bool(numbers["l1"].any() or numbers["l2"].any()), NORMALISATIONS[network.normalisation],
        SCHEDULES[network.schedule] if changes else -1, network.epsilon_placement == "inside",
        network.epsilon_placement == "corrected", network.momentum_form == "gradient",
        network.penalty == "half_per_row", network.penalised == "all",
        bool(numbers["clip_norm"].any() or numbers["clip_value"].any()), numbers["weight_decay"].any(),
        weighted, weighted and network.weighting == "weights", network.running_variance == "unbiased",
        network.shuffle, tracks_loss,
    ]  # fmt: skip


def _chunk(network: Network) -> int:
    """Samples worked on at once: as many (8 to 32) as keep a chunk's activations near in the cache.

    Batch normalisation needs the whole batch at once. It follows from the network alone, so that it
    cannot make a pack change a result.
    """
    if network.normalisation == "batch":
        return network.batch_size
    bytes_per_sample = 3 * sum(network.widths) * 64
    return int(min(network.batch_size, max(8, min(32, 4 * (CHUNK_BYTES // bytes_per_sample // 4)))))


def empty_state(
    network: Network, shape: Shape, data: Data, kind: np.dtype, rows: Sequence[NDArray] | None, weighted: bool
) -> State:
    """The state of a block before its weights are written.

    Raises:
        InputError: The data do not fit the network, or rows or weights do not fit the batching.
    """
    n_lanes, n_train = shape.n_lanes, len(data.train_inputs)
    if rows is not None and network.batching != "stream":
        raise InputError("`rows` needs batching='stream': networks with unlike numbers of rows share their batches.")
    if weighted and network.weighting == "weights" and network.batching == "stream":
        raise InputError("weighting='weights' needs batching='partial': a batch that straddles epochs has no one sum.")
    if network.widths[0] != np.shape(data.train_inputs)[1]:
        raise InputError(
            f"`widths` must begin with the number of inputs, {np.shape(data.train_inputs)[1]}. Got {network.widths!r}."
        )
    per_lane = rows if rows is not None else [np.arange(n_train)] * n_lanes
    n_rows = np.array([len(r) for r in per_lane], dtype=np.int64)
    matrix = np.zeros((n_rows.max(), n_lanes), dtype=np.uint32)
    for lane, chosen in enumerate(per_lane):
        matrix[: len(chosen), lane] = chosen
    n_weights, n_units = int(shape.weights_at[-1]), int(shape.units_at[-1])
    n_normed = n_units if network.normalisation != "none" else 0
    return State(
        weights=zeros(n_weights * n_lanes, kind),
        gradient=zeros(n_weights * n_lanes, kind),
        first=zeros(n_weights * n_lanes, kind),
        second=zeros(n_weights * n_lanes, kind),
        running=zeros(int(shape.running_at[-1]) * n_lanes * (network.normalisation == "batch"), kind),
        powers=np.ones(2 * n_lanes),
        scalars=zeros(6 * n_lanes, kind),
        rows=matrix.reshape(-1),
        row_keys=np.zeros(n_lanes, dtype=np.uint64),
        due=np.zeros(n_lanes, dtype=np.int8),
        n_rows=n_rows,
        position=n_rows.copy(),  # the first batch begins an epoch
        epoch=np.full(n_lanes, -1, dtype=np.int64),
        stopped_at=np.full(n_lanes, -1, dtype=np.int64),
        running_loss=np.zeros(n_lanes),
        running_rows=np.zeros(1),
        values=zeros(n_units * n_lanes, kind),
        slopes=zeros(n_units * n_lanes, kind),
        deltas=zeros(n_units * n_lanes, kind),
        normed=zeros(n_normed * n_lanes, kind),
        inverses=zeros(n_normed * n_lanes, kind),
        targets=zeros(network.widths[-1] * shape.chunk * n_lanes, kind),
        row_weights=zeros(shape.chunk * n_lanes, kind),
        divisor=np.ones(n_lanes),
        constants=np.repeat(np.array([0.0, 1.0], kind), n_lanes),
        keys=np.zeros(2 * network.n_layers * n_lanes, dtype=np.uint32),
    )


def write_start(
    network: Network,
    state: State,
    seeds: NDArray[np.int64],
    numbers: Numbers,
    initial: Sequence[Sequence[Layer]] | None,
) -> None:
    """Write starting weights (and accumulators) into the state."""
    n_lanes = len(seeds)
    drawn = initial_arrays(network, seeds, numbers["init_scale"])
    if initial is not None:
        drawn = [_given([own[k] for own in initial], layer) for k, layer in enumerate(drawn)]
    flat = [array.reshape(n_lanes, -1) for layer in drawn for array in layer[:4] if array is not None]
    state.weights.reshape(-1, n_lanes)[:] = np.concatenate(flat, axis=1).T
    if network.normalisation == "batch" and network.n_layers > 1:
        running = [array for layer in drawn for array in layer[4:] if array is not None]
        state.running.reshape(-1, n_lanes)[:] = np.concatenate(running, axis=1).T
    state.first.reshape(-1, n_lanes)[:] = numbers["initial_accumulator"]


def _given(layers: Sequence[Sequence[Any]], drawn: Layer) -> Layer:
    """The given arrays of one layer, networks first; what is not given (scale, shift, …) as it would start."""
    arrays: list[Any] = list(drawn)
    for i, array in enumerate(drawn):
        if array is not None and len(layers[0]) > i and layers[0][i] is not None:
            arrays[i] = np.stack([np.asarray(layer[i]) for layer in layers])
    return Layer(*arrays)


def settings_of(network: Network, numbers: Numbers, seeds: NDArray[np.int64], kind: np.dtype) -> Settings:
    """The numbers of each lane as kernels read them; l2 holds the factor of its convention."""
    rates = numbers["dropout"].T  # (n_hidden, n_lanes)
    factor = 2.0 if network.penalty == "whole" and network.optimiser not in OWN_PENALTIES else 1.0
    values = {**numbers, "l2": numbers["l2"] * factor}
    return Settings(
        numbers=np.concatenate([values[name] for name in SETTINGS]).astype(kind),
        keep_scale=(1.0 / (1.0 - rates)).reshape(-1).astype(kind),
        drop_below=np.floor(rates * 2.0**32).reshape(-1).astype(np.uint32),
        seeds=seeds.astype(np.uint64),
    )


def layers_from(network: Network, parameters: NDArray, running: NDArray) -> list[Layer]:
    """Weights of one network, layer by layer.

    Args:
        network: Its description.
        parameters: Its parameters in the block's order, shape (n_weights,).
        running: Its running statistics, shape (2 * hidden units,), or empty.
    """
    layers, at, r = [], 0, 0
    for k, (a, b) in enumerate(zip(network.widths, network.widths[1:], strict=False)):
        w, bias = parameters[at : at + a * b].reshape(a, b), parameters[at + a * b : at + (a + 1) * b]
        at += (a + 1) * b
        more: list[NDArray | None] = [None] * 4
        if network.normalisation != "none" and k < network.n_layers - 1:
            more[:2] = parameters[at : at + b], parameters[at + b : at + 2 * b]
            at += 2 * b
            if network.normalisation == "batch":
                more[2:] = running[r : r + b], running[r + b : r + 2 * b]
                r += 2 * b
        layers.append(Layer(w, bias, *more))
    return layers
