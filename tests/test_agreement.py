"""Values and derivatives of every loss beside scikit-learn's and Keras's.

Conversions are in `cases.py`, beside each peer. Where a peer does something else on purpose, the
last part of this file says what it does.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import CASES, K
from sklearn import metrics

import lossbook as lb

# Keras's names of the reductions.
REDUCTIONS = {
    "mean": "sum_over_batch_size",
    "weighted_mean": "mean_with_sample_weight",
    "sum": "sum",
    "none": "none",
}
# Sums of 40 terms: some units in the last place each.
TOLERANCE = {"float64": {"rtol": 1e-12, "atol": 1e-14}, "float32": {"rtol": 2e-5, "atol": 2e-6}}
N = 40


def having(peer):
    return [pytest.param(case, id=case.name) for case in CASES if getattr(case, peer) is not None]


def data(case, dtype, weighted):
    rng = np.random.default_rng(7)
    y, p = case.draw(rng, N)
    w = rng.uniform(0.2, 3, N).astype(dtype) if weighted else None
    y = y if case.kind[0] == "index" else y.astype(dtype)
    p = p.astype(dtype)
    if case.kind[1] == "rows":
        p /= p.sum(axis=1, keepdims=True)
    return y, p, w


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", having("keras"))
def test_keras(case, dtype, reduction, weighted):
    y, p, w = data(case, dtype, weighted)
    peer = case.keras(reduction=REDUCTIONS[reduction], dtype=dtype)
    # An elementwise loss of Keras takes the mean over the last axis, which a vector has not.
    lift = (lambda a: a[:, None]) if p.ndim == 1 else (lambda a: a)
    variable = tf.Variable(lift(p))
    with tf.GradientTape() as tape:
        value = peer(lift(y), variable, sample_weight=w)
    slope = tf.convert_to_tensor(tape.gradient(value, variable)).numpy().reshape(p.shape)

    value_here, slope_here = case.loss.value_and_gradient(
        y, p, sample_weight=w, reduction=reduction
    )
    tolerance = dict(TOLERANCE[dtype])
    tolerance["rtol"] = max(tolerance["rtol"], case.keras_rtol)
    np.testing.assert_allclose(value_here, value.numpy(), **tolerance)
    np.testing.assert_allclose(case.keras_slope(p, slope_here), slope, **tolerance)
    assert slope_here.dtype == dtype


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", having("sklearn"))
def test_sklearn_metric(case, dtype, weighted):
    y, p, w = data(case, dtype, weighted)
    expected = case.sklearn(y, p, w)
    received = case.loss(y, p, sample_weight=w, reduction="weighted_mean")
    np.testing.assert_allclose(received, expected, **TOLERANCE[dtype])


@pytest.mark.parametrize("case", having("sklearn_loss"))
def test_sklearn_training_loss(case):
    y, p, _ = data(case, "float64", weighted=False)
    label = np.isin(y, range(K))  # it knows labels alone
    y, p = y[label] if "unit" in case.kind else y, p[label] if "unit" in case.kind else p
    expected, slope = case.sklearn_loss(y, p)
    np.testing.assert_allclose(case.loss(y, p, reduction="none"), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        case.loss.gradient(y, p, reduction="sum"), slope, rtol=1e-12, atol=1e-14
    )


def test_every_loss_has_a_peer():
    alone = [c.name for c in CASES if c.keras is None and c.sklearn is None]
    assert not alone


# --- where peers do otherwise ---------------------------------------------------------------------


def test_what_a_certain_wrong_prediction_costs():
    exact = lb.BinaryCrossentropy()([1.0], [0.0])
    assert exact == np.inf
    # Keras clips to [1e-7, 1 - 1e-7], scikit-learn to the spacing of the dtype.
    as_keras = lb.BinaryCrossentropy(epsilon=1e-7)
    for y, p, expected in [(1.0, 0.0, 16.118), (0.0, 1.0, 15.942)]:
        y, p = np.array([[y]], np.float32), np.array([[p]], np.float32)
        keras_value = float(keras.losses.BinaryCrossentropy()(y, p))
        assert keras_value == pytest.approx(expected, abs=5e-4)
        assert as_keras(y, p) == pytest.approx(keras_value, rel=1e-6)
    sklearn_value = metrics.log_loss([1, 0], [0.0, 0.0], labels=[0, 1]) * 2
    as_sklearn = lb.BinaryCrossentropy(epsilon=np.finfo(float).eps)
    assert sklearn_value == pytest.approx(36.04, abs=5e-3)
    assert as_sklearn([1, 0], [0.0, 0.0], reduction="sum") == pytest.approx(sklearn_value, rel=1e-9)


def test_rows_that_do_not_sum_to_1():
    y, p = np.array([[0.0, 1.0]]), np.array([[0.2, 0.6]])
    with pytest.raises(ValueError, match=r"sums to 0\.8"):  # lossbook refuses
        lb.CategoricalCrossentropy()(y, p)
    divided = float(keras.losses.CategoricalCrossentropy()(y, p))  # Keras divides by the sum
    assert divided == pytest.approx(lb.CategoricalCrossentropy()(y, p / 0.8), rel=1e-6)
    with pytest.warns(UserWarning, match="sum to one"):  # scikit-learn warns, and goes on
        as_it_stands = metrics.log_loss([1], p, labels=[0, 1])
    assert as_it_stands == pytest.approx(-np.log(0.6), rel=1e-12)
