"""A population of networks: packed into blocks of lanes, trained on all cores, read out one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.block import make_block, rows_of, work_through
from tunescape.engine.early_stopping import EarlyStopping
from tunescape.engine.jit import available_cores
from tunescape.engine.jobs import Jobs
from tunescape.engine.network import Data, Network
from tunescape.engine.packing import packs
from tunescape.engine.population_state import PopulationState
from tunescape.engine.trained import Trained, joined_networks, rearranged
from tunescape.engine.wide import is_wide, ready_data, single_threaded_blas, train_wide
from tunescape.errors import InputError

REGIMES = ("auto", "lanes", "single")
"""How networks may be trained."""


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
    regime: str = "auto",
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
        record_at: Steps at which is measured; by default the last, none where it is empty.
        early_stopping: When networks stop before their end.
        start: Networks to go on with, as `Trained.state` holds them; their seeds must be given again.
        keep_state: Whether to keep what is needed to go on.
        dtype: ``"float32"`` (fast) or ``"float64"``.
        n_threads: Threads; by default one per core.
        regime: How networks are trained: ``"lanes"``, one per SIMD lane; ``"single"``, one per core with
            BLAS; or ``"auto"``, what suits their size (`is_wide`).

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
    record = np.unique(np.asarray([n_steps] if record_at is None else list(record_at), dtype=np.int64))
    if len(record) and record[-1] > n_steps:
        raise InputError(f"`record_at` must not go beyond n_steps={n_steps!r}. Got {int(record[-1])}.")
    n = len(seeds)
    jobs = Jobs([network] * n, seeds, np.full(n, n_steps, np.int64), [record] * n, hyperparameters or {}, rows, initial,
                start)  # fmt: skip
    found: list[Trained] = []
    order_of: list[NDArray[np.int64]] = []
    for chosen, trained in train_jobs(
        jobs, data, dtype=dtype, order=order, early_stopping=early_stopping, keep_state=keep_state, n_threads=n_threads,
        regime=regime,
    ):  # fmt: skip
        order_of.append(chosen)
        found.append(trained)
    return rearranged(joined_networks(found), np.argsort(np.concatenate(order_of)))


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


def train_jobs(
    jobs: Jobs,
    data: Data,
    *,
    dtype: str = "float32",
    order: NDArray[np.int32] | None = None,
    row_weights: NDArray | None = None,
    early_stopping: EarlyStopping | None = None,
    keep_state: bool = False,
    n_threads: int | None = None,
    on_flop: Callable[[float], None] | None = None,
    regime: str = "auto",
) -> Iterator[tuple[NDArray[np.int64], Trained]]:
    """Train networks of any kinds on all cores, and yield them pack by pack as they end.

    Packs are laid out when a core is free, so memory holds only those at work. When the caller stops
    iterating or is interrupted, packs at work end at their next slice and are thrown away.

    Args:
        jobs: The networks.
        data: What they learn.
        dtype: ``"float32"`` or ``"float64"``.
        order: Row order of each epoch, shape (n_epochs, n_rows), the same for all networks.
        row_weights: Weight of each training row, instead of the data's own.
        early_stopping: When networks stop before their end.
        keep_state: Whether `Trained.state` is kept; all jobs must be of one network.
        n_threads: Threads; by default one per core.
        on_flop: Called with the floating point operations that were settled since it was last called, from
            the threads; in all they add up to `flop_of`.
        regime: As for `train`.

    Yields:
        Which jobs, and what became of them.

    Raises:
        InputError: Something given does not fit the rest.
    """
    if regime not in REGIMES:
        raise InputError(f"`regime` must be one of {', '.join(REGIMES)}. Got regime={regime!r}.")
    if not len(jobs):
        return
    is_single = {"auto": is_wide, "lanes": lambda network: False, "single": lambda network: True}[regime]
    threads, stop = n_threads or available_cores(), Event()
    todo = packs(jobs, dtype, threads, is_single)
    singles = [is_single(jobs.networks[pack[0]]) for pack in todo]
    ready = ready_data(jobs.networks[0], data, dtype) if any(singles) else data
    weights = data.train_weights if row_weights is None else row_weights
    rows = None if all(singles) else rows_of(data, jobs.networks[0].widths[-1], np.dtype(dtype), order, weights)

    def work(chosen: NDArray[np.int64], single: bool) -> tuple[NDArray[np.int64], Trained | None]:
        if stop.is_set():
            return chosen, None
        part, told = jobs.take(chosen), _teller(jobs.networks[chosen[0]], on_flop)
        if single:
            return chosen, _train_single(part, ready, dtype=dtype, order=order, row_weights=row_weights,
                                         early_stopping=early_stopping, keep_state=keep_state,
                                         stopped=stop.is_set, on_steps=told)  # fmt: skip
        block = make_block(part, data, dtype=dtype, row_weights=row_weights, early_stopping=early_stopping,
                           keeps=keep_state, rows=rows)  # fmt: skip
        return chosen, work_through(block, stopped=stop.is_set, on_steps=told, keeps=keep_state)

    left = iter(zip(todo, singles, strict=True))
    waiting: set[Future[tuple[NDArray[np.int64], Trained | None]]] = set()
    with single_threaded_blas(), ThreadPoolExecutor(threads, thread_name_prefix="tunescape-engine") as pool:
        try:
            while True:
                while len(waiting) < threads + 1 and (pack := next(left, None)) is not None:
                    waiting.add(pool.submit(work, *pack))
                if not waiting:
                    return
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    chosen, trained = future.result()
                    if trained is not None:
                        yield chosen, trained
        finally:
            stop.set()


def _teller(network: Network, on_flop: Callable[[float], None] | None) -> Callable[[int], None]:
    """What is called with steps that were settled."""
    per_step = float(network.flop_per_row * network.batch_size)
    return (lambda steps: None) if on_flop is None else (lambda steps: on_flop(steps * per_step))


def _train_single(job: Jobs, data: Data, **common: Any) -> Trained | None:
    """Train the network of one job by itself."""
    return train_wide(
        job.networks[0], data, int(job.seeds[0]), int(job.n_steps[0]), job.hyperparameters,
        record_at=job.record_at[0], rows=None if job.rows is None else job.rows[0],
        initial=None if job.initial is None else job.initial[0], start=job.start, **common,
    )  # fmt: skip


def flop_of(jobs: Jobs) -> float:
    """Floating point operations of some jobs."""
    first = 0 if jobs.start is None else jobs.start.step
    return float(sum(
        network.flop_per_row * network.batch_size * (int(steps) - first)
        for network, steps in zip(jobs.networks, jobs.n_steps, strict=True)
    ))  # fmt: skip
