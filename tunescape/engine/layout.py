"""From descriptions of networks to the arrays of a block: its shape, its state, its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.activations import ACTIVATIONS
from tunescape.engine.early_stopping import EarlyStopping
from tunescape.engine.gathering import COLUMNS
from tunescape.engine.jobs import Jobs
from tunescape.engine.learning_rate import SCHEDULES
from tunescape.engine.losses import LOSSES
from tunescape.engine.network import Layer, Network
from tunescape.engine.normalisation import NORMALISATIONS
from tunescape.engine.optimisers import DEFAULTS, GENERAL_DEFAULTS, OPTIMISERS, OWN_PENALTIES, SETTINGS
from tunescape.engine.starting import initial_arrays
from tunescape.engine.state import SCHEDULE, UPDATE, Shape, Shots, State, update_code
from tunescape.errors import InputError, did_you_mean

OTHER_NUMBERS = ("dropout", "init_scale", "initial_accumulator")
CHUNK_BYTES = 2**19
"""Room for the activations, slopes and errors of one chunk: half of a usual second-level cache."""

Numbers = Mapping[str, NDArray[np.float64]]


def zeros(n: int, dtype: Any) -> NDArray:
    """A zeroed array that starts on a cache line."""
    item = np.dtype(dtype).itemsize
    raw = np.zeros(n * item + 64, dtype=np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + n * item].view(dtype)


def all_numbers(networks: Sequence[Network], given: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Every numeric setting as one value per network; dropout per hidden layer.

    A NaN stands for the default of the network's optimiser, as does a name that is not given.

    Raises:
        InputError: A name is unknown, or a dropout rate is not from 0 to below 1.
    """
    known, n = (*SETTINGS, *OTHER_NUMBERS), len(networks)
    for name in given:
        if name not in known:
            raise InputError(f"{name!r} is not a number that a network has.{did_you_mean(name, known)}")
    code = np.array([OPTIMISERS[network.optimiser] for network in networks], dtype=np.int64)
    numbers = {}
    for name in known:
        value = np.asarray(given.get(name, np.nan), dtype=np.float64)
        if name == "dropout":
            value, n_hidden = np.nan_to_num(value), max(networks[0].n_layers - 1, 1)
            value = value[:, :n_hidden] if value.ndim == 2 else value.reshape(-1, 1)
            numbers[name] = np.broadcast_to(value, (n, n_hidden)).copy()
        else:
            numbers[name] = np.where(np.isnan(value), _defaults(name)[code], value)
    if ((numbers["dropout"] < 0) | (numbers["dropout"] >= 1)).any():
        raise InputError("`dropout` must be at least 0 and below 1: it is the share of units that is dropped.")
    return numbers


@cache
def _defaults(name: str) -> NDArray[np.float64]:
    """Default of a number, by code of the optimiser."""
    general = {"init_scale": 1.0, **GENERAL_DEFAULTS}.get(name, 0.0)
    return np.array([DEFAULTS[optimiser].get(name, general) for optimiser in OPTIMISERS])


def shape_of(
    network: Network, codes: NDArray[np.int64], numbers: Numbers, n_lanes: int, *, weighted: bool,
    rule: EarlyStopping | None,
) -> Shape:  # fmt: skip
    """What the lanes of a block share.

    Args:
        network: One of its networks.
        codes: Codes of all of them, as `lane_codes` gives them.
        numbers: Their numbers.
        n_lanes: Lanes.
        weighted: Whether rows have weights.
        rule: Early stopping.
    """
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
        codes=np.array(_codes(network, codes, numbers, weighted, rule), dtype=np.int64),
        batch=network.batch_size,
        chunk=chunk,
        n_lanes=n_lanes,
    )


