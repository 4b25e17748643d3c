"""Which jobs share a block, and in which order its lanes work them off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.jobs import Jobs
from tunescape.engine.lanes import LANES
from tunescape.engine.network import Network

ROUNDS = 4
"""Jobs per lane of a pack, where there are enough: the more, the less lanes stand idle at its end, and the
more work is lost when it is interrupted."""
PACKS_PER_THREAD = 4
"""Packs that are wanted for each thread, so that threads end at about the same time."""
PACK_BYTES = 2**25
"""Most memory for the parameters of a pack's jobs."""


def packs(jobs: Jobs, dtype: str, n_threads: int, is_apart: Callable[[Network], bool]) -> list[NDArray[np.int64]]:
    """Cut jobs into packs of networks that may share a block; the packs with most work come first.

    Inside a pack the longest come first, so that all lanes end at about the same time; jobs of equal length
    are sorted by optimiser and activation, since lanes that differ in them cost a little more.

    Args:
        jobs: The jobs.
        dtype: Precision.
        n_threads: Threads among which packs are shared out.
        is_apart: Whether a network is trained by itself.

    Returns:
        Numbers of the jobs of each pack.
    """
    kinds: dict[tuple, list[int]] = {}
    for i, network in enumerate(jobs.networks):
        kinds.setdefault(network.shared, []).append(i)
    work = np.array([n.flop_per_row * n.batch_size for n in jobs.networks], dtype=float) * jobs.n_steps
    share = work.sum() / (PACKS_PER_THREAD * n_threads)
    found: list[NDArray[np.int64]] = []
    for chosen in kinds.values():
        if is_apart(jobs.networks[chosen[0]]):
            found += [np.array([i], dtype=np.int64) for i in chosen]
            continue
        ordered = _in_order(jobs, np.array(chosen, dtype=np.int64))
        n_weights = jobs.networks[chosen[0]].n_weights
        found += _cut(ordered, n_weights, LANES[np.dtype(dtype)], -(-work[ordered].sum() // max(share, 1.0)))
    return sorted(found, key=lambda pack: -work[pack].sum())


def _in_order(jobs: Jobs, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort jobs by steps, optimiser and activation."""
    names = [(jobs.networks[i].optimiser, jobs.networks[i].activation) for i in chosen]
    codes = {name: k for k, name in enumerate(sorted(set(names)))}
    return chosen[np.lexsort((np.array([codes[name] for name in names]), -jobs.n_steps[chosen]))]


def _cut(ordered: NDArray[np.int64], n_weights: int, n_lanes: int, wanted: float) -> list[NDArray[np.int64]]:
    """Cut jobs in their order into at least so many packs as are wanted, if each gets a full round of lanes.

    Jobs are dealt out in turn, so that every pack gets long and short ones.
    """
    rounds = max(1, min(ROUNDS, PACK_BYTES // (8 * n_weights * n_lanes)))
    blocks = -(-len(ordered) // n_lanes)
    n_packs = min(blocks, max(int(wanted), -(-blocks // rounds)))
    dealt = [ordered[i : i + n_lanes] for i in range(0, len(ordered), n_lanes)]
    return [np.concatenate(dealt[k::n_packs]) for k in range(n_packs)]
