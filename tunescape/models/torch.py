"""A model as a PyTorch module: a `torch.nn.Sequential` of standard modules with our weights."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Layer
from tunescape.errors import MissingExtraError
from tunescape.models.model import Model
from tunescape.models.scaling import Precision, scaling

if TYPE_CHECKING:
    from torch.nn import Module, Sequential

ALMOST_LINEAR = 80.0
"""From here on softplus(z) is z to double precision; PyTorch's own limit of 20 is not."""


def as_torch(model: Model, *, dtype: Precision = "float32") -> Sequential:
    """The model as a `torch.nn.Sequential` of PyTorch's own modules, in evaluation mode.

    It takes the encoded columns (`Preprocessing.encode`; for numeric columns the columns themselves)
    as a tensor of shape (n, d), and gives the probability of each class, shape (n, n_classes), in the
    order of `classes`, or numbers in the target's own unit, shape (n, n_outputs). Scaling is a
    one-to-one convolution (one weight and one bias a column) that is not trained.

    Args:
        model: The model.
        dtype: Precision of its weights and of the tensors that it takes.

    Raises:
        InputError: The precision cannot hold the model.
        MissingExtraError: PyTorch is not installed.
    """
    try:
        from torch import nn
    except ImportError:
        raise MissingExtraError("A PyTorch module needs torch: pip install 'tunescape[torch]'") from None
    modules = OrderedDict(_scaled(model, dtype))
    last = len(model.layers)
    for k, layer in enumerate(model.layers, start=1):
        modules["output" if k == last else f"layer_{k}"] = _linear(layer.weights, layer.bias, dtype)
        if k < last:
            if layer.scale is not None:
                modules[f"normalisation_{k}"] = _normalisation(model, layer, dtype)
            modules[f"activation_{k}"] = _activation(model)
    modules.update(_answer(model, dtype))
    return nn.Sequential(modules).eval()


def _scaled(model: Model, dtype: Precision) -> dict[str, Module]:
    """Modules that scale a row: the row as d channels of length 1, and back."""
    from torch import nn

    scale, found = scaling(model.preprocessing, dtype), OrderedDict[str, Any]()
    if not scale.does_nothing:
        found["columns"] = nn.Unflatten(1, (len(scale.sd), 1))
        found["centre"] = _per_column(np.ones(len(scale.sd)), -scale.centre, dtype)
        found["scale"] = _per_column(1.0 / scale.sd, -scale.rest / scale.sd, dtype)
        found["row"] = nn.Flatten()
    found["clip"] = nn.Hardtanh(-scale.far, scale.far)
    return found


def _per_column(factor: NDArray, summand: NDArray, dtype: Precision) -> Module:
    from torch import nn

    d = len(factor)
    module = nn.Conv1d(d, d, kernel_size=1, groups=d, device="cpu", dtype=_dtype(dtype))
    return _filled(module, {"weight": factor.reshape(d, 1, 1), "bias": summand}).requires_grad_(False)


def _linear(weights: NDArray, bias: NDArray | None, dtype: Precision) -> Module:
    from torch import nn

    n_in, n_out = weights.shape
    module = nn.Linear(n_in, n_out, bias=bias is not None, device="cpu", dtype=_dtype(dtype))
    return _filled(module, {"weight": weights.T} if bias is None else {"weight": weights.T, "bias": bias})


def _normalisation(model: Model, layer: Layer, dtype: Precision) -> Module:
    from torch import nn

    width, arrays = len(layer.bias), {"weight": layer.scale, "bias": layer.shift}
    options: dict[str, Any] = {"eps": model.norm_epsilon, "device": "cpu", "dtype": _dtype(dtype)}
    if layer.mean is None:
        return _filled(nn.LayerNorm(width, **options), arrays)
    running = {"running_mean": layer.mean, "running_var": layer.variance}
    return _filled(nn.BatchNorm1d(width, **options), {**arrays, **running})


def _answer(model: Model, dtype: Precision) -> dict[str, Module]:
    """From linear outputs to probabilities, or to numbers in the target's own unit."""
    from torch import nn

    if not model.classes:
        n = model.network.widths[-1]
        unit = _linear(np.eye(n) * model.target_sd, np.full(n, model.target_mean), dtype)
        return {"unit": unit.requires_grad_(False)}
    two = _linear(np.array([[0.0, 1.0]]), None, dtype).requires_grad_(False)  # z becomes (0, z)
    return {**({"two_classes": two} if model.is_one_logistic_output else {}), "probabilities": nn.Softmax(dim=1)}


def _activation(model: Model) -> Module:
    from torch import nn

    made: dict[str, Callable[[], Module]] = {
        "identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU,
        "leaky_relu": lambda: nn.LeakyReLU(model.negative_slope), "selu": nn.SELU, "gelu": nn.GELU,
        "gelu_tanh": lambda: nn.GELU(approximate="tanh"), "silu": nn.SiLU,
        "softplus": lambda: nn.Softplus(threshold=ALMOST_LINEAR), "softsign": nn.Softsign,
        "hard_sigmoid": nn.Hardsigmoid, "hard_tanh": nn.Hardtanh, "hard_silu": nn.Hardswish, "relu6": nn.ReLU6,
    }  # fmt: skip
    return made[model.activation]()


def _dtype(dtype: Precision) -> Any:
    import torch

    return getattr(torch, dtype)


def _filled(module: Any, arrays: dict[str, Any]) -> Any:
    """The module with its tensors replaced by arrays."""
    import torch

    with torch.no_grad():
        for name, array in arrays.items():
            tensor = getattr(module, name)
            tensor.copy_(torch.tensor(np.ascontiguousarray(array, dtype=np.float64)).to(tensor.dtype))
    return module
