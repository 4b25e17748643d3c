"""The formula of every activation, optimiser, initialiser, loss, normalisation and schedule, as it is computed."""

from __future__ import annotations

EQUATIONS: dict[str, dict[str, str]] = {
    "activation": {
        "identity": "z",
        "sigmoid": "s(z) = 1 / (1 + exp(-z))",
        "tanh": "tanh(z)",
        "relu": "max(z, 0)",
        "elu": "z where z > 0, else exp(z) - 1",
        "leaky_relu": "z where z > 0, else negative_slope z",
        "selu": "1.0507 (z where z > 0, else 1.6733 (exp(z) - 1))",
        "gelu": "z Phi(z), Phi the normal distribution",
        "gelu_tanh": "z / 2 (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3)))",
        "silu": "z s(z)",
        "softplus": "log(1 + exp(z))",
        "softsign": "z / (1 + abs(z))",
        "hard_sigmoid": "min(max(z / 6 + 1/2, 0), 1)",
        "hard_tanh": "min(max(z, -1), 1)",
        "hard_silu": "z min(max(z / 6 + 1/2, 0), 1)",
        "relu6": "min(max(z, 0), 6)",
    },
    "optimiser": {
        "sgd": "v = momentum v - lr g; w += v; nesterov: w += momentum v - lr g",
        "adagrad": "s += g^2; w -= lr g / sqrt(s + eps) or / (sqrt(s) + eps)",
        "proximal_adagrad": "s += g^2; L = lr / sqrt(s); v = w - L g; w = sign(v) max(abs(v) - L l1, 0) / (1 + L l2)",
        "rmsprop": "s = rho s + (1 - rho) g^2; v = momentum v + lr g / sqrt(s + eps) or / (sqrt(s) + eps); w -= v",
        "adam": "m += (1 - beta_1) (g - m); v += (1 - beta_2) (g^2 - v); "
        "w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + eps)",
        "adamw": "adam, after w -= lr weight_decay w",
        "adadelta": "s = rho s + (1 - rho) g^2; d = g sqrt(m + eps) / sqrt(s + eps); "
        "m = rho m + (1 - rho) d^2; w -= lr d",
        "adamax": "m as adam; u = max(beta_2 u, abs(g)); w -= lr / (1 - beta_1^t) m / (u + eps)",
        "nadam": "m, v as adam; mu_t = beta_1 (1 - 0.96^(t momentum_decay) / 2), P_t = mu_1 … mu_t; w -= lr "
        "(mu_{t+1} m / (1 - P_{t+1}) + (1 - mu_t) g / (1 - P_t)) / (sqrt(v / (1 - beta_2^t)) + eps)",
        "ftrl": "s' = s + g^2; z += g - (sqrt(s') - sqrt(s)) w / lr; "
        "w = (min(max(z, -l1), l1) - z) / (sqrt(s') / lr + 2 l2)",
    },
    "initialiser": {
        "glorot_uniform": "U(-b, b), b = sqrt(6 / (fan_in + fan_out))",
        "glorot_normal": "N(0, 2 / (fan_in + fan_out))",
        "he_uniform": "U(-b, b), b = sqrt(6 / fan_in)",
        "he_normal": "N(0, 2 / fan_in)",
        "lecun_uniform": "U(-b, b), b = sqrt(3 / fan_in)",
        "lecun_normal": "N(0, 1 / fan_in)",
        "uniform": "U(-0.05, 0.05)",
        "normal": "N(0, 0.05^2)",
        "sklearn_uniform": "glorot_uniform; with sigmoid b = sqrt(2 / (fan_in + fan_out))",
        "torch_uniform": "U(-b, b), b = 1 / sqrt(fan_in)",
    },
    "loss": {
        "softmax_cross_entropy": "-log softmax(z)[class]; gradient p - y",
        "binary_cross_entropy": "log(1 + exp(-abs(z))) + max(z, 0) - z y, mean over outputs; gradient (s(z) - y) / k",
        "squared_error": "(z - y)^2, mean over outputs; gradient 2 (z - y) / k",
        "half_squared_error": "(z - y)^2 / 2, mean over outputs; gradient z - y (scikit-learn's)",
    },
    "normalisation": {
        "none": "y = z",
        "batch": "mean and variance of a unit over the rows of a batch; running ones in evaluation",
        "layer": "mean and variance of a row over the units of a layer",
    },
    "schedule": {
        "constant": "1",
        "exponential": "decay_rate^(s / decay_steps)",
        "step": "decay_rate^floor(s / decay_steps)",
        "polynomial": "(1 - end_rate) (1 - u)^power + end_rate",
        "cosine": "(1 - end_rate) (1 + cos(pi u)) / 2 + end_rate",
        "inverse_time": "1 / (1 + decay_rate s / decay_steps)",
    },
}
"""Formula of each choice, by setting (and for the losses, which tasks choose)."""
