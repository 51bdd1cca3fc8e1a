"""Penalties beside Keras, 50 digits and scikit-learn; proximal steps by what defines them."""

import dataclasses
import math

import keras
import numpy as np
import pytest
from hypothesis import given, strategies as st
from mpmath import mp
from sklearn.linear_model import ElasticNet, Lasso, Ridge

import lossbook as lb

W = np.array([1.5, -0.3, 0.0, 2.0, -0.01, 1e-9, -40.0])
PENALTIES = [
    lb.L1(0.7),
    lb.L2(0.7),
    lb.ElasticNet(0.7, 0.2),
    lb.ElasticNet(0.0, 0.7),
    lb.ElasticNet(0.7, 0.0),
    lb.L1(0.0),
    lb.L2(0),
]
every = pytest.mark.parametrize("penalty", PENALTIES, ids=repr)


def strengths(penalty):
    """Return (l1, l2), by which every penalty is an elastic net."""
    if isinstance(penalty, lb.ElasticNet):
        return penalty.l1, penalty.l2
    l1 = isinstance(penalty, lb.L1)
    return (penalty.strength, 0.0) if l1 else (0.0, penalty.strength)


def definition(penalty, w):
    l1, l2 = map(mp.mpf, map(float, strengths(penalty)))
    exact = [mp.mpf(float(x)) for x in np.ravel(w)]
    return l1 * mp.fsum(abs(x) for x in exact) + l2 / 2 * mp.fsum(x * x for x in exact)


# --- values and gradients -------------------------------------------------------------------------


@every
def test_keras(penalty):
    l1, l2 = strengths(penalty)
    peer = keras.regularizers.L1L2(l1, l2 / 2)  # Keras's L2 has no ½
    # Keras passes the strength through float32.
    assert penalty(W) == pytest.approx(float(peer(keras.ops.array(W))), rel=1e-7)


EXTREMES = [
    [3.0, -0.1, 0.0],
    [1e308, -1e308],
    [1e200, 1e-200, 3e199],
    [1e-200, -2e-200],
    [5e-324],
    [0.0],
    np.full(1000, 0.1),
    np.float32([3e38, -3e38, 1e-45]),
    np.float32([1e-30, 1e25]),
    np.float16([60000, 6e-8]),
]


@pytest.mark.parametrize("w", EXTREMES, ids=lambda w: f"{np.asarray(w).dtype}-{w[0]}")
@pytest.mark.parametrize("strength", [1.0, 0.3, 1e-300, 1e-100, 1e300, 0.0])
@pytest.mark.parametrize(
    "make", [lb.L1, lb.L2, lambda s: lb.ElasticNet(s, s / 3)], ids=["L1", "L2", "ElasticNet"]
)
def test_fifty_digits(make, strength, w):
    """Whatever overflows on the way, the value is right to 1e-14 wherever a double can hold it."""
    penalty, before = make(strength), np.array(w)
    with mp.workdps(50), np.errstate(all="raise"):
        expected = definition(penalty, w)
        received, slope = penalty.value_and_gradient(w)
        if expected > np.finfo(float).max:
            assert received == math.inf
        else:
            assert abs(received - expected) <= 1e-14 * expected + np.finfo(float).tiny
        l1, l2 = map(mp.mpf, map(float, strengths(penalty)))
        limits = np.finfo(slope.dtype)
        for x, g in zip(np.asarray(w), slope, strict=True):
            exact = l1 * mp.sign(mp.mpf(float(x))) + l2 * mp.mpf(float(x))
            if abs(exact) > limits.max:
                assert g == mp.sign(exact) * math.inf
            else:
                spacing = mp.mpf(float(limits.smallest_subnormal))
                assert abs(mp.mpf(float(g)) - exact) <= float(limits.eps) * abs(exact) + spacing
    np.testing.assert_array_equal(w, before)


@every
def test_gradient_is_that_of_the_value(penalty):
    w = np.random.default_rng(0).normal(size=(3, 4))
    w += 0.01 * np.sign(w)  # away from the kink
    assert lb.check_gradient(penalty, penalty.gradient, w, tolerance=1e-8)


@every
def test_gradient_at_the_kink_is_0(penalty):
    np.testing.assert_array_equal(penalty.gradient([0.0, -0.0]), [0.0, 0.0])


@every
def test_both_at_once_equal_each_bitwise(penalty):
    value, slope = penalty.value_and_gradient(W)
    assert value == penalty(W)
    np.testing.assert_array_equal(slope, penalty.gradient(W))


def test_elastic_net_is_the_sum():
    both, l1, l2 = lb.ElasticNet(0.7, 0.2), lb.L1(0.7), lb.L2(0.2)
    assert both(W) == l1(W) + l2(W)
    np.testing.assert_array_equal(both.gradient(W), l1.gradient(W) + l2.gradient(W))


