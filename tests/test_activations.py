"""Sigmoid, softmax and their logarithms beside scipy's and Keras's; axes, dtypes and bad input.

`losses/test_precision.py` compares them with 50 digits.
"""

import keras
import numpy as np
import pytest
import scipy.special
from hypothesis import given, strategies as st

import lossbook as lb

PEERS = {
    lb.sigmoid: scipy.special.expit,
    lb.softmax: lambda x: scipy.special.softmax(x, axis=-1),
    lb.log_softmax: lambda x: scipy.special.log_softmax(x, axis=-1),
    lb.log_sum_exp: lambda x: scipy.special.logsumexp(x, axis=-1),
}
ALONG_AN_AXIS = [lb.softmax, lb.log_softmax, lb.log_sum_exp]
every = pytest.mark.parametrize("function", PEERS, ids=[f.__name__ for f in PEERS])
along = pytest.mark.parametrize("function", ALONG_AN_AXIS, ids=[f.__name__ for f in ALONG_AN_AXIS])


@every
@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4), (5, 1)])
def test_scipy(function, shape):
    x = np.random.default_rng(0).normal(scale=10, size=shape)
    np.testing.assert_allclose(function(x), PEERS[function](x), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("function", "peer"),
    [
        (lb.sigmoid, keras.ops.sigmoid),
        (lb.softmax, keras.ops.softmax),
        (lb.log_softmax, keras.ops.log_softmax),
        (lb.log_sum_exp, lambda x: keras.ops.logsumexp(x, axis=-1)),
    ],
)
def test_keras(function, peer):
    x = np.random.default_rng(1).normal(scale=10, size=(6, 4)).astype(np.float32)
    received = function(x)
    assert received.dtype == np.float32
    np.testing.assert_allclose(received, peer(x), rtol=1e-5, atol=1e-6)


@along
@pytest.mark.parametrize("axis", [0, 1, 2, -3])
def test_axis(function, axis):
    x = np.random.default_rng(2).normal(size=(3, 4, 5))
    received = function(x, axis=axis)
    moved = function(np.moveaxis(x, axis, -1))
    expected = moved if received.ndim == 2 else np.moveaxis(moved, -1, axis)
    np.testing.assert_array_equal(received, expected)


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=6))
def test_softmax_is_a_distribution_at_any_logits(x):
    p = lb.softmax(x)
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1, rel=1e-14)


@given(st.floats(allow_nan=False))
def test_sigmoid_is_symmetric(x):
    assert lb.sigmoid(x) + lb.sigmoid(-x) == pytest.approx(1, rel=1e-15)


@every
def test_integers_compute_in_float64_and_inputs_stay(function):
    x = np.array([[1, 2], [3, 5]], np.uint8)
    received = function(x)
    assert received.dtype == np.float64
    np.testing.assert_array_equal(x, [[1, 2], [3, 5]])
    np.testing.assert_allclose(received, function(x.astype(float)), rtol=0)


@every
@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        ([], ValueError, ("x", "at least one value", "(0,)")),
        ([0.0, np.nan], ValueError, ("x[1]", "expected a number", "nan")),
        (["a"], TypeError, ("x", "real numbers", "<U1")),
        ([1j], TypeError, ("x", "real numbers", "complex128")),
        (None, TypeError, ("x", "real numbers", "NoneType")),
    ],
)
def test_bad_input(function, x, error, words):
    with pytest.raises(error) as raised:
        function(x)
    assert all(word in str(raised.value) for word in words), raised.value


@along
@pytest.mark.parametrize("axis", [2, -3])
def test_no_such_axis(function, axis):
    with pytest.raises(ValueError, match=rf"axis: expected an axis of x, received {axis}"):
        function([[1.0, 2.0]], axis=axis)


def test_one_hot_beside_keras():
    labels = np.random.default_rng(3).integers(0, 5, 20)
    np.testing.assert_array_equal(lb.one_hot(labels, 5), keras.ops.one_hot(labels, 5))


@pytest.mark.parametrize(
    ("labels", "n_classes", "error", "words"),
    [
        ([0, 3], 3, ValueError, ("labels[1]", "from 0 to 2", "received 3")),
        ([0, -1], 3, ValueError, ("labels[1]", "from 0 to 2", "received -1")),
        ([0.5], 3, ValueError, ("labels[0]", "whole class index", "0.5")),
        ([[0]], 3, ValueError, ("labels", "(n,)", "(1, 1)")),
        ([], 3, ValueError, ("labels", "at least 1", "(0,)")),
        ([0], 0, ValueError, ("n_classes", "at least 1", "0")),
        ([0], 2.0, TypeError, ("n_classes", "integer", "float")),
        (["cat"], 2, TypeError, ("labels", "real numbers", "<U3")),
    ],
)
def test_one_hot_bad_input(labels, n_classes, error, words):
    with pytest.raises(error) as raised:
        lb.one_hot(labels, n_classes)
    assert all(word in str(raised.value) for word in words), raised.value
