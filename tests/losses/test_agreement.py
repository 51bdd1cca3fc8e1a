"""Values and derivatives of every loss beside scikit-learn's and Keras's.

Conversions are in `cases.py`, beside each peer. Where a peer does something else on purpose, the
last part of this file says what it does.
"""

from itertools import product

import keras
import numpy as np
import peers
import pytest
from cases import CASES, naming
from sklearn import metrics

import lossbook as lb

# Sums of 40 terms: some units in the last place each.
TOLERANCE = {"float64": {"rtol": 1e-12, "atol": 1e-14}, "float32": {"rtol": 2e-5, "atol": 2e-6}}


def having(peer):
    return [pytest.param(case, id=case.name) for case in CASES if getattr(case, peer) is not None]


@pytest.mark.parametrize("case", having("keras"))
def test_keras(case):
    for dtype, reduction, weighted in product(peers.DTYPES, peers.REDUCTIONS, (False, True)):
        with naming(f"{dtype}, {reduction}, weighted: {weighted}"):
            ours, theirs = peers.beside_keras(case, dtype, reduction, weighted)
            tolerance = dict(TOLERANCE[dtype])
            tolerance["rtol"] = max(tolerance["rtol"], case.keras_rtol)
            for received, expected in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(received, expected, **tolerance)
            assert ours[1].dtype == dtype


@pytest.mark.parametrize("case", having("sklearn"))
def test_sklearn_metric(case):
    for dtype, weighted in product(peers.DTYPES, (False, True)):
        with naming(f"{dtype}, weighted: {weighted}"):
            received, expected = peers.beside_sklearn_metric(case, dtype, weighted)
            np.testing.assert_allclose(received, expected, **TOLERANCE[dtype])


@pytest.mark.parametrize("case", having("sklearn_loss"))
def test_sklearn_training_loss(case):
    for received, expected in zip(*peers.beside_sklearn_training_loss(case), strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-12, atol=1e-14)


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
