"""From jobs to the queue that a block works off, and from the queue to what became of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.jobs import Jobs
from tunescape.engine.layout import Numbers, lane_codes, numbers_of, starting_parameters
from tunescape.engine.network import Data
from tunescape.engine.population_state import PopulationState
from tunescape.engine.state import Queue


def queue_of(
    jobs: Jobs, data: Data, numbers: Numbers, kind: np.dtype, *, n_measures: int, watches: bool, keeps: bool
) -> tuple[Queue, NDArray[np.int64]]:
    """Lay out a queue.

    Args:
        jobs: Of networks that may share a block.
        data: What they learn.
        numbers: Their numbers, as `all_numbers` gives them.
        kind: Precision.
        n_measures: How many things are measured.
        watches: Whether there is early stopping.
        keeps: Whether the course of the networks is kept so that they can go on.

    Returns:
        The queue, and the steps at which is measured: those of all jobs, ascending.
    """
    n, rates = len(jobs), numbers["dropout"]
    parameters, running = starting_parameters(jobs, numbers["init_scale"], kind)
    steps, points_at, points, columns = _points(jobs)
    n_rows, rows = _rows(jobs, data)
    course = _course(jobs, parameters, numbers["initial_accumulator"], kind, keeps)
    if keeps or jobs.start is not None:
        n_rows, rows = _all_rows(jobs, len(data.train_inputs))
    if jobs.start is not None:
        parameters[:], running[:] = jobs.start.arrays["weights"], jobs.start.arrays["running"]
    step = 0 if jobs.start is None else jobs.start.step
    return Queue(
        next=np.zeros(1, np.int64),
        seeds=jobs.seeds.astype(np.uint64),
        first_step=np.full(n, step, np.int64),
        n_steps=np.ascontiguousarray(jobs.n_steps, dtype=np.int64),
        codes=lane_codes(jobs.networks, numbers),
        numbers=numbers_of(jobs.networks, numbers, kind),
        keep_scale=(1.0 / (1.0 - rates)).astype(kind),
        drop_below=np.floor(rates * 2.0**32).astype(np.uint32),
        accumulator=numbers["initial_accumulator"].astype(kind),
        points_at=points_at,
        points=points,
        columns=columns,
        weights=parameters,
        running=running,
        n_rows=n_rows,
        rows=rows,
        **course,
        ended_at=np.full(n, -1, np.int64),
        measured=np.full((n_measures, n, len(steps) + watches), np.nan, np.float32),
    ), steps


def _points(jobs: Jobs) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Steps of all jobs, ascending; where each job's points begin, the points, and their columns."""
    lengths = [len(record) for record in jobs.record_at]
    points = np.concatenate([np.zeros(0, np.int64), *map(np.asarray, jobs.record_at)]).astype(np.int64)
    steps = np.unique(points)
    return steps, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), points, np.searchsorted(steps, points)


def _rows(jobs: Jobs, data: Data) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """How many rows each job may see, and which, where that differs."""
    if jobs.rows is None:
        return np.full(len(jobs), len(data.train_inputs), np.int64), np.zeros((0, 0), np.uint32)
    n_rows = np.array([len(own) for own in jobs.rows], dtype=np.int64)
    rows = np.zeros((len(jobs), n_rows.max()), np.uint32)
    for i, own in enumerate(jobs.rows):
        rows[i, : len(own)] = own
    return n_rows, rows


def _all_rows(jobs: Jobs, n_rows: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """All rows in their order, or in that in which networks that go on left them."""
    if jobs.start is None:
        return np.full(len(jobs), n_rows, np.int64), np.tile(np.arange(n_rows, dtype=np.uint32), (len(jobs), 1))
    arrays = jobs.start.arrays
    return arrays["n_rows"][:, 0].astype(np.int64), np.ascontiguousarray(arrays["rows"], np.uint32)


def _course(
    jobs: Jobs, parameters: NDArray, accumulator: NDArray[np.float64], kind: np.dtype, keeps: bool
) -> dict[str, Any]:
    """What networks that go on or are kept need beside their weights; empty arrays for others."""
    n = len(jobs)
    if jobs.start is not None:
        arrays = jobs.start.arrays
        return {
            "first": np.array(arrays["first"], kind),
            "second": np.array(arrays["second"], kind),
            "powers": np.array(arrays["powers"], np.float64),
            "position": arrays["position"][:, 0].astype(np.int64),
            "epoch": arrays["epoch"][:, 0].astype(np.int64),
            "stopped_at": arrays["stopped_at"][:, 0].astype(np.int64),
        }
    shape = parameters.shape if keeps else (n, 0)
    return {
        "first": np.zeros(shape, kind) + accumulator.astype(kind)[:, None],
        "second": np.zeros(shape, kind),
        "powers": np.ones((n, 2)),
        "position": np.zeros(n, np.int64),
        "epoch": np.full(n, -1, np.int64),
        "stopped_at": np.full(n, -1, np.int64),
    }


def state_of(jobs: Jobs, queue: Queue) -> PopulationState:
    """The networks of a queue that was worked off, to go on with."""
    arrays = {
        name: np.array(array).reshape(len(jobs), -1)
        for name, array in (
            ("weights", queue.weights), ("first", queue.first), ("second", queue.second), ("running", queue.running),
            ("powers", queue.powers), ("rows", queue.rows), ("n_rows", queue.n_rows), ("position", queue.position),
            ("epoch", queue.epoch), ("stopped_at", queue.stopped_at),
        )
    }  # fmt: skip
    return PopulationState(jobs.networks[0], int(queue.n_steps[0]), jobs.seeds, arrays)
