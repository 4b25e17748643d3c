"""A trained network taken out of its study: weights, preprocessing, and what it was trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Layer, Network, raw_outputs
from tunescape.errors import InputError
from tunescape.models.description import describe
from tunescape.study import Curve
from tunescape.tasks import Preprocessing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """One trained network, ready to predict from the task's original columns.

    Args:
        network: What the network is: widths, activation, loss, normalisation, and how it was trained.
        layers: Its weights, from inputs to outputs.
        preprocessing: From the task's columns to the network's inputs.
        classes: Names of the classes by number; empty for a regression.
        task: Name of the task that it learned.
        backend: Who trained it: ``"population"`` or a framework.
        settings: The configuration that it was trained with, as plain data.
        metrics: What was measured of it at the end, by name.
        history: Learning curves.
        seed: Seed of its weights, row orders and dropout.
        steps: Optimiser steps that were done.
        learning_rate: Learning rate at the start.
        negative_slope: Slope of leaky relu below 0.
        norm_epsilon: Number under normalisation's root.
        target_mean: Mean of a regression's targets in the training part, in their own unit.
        target_sd: Their standard deviation.

    Raises:
        InputError: Weights, widths, classes and preprocessing do not fit together.
    """

    network: Network
    layers: tuple[Layer, ...]
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    task: str
    backend: str
    settings: Mapping[str, Any]
    metrics: Mapping[str, float]
    history: Curve
    seed: int
    steps: int
    learning_rate: float
    negative_slope: float = 0.2
    norm_epsilon: float = 1e-3
    target_mean: float = 0.0
    target_sd: float = 1.0

    def __post_init__(self) -> None:
        widths, n_classes = self.network.widths, len(self.classes)
        _check_layers(self.network, self.layers)
        if len(self.preprocessing.features) != widths[0]:
            raise InputError(
                f"`preprocessing` must give the {widths[0]} inputs of the network. It gives "
                f"{len(self.preprocessing.features)}; take it from the task that the network learned."
            )
        if n_classes and n_classes != (2 if self.is_one_logistic_output else widths[-1]):
            raise InputError(
                f"`classes` must name each output of the network ({widths[-1]}), or two for one logistic output. "
                f"Got {n_classes} names; take them from the task that the network learned."
            )

    @property
    def is_one_logistic_output(self) -> bool:
        """Whether the network tells two classes apart by one number."""
        return self.network.loss == "binary_cross_entropy" and self.network.widths[-1] == 1

    @property
    def activation(self) -> str:
        """Activation of the hidden layers; ``"identity"`` where there are none."""
        return self.network.activation if self.network.n_layers > 1 else "identity"

    def predict(self, X: NDArray[Any] | pd.DataFrame | Mapping[str, Any]) -> NDArray[Any]:
        """Predict from the task's original columns.

        Args:
            X: Rows: a DataFrame (columns by name, in any order), or an array of shape (n, n_columns)
                with the columns in the order of `preprocessing.names`.

        Returns:
            Names of classes, shape (n,); or numbers in the target's own unit, shape (n,), or
            (n, n_outputs) where there are several.

        Raises:
            InputError: A column is missing, there are too many or too few, or one holds words for numbers.
        """
        outputs = self._outputs(X)
        if self.classes:
            return np.array(self.classes)[self._logits(outputs).argmax(axis=1)]
        values = outputs * self.target_sd + self.target_mean
        return values[:, 0] if values.shape[1] == 1 else values

    def predict_proba(self, X: NDArray[Any] | pd.DataFrame | Mapping[str, Any]) -> NDArray[np.float64]:
        """Predict the probability of each class, shape (n, n_classes), in the order of `classes`.

        Args:
            X: Rows, as for `predict`.

        Raises:
            InputError: The model is a regression, or the rows cannot be read.
        """
        if not self.classes:
            raise InputError("`predict_proba` is for classes, and this model predicts numbers; use predict.")
        logits = self._logits(self._outputs(X))
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    def describe(self) -> str:
        """The model in one line."""
        return describe(self)

    def save(self, path: str | Path) -> Path:
        """Write the model to a file; the ending says how (see `export_model`), ``.npz`` keeps everything.

        Args:
            path: The file.

        Returns:
            The path written.
        """
        from tunescape.models.export import export_model

        return export_model(self, path)

    def __repr__(self) -> str:
        return describe(self)

    def _outputs(self, X: Any) -> NDArray[np.float64]:
        """Linear outputs, shape (n, n_outputs)."""
        inputs = self.preprocessing.apply(X)
        return raw_outputs(
            self.network, self.layers, inputs, negative_slope=self.negative_slope, norm_epsilon=self.norm_epsilon
        )

    def _logits(self, outputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """One number per class, shape (n, n_classes): one logistic output z becomes (0, z)."""
        return np.hstack([np.zeros_like(outputs), outputs]) if self.is_one_logistic_output else outputs


def _check_layers(network: Network, layers: tuple[Layer, ...]) -> None:
    """Check that the weights are those of the network.

    Raises:
        InputError: Their number or shapes are others.
    """
    wanted = list(zip(network.widths, network.widths[1:], strict=False))
    shapes = [np.shape(layer.weights) for layer in layers]
    fits = shapes == wanted and all(np.shape(layer.bias) == shape[1:] for layer, shape in zip(layers, wanted))
    needed = {"none": (), "layer": ("scale", "shift"), "batch": ("scale", "shift", "mean", "variance")}
    for layer, shape in zip(layers[:-1], wanted):
        fits = fits and all(np.shape(getattr(layer, name)) == shape[1:] for name in needed[network.normalisation])
    if not fits:
        raise InputError(
            f"`layers` must be the weights of a {'-'.join(map(str, network.widths))} network with normalisation "
            f"{network.normalisation!r}. Got weights of shapes {shapes}; take them from the network that was trained."
        )
