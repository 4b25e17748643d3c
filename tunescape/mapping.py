"""The landscape of two hyperparameters: planned from a task, trained pixel by pixel, kept in a file as it grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from tunescape.errors import InputError
from tunescape.map_pixels import Outcomes, Pixels, grouped, train_pixels
from tunescape.map_plan import MapPlan, plan_map
from tunescape.space import SearchSpace, differences, to_dict
from tunescape.stores import load_landscape, save_landscape
from tunescape.study import WAITING, Landscape
from tunescape.tasks import Task

__all__ = ["carry_out_map", "kept_map", "landscape"]

SAVE_EVERY = 10.0
"""Seconds between two writings of the data."""

Progress = Callable[[int, int], None]
"""Called with how many networks are trained, and how many there will be."""

Work = Callable[[float, float], None]
"""Called, from any thread, with the floating point operations that are settled, and how many there are in all."""


def landscape(
    task: str | Task,
    x: tuple[str, Any] | None = None,
    y: tuple[str, Any] | None = None,
    *,
    size: tuple[int, int] = (256, 256),
    fix: Mapping[str, Any] | None = None,
    steps: int | None = None,
    rows: int | None = None,
    zoom: Sequence[float] | None = None,
    seed: int = 0,
    exact: bool = False,
    data: str | Path | None = None,
    overwrite: bool = False,
    n_threads: int | None = None,
    progress: Progress | None = None,
    **task_options: Any,
) -> Landscape:
    """Train one network per pixel of the plane of two hyperparameters.

    All pixels start from the same weights and see the same rows in the same order, so that nothing but the
    two hyperparameters differs between them.

    Args:
        task: A built-in name, a csv file, or a `Task`.
        x: From left to right: name and range, as in ``("learning_rate", Float(1e-3, 1e3, "log"))``, which is
            the default.
        y: From below to above; by default ``("init_scale", Float(0.05, 20, "log"))``.
        size: Pixels of `x` and of `y`.
        fix: Settings of all networks; by default one hidden layer of 16 tanh units that learns by plain
            gradient descent.
        steps: Optimiser steps of every network; by default 300.
        rows: Training rows that are learned, drawn once from the task's by the seed; by default 128. A batch is
            all of them unless `fix` holds a ``batch_size``.
        zoom: Centre of the part to draw, as values of `x` and `y`, and by how much to enlarge (by default 10).
        seed: Seed of everything random.
        exact: Double precision in place of single.
        data: The .npz file that keeps the landscape as it grows; what it already holds is not trained again.
        overwrite: Whether a file that holds another landscape may be replaced.
        n_threads: Threads; by default one per core.
        progress: Called with how many networks are trained, and how many there will be.
        **task_options: Options of the task (``noise``, ``target``, …).

    Raises:
        InputError: Something given cannot be used, or the file holds another landscape.
    """
    planned = plan_map(
        task, x, y, size=size, fix=fix, steps=steps, rows=rows, zoom=zoom, seed=seed, exact=exact,
        n_threads=n_threads, **task_options,
    )  # fmt: skip
    return carry_out_map(planned, data, overwrite=overwrite, progress=progress)


# ---- training


def carry_out_map(
    planned: MapPlan,
    data: str | Path | None = None,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
    work: Work | None = None,
) -> Landscape:
    """Train what is not trained yet, writing the data every few seconds and when interrupted.

    Args:
        planned: What to do.
        data: The file that keeps the landscape, or None.
        overwrite: Whether a file that holds another landscape may be replaced.
        progress: Called with how many networks are trained, and how many there will be.
        work: Called more often, with the floating point operations that are settled, and all of them.

    Raises:
        InputError: The file holds another landscape, or cannot be written.
    """
    here = kept_map(planned, data, overwrite=overwrite) or planned.start
    waiting = (here.outcome == WAITING).reshape(-1)
    if not waiting.any():
        return here
    arrays = {
        name: getattr(here, name).reshape(-1) for name in ("outcome", "loss", "mean_loss", "lasted", "stopped_at")
    }
    done, total = int((~waiting).sum()), waiting.size
    started = saved = time.perf_counter()
    if data is not None:
        save_landscape(here, data)  # a file that cannot be written is found out now
    tell = progress or (lambda done, total: None)
    tell(done, total)
    try:
        parts = grouped(here.x, here.y, planned.specification)
        todo = [part.take(waiting[part.places]) for part in parts]
        on_flop = _counter(parts, todo, here.n_steps, work)
        for part in todo:
            for outcomes in _trained(planned, part, on_flop):
                for name, values in outcomes.values.items():
                    arrays[name][outcomes.places] = values
                done += len(outcomes.places)
                tell(done, total)
                if data is not None and time.perf_counter() - saved > SAVE_EVERY:
                    save_landscape(here.after(time.perf_counter() - started), data)
                    saved = time.perf_counter()
    finally:
        here = here.after(time.perf_counter() - started)
        if data is not None:
            save_landscape(here, data)
    return here


def _counter(
    parts: Sequence[Pixels], todo: Sequence[Pixels], n_steps: int, work: Work | None
) -> Callable[[float], None] | None:
    """What the engine calls with operations that were settled, beside those that were settled before."""
    if work is None:
        return None
    total, rest = (sum(part.flop(n_steps) for part in some) for some in (parts, todo))
    done, lock = total - rest, Lock()

    def settled(flop: float) -> None:
        nonlocal done
        with lock:
            done += flop
            work(done, total)

    settled(0.0)
    return settled


def _trained(planned: MapPlan, pixels: Pixels, on_flop: Callable[[float], None] | None) -> Iterator[Outcomes]:
    return train_pixels(
        pixels, planned.population.data, seed=planned.seed, n_steps=planned.start.n_steps,
        constant_loss=planned.start.constant_loss, dtype=planned.population.dtype, n_threads=planned.n_threads,
        on_flop=on_flop,
    )  # fmt: skip


def kept_map(planned: MapPlan, data: str | Path | None, *, overwrite: bool = False) -> Landscape | None:
    """What a file already holds of a planned map, or None where it is to be begun.

    Raises:
        InputError: The file holds another landscape, or none.
    """
    if data is None or overwrite or not Path(data).exists():
        return None
    there = load_landscape(data)
    said = _differences(there, planned.start)
    if said:
        raise InputError(
            f"{str(data)!r} holds another map: {'; '.join(said)}. Choose another file (-o), or say --overwrite."
        )
    return there


def _differences(old: Landscape, new: Landscape) -> list[str]:
    """Where two landscapes differ, in words; empty where they are the same."""
    spaces = [SearchSpace({axis.name: axis.parameter for axis in (one.x, one.y)}) for one in (old, new)]
    said = differences(*spaces)
    if not said and list(to_dict(spaces[0])) != list(to_dict(spaces[1])):
        said = ["x and y have changed places"]
    pairs: list[tuple[str, Any, Any]] = [("the task", old.task, new.task), ("the size", _size(old), _size(new))]
    before, now = old.settings["network"], new.settings["network"]
    pairs += [(key, before.get(key), now.get(key)) for key in dict.fromkeys([*before, *now])]
    pairs += [(key, old.settings[key], new.settings[key]) for key in ("seed", "precision", "rows")]
    said += [f"{what} is {b!r} instead of {a!r}" for what, a, b in pairs if a != b]
    if not said and old.settings != new.settings:
        said = ["the data of the task are others"]
    return said


def _size(one: Landscape) -> str:
    return f"{one.x.wanted}x{one.y.wanted}"