def _codes(
    network: Network, codes: NDArray[np.int64], numbers: Numbers, weighted: bool, rule: EarlyStopping | None
) -> list[Any]:
    """Codes of a block in the order in which `state` names their positions."""
    foreign = ~np.isin(codes[:, UPDATE] & 15, [OPTIMISERS[name] for name in OWN_PENALTIES])
    return [
        LOSSES[network.loss], network.reduction == "mean", network.batching == "stream", numbers["dropout"].any(),
        bool(((numbers["l1"] != 0) | (numbers["l2"] != 0))[foreign].any()), NORMALISATIONS[network.normalisation],
        network.penalised == "all", bool(numbers["clip_norm"].any() or numbers["clip_value"].any()),
        numbers["weight_decay"].any(), weighted, weighted and network.weighting == "weights",
        network.running_variance == "unbiased", network.shuffle,
        rule is not None and rule.monitor == "running_loss", rule is not None or network.normalisation == "batch",
    ]  # fmt: skip


def lane_codes(networks: Sequence[Network], numbers: Numbers) -> NDArray[np.int64]:
    """Codes that differ from lane to lane, at the positions that `state` names, shape (n, 5)."""
    changes = numbers["warmup_steps"] != 0
    codes = [_own_codes(network) for network in networks]
    found = np.array(codes, dtype=np.int64).reshape(len(networks), 5)
    found[:, SCHEDULE] = np.where((found[:, SCHEDULE] == SCHEDULES["constant"]) & ~changes, -1, found[:, SCHEDULE])
    return found


@lru_cache(maxsize=1000)
def _own_codes(network: Network) -> tuple[int, ...]:
    placement = network.epsilon_placement
    return (
        ACTIVATIONS[network.activation],
        update_code(OPTIMISERS[network.optimiser], placement == "inside", network.momentum_form == "gradient"),
        int(placement == "corrected"),
        SCHEDULES[network.schedule],
        int(network.penalty == "half_per_row"),
    )


