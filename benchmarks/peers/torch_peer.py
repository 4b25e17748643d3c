"""PyTorch: `torch.func.vmap` over stacked weights, and one network after another as tutorials write it.

Tuned here: the number of networks and threads for vmap (SGD and Adam written by hand, in place, no autograd
around them); for the loop the number of threads and PyTorch's fused optimisers.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, pairwise

import numpy as np

from peers.apart import CORES
from peers.problem import Problem
from peers.timing import Rate, best_of

BETAS, EPSILON = (0.9, 0.999), 1e-7


class Population:
    """Networks of one shape, as stacked weights; one step a call."""

    def __init__(self, p: Problem, n: int, threads: int) -> None:
        import torch
        from torch.func import grad, vmap

        torch.set_num_threads(threads)
        self.p, self.t = p, 0
        self.x, self.y = _data(p)
        self.batches = cycle(torch.from_numpy(p.batches).long().unbind())
        self.parameters = [(torch.from_numpy(w), torch.from_numpy(b)) for w, b in p.start(n)]
        self.slots = [(torch.zeros_like(a), torch.zeros_like(a)) for layer in self.parameters for a in layer]
        self.rates = torch.full((n, 1), p.learning_rate)

        def loss(weights, x, y):
            value = x
            for w, b in weights[:-1]:
                value = torch.tanh(value @ w + b)
            return _loss(p)(value @ weights[-1][0] + weights[-1][1], y)

        self.gradient = vmap(grad(loss), in_dims=(0, None, None))

    def advance(self, steps: int) -> None:
        """Train all networks."""
        import torch

        update = self._sgd if self.p.optimiser == "sgd" else self._adam
        with torch.no_grad():
            for _ in range(steps):
                rows = next(self.batches)
                self.t += 1
                gradients = self.gradient(self.parameters, self.x[rows], self.y[rows])
                update([g for layer in gradients for g in layer])

    def _sgd(self, gradients):
        for w, g in zip(self._flat(), gradients):
            w.sub_(g.mul_(self._rate(w)))

    def _adam(self, gradients):
        b1, b2 = BETAS
        scale = np.sqrt(1 - b2**self.t) / (1 - b1**self.t)
        for w, g, (m, v) in zip(self._flat(), gradients, self.slots):
            m.mul_(b1).add_(g, alpha=1 - b1)
            v.mul_(b2).addcmul_(g, g, value=1 - b2)
            w.sub_((m * (self._rate(w) * scale)).div_(v.sqrt().add_(EPSILON)))

    def _flat(self):
        return [a for layer in self.parameters for a in layer]

    def _rate(self, w):
        return self.rates if w.ndim == 2 else self.rates[:, :, None]

    def weights(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights and biases of every layer, networks first."""
        return [(w.numpy(), b.numpy()) for w, b in self.parameters]


def torch_vmap(p: Problem, seconds: float) -> Rate:
    """The best of several numbers of networks, on one thread and on all."""

    def way(n: int, threads: int) -> tuple[str, Callable[[], Callable[[int], object]], int]:
        return f"{n} networks, {threads} threads", lambda: Population(p, n, threads).advance, n

    return best_of([way(n, threads) for threads in _thread_counts() for n in p.shape.peer_populations], seconds)


def _thread_counts() -> list[int]:
    return sorted({1, CORES})


class SingleNetwork:
    """One network in PyTorch as tutorials write it, with PyTorch's fused optimiser; one step a call."""

    def __init__(self, p: Problem, threads: int, rate: float | None = None) -> None:
        import torch

        torch.set_num_threads(threads)
        self.x, self.y = _data(p)
        self.batches = cycle(torch.from_numpy(p.batches).long().unbind())
        layers: list[torch.nn.Module] = []
        for a, b in pairwise(p.shape.widths):
            layers += [torch.nn.Linear(a, b), torch.nn.Tanh()]
        self.model, self.loss = torch.nn.Sequential(*layers[:-1]), _loss(p)
        kind = torch.optim.SGD if p.optimiser == "sgd" else torch.optim.Adam
        self.optimiser = kind(self.model.parameters(), lr=rate or p.learning_rate, fused=True)

    def advance(self, steps: int) -> None:
        """Train the network."""
        for _ in range(steps):
            rows = next(self.batches)
            self.optimiser.zero_grad()
            self.loss(self.model(self.x[rows]), self.y[rows]).backward()
            self.optimiser.step()

    def mean_loss(self) -> float:
        """Loss over all rows."""
        import torch

        with torch.no_grad():
            return float(self.loss(self.model(self.x), self.y))


def torch_loop(p: Problem, seconds: float) -> Rate:
    """One network at a time, the better of one thread and all."""

    def way(threads: int) -> tuple[str, Callable[[], Callable[[int], object]], int]:
        return f"{threads} threads", lambda: SingleNetwork(p, threads).advance, 1

    return best_of([way(threads) for threads in _thread_counts()], seconds)


def _data(p: Problem):
    import torch

    y = torch.from_numpy(p.targets)
    return torch.from_numpy(p.inputs), y if p.shape.regression else y.long()


def _loss(p: Problem):
    import torch

    return torch.nn.functional.mse_loss if p.shape.regression else torch.nn.functional.cross_entropy
