"""The loop that joins a study, an evaluator, a sampler and a store: plan, evaluate, keep."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from tunescape.evaluators import Evaluator
from tunescape.runner.planning import plan
from tunescape.samplers import Sampler
from tunescape.stores import Memory, Store
from tunescape.study import Study, Trial

SECONDS_BETWEEN_COMMITS = 0.5
"""Results are written at least this often while trials end, so that an interruption loses little."""

Progress = Callable[[float, float, int, int], None]
"""Called with work done, work in all, trials finished and trials in all."""


def run(
    study: Study,
    evaluator: Evaluator,
    sampler: Sampler,
    *,
    n_points: int,
    replicates: int = 1,
    store: Store | None = None,
    progress: Progress | None = None,
) -> Study:
    """Bring a study to `n_points` configurations of `replicates` trials each.

    What the store already holds under the study's name is taken over; trials that are planned and
    not finished are evaluated first or with the rest. Stopping at any moment, even by ``kill -9``,
    loses only trials that had not been written; the same call then finishes them and the study is
    the same, bit for bit (times excepted).

    Args:
        study: What is asked; its trials are used only where the store has no such study.
        evaluator: Turns configurations into measurements.
        sampler: Proposes configurations.
        n_points: How many configurations.
        replicates: How many trials of each.
        store: Where it is kept; in memory by default.
        progress: Told how far the work is; may be called from other threads.

    Returns:
        The study as the store has it at the end.

    Raises:
        InputError: The space has a hyperparameter that the evaluator does not know.
    """
    evaluator.check(study.space)
    store = store if store is not None else Memory()
    there = next((s for s in store.summaries() if s.name == study.name), None)
    current = store.load(study.name) if there else study
    planned = plan(current, evaluator, sampler, n_points, replicates)
    if not there:
        store.create(current.with_trials(planned))
    elif planned:
        store.reserve(study.name, planned)
    waiting = [t for t in current.with_trials(planned).trials if not t.status.is_final]
    if waiting:
        _evaluate(study.name, waiting, evaluator, store, progress)
    return store.load(study.name)


def _evaluate(name: str, waiting: list[Trial], evaluator: Evaluator, store: Store, progress: Progress | None) -> None:
    """Evaluate waiting trials and write them in batches, also when the loop is interrupted."""
    total, done, finished = evaluator.work(waiting), 0.0, 0
    held: list[Trial] = []
    last_write = time.monotonic()

    def tell(work: float) -> None:
        nonlocal done
        done += work
        if progress is not None:
            progress(done, total, finished, len(waiting))

    with closing(evaluator.evaluate(waiting, progress=tell)) as batches:
        try:
            for batch in batches:
                held += batch
                finished += len(batch)
                if time.monotonic() - last_write > SECONDS_BETWEEN_COMMITS:
                    store.append(name, held)
                    held, last_write = [], time.monotonic()
        finally:
            if held:
                store.append(name, held)
    tell(0.0)
