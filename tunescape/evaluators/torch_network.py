"""Networks trained by PyTorch: its modules, losses, optimisers and learning-rate schedulers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Layer
from tunescape.engine.learning_rate import SCHEDULES, learning_rate
from tunescape.errors import MissingExtraError
from tunescape.evaluators.framework import Framework, FrameworkNetwork
from tunescape.evaluators.specification import Specification

ONE_THREAD = 100_000
"""Networks with fewer weights are trained on one thread, which is faster for them."""

DECOUPLED: Mapping[str, Mapping[str, bool]] = {
    "adam": {"decoupled_weight_decay": True},
    "adamw": {},
    "nadam": {"decoupled_weight_decay": True},
}
"""Optimisers with decoupled weight decay, and how it is asked for."""


@dataclass(frozen=True)
class Torch(Framework):
    """Trains networks in PyTorch, on the processor.

    Losses are those of `torch.nn.functional`. An L2 penalty of half the squares of all parameters is
    the optimiser's own weight decay; other penalties, and those of clipped gradients, are added to
    the loss.
    """

    name: ClassVar[str] = "torch"

    def start(self, specification: Specification, layers: Sequence[Layer], seed: int) -> FrameworkNetwork:
        """Build the network; `seed` is that of its dropout.

        Raises:
            MissingExtraError: PyTorch is not installed.
        """
        return TorchNetwork(specification, layers, seed, self.dtype)

    def refusal(self, specification: Specification) -> str:
        """Why PyTorch cannot train a network on these data, or nothing."""
        network, n_rows = specification.network, len(self.data.train_inputs)
        last = n_rows % network.batch_size if network.batching == "partial" else 0
        if network.normalisation == "batch" and network.n_layers > 1 and 1 in (network.batch_size, last):
            return (
                f"PyTorch cannot normalise a batch of one row. Got batch_size={network.batch_size} with {n_rows} "
                "rows; choose another batch_size, or use backend='population'."
            )
        return super().refusal(specification)


class TorchNetwork(FrameworkNetwork):
    """One PyTorch network in training.

    Args:
        specification: The network; `refusal` has found nothing in it.
        layers: Its weights at the start.
        seed: Seed of its dropout.
        dtype: ``"float32"`` or ``"float64"``.

    Raises:
        MissingExtraError: PyTorch is not installed.
    """

    def __init__(self, specification: Specification, layers: Sequence[Layer], seed: int, dtype: str) -> None:
        try:
            import torch
        except ImportError:
            raise MissingExtraError("Training in PyTorch needs torch: pip install 'tunescape[torch]'") from None
        self._specification, self._dtype = specification, getattr(torch, dtype)
        self._drops = torch.Generator().manual_seed(seed).get_state()
        with self._scope():
            self._model = _model(specification)
            self.restore(layers)
            self._optimiser = _optimiser(specification, self._model.parameters())
            self._scheduler = _scheduler(specification, self._optimiser)

    def train(
        self, inputs: NDArray, targets: NDArray, weights: NDArray | None, rows: Sequence[NDArray[np.int64]]
    ) -> float:
        """Take one optimiser step per batch."""
        import torch

        network = self._specification.network
        x, y = torch.tensor(inputs), torch.tensor(targets)
        if network.loss == "softmax_cross_entropy":
            y = y.argmax(dim=1)
        own = None if weights is None else torch.tensor(weights)
        total, n = 0.0, 0
        with self._scope():
            self._model.train()
            for chosen in rows:
                at = torch.from_numpy(chosen)
                loss = self._step(x[at], y[at], None if own is None else own[at])
                total += loss * (len(chosen) if network.reduction == "mean" else 1)
                n += len(chosen)
        return total / n

    def outputs(self, inputs: NDArray) -> NDArray:
        """Linear outputs, shape (n, n_outputs), with running statistics and without dropout."""
        import torch

        with self._scope(), torch.inference_mode():
            self._model.eval()
            return self._model(torch.tensor(inputs)).numpy()

    def layers(self) -> list[Layer]:
        """The weights; PyTorch keeps them as (fan_out, fan_in)."""
        found = []
        for dense, norm in _parts(self._model):
            extra = [] if norm is None else [norm.weight, norm.bias]
            extra += [norm.running_mean, norm.running_var] if hasattr(norm, "running_mean") else []
            arrays = [tensor.detach().numpy().copy() for tensor in (dense.bias, *extra)]
            found.append(Layer(np.array(dense.weight.detach().numpy().T, order="C"), *arrays))
        return found

    def restore(self, layers: Sequence[Layer]) -> None:
        """Put weights back in place, where the optimiser knows them."""
        import torch

        with torch.no_grad():
            for (dense, norm), layer in zip(_parts(self._model), layers, strict=True):
                pairs: list[tuple[Any, Any]] = [(dense.weight, layer.weights.T), (dense.bias, layer.bias)]
                if norm is not None:
                    pairs += [(norm.weight, layer.scale), (norm.bias, layer.shift)]
                if hasattr(norm, "running_mean"):
                    pairs += [(norm.running_mean, layer.mean), (norm.running_var, layer.variance)]
                for tensor, values in pairs:
                    tensor.copy_(torch.tensor(np.ascontiguousarray(values)))

    def _step(self, x: Any, y: Any, weights: Any) -> float:
        """One optimiser step on one batch; returns what is minimised."""
        import torch

        numbers = self._specification.numbers
        self._optimiser.zero_grad()
        loss = _loss(self._specification.network, self._model(x), y, weights)
        penalty = self._penalty()
        inside = penalty is not None and not _decays_itself(self._specification)
        minimised = loss + penalty if inside else loss
        minimised.backward()
        if numbers["clip_norm"]:
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), numbers["clip_norm"])
        if numbers["clip_value"]:
            torch.nn.utils.clip_grad_value_(self._model.parameters(), numbers["clip_value"])
        self._optimiser.step()
        if self._scheduler is not None:
            self._scheduler.step()
        return minimised.item() + (penalty.item() if penalty is not None and not inside else 0.0)

    def _penalty(self) -> Any:
        """L1 and L2 penalty of the parameters that are penalised, or None."""
        network, numbers = self._specification.network, self._specification.numbers
        if not (numbers["l1"] or numbers["l2"]):
            return None
        dense = [dense.weight for dense, _ in _parts(self._model)]
        penalised = dense if network.penalised == "weights" else list(self._model.parameters())
        l2 = numbers["l2"] * (0.5 if network.penalty == "half" else 1.0)
        total = 0.0
        for tensor in penalised:
            total = total + l2 * tensor.square().sum()
            if numbers["l1"]:
                total = total + numbers["l1"] * tensor.abs().sum()
        return total

    @contextmanager
    def _scope(self) -> Iterator[None]:
        """Within it: few threads, numbers of this precision by default, this network's random numbers.

        Optimisers keep some of their state in the default precision.
        """
        import torch

        threads, default = torch.get_num_threads(), torch.get_default_dtype()
        if self._specification.network.n_weights < ONE_THREAD:
            torch.set_num_threads(1)
        torch.set_default_dtype(self._dtype)
        try:
            with torch.random.fork_rng(devices=[]):
                torch.set_rng_state(self._drops)
                yield
                self._drops = torch.get_rng_state()
        finally:
            torch.set_num_threads(threads)
            torch.set_default_dtype(default)


def _decays_itself(specification: Specification) -> bool:
    """Whether the L2 penalty is the optimiser's own weight decay, which acts after clipping (adamw's is decoupled)."""
    network, numbers = specification.network, specification.numbers
    as_torch = (network.penalty, network.penalised) == ("half", "all") and network.optimiser != "adamw"
    return as_torch and not any(numbers[name] for name in ("l1", "weight_decay", "clip_norm", "clip_value"))


def _model(specification: Specification) -> Any:
    """The network: per hidden layer Linear, normalisation, activation, Dropout; then Linear."""
    from torch import nn

    network, numbers = specification.network, specification.numbers
    modules: list[Any] = []
    for k, (a, b) in enumerate(zip(network.widths, network.widths[1:], strict=False)):
        modules.append(nn.Linear(a, b))
        if k == network.n_layers - 1:
            break
        if network.normalisation == "batch":
            modules.append(nn.BatchNorm1d(b, eps=numbers["norm_epsilon"], momentum=1.0 - numbers["norm_momentum"]))
        elif network.normalisation == "layer":
            modules.append(nn.LayerNorm(b, eps=numbers["norm_epsilon"]))
        modules.append(_activation(network.activation, numbers["negative_slope"]))
        if numbers["dropout"][k]:
            modules.append(nn.Dropout(numbers["dropout"][k]))
    return nn.Sequential(*modules)


def _activation(name: str, negative_slope: float) -> Any:
    import torch
    from torch import nn

    if name == "leaky_relu":
        return nn.LeakyReLU(negative_slope)
    if name == "gelu_tanh":
        return nn.GELU(approximate="tanh")
    if name == "hard_sigmoid" and torch.get_default_dtype() == torch.float64:
        return _hard_sigmoid()
    if name == "softplus":  # linear from 50 on, where log(1 + exp(z)) is z in double precision
        return nn.Softplus(threshold=50.0)
    modules = {
        "identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU,
        "selu": nn.SELU, "gelu": nn.GELU, "silu": nn.SiLU, "softsign": nn.Softsign, "hard_sigmoid": nn.Hardsigmoid,
        "hard_tanh": nn.Hardtanh, "hard_silu": nn.Hardswish, "relu6": nn.ReLU6,
    }  # fmt: skip
    return modules[name]()


def _hard_sigmoid() -> Any:
    """The formula of `nn.Hardsigmoid`, whose backward pass has 1/6 in single precision only."""
    from torch import nn

    class Hardsigmoid(nn.Module):
        def forward(self, z: Any) -> Any:
            return nn.functional.relu6(z + 3.0) / 6.0

    return Hardsigmoid()


def _parts(model: Any) -> list[tuple[Any, Any]]:
    """Every Linear of a network, with the normalisation after it or None."""
    from torch import nn

    modules = [m for m in model if isinstance(m, nn.Linear | nn.BatchNorm1d | nn.LayerNorm)]
    following = [*modules[1:], None]
    return [
        (m, None if isinstance(after, nn.Linear) else after)
        for m, after in zip(modules, following, strict=True)
        if isinstance(m, nn.Linear)
    ]


def _loss(network: Any, z: Any, y: Any, weights: Any) -> Any:
    """Loss of a batch; weights of rows multiply the loss of each."""
    from torch.nn import functional

    whole = "mean" if weights is None and network.reduction == "mean" else "none"
    if network.loss == "softmax_cross_entropy":
        loss = functional.cross_entropy(z, y, reduction=whole)
    elif network.loss == "binary_cross_entropy":
        loss = functional.binary_cross_entropy_with_logits(z, y, reduction=whole)
    elif network.loss == "squared_error":
        loss = functional.mse_loss(z, y, reduction=whole)
    else:  # half_squared_error: not divided by the outputs
        loss = 0.5 * functional.mse_loss(z, y, reduction="none").sum(dim=1)
    if loss.ndim == 0:
        return loss
    each = loss.mean(dim=1) if loss.ndim == 2 else loss
    total = (each if weights is None else each * weights).sum()
    if network.reduction == "sum":
        return total
    return total / (weights.sum() if weights is not None and network.weighting == "weights" else len(each))


def _optimiser(specification: Specification, parameters: Any) -> Any:
    """PyTorch's optimiser with the specification's numbers."""
    from torch import optim

    name, numbers = specification.network.optimiser, specification.numbers
    betas = {"betas": (numbers["beta_1"], numbers["beta_2"])}
    epsilon = {"eps": numbers["epsilon"]}
    momentum = {"momentum": numbers["momentum"]}
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "sgd": (optim.SGD, {**momentum, "nesterov": bool(numbers["nesterov"] and numbers["momentum"])}),
        "adagrad": (optim.Adagrad, {**epsilon, "initial_accumulator_value": numbers["initial_accumulator"]}),
        "rmsprop": (optim.RMSprop, {**momentum, **epsilon, "alpha": numbers["rho"]}),
        "adam": (optim.Adam, {**betas, **epsilon}),
        "adamw": (optim.AdamW, {**betas, **epsilon}),
        "adadelta": (optim.Adadelta, {**epsilon, "rho": numbers["rho"]}),
        "adamax": (optim.Adamax, {**betas, **epsilon}),
        "nadam": (optim.NAdam, {**betas, **epsilon, "momentum_decay": numbers["momentum_decay"]}),
    }
    kind, own = kinds[name]
    decay = {"weight_decay": numbers["l2"] if _decays_itself(specification) else 0.0}
    if numbers["weight_decay"]:
        decay = {"weight_decay": numbers["weight_decay"], **DECOUPLED[name]}
    return kind(parameters, lr=numbers["learning_rate"], foreach=False, **own, **decay)


def _scheduler(specification: Specification, optimiser: Any) -> Any:
    """A LambdaLR with the engine's factors, or None where the rate stays."""
    from torch.optim.lr_scheduler import LambdaLR

    code, numbers = SCHEDULES[specification.network.schedule], dict(specification.numbers)
    if code == 0 and not numbers["warmup_steps"]:
        return None
    return LambdaLR(optimiser, lambda step: learning_rate(code, step, 1.0, numbers))