def test_infinite_weights():
    w = [np.inf, -np.inf, 1.0]
    for penalty in PENALTIES:
        l1, l2 = strengths(penalty)
        assert penalty(w) == (math.inf if l1 or l2 else 0)
        expected = [math.inf, -math.inf, l1 + l2] if l2 else [l1, -l1, l1]
        np.testing.assert_array_equal(penalty.gradient(w), expected)
        np.testing.assert_array_equal(penalty.proximal(w, 0.1)[:2], w[:2])


# --- what comes in, and what goes out -------------------------------------------------------------


def results(penalty, w):
    value, slope = penalty.value_and_gradient(w)
    return value, slope, penalty.gradient(w), penalty.proximal(w, 0.1)


@every
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtype_is_kept(penalty, dtype):
    value, *arrays = results(penalty, W.astype(dtype))
    assert type(value) is float
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@every
@pytest.mark.parametrize("w", [[1, -2, 0], np.array([1, 255], np.uint8), [True, False], 3])
def test_integers_compute_in_float64(penalty, w):
    value, *arrays = results(penalty, w)
    expected, *as_floats = results(penalty, np.asarray(w, np.float64))
    assert value == expected
    for array, other in zip(arrays, as_floats, strict=True):
        assert array.dtype == np.float64
        assert array.shape == np.shape(w)
        np.testing.assert_array_equal(array, other)


@every
def test_any_shape_and_layout(penalty):
    w = np.random.default_rng(1).normal(size=(4, 6))
    expected, *flat = results(penalty, w.ravel())
    read_only = w.copy()
    read_only.flags.writeable = False
    wide = np.zeros((4, 12))
    wide[:, ::2] = w
    for same in (w, np.asfortranarray(w), read_only, wide[:, ::2], w.tolist(), w.astype(">f8")):
        value, *arrays = results(penalty, same)
        assert value == pytest.approx(expected, rel=1e-15)
        for array, other in zip(arrays, flat, strict=True):
            np.testing.assert_array_equal(array, other.reshape(4, 6))


@every
def test_inputs_stay_as_they_are(penalty):
    w = W.copy()
    _, *arrays = results(penalty, w)
    np.testing.assert_array_equal(w, W)
    assert not any(np.shares_memory(w, array) for array in arrays)


@every
def test_is_frozen_and_comparable(penalty):
    assert eval(repr(penalty), vars(lb)) == penalty
    assert hash(dataclasses.replace(penalty)) == hash(penalty)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(penalty, dataclasses.fields(penalty)[0].name, 0.1)


def test_a_strength_of_numpys_does_not_decide_the_dtype():
    for strength in (np.float64(0.5), np.float32(0.5), np.int64(1), np.longdouble(0.5)):
        _, *arrays = results(lb.ElasticNet(strength, strength), np.float32([1, -2]))
        assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


# --- proximal steps -------------------------------------------------------------------------------

STEPS = [0.0, 1e-3, 0.5, 1.0, 30.0]
finite = st.floats(-1e6, 1e6)


@every
@pytest.mark.parametrize("step", STEPS[1:])
def test_proximal_is_the_best_on_a_fine_grid(penalty, step):
    grid = np.linspace(-3, 3, 60_001)
    l1, l2 = strengths(penalty)
    cost = l1 * np.abs(grid) + l2 / 2 * grid**2
    for w in (2.5, -0.31, 0.0, 1e-4, -2.0):
        best = grid[np.argmin((grid - w) ** 2 / (2 * step) + cost)]
        assert penalty.proximal([w], step)[0] == pytest.approx(best, abs=1e-4)


@every
@given(w=st.lists(finite, min_size=1, max_size=5), step=st.floats(1e-3, 1e3))
def test_proximal_is_optimal(penalty, w, step):
    """(w - x) / step is a subgradient of the penalty at x."""
    l1, l2 = strengths(penalty)
    x = penalty.proximal(w, step)
    pull = (np.array(w) - x) / step
    at_zero = x == 0
    # Rounding of x by half a unit moves the pull by eps |w| / step; subnormals have larger units.
    limits = np.finfo(float)
    rounding = 4 * limits.eps * (np.abs(w) / step + l1 + l2 * np.abs(x)) + limits.tiny
    assert (np.abs(pull) <= l1 + rounding)[at_zero].all()
    subgradient = l1 * np.sign(x) + l2 * x
    assert (np.abs(pull - subgradient) <= rounding)[~at_zero].all()


@every
@given(a=finite, b=finite, step=st.floats(0, 1e3))
def test_proximal_shrinks_and_brings_no_two_weights_further_apart(penalty, a, b, step):
    x, y = penalty.proximal([a, b], step)
    assert abs(x) <= abs(a)
    assert x * a >= 0
    rounding = 2 * np.finfo(float).eps * max(abs(a), abs(b))
    assert abs(x - y) <= abs(a - b) + rounding


