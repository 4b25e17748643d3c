"""Networks trained by scikit-learn: its MLPRegressor or MLPClassifier, started from given weights."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Layer
from tunescape.evaluators.framework import Framework, FrameworkNetwork
from tunescape.evaluators.specification import Specification


@dataclass(frozen=True)
class Sklearn(Framework):
    """Trains networks in scikit-learn.

    Regression is an `MLPRegressor`, whose loss is half the squared error; classes are an
    `MLPClassifier`: softmax for three or more, one logistic output for two. Batches are handed to
    `partial_fit` in the order of the population engine, as many at once as there are.
    """

    name: ClassVar[str] = "sklearn"

    def start(self, specification: Specification, layers: Sequence[Layer], seed: int) -> FrameworkNetwork:
        """Build the network; scikit-learn has no dropout, so `seed` decides nothing here."""
        return SklearnNetwork(specification, layers, np.dtype(self.dtype))

    def refusal(self, specification: Specification) -> str:
        """Why scikit-learn cannot train a network on these data, their weights of rows included, or nothing."""
        if self.data.train_weights is not None and specification.network.weighting != "weights":
            return (
                "scikit-learn divides a weighted mean by the sum of the weights. Got weighting='rows'; leave it out, "
                "or use backend='population'."
            )
        return super().refusal(specification)


class SklearnNetwork(FrameworkNetwork):
    """One scikit-learn network in training.

    Args:
        specification: The network; `refusal` has found nothing in it.
        layers: Its weights at the start.
        dtype: Precision.
    """

    def __init__(self, specification: Specification, layers: Sequence[Layer], dtype: np.dtype) -> None:
        self._loss = specification.network.loss
        self._model = _model(specification, layers, dtype)

    def train(
        self, inputs: NDArray, targets: NDArray, weights: NDArray | None, rows: Sequence[NDArray[np.int64]]
    ) -> float:
        """Take one optimiser step per batch: one call of `partial_fit` per run of equal batches."""
        answers = targets.argmax(axis=1) if self._loss == "softmax_cross_entropy" else targets
        answers = answers[:, 0] if answers.ndim == 2 and answers.shape[1] == 1 else answers
        total, n = 0.0, 0
        for size, chosen in _runs(rows):
            own = {} if weights is None else {"sample_weight": weights[chosen]}
            self._model.set_params(batch_size=size)
            total += self._fit(inputs[chosen], answers[chosen], own) * len(chosen)
            n += len(chosen)
        return total / n

    def outputs(self, inputs: NDArray) -> NDArray:
        """Linear outputs, shape (n, n_outputs): what the model computes with an identity at its end."""
        model = self._model
        own, model.out_activation_ = model.out_activation_, "identity"
        with np.errstate(over="ignore", invalid="ignore"):
            found = model._forward_pass_fast(inputs, check_input=False)
        model.out_activation_ = own
        return found

    def layers(self) -> list[Layer]:
        """The weights; scikit-learn keeps them in the engine's layout."""
        return [Layer(w.copy(), b.copy()) for w, b in zip(self._model.coefs_, self._model.intercepts_, strict=True)]

    def restore(self, layers: Sequence[Layer]) -> None:
        """Put weights back in place, where the optimiser knows them."""
        for w, b, layer in zip(self._model.coefs_, self._model.intercepts_, layers, strict=True):
            w[...], b[...] = layer.weights, layer.bias

    def _fit(self, inputs: NDArray, answers: NDArray, own: dict[str, NDArray]) -> float:
        """One pass over some rows; NaN where the weights are no longer finite, which scikit-learn raises for."""
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # overflow of a diverging network
                self._model.partial_fit(inputs, answers, **own)
        except ValueError:
            if all(np.isfinite(array).all() for array in (*self._model.coefs_, *self._model.intercepts_)):
                raise
            return np.nan
        return float(self._model.loss_)


def _model(specification: Specification, layers: Sequence[Layer], dtype: np.dtype) -> Any:
    """The estimator with the given weights, as it is after its first initialisation."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import LabelBinarizer

    network, numbers = specification.network, specification.numbers
    classifies = network.loss != "half_squared_error"
    model: Any = (MLPClassifier if classifies else MLPRegressor)(
        hidden_layer_sizes=network.widths[1:-1],
        activation="logistic" if network.activation == "sigmoid" else network.activation,
        solver=network.optimiser,
        alpha=numbers["l2"],
        learning_rate_init=numbers["learning_rate"],
        momentum=numbers["momentum"],
        nesterovs_momentum=bool(numbers["nesterov"]),
        beta_1=numbers["beta_1"],
        beta_2=numbers["beta_2"],
        shuffle=False,
        n_iter_no_change=np.inf,
        **({"epsilon": numbers["epsilon"]} if network.optimiser == "adam" else {}),
    )
    waiting = iter(layers)

    def given(fan_in: int, fan_out: int, kind: np.dtype) -> tuple[NDArray, NDArray]:
        layer = next(waiting)
        return np.array(layer.weights, dtype=kind), np.array(layer.bias, dtype=kind)

    model._init_coef = given  # instead of random weights
    if classifies:
        model.classes_ = np.arange(max(network.widths[-1], 2))
        model._label_binarizer = LabelBinarizer().fit(model.classes_)
    model._initialize(np.zeros((1, network.widths[-1])), list(network.widths), dtype)
    model.n_features_in_ = network.widths[0]
    return model


def _runs(rows: Sequence[NDArray[np.int64]]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Join consecutive batches of one size, the last of which may be smaller: (size, rows of all)."""
    held: list[NDArray[np.int64]] = []
    for batch in rows:
        if held and (len(batch) > len(held[0]) or len(held[-1]) < len(held[0])):
            yield len(held[0]), np.concatenate(held)
            held = []
        held.append(batch)
    if held:
        yield len(held[0]), np.concatenate(held)
