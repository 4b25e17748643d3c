"""What each framework does where the user says nothing: optimisers, epsilons, initial weights, penalties, batches.

Read in the sources of scikit-learn 1.9, Keras 3, PyTorch 2.13 and TensorFlow's compat.v1 optimisers.
"""

from __future__ import annotations

from typing import Any

FRAMEWORKS = ("sklearn", "keras", "tensorflow", "torch")
"""Frameworks that can train the same networks."""

BASE: dict[str, Any] = {
    "activation": "relu", "optimiser": "adam", "batch_size": 32, "epochs": 20, "reduction": "mean",
    "batching": "partial", "initialiser": "glorot_uniform", "bias_initialiser": "zeros", "normalisation": "none",
    "schedule": "constant", "epsilon_placement": "default", "momentum_form": "velocity", "penalty": "whole",
    "penalised": "weights", "weighting": "rows", "running_variance": "biased", "shuffle": True,
    "class_weight": "none", "patience": 0, "min_delta": 0.0, "monitor": "validation_loss", "restore_best": True,
    "stopping_rule": "keras",
    "momentum": 0.0, "nesterov": False, "l1": 0.0, "l2": 0.0, "weight_decay": 0.0, "dropout": 0.0, "init_scale": 1.0,
    "clip_norm": 0.0, "clip_value": 0.0, "clip_epsilon": 0.0, "negative_slope": 0.2, "momentum_decay": 1.0,
    "beta_1": 0.9, "beta_2": 0.999, "rho": 0.9, "epsilon": 0.0, "initial_accumulator": 0.0,
    "decay_rate": 0.1, "end_rate": 0.0, "power": 1.0, "warmup_steps": 0, "norm_epsilon": 1e-3, "norm_momentum": 0.99,
}  # fmt: skip
"""Settings where neither the user nor a framework says otherwise; `decay_steps` is all steps after warm-up."""

CONVENTIONS: dict[str, dict[str, Any]] = {
    "sklearn": {
        "initialiser": "sklearn_uniform", "bias_initialiser": "like_weights", "penalty": "half_per_row",
        "penalised": "weights", "weighting": "weights", "momentum_form": "velocity",
    },
    "keras": {
        "initialiser": "glorot_uniform", "bias_initialiser": "zeros", "penalty": "whole", "penalised": "weights",
        "weighting": "rows", "momentum_form": "velocity", "negative_slope": 0.2, "momentum_decay": 1.0,
        "norm_epsilon": 1e-3, "norm_momentum": 0.99, "running_variance": "biased",
    },
    "tensorflow": {
        "initialiser": "glorot_uniform", "bias_initialiser": "zeros", "penalty": "half", "penalised": "weights",
        "weighting": "rows", "momentum_form": "gradient", "negative_slope": 0.2,
    },
    "torch": {
        "initialiser": "torch_uniform", "bias_initialiser": "like_weights", "penalty": "half", "penalised": "all",
        "weighting": "weights", "momentum_form": "gradient", "negative_slope": 0.01, "momentum_decay": 0.004,
        "norm_epsilon": 1e-5, "norm_momentum": 0.9, "running_variance": "unbiased", "clip_epsilon": 1e-6,
    },
}  # fmt: skip
"""Formulas of each framework: they follow from `like`, and from `backend` where `like` is not given."""

OPTIMISER_DEFAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "sklearn": {
        "sgd": {"learning_rate": 0.001, "momentum": 0.9, "nesterov": True},
        "adam": {"learning_rate": 0.001, "epsilon": 1e-8, "epsilon_placement": "outside"},
    },
    "keras": {
        "sgd": {"learning_rate": 0.01},
        "adagrad": {"learning_rate": 0.001, "epsilon": 1e-7, "initial_accumulator": 0.1,
                    "epsilon_placement": "inside"},
        "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-7, "epsilon_placement": "inside"},
        "adam": {"learning_rate": 0.001, "epsilon": 1e-7, "epsilon_placement": "outside"},
        "adamw": {"learning_rate": 0.001, "epsilon": 1e-7, "epsilon_placement": "outside", "weight_decay": 0.004},
        "adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
        "adamax": {"learning_rate": 0.001, "epsilon": 1e-7, "epsilon_placement": "outside"},
        "nadam": {"learning_rate": 0.001, "epsilon": 1e-7},
        "ftrl": {"learning_rate": 0.001, "initial_accumulator": 0.1},
    },
    "tensorflow": {
        "sgd": {"learning_rate": 0.01},
        "adagrad": {"learning_rate": 0.001, "epsilon": 0.0, "initial_accumulator": 0.1},
        "proximal_adagrad": {"learning_rate": 0.001, "initial_accumulator": 0.1},
        "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-10, "initial_accumulator": 1.0,
                    "epsilon_placement": "inside", "momentum_form": "velocity"},
        "adam": {"learning_rate": 0.001, "epsilon": 1e-8, "epsilon_placement": "outside"},
        "adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-8},
        "ftrl": {"learning_rate": 0.001, "initial_accumulator": 0.1},
    },
    "torch": {
        "sgd": {"learning_rate": 0.001},
        "adagrad": {"learning_rate": 0.01, "epsilon": 1e-10, "epsilon_placement": "outside"},
        "rmsprop": {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-8, "epsilon_placement": "outside"},
        "adam": {"learning_rate": 0.001, "epsilon": 1e-8, "epsilon_placement": "corrected"},
        "adamw": {"learning_rate": 0.001, "epsilon": 1e-8, "epsilon_placement": "corrected", "weight_decay": 0.01},
        "adadelta": {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-6},
        "adamax": {"learning_rate": 0.002, "epsilon": 1e-8, "epsilon_placement": "inside"},
        "nadam": {"learning_rate": 0.002, "epsilon": 1e-8},
    },
}  # fmt: skip
"""Each framework's optimisers with their defaults; TensorFlow asks for most learning rates, so Keras's stand there."""

SIZES: dict[str, dict[str, Any]] = {
    "sklearn": {"units": [100], "batch_size": 200, "shuffle": True, "l2": 1e-4, "epochs": 200, "patience": 10,
                "min_delta": 1e-4, "monitor": "running_loss", "restore_best": False, "stopping_rule": "sklearn"},
    "keras": {"batch_size": 32, "shuffle": True},
    "tensorflow": {},
    "torch": {"batch_size": 1, "shuffle": False},
}  # fmt: skip
"""How much and how long each framework trains by default: taken where `like` itself is asked for."""

ACTIVATIONS_OF: dict[str, tuple[str, ...]] = {
    "sklearn": ("identity", "sigmoid", "tanh", "relu"),
    "keras": (
        "identity", "sigmoid", "tanh", "relu", "elu", "leaky_relu", "selu", "gelu", "gelu_tanh", "silu", "softplus",
        "softsign", "hard_sigmoid", "hard_tanh", "hard_silu", "relu6",
    ),
    "tensorflow": (
        "identity", "sigmoid", "tanh", "relu", "elu", "leaky_relu", "selu", "gelu", "gelu_tanh", "silu", "softplus",
        "softsign", "relu6",
    ),
    "torch": (
        "identity", "sigmoid", "tanh", "relu", "elu", "leaky_relu", "selu", "gelu", "gelu_tanh", "silu", "softplus",
        "softsign", "hard_sigmoid", "hard_tanh", "hard_silu", "relu6",
    ),
}  # fmt: skip
"""Activations that each framework has."""

LIKE = FRAMEWORKS
"""Frameworks whose behaviour the population engine takes on by `like`."""
