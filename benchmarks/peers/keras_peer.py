"""Keras `fit` on JAX and on TensorFlow, and a TensorFlow loop around a compiled step; one network after another.

Tuned here: as many steps in one execution as Keras can take (an epoch), where that is faster; the TensorFlow
step with and without XLA. The backend is chosen by KERAS_BACKEND before Keras starts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from peers.problem import Problem
from peers.timing import Rate, best_of


def keras_fit(p: Problem, seconds: float) -> Rate:
    """Keras `fit`, which shuffles for itself."""
    import keras

    def make(together: int) -> Callable[[int], object]:
        model = keras.Sequential(
            [keras.layers.Input((p.shape.widths[0],))]
            + [keras.layers.Dense(w, activation="tanh") for w in p.shape.widths[1:-1]]
            + [keras.layers.Dense(p.shape.widths[-1])]
        )
        kind = keras.optimizers.SGD if p.optimiser == "sgd" else keras.optimizers.Adam
        loss = "mse" if p.shape.regression else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer=kind(p.learning_rate), loss=loss, steps_per_execution=together)
        return lambda epochs: model.fit(p.inputs, p.targets, batch_size=p.shape.batch, epochs=epochs, verbose=0)

    def way(together: int) -> tuple[str, Callable[[], Callable[[int], object]], int]:
        return f"{together} steps per execution", lambda: make(together), p.steps_per_epoch

    return best_of([way(1), way(p.steps_per_epoch)], seconds)


def tensorflow_loop(p: Problem, seconds: float) -> Rate:
    """A loop around a `tf.function` of one step, the minibatch gathered inside, with XLA and without."""
    import keras
    import tensorflow as tf

    def make(xla: bool) -> Callable[[int], object]:
        x, y = tf.constant(p.inputs), tf.constant(p.targets)
        batches = cycle([tf.constant(rows) for rows in p.batches])
        layers = [keras.layers.Dense(w, activation="tanh") for w in p.shape.widths[1:-1]]
        model = keras.Sequential(
            [keras.layers.Input((p.shape.widths[0],)), *layers, keras.layers.Dense(p.shape.widths[-1])]
        )
        kind = keras.optimizers.SGD if p.optimiser == "sgd" else keras.optimizers.Adam
        optimiser = kind(p.learning_rate)
        optimiser.build(model.trainable_variables)

        @tf.function(jit_compile=xla)
        def step(rows):
            with tf.GradientTape() as tape:
                outputs, truth = model(tf.gather(x, rows), training=True), tf.gather(y, rows)
                if p.shape.regression:
                    loss = tf.reduce_mean((outputs - truth) ** 2)
                else:
                    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(truth, outputs))
            optimiser.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))

        def work(steps: int) -> None:
            for _ in range(steps):
                step(next(batches))

        return work

    def way(xla: bool) -> tuple[str, Callable[[], Callable[[int], object]], int]:
        return "XLA" if xla else "no XLA", lambda: make(xla), 1

    return best_of([way(True), way(False)], seconds)
