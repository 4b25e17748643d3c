"""A model as a fitted scikit-learn pipeline: standardise, clip, MLPClassifier or MLPRegressor with our weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError
from tunescape.evaluators.conventions import ACTIVATIONS_OF
from tunescape.models.model import Model
from tunescape.models.scaling import Scaling, scaling

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

REMEDY = "take the model out as keras, torch or onnx instead"


def as_sklearn(model: Model) -> Pipeline:
    """The model as scikit-learn's own objects, fitted, in double precision.

    It takes the encoded columns (`Preprocessing.encode`; for numeric columns the columns themselves)
    and predicts names of classes, or numbers in the target's own unit, for which the last layer is
    rescaled. Classes, and with them the columns of `predict_proba`, are sorted as scikit-learn has
    it; see `classes_`.

    Args:
        model: The model.

    Raises:
        InputError: scikit-learn has no such activation, or no normalisation.
    """
    from sklearn.pipeline import Pipeline

    _check(model)
    scale = scaling(model.preprocessing, "float64")
    network = _classifier(model) if model.classes else _regressor(model)
    return Pipeline([("scale", _scaler(scale)), ("clip", _clipper(scale)), ("network", network)])


def _check(model: Model) -> None:
    if model.activation not in ACTIVATIONS_OF["sklearn"]:
        raise InputError(
            f"scikit-learn has no activation {model.activation!r} (it has {', '.join(ACTIVATIONS_OF['sklearn'])}); "
            f"{REMEDY}."
        )
    if model.network.normalisation != "none" and model.network.n_layers > 1:
        raise InputError(f"scikit-learn's networks have no {model.network.normalisation} normalisation; {REMEDY}.")


def _scaler(scale: Scaling) -> Any:
    """A StandardScaler that was fitted to the training rows of the task."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(np.zeros((1, len(scale.sd))))
    scaler.mean_ = scale.centre + scale.rest
    scaler.scale_, scaler.var_ = scale.sd.copy(), scale.sd**2
    return scaler


def _clipper(scale: Scaling) -> Any:
    from sklearn.preprocessing import FunctionTransformer

    clipper = FunctionTransformer(np.clip, kw_args={"a_min": -scale.far, "a_max": scale.far}, check_inverse=False)
    return clipper.fit(np.zeros((1, len(scale.sd))))


def _settings(model: Model) -> dict[str, Any]:
    own = "logistic" if model.activation == "sigmoid" else model.activation
    return {"hidden_layer_sizes": model.network.widths[1:-1], "activation": own}


def _classifier(model: Model) -> Any:
    from sklearn.neural_network import MLPClassifier

    names = np.array(model.classes)
    order = np.argsort(names)
    weights, bias = _last(model)
    if len(names) == 2:  # scikit-learn's one logistic output says how much class 1 is ahead
        ahead = np.array([[-1.0], [1.0]]) if weights.shape[1] == 2 else np.array([[1.0]])
        sign = 1.0 if order[0] == 0 else -1.0
        weights, bias = sign * weights @ ahead, sign * bias @ ahead
    else:
        weights, bias = weights[:, order], bias[order]
    network = MLPClassifier(**_settings(model))
    network.partial_fit(np.zeros((len(names), model.network.widths[0])), names, classes=names[order])
    return _with_weights(network, model, weights, bias)


def _regressor(model: Model) -> Any:
    from sklearn.neural_network import MLPRegressor

    weights, bias = _last(model)
    zeros = np.zeros((1, model.network.widths[-1]))
    network = MLPRegressor(**_settings(model))
    network.partial_fit(np.zeros((1, model.network.widths[0])), zeros[:, 0] if zeros.shape[1] == 1 else zeros)
    return _with_weights(network, model, weights * model.target_sd, bias * model.target_sd + model.target_mean)


def _last(model: Model) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and biases of the output layer."""
    return model.layers[-1].weights.astype(np.float64), model.layers[-1].bias.astype(np.float64)


def _with_weights(network: Any, model: Model, weights: NDArray, bias: NDArray) -> Any:
    """The network, fitted to one row to have every attribute, with its weights replaced."""
    hidden = [(layer.weights, layer.bias) for layer in model.layers[:-1]]
    for w, b, (own_weights, own_bias) in zip(
        network.coefs_, network.intercepts_, [*hidden, (weights, bias)], strict=True
    ):
        w[...], b[...] = own_weights, own_bias
    return network
