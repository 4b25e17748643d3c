"""What became of networks that were trained: their curves, their weights, where they diverged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.jobs import Jobs
from tunescape.engine.layout import layers_from
from tunescape.engine.network import Layer, Network
from tunescape.engine.outcome import DIVERGED, RAN
from tunescape.engine.population_state import PopulationState, joined
from tunescape.engine.state import Queue


@dataclass(frozen=True)
class Trained:
    """What became of some networks of one shape.

    Args:
        networks: Their descriptions.
        steps: Steps at which was measured, of all networks, ascending, shape (n_points,).
        curves: By name (``train_loss``, ``train_accuracy``, ``validation_loss``,
            ``validation_accuracy``) the measurements, shape (n_networks, n_points), float32; NaN
            where a network is not measured, and after a weight became non-finite or it was stopped.
        outcome: Codes of `outcome`, shape (n_networks,).
        stopped_at: Step of divergence or -1, shape (n_networks,).
        weights_stopped: Step at which a weight became non-finite or -1, shape (n_networks,).
        parameters: All parameters at the end, shape (n_networks, n_weights).
        running: Running statistics of batch normalisation, shape (n_networks, 2 * hidden units), or empty.
        ended_at: Step after which early stopping ended a network, or -1, shape (n_networks,).
        final: What was measured of each network at its end where there is early stopping, by name,
            each of shape (n_networks,); empty otherwise.
        seconds: Time that they took on their core.
        state: Where training can be taken up again, where that was asked for.
    """

    networks: tuple[Network, ...]
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
        return layers_from(self.networks[i], self.parameters[i], self.running[i])

    def weights(self, i: int) -> list[tuple[NDArray, NDArray]]:
        """Weights (fan_in, fan_out) and biases (fan_out,) of every layer of network `i`."""
        return [(layer.weights, layer.bias) for layer in self.layers(i)]


def read_trained(
    jobs: Jobs, queue: Queue, steps: NDArray[np.int64], names: Sequence[str], watched: bool, seconds: float,
    state: PopulationState | None,
) -> Trained:  # fmt: skip
    """What became of the jobs of a queue that was worked off.

    Args:
        jobs: The jobs.
        queue: Worked off.
        steps: Steps of the measurements' columns.
        names: Names of the measurements.
        watched: Whether there was early stopping.
        seconds: Time that it took.
        state: Where training can be taken up again.
    """
    curves = {name: queue.measured[k, :, : len(steps)] for k, name in enumerate(names)}
    weights_stopped = queue.stopped_at.copy()
    stopped_at = divergence(steps, curves, weights_stopped, _own_points(queue, steps))
    stopped_at[queue.ended_at >= 0] = -1
    return Trained(
        networks=tuple(jobs.networks),
        steps=steps,
        curves=curves,
        outcome=np.where(stopped_at >= 0, DIVERGED, RAN).astype(np.int8),
        stopped_at=stopped_at,
        weights_stopped=weights_stopped,
        parameters=queue.weights,
        running=queue.running,
        ended_at=queue.ended_at,
        final={name: queue.measured[k, :, -1] for k, name in enumerate(names)} if watched else {},
        seconds=seconds,
        state=state,
    )


def _own_points(queue: Queue, steps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """At which of the steps each job is measured, shape (n, n_points): none before it begins."""
    own = np.zeros((len(queue.seeds), len(steps)), dtype=bool)
    own[np.repeat(np.arange(len(queue.seeds)), np.diff(queue.points_at)), queue.columns] = True
    return own & (steps >= queue.first_step[:, None])


def joined_networks(parts: Sequence[Trained]) -> Trained:
    """Networks that were trained in several blocks and measured at the same steps, one after the other."""
    return Trained(
        networks=tuple(network for p in parts for network in p.networks),
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


def rearranged(trained: Trained, order: NDArray[np.int64]) -> Trained:
    """The same networks in another order."""
    return replace(
        trained,
        networks=tuple(trained.networks[i] for i in order),
        curves={name: values[order] for name, values in trained.curves.items()},
        outcome=trained.outcome[order],
        stopped_at=trained.stopped_at[order],
        weights_stopped=trained.weights_stopped[order],
        parameters=trained.parameters[order],
        running=trained.running[order],
        ended_at=trained.ended_at[order],
        final={name: values[order] for name, values in trained.final.items()},
        state=None if trained.state is None else trained.state.take(order),
    )


def divergence(
    steps: NDArray[np.int64],
    curves: Mapping[str, NDArray[np.float32]],
    weights_stopped: NDArray[np.int64],
    own: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Step at which a network diverged, or -1: a weight became non-finite, or a measured loss was.

    Args:
        steps: Steps at which was measured, shape (n_points,).
        curves: Measurements, each of shape (n_networks, n_points).
        weights_stopped: Step at which a weight became non-finite, or -1, shape (n_networks,).
        own: Which measurements count, shape (n_networks, n_points); by default all.

    Returns:
        Shape (n_networks,).
    """
    if not len(steps):
        return weights_stopped.copy()
    unsound = np.zeros((len(weights_stopped), len(steps)), dtype=bool)
    for values in curves.values():
        unsound |= ~np.isfinite(values) & (True if own is None else own)
    first = np.where(unsound.any(axis=1), steps[unsound.argmax(axis=1)], -1)
    stopped = np.where(weights_stopped < 0, first, weights_stopped)
    return np.where(first < 0, stopped, np.minimum(stopped, first))
