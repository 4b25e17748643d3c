"""One block of lanes as Python sees it: made from a network's description, advanced, read out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.activations import ACTIVATIONS
from tunescape.engine.initialisers import layer_weights
from tunescape.engine.lanes import LANES
from tunescape.engine.losses import LOSSES
from tunescape.engine.network import Data, Network, as_matrix
from tunescape.engine.optimisers import DEFAULTS, OPTIMISERS, SETTINGS
from tunescape.engine.training import Settings, Shape, State, evaluate, train_steps
from tunescape.errors import InputError, did_you_mean

OTHER_NUMBERS = ("dropout", "init_scale", "initial_accumulator")
SLICE_FLOP = 2e9
"""Work between two looks at the clock and the stop flag: about a tenth of a second."""
CHUNK_BYTES = 2**18
"""Room for the activations, slopes and errors of one chunk: a quarter of a usual second-level cache."""


@dataclass(frozen=True)
class Block:
    """Networks that are trained together, one per lane; lanes beyond `n_networks` repeat the first."""

    network: Network
    n_networks: int
    n_steps: int
    record_at: NDArray[np.int64]
    shape: Shape
    state: State
    settings: Settings
    order: NDArray[np.int32]
    parts: tuple[tuple[str, NDArray, NDArray], ...]
    curves: dict[str, NDArray[np.float32]]


def zeros(n: int, dtype: Any) -> NDArray:
    """A zeroed array that starts on a cache line."""
    item = np.dtype(dtype).itemsize
    raw = np.zeros(n * item + 64, dtype=np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + n * item].view(dtype)


def make_block(
    network: Network,
    data: Data,
    seeds: NDArray[np.int64],
    n_steps: int,
    hyperparameters: Mapping[str, Any],
    *,
    rows: Sequence[NDArray[np.int64]] | None,
    order: NDArray[np.int32] | None,
    initial: Sequence[Sequence[tuple[NDArray, NDArray]]] | None,
    record_at: NDArray[np.int64],
    dtype: str,
) -> Block:
    """Lay out the arrays of one block; arguments as for `train`."""
    kind = np.dtype(dtype)
    n_lanes, n = LANES[kind], len(seeds)
    lane_of = np.where(np.arange(n_lanes) < n, np.arange(n_lanes), 0)  # idle lanes repeat the first network
    numbers = _numbers(network, hyperparameters, n)
    numbers = {name: value[lane_of] for name, value in numbers.items()}
    shape = _shape(network, numbers, n_lanes)
    lane_seeds = np.asarray(seeds)[lane_of]
    state = _state(network, shape, data, kind, [rows[i] for i in lane_of] if rows is not None else None)
    _start(network, state, lane_seeds, numbers, None if initial is None else [initial[i] for i in lane_of])
    inputs = np.ascontiguousarray(data.train_inputs, dtype=kind)
    parts = [("train", inputs, as_matrix(data.train_targets, network.widths[-1], kind))]
    if data.validation_inputs is not None and data.validation_targets is not None:
        targets = as_matrix(data.validation_targets, network.widths[-1], kind)
        parts.append(("validation", np.ascontiguousarray(data.validation_inputs, dtype=kind), targets))
    names = ("loss",) if network.loss == "squared_error" else ("loss", "accuracy")
    curves = {
        f"{part}_{name}": np.full((n_lanes, len(record_at)), np.nan, np.float32)
        for part, _, _ in parts
        for name in names
    }
    given = np.zeros((0, 0), np.int32) if order is None else np.ascontiguousarray(order, np.int32)
    return Block(network, n, n_steps, record_at, shape, state, _settings(network, numbers, lane_seeds, kind),
                 given, tuple(parts), curves)  # fmt: skip


def _numbers(network: Network, given: Mapping[str, Any], n: int) -> dict[str, NDArray[np.float64]]:
    """Every numeric setting as one value per network; dropout per hidden layer."""
    known = (*SETTINGS, *OTHER_NUMBERS)
    for name in given:
        if name not in known:
            raise InputError(f"{name!r} is not a number that a network has.{did_you_mean(name, known)}")
    defaults = {"init_scale": 1.0, **DEFAULTS[network.optimiser]}
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


def _shape(network: Network, numbers: Mapping[str, NDArray], n_lanes: int) -> Shape:
    widths = np.array(network.widths, dtype=np.int64)
    chunk = _chunk(network, n_lanes)
    proximal = network.optimiser == "proximal_adagrad"
    penalised = not proximal and bool(numbers["l1"].any() or numbers["l2"].any())
    codes = [
        ACTIVATIONS[network.activation], OPTIMISERS[network.optimiser], LOSSES[network.loss],
        network.reduction == "mean", network.batching == "stream", numbers["dropout"].any(), penalised,
    ]  # fmt: skip
    return Shape(
        widths=widths,
        weights_at=np.concatenate([[0], np.cumsum((widths[:-1] + 1) * widths[1:])]).astype(np.int64),
        units_at=(np.concatenate([[0], np.cumsum(widths)]) * chunk).astype(np.int64),
        codes=np.array(codes, dtype=np.int64),
        batch=network.batch_size,
        chunk=chunk,
        n_lanes=n_lanes,
    )


def _chunk(network: Network, n_lanes: int) -> int:
    """Samples worked on at once: as many (8 to 32) as keep a chunk's activations near in the cache.

    It follows from the network alone, so that it cannot make a pack change a result.
    """
    bytes_per_sample = 3 * sum(network.widths) * 64
    return int(min(network.batch_size, max(8, min(32, 4 * (CHUNK_BYTES // bytes_per_sample // 4)))))


def _state(network: Network, shape: Shape, data: Data, kind: np.dtype, rows: Sequence[NDArray] | None) -> State:
    n_lanes, n_train = shape.n_lanes, len(data.train_inputs)
    if rows is not None and network.batching != "stream":
        raise InputError("`rows` needs batching='stream': networks with unlike numbers of rows share their batches.")
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
    return State(
        weights=zeros(n_weights * n_lanes, kind),
        gradient=zeros(n_weights * n_lanes, kind),
        first=zeros(n_weights * n_lanes, kind),
        second=zeros(n_weights * n_lanes, kind),
        powers=np.ones(2 * n_lanes),
        step_size=zeros(n_lanes, kind),
        rows=matrix.reshape(-1),
        row_keys=np.zeros(n_lanes, dtype=np.uint64),
        due=np.zeros(n_lanes, dtype=np.int8),
        n_rows=n_rows,
        position=n_rows.copy(),  # the first batch begins an epoch
        epoch=np.full(n_lanes, -1, dtype=np.int64),
        stopped_at=np.full(n_lanes, -1, dtype=np.int64),
        values=zeros(n_units * n_lanes, kind),
        slopes=zeros(n_units * n_lanes, kind),
        deltas=zeros(n_units * n_lanes, kind),
        targets=zeros(network.widths[-1] * shape.chunk * n_lanes, kind),
        constants=np.repeat(np.array([0.0, 1.0], kind), n_lanes),
        keys=np.zeros(2 * network.n_layers * n_lanes, dtype=np.uint32),
    )


def _start(
    network: Network,
    state: State,
    seeds: NDArray[np.int64],
    numbers: Mapping[str, NDArray],
    initial: Sequence[Sequence[tuple[NDArray, NDArray]]] | None,
) -> None:
    """Write starting weights (and accumulators) into the state."""
    n_lanes, at = len(seeds), 0
    weights = state.weights.reshape(-1, n_lanes)
    for layer, (a, b) in enumerate(zip(network.widths, network.widths[1:], strict=False)):
        if initial is None:
            drawn = layer_weights(network.initialiser, seeds, layer, a, b, numbers["init_scale"])
            weights[at : at + a * b] = drawn.reshape(n_lanes, -1).T
        else:
            weights[at : at + a * b] = np.stack([np.ravel(own[layer][0]) for own in initial], axis=1)
            weights[at + a * b : at + (a + 1) * b] = np.stack([own[layer][1] for own in initial], axis=1)
        at += (a + 1) * b
    state.first.reshape(-1, n_lanes)[:] = numbers["initial_accumulator"]


def _settings(network: Network, numbers: Mapping[str, NDArray], seeds: NDArray[np.int64], kind: np.dtype) -> Settings:
    rates = numbers["dropout"].T  # (n_hidden, n_lanes)
    return Settings(
        numbers=np.concatenate([numbers[name] for name in SETTINGS]).astype(kind),
        keep_scale=(1.0 / (1.0 - rates)).reshape(-1).astype(kind),
        drop_below=np.floor(rates * 2.0**32).reshape(-1).astype(np.uint32),
        seeds=seeds.astype(np.uint64),
    )


def advance(block: Block) -> Iterator[int]:
    """Train a block to its end in slices, measuring on the way; yield the steps of each slice."""
    per_step = block.network.flop_per_row * block.network.batch_size * block.shape.n_lanes
    most = max(1, int(SLICE_FLOP / per_step))
    step, left = 0, block.shape.n_lanes
    for point, target in enumerate(block.record_at):
        while step < target:
            until = min(int(target), step + most)
            if left:
                _, inputs, targets = block.parts[0]
                left = train_steps(block.shape, block.state, block.settings, block.order,
                                   inputs.reshape(-1), targets.reshape(-1), step, until)  # fmt: skip
            yield until - step
            step = until
        _measure(block, point)


def _measure(block: Block, point: int) -> None:
    """Record losses and accuracies of the lanes that are left, infinite losses too.

    A lane is not retired here: which steps are measured depends on its pack.
    """
    loss, correct = np.empty(block.shape.n_lanes), np.empty(block.shape.n_lanes)
    sound = block.state.stopped_at < 0
    for part, inputs, targets in block.parts:
        evaluate(block.shape, block.state, inputs, targets, loss, correct)
        with np.errstate(over="ignore"):  # beyond single precision a loss is infinite
            block.curves[f"{part}_loss"][sound, point] = loss[sound]
        if f"{part}_accuracy" in block.curves:
            block.curves[f"{part}_accuracy"][sound, point] = correct[sound]


def read_out(block: Block) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int64], NDArray]:
    """Curves, steps of divergence and weights of the block's own networks (idle lanes left out)."""
    n = block.n_networks
    curves = {name: values[:n].copy() for name, values in block.curves.items()}
    parameters = block.state.weights.reshape(-1, block.shape.n_lanes)[:, :n].T.copy()
    return curves, block.state.stopped_at[:n].copy(), parameters
