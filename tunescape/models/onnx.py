"""A model as an ONNX graph: scaling, network and the target's unit in one, for any runtime."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tunescape.engine import Layer
from tunescape.engine.activations import GELU_CUBE, GELU_FACTOR, SELU_ALPHA, SELU_SCALE
from tunescape.errors import InputError, MissingExtraError
from tunescape.models.model import Model
from tunescape.models.scaling import Precision, scaling
from tunescape.models.whole_file import whole_file

OPSET, IR_VERSION = 17, 8
"""Versions that ONNX Runtime has read since 1.12 (2022)."""


@dataclass
class Graph:
    """An ONNX graph in the making; its values go by names.

    Args:
        dtype: Precision of all numbers.
    """

    dtype: Precision
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add(self, operator: str, *inputs: Any, name: str = "", **attributes: Any) -> str:
        """Add one operation and return the name of its result.

        Args:
            operator: The ONNX operator.
            *inputs: Names of values, or arrays and numbers.
            name: Name of the result; by default a new one.
            **attributes: Attributes of the operator.
        """
        from onnx import helper

        result = name or f"value_{len(self.nodes)}"
        names = [one if isinstance(one, str) else self.constant(one) for one in inputs]
        self.nodes.append(helper.make_node(operator, names, [result], **attributes))
        return result

    def constant(self, values: Any) -> str:
        """Add an array (of this precision, or of words) and return its name."""
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        array = np.asarray(values)
        kind: Any = object if array.dtype.kind == "U" else self.dtype
        self.constants.append(numpy_helper.from_array(array.astype(kind), name))
        return name


def write_onnx(model: Model, path: str | Path, *, dtype: Precision = "float32") -> Path:
    """Write a model as an ``.onnx`` file.

    Its input ``inputs`` are the encoded columns (`Preprocessing.encode`), shape (n, d), which for
    numeric columns are the columns themselves; scaling is inside. Outputs are ``label`` (n,) and
    ``probabilities`` (n, n_classes) for classes, ``value`` (n, n_outputs) in the target's own unit
    for a regression.

    Args:
        model: The model.
        path: The file.
        dtype: Precision of input and graph: ``"float32"``, as runtimes expect, or ``"float64"``.

    Returns:
        The path written.

    Raises:
        InputError: The precision cannot hold the model, or the file cannot be written.
        MissingExtraError: onnx is not installed.
    """
    made = as_onnx(model, dtype=dtype)
    with whole_file(Path(path)) as draft:
        draft.write_bytes(made.SerializeToString())
    return Path(path)


def as_onnx(model: Model, *, dtype: Precision = "float32") -> Any:
    """The model as an `onnx.ModelProto`; arguments and errors as for `write_onnx`."""
    try:
        from onnx import TensorProto, helper
    except ImportError:
        raise MissingExtraError("Writing .onnx files needs onnx: pip install 'tunescape[onnx]'") from None
    if dtype == "float64" and model.activation == "gelu":
        raise InputError(
            "`dtype` must be 'float32' for the activation gelu, because ONNX runtimes have no erf in double precision. "
            "Got dtype='float64'."
        )
    graph = Graph(dtype)
    outputs = _network(graph, model, _scaled(graph, model, "inputs"))
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    if model.classes:
        _classes(graph, model, outputs)
        results = [helper.make_tensor_value_info("label", TensorProto.STRING, ["n"]),
                   helper.make_tensor_value_info("probabilities", kind, ["n", len(model.classes)])]  # fmt: skip
    else:
        scaled = graph.add("Mul", outputs, model.target_sd)
        graph.add("Add", scaled, model.target_mean, name="value")
        results = [helper.make_tensor_value_info("value", kind, ["n", model.network.widths[-1]])]
    source = helper.make_tensor_value_info("inputs", kind, ["n", model.network.widths[0]])
    made = helper.make_graph(graph.nodes, "model", [source], results, graph.constants)
    onnx_model = helper.make_model(
        made, producer_name="tunescape", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)],
        doc_string=model.describe(),
    )  # fmt: skip
    helper.set_model_props(onnx_model, {
        "task": model.task,
        "features": json.dumps(model.preprocessing.features, ensure_ascii=False),
        "classes": json.dumps(model.classes, ensure_ascii=False),
    })  # fmt: skip
    return onnx_model


def _scaled(graph: Graph, model: Model, inputs: str) -> str:
    scale = scaling(model.preprocessing, graph.dtype)
    if not scale.does_nothing:
        inputs = graph.add("Sub", inputs, scale.centre)
        inputs = graph.add("Sub", inputs, scale.rest) if scale.rest.any() else inputs
        inputs = graph.add("Div", inputs, scale.sd)
    return graph.add("Clip", inputs, -scale.far, scale.far)


def _network(graph: Graph, model: Model, values: str) -> str:
    """Every layer; returns the linear outputs."""
    last = len(model.layers) - 1
    for k, layer in enumerate(model.layers):
        values = graph.add("Gemm", values, layer.weights, layer.bias)
        if k < last:
            values = _normalised(graph, model, layer, values)
            values = ACTIVATIONS[model.activation](graph, values, model.negative_slope)
    return values


def _normalised(graph: Graph, model: Model, layer: Layer, values: str) -> str:
    if layer.scale is None or layer.shift is None:
        return values
    if layer.mean is not None and layer.variance is not None:
        values = graph.add("Sub", values, layer.mean)
        inverse = 1.0 / np.sqrt(layer.variance.astype(np.float64) + model.norm_epsilon)
        return graph.add("Add", graph.add("Mul", values, layer.scale * inverse), layer.shift)
    apart = graph.add("Sub", values, graph.add("ReduceMean", values, axes=[1]))
    variance = graph.add("ReduceMean", graph.add("Mul", apart, apart), axes=[1])
    deviation = graph.add("Sqrt", graph.add("Add", variance, model.norm_epsilon))
    return graph.add("Add", graph.add("Mul", graph.add("Div", apart, deviation), layer.scale), layer.shift)


def _classes(graph: Graph, model: Model, outputs: str) -> None:
    """Probabilities and names of the classes."""
    if model.is_one_logistic_output:  # z becomes (0, z)
        outputs = graph.add("MatMul", outputs, [[0.0, 1.0]])
    best = graph.add("ArgMax", outputs, axis=1, keepdims=0)
    graph.add("Gather", np.array(model.classes), best, name="label")
    graph.add("Softmax", outputs, axis=1, name="probabilities")


# ---- activations: basic operations only, which runtimes have in both precisions

Activation = Callable[[Graph, str, float], str]


def _operator(name: str) -> Activation:
    return lambda graph, z, _: graph.add(name, z)


def _clip(low: float, high: float) -> Activation:
    return lambda graph, z, _: graph.add("Clip", z, low, high)


def _exponential_minus_one(graph: Graph, z: str) -> str:
    """exp(min(z, 0)) - 1."""
    return graph.add("Sub", graph.add("Exp", graph.add("Min", z, 0.0)), 1.0)


def _elu(graph: Graph, z: str, _: float) -> str:
    return graph.add("Add", graph.add("Relu", z), _exponential_minus_one(graph, z))


def _selu(graph: Graph, z: str, _: float) -> str:
    below = graph.add("Mul", _exponential_minus_one(graph, z), SELU_ALPHA * SELU_SCALE)
    return graph.add("Add", graph.add("Mul", graph.add("Relu", z), SELU_SCALE), below)


def _leaky_relu(graph: Graph, z: str, slope: float) -> str:
    return graph.add("Add", graph.add("Relu", z), graph.add("Mul", graph.add("Min", z, 0.0), slope))


def _gelu(graph: Graph, z: str, _: float) -> str:
    below = graph.add("Add", graph.add("Erf", graph.add("Mul", z, np.sqrt(0.5))), 1.0)
    return graph.add("Mul", graph.add("Mul", z, 0.5), below)


def _gelu_tanh(graph: Graph, z: str, _: float) -> str:
    cube = graph.add("Mul", graph.add("Mul", graph.add("Mul", z, z), z), GELU_CUBE)
    inner = graph.add("Tanh", graph.add("Mul", graph.add("Add", z, cube), GELU_FACTOR))
    return graph.add("Mul", graph.add("Mul", z, 0.5), graph.add("Add", inner, 1.0))


def _silu(graph: Graph, z: str, _: float) -> str:
    return graph.add("Mul", z, graph.add("Sigmoid", z))


def _softplus(graph: Graph, z: str, _: float) -> str:
    """max(z, 0) + log(1 + exp(-|z|))."""
    rest = graph.add("Exp", graph.add("Neg", graph.add("Abs", z)))
    return graph.add("Add", graph.add("Relu", z), graph.add("Log", graph.add("Add", rest, 1.0)))


def _softsign(graph: Graph, z: str, _: float) -> str:
    return graph.add("Div", z, graph.add("Add", graph.add("Abs", z), 1.0))


def _hard_sigmoid(graph: Graph, z: str, _: float) -> str:
    return graph.add("Div", graph.add("Clip", graph.add("Add", z, 3.0), 0.0, 6.0), 6.0)


def _hard_silu(graph: Graph, z: str, slope: float) -> str:
    return graph.add("Mul", z, _hard_sigmoid(graph, z, slope))


ACTIVATIONS: dict[str, Activation] = {
    "identity": lambda graph, z, _: z,
    "sigmoid": _operator("Sigmoid"),
    "tanh": _operator("Tanh"),
    "relu": _operator("Relu"),
    "elu": _elu,
    "leaky_relu": _leaky_relu,
    "selu": _selu,
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "silu": _silu,
    "softplus": _softplus,
    "softsign": _softsign,
    "hard_sigmoid": _hard_sigmoid,
    "hard_tanh": _clip(-1.0, 1.0),
    "hard_silu": _hard_silu,
    "relu6": _clip(0.0, 6.0),
}
"""Activations of the engine as graphs."""
