"""Values and derivatives against their definitions at 50 digits, where doubles are hardest."""

import numpy as np
import pytest
from cases import CASES, IDS, LOGIT_ROWS, exactly
from derivatives import DIGITS, computed, derivative
from mpmath import mp

import lossbook as lb

RELATIVE = 1e-14


def one(case, y, p):
    """Return value and derivative of one sample, with every floating-point event an error."""
    y, p = np.asarray([y]), np.asarray([p])
    with np.errstate(all="raise"):
        value, slope = case.loss.value_and_gradient(y, p, reduction="none")
    return value[0], slope[0]


def assert_close(received, expected, terms=0, what=""):
    """Compare with 50 digits: to 1e-14, or to the spacing of the smallest doubles.

    `terms` is the size of what was subtracted to give the expected value, where that is larger.
    """
    for r, e in zip(np.ravel(received), np.ravel(np.array(expected, dtype=object)), strict=True):
        if abs(e) > np.finfo(float).max:
            assert r == float(mp.sign(e)) * np.inf, what
        else:
            allowed = RELATIVE * max(abs(e), terms) + np.finfo(float).tiny
            assert abs(mp.mpf(float(r)) - e) <= allowed, f"{what}: {r}, expected {e}"


every = pytest.mark.parametrize("case", CASES, ids=IDS)


@every
def test_values_and_derivatives(case):
    assert case.extremes
    for y, p in case.extremes:
        value, slope = one(case, y, p)
        y_, p_ = exactly(y), exactly(p)
        terms = case.terms(y_, p_) if case.terms else 0
        assert_close(value, case.definition(y_, p_), terms, f"value at {y}, {p}")
        terms = case.slope_terms(y_, p_) if case.slope_terms else 0
        assert_close(slope, derivative(case, y, p), terms, f"derivative at {y}, {p}")


@every
def test_a_stored_derivative_is_that_of_the_definition(case):
    """The first and the last of each loss; tests/derivatives.py makes all of them anew."""
    for y, p in case.extremes[:: max(1, len(case.extremes) - 1)]:
        found, again = derivative(case, y, p), computed(case, y, p)
        for stored, exact in zip(np.ravel(found), np.ravel(np.array(again, object)), strict=True):
            assert abs(stored - exact) <= mp.mpf(10) ** (2 - DIGITS) * abs(exact), f"{y}, {p}"


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in CASES if c.limits])
def test_limits(case):
    for y, p, value, slope in case.limits:
        received = one(case, y, p)
        assert received[0] == value, f"at {y}, {p}"
        np.testing.assert_array_equal(received[1], slope, err_msg=f"at {y}, {p}")


@every
def test_sum_of_many_is_accurate(case):
    y, p = case.draw(np.random.default_rng(0), 1000)
    expected = mp.fsum(
        case.definition(exactly(a), exactly(b)) for a, b in zip(y.tolist(), p.tolist(), strict=True)
    )
    assert_close(case.loss(y, p, reduction="sum"), expected)


def test_finite_mean_of_samples_whose_sum_is_not():
    # 3 · 1e308 is beyond the largest double, a third of it is not.
    assert lb.MeanAbsoluteError()([0.0] * 3, [1e308] * 3) == pytest.approx(1e308, rel=1e-15)


# --- activations ----------------------------------------------------------------------------------

LOGITS = [0.0, 1e-300, -1e-300, 1e-10, 1.0, -1.0, 40.0, -40.0, 700.0, -745.0, 1e308, -1e308]


@pytest.mark.parametrize("z", LOGITS)
def test_sigmoid(z):
    with np.errstate(all="raise"):
        assert_close(lb.sigmoid(z), 1 / (1 + mp.exp(-mp.mpf(z))))


@pytest.mark.parametrize("z", LOGIT_ROWS)
def test_softmax_and_its_logarithms(z):
    top = max(exactly(z))
    others = exactly(z)
    others.remove(top)
    log_total = mp.log1p(mp.fsum(mp.exp(x - top) for x in others))
    with np.errstate(all="raise"):
        assert_close(lb.softmax(z), [mp.exp(x - top - log_total) for x in exactly(z)])
        assert_close(lb.log_softmax(z), [x - top - log_total for x in exactly(z)])
        assert_close(lb.log_sum_exp(z), top + log_total)


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        ([np.inf, 0.0], [1.0, 0.0]),
        ([-np.inf, 0.0], [0.0, 1.0]),
        ([np.inf, np.inf, -np.inf], [0.5, 0.5, 0.0]),  # equal infinities share the mass
        ([-np.inf, -np.inf], [0.5, 0.5]),
    ],
)
def test_softmax_of_infinite_logits(z, expected):
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(lb.softmax(z), expected)
        with np.errstate(divide="ignore"):
            logarithm = np.log(expected)
        np.testing.assert_array_equal(lb.log_softmax(z), logarithm)


@pytest.mark.parametrize(("z", "expected"), [(np.inf, 1.0), (-np.inf, 0.0)])
def test_sigmoid_of_infinite_logits(z, expected):
    assert lb.sigmoid(z) == expected