def _chunk(network: Network) -> int:
    """Samples worked on at once: as many (8 to 32) as keep a chunk's activations near in the cache.

    Batch normalisation needs the whole batch at once. It follows from the network alone, so that it
    cannot make a pack change a result.
    """
    if network.normalisation == "batch":
        return network.batch_size
    bytes_per_sample = 3 * sum(network.widths) * 64
    return int(min(network.batch_size, max(8, min(32, 4 * (CHUNK_BYTES // bytes_per_sample // 4)))))


def empty_state(network: Network, shape: Shape, kind: np.dtype, n_rows: int, *, watches: bool) -> State:
    """The state of a block whose lanes are all free.

    Args:
        network: One of its networks.
        shape: What they share.
        kind: Precision.
        n_rows: Most rows that one of them sees.
        watches: Whether there is early stopping.
    """
    n_lanes, n_weights, n_units = shape.n_lanes, int(shape.weights_at[-1]), int(shape.units_at[-1])
    n_hidden, n_running = max(network.n_layers - 1, 1), _n_running(network, shape)
    n_normed = n_units if network.normalisation != "none" else 0

    def whole(n: int, value: int = 0) -> NDArray[np.int64]:
        return np.full(n, value, dtype=np.int64)

    return State(
        job=whole(n_lanes, -1), step=whole(n_lanes), point=whole(n_lanes), codes=whole(5 * n_lanes),
        activations=whole(1 + n_lanes), activation_masks=zeros(n_lanes * n_lanes, kind),
        updates=whole(1 + n_lanes), update_masks=zeros(n_lanes * n_lanes, kind),
        numbers=zeros(len(SETTINGS) * n_lanes, kind),
        keep_scale=zeros(n_hidden * n_lanes, kind), drop_below=np.zeros(n_hidden * n_lanes, np.uint32),
        seeds=np.zeros(n_lanes, np.uint64),
        weights=zeros(n_weights * n_lanes, kind), gradient=zeros(n_weights * n_lanes, kind),
        first=zeros(n_weights * n_lanes, kind), second=zeros(n_weights * n_lanes, kind),
        running=zeros(n_running * n_lanes, kind), powers=np.ones(2 * n_lanes), scalars=zeros(8 * n_lanes, kind),
        rows=np.zeros(n_rows * n_lanes, np.uint32), lead=whole(1, -1),
        row_keys=np.zeros(n_lanes, np.uint64),
        due=np.zeros(n_lanes, np.int8), n_rows=whole(n_lanes), position=whole(n_lanes), epoch=whole(n_lanes),
        sizes=whole(n_lanes), divisor=np.ones(n_lanes), running_loss=np.zeros(n_lanes),
        running_rows=np.zeros(n_lanes), best=np.zeros(n_lanes), waited=whole(n_lanes),
        watched=zeros(3 * n_lanes, kind), kept=zeros((n_weights + n_running) * n_lanes * watches, kind),
        kept_from=whole(n_lanes, -1),
        values=zeros(n_units * n_lanes, kind), slopes=zeros(n_units * n_lanes, kind),
        deltas=zeros(n_units * n_lanes, kind), normed=zeros(n_normed * n_lanes, kind),
        inverses=zeros(n_normed * n_lanes, kind),
        targets=zeros((network.widths[-1] + COLUMNS) * shape.chunk * n_lanes, kind),
        row_weights=zeros(shape.chunk * n_lanes, kind),
        constants=np.repeat(np.array([0.0, 1.0], kind), n_lanes),
        keys=np.zeros(2 * network.n_layers * n_lanes, dtype=np.uint32),
    )  # fmt: skip


def empty_shots(network: Network, shape: Shape, kind: np.dtype) -> Shots:
    """No shots, and room for as many as there are lanes."""
    n = shape.n_lanes
    return Shots(
        taken=np.zeros(1, np.int64), job=np.full(n, -1, np.int64), column=np.zeros(n, np.int64),
        codes=np.zeros(5 * n, np.int64), activations=np.zeros(1 + n, np.int64), masks=zeros(n * n, kind),
        numbers=zeros(3 * n, kind), weights=zeros(int(shape.weights_at[-1]) * n, kind),
        running=zeros(_n_running(network, shape) * n, kind), loss=np.zeros(n), correct=np.zeros(n),
    )  # fmt: skip


def _n_running(network: Network, shape: Shape) -> int:
    return int(shape.running_at[-1]) if network.normalisation == "batch" else 0


def starting_parameters(jobs: Jobs, init_scale: NDArray[np.float64], kind: np.dtype) -> tuple[NDArray, NDArray]:
    """Parameters (n, n_weights) and running statistics (n, n_running) with which jobs of one shape start."""
    kinds: dict[Any, list[int]] = {}
    for i, network in enumerate(jobs.networks):
        kinds.setdefault((network.initialiser, network.bias_initialiser, network.activation), []).append(i)
    first, normalised = jobs.networks[0], jobs.networks[0].normalisation == "batch"
    parameters = np.empty((len(jobs), first.n_weights), kind)
    running = np.empty((len(jobs), 2 * sum(first.widths[1:-1]) * normalised), kind)
    for chosen in kinds.values():
        drawn = initial_arrays(jobs.networks[chosen[0]], jobs.seeds[chosen], init_scale[chosen])
        if jobs.initial is not None:
            drawn = [_given([jobs.initial[i][k] for i in chosen], layer) for k, layer in enumerate(drawn)]
        flat = [array.reshape(len(chosen), -1) for layer in drawn for array in layer[:4] if array is not None]
        parameters[chosen] = np.concatenate(flat, axis=1)
        if running.shape[1]:
            rest = [array for layer in drawn for array in layer[4:] if array is not None]
            running[chosen] = np.concatenate(rest, axis=1)
    return parameters, running


def _given(layers: Sequence[Sequence[Any]], drawn: Layer) -> Layer:
    """The given arrays of one layer, networks first; what is not given (scale, shift, …) as it would start."""
    arrays: list[Any] = list(drawn)
    for i, array in enumerate(drawn):
        if array is not None and len(layers[0]) > i and layers[0][i] is not None:
            arrays[i] = np.stack([np.asarray(layer[i]) for layer in layers])
    return Layer(*arrays)


def numbers_of(networks: Sequence[Network], numbers: Numbers, kind: np.dtype) -> NDArray:
    """The numbers of `optimisers.SETTINGS` as kernels read them, shape (n, n_settings); l2 holds its convention."""
    twice = [network.penalty == "whole" and network.optimiser not in OWN_PENALTIES for network in networks]
    values = {**numbers, "l2": numbers["l2"] * np.where(twice, 2.0, 1.0)}
    return np.stack([values[name] for name in SETTINGS], axis=1).astype(kind)


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