@given(w=finite, step=st.floats(0, 1e3), strength=st.floats(0, 1e3))
def test_soft_threshold_gives_exact_zeros_inside_and_only_there(w, step, strength):
    inside = abs(w) <= step * strength
    for penalty in (lb.L1(strength), lb.ElasticNet(strength, 0.5)):
        (x,) = penalty.proximal([w], step)
        assert (x == 0) == inside
        assert not (inside and np.signbit(x))  # 0, not -0


def test_l2_gives_no_zeros():
    assert (lb.L2(1e3).proximal([1e-300, -1e-10, 5.0], 1e3) != 0).all()


@every
def test_a_step_of_0_changes_nothing(penalty):
    np.testing.assert_array_equal(penalty.proximal(W, 0.0), W)


def test_proximal_step_whose_product_overflows():
    with np.errstate(all="raise"):
        for penalty in (lb.L1(1e200), lb.L2(1e200), lb.ElasticNet(1e200, 1e200)):
            np.testing.assert_array_equal(penalty.proximal([1e90, -1e90, 0.0], 1e200), 0.0)


# On the design √n·I, scikit-learn's objective is ½|w - x|² + penalty(x): a proximal step of 1.
DESIGN = math.sqrt(len(W)) * np.eye(len(W))


def fitted(model, X, y):
    return model.set_params(fit_intercept=False, tol=1e-14).fit(X, y).coef_


def test_scikit_learns_lasso():
    received = lb.L1(0.25).proximal(W, 1.0)
    expected = fitted(Lasso(alpha=0.25), DESIGN, DESIGN @ W)
    np.testing.assert_allclose(received, expected, rtol=1e-12, atol=1e-14)
    assert (received == 0).sum() == 3


def test_scikit_learns_ridge():
    expected = fitted(Ridge(alpha=0.25, solver="cholesky"), np.eye(len(W)), W)  # |y - Xx|² + α|x|²
    np.testing.assert_allclose(lb.L2(0.25).proximal(W, 1.0), expected, rtol=1e-12)


def test_scikit_learns_elastic_net():
    expected = fitted(ElasticNet(alpha=0.5, l1_ratio=0.3), DESIGN, DESIGN @ W)
    received = lb.ElasticNet(l1=0.5 * 0.3, l2=0.5 * 0.7).proximal(W, 1.0)
    np.testing.assert_allclose(received, expected, rtol=1e-12, atol=1e-14)


# --- bad input ------------------------------------------------------------------------------------

NAN = float("nan")
CALLS = {
    "value": lambda penalty, w: penalty(w),
    "gradient": lambda penalty, w: penalty.gradient(w),
    "both": lambda penalty, w: penalty.value_and_gradient(w),
    "proximal": lambda penalty, w: penalty.proximal(w, 0.1),
}


def check(error, words, call, *arguments):
    with pytest.raises(error) as raised:
        call(*arguments)
    missing = [word for word in words if word not in str(raised.value)]
    assert not missing, f"{raised.value} lacks {missing}"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("penalty", PENALTIES[:3], ids=repr)
@pytest.mark.parametrize(
    ("w", "error", "words"),
    [
        ([1.0, NAN], ValueError, ("w[1]", "expected a number", "received nan")),
        ([[1.0], [NAN]], ValueError, ("w[1, 0]", "expected a number", "received nan")),
        ([1j], TypeError, ("w", "real numbers", "complex128")),
        (["a"], TypeError, ("w", "real numbers", "<U1")),
        ([None], TypeError, ("w", "real numbers", "object")),
        (None, TypeError, ("w", "real numbers", "NoneType")),
        ([], ValueError, ("w", "at least one value", "(0,)")),
        (np.zeros((3, 0)), ValueError, ("w", "at least one value", "(3, 0)")),
        ([[1.0], [1.0, 2.0]], ValueError, ("w", "rows of equal length", "different lengths")),
        (np.ma.masked_array([1.0], [False]), TypeError, ("w", "plain array", "masked")),
    ],
    ids=str,
)
def test_weights_refused(penalty, call, w, error, words):
    check(error, words, call, penalty, w)


BAD_NUMBERS = [(-1.0, ValueError), (-1e-300, ValueError), (NAN, ValueError), (math.inf, ValueError)]
BAD_NUMBERS += [("0.1", TypeError), (None, TypeError), (True, TypeError), ([0.1], TypeError)]


@pytest.mark.parametrize(("value", "error"), BAD_NUMBERS, ids=repr)
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("strength", lb.L1),
        ("strength", lb.L2),
        ("l1", lambda value: lb.ElasticNet(value, 0.1)),
        ("l2", lambda value: lb.ElasticNet(0.1, value)),
        *[("step", lambda value, p=p: p.proximal([1.0], value)) for p in PENALTIES[:3]],
    ],
)
def test_number_refused(name, make, value, error):
    check(error, (f"{name}: expected a number in [0, inf)", repr(value)), make, value)
