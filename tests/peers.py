"""One loss beside one peer on the same data: what lossbook gives, and what the peer gives.

The tests compare the two to a tolerance; the book's agreement ledger shows how far they are apart.
"""

import numpy as np
import tensorflow as tf
from cases import K, exactly

# Keras's names of the reductions.
REDUCTIONS = {
    "mean": "sum_over_batch_size",
    "weighted_mean": "mean_with_sample_weight",
    "sum": "sum",
    "none": "none",
}
DTYPES = ("float64", "float32")
N = 40


def data(case, dtype, weighted):
    """Return (y_true, y_pred, weights) for a case, the same at every call."""
    rng = np.random.default_rng(7)
    y, p = case.draw(rng, N)
    w = rng.uniform(0.2, 3, N).astype(dtype) if weighted else None
    y = y if case.kind[0] == "index" else y.astype(dtype)
    p = p.astype(dtype)
    if case.kind[1] == "rows":
        p /= p.sum(axis=1, keepdims=True)
    return y, p, w


def beside_keras(case, dtype, reduction="mean", weighted=False):
    """Return ((value, slope) of lossbook, (value, slope) of Keras)."""
    y, p, w = data(case, dtype, weighted)
    peer = case.keras(reduction=REDUCTIONS[reduction], dtype=dtype)
    # An elementwise loss of Keras takes the mean over the last axis, which a vector has not.
    lift = (lambda a: a[:, None]) if p.ndim == 1 else (lambda a: a)
    variable = tf.Variable(lift(p))
    with tf.GradientTape() as tape:
        value = peer(lift(y), variable, sample_weight=w)
    slope = tf.convert_to_tensor(tape.gradient(value, variable)).numpy().reshape(p.shape)
    ours = case.loss.value_and_gradient(y, p, sample_weight=w, reduction=reduction)
    return (ours[0], case.keras_slope(p, ours[1])), (value.numpy(), slope)


def beside_sklearn_metric(case, dtype, weighted=False):
    """Return (value of lossbook, value of scikit-learn's metric)."""
    y, p, w = data(case, dtype, weighted)
    ours = case.loss(y, p, sample_weight=w, reduction="weighted_mean")
    return ours, case.sklearn(y, p, w)


def beside_sklearn_training_loss(case):
    """Return ((values, slope) of lossbook, (values, slope) of scikit-learn), in float64."""
    y, p, _ = data(case, "float64", weighted=False)
    if "unit" in case.kind:  # it knows labels alone
        label = np.isin(y, range(K))
        y, p = y[label], p[label]
    ours = case.loss(y, p, reduction="none"), case.loss.gradient(y, p, reduction="sum")
    return ours, case.sklearn_loss(y, p)


def beside_definition(case):
    """Return (values of lossbook, values of the definition at 50 digits), in float64."""
    y, p, _ = data(case, "float64", weighted=False)
    expected = [
        float(case.definition(exactly(a), exactly(b)))
        for a, b in zip(y.tolist(), p.tolist(), strict=True)
    ]
    return case.loss(y, p, reduction="none"), expected
