"""The checks themselves: they pass what is right, and fail what is wrong."""

import numpy as np
import pytest

import lossbook as lb


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1.0, 1e3, 1e8])
def test_numerical_gradient_has_nine_digits_at_any_scale(scale):
    x = scale * np.array([[1.0, -2.0], [0.5, 3.0]])
    received = lb.numerical_gradient(lambda w: (w**3).sum(), x)
    # The step is about 6e-6 max(1, |x|); its error for x³ is the step squared.
    np.testing.assert_allclose(received, 3 * x**2, rtol=1e-9, atol=1e-10)


def test_numerical_gradient_leaves_x_alone_and_takes_lists():
    x = [3, 4]
    np.testing.assert_allclose(lb.numerical_gradient(lambda w: w @ w, x), [6, 8], rtol=1e-9)
    assert x == [3, 4]


def test_the_step_scales_with_x():
    seen = []
    lb.numerical_gradient(lambda w: seen.append(w[0]) or 0.0, [1e10])
    assert abs(seen[0] - 1e10) == pytest.approx(np.finfo(float).eps ** (1 / 3) * 1e10, rel=1e-3)


WRONG = {
    "twice": lambda g: 2 * g,
    "sign": lambda g: -g,
    "a little": lambda g: g * (1 + 1e-5),
    "one entry": lambda g: g + np.eye(len(g))[1] * 1e-3,
    "zero": lambda g: 0 * g,
    "nan": lambda g: g * np.nan,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_check_fails_a_wrong_gradient(wrong):
    x = np.array([0.3, -1.2, 2.0])
    assert lb.check_gradient(lambda w: np.sin(w).sum(), np.cos, x)
    found = lb.check_gradient(lambda w: np.sin(w).sum(), lambda w: wrong(np.cos(w)), x)
    assert not found
    assert found.max_relative_error > 1e-6


def test_check_sees_a_fault_above_the_rounding_of_the_function():
    # Near 0 the differences are taken over 1.2e-5, so that the rounding of values of 1e4 moves the
    # slope by some 1e-7; a slope that is wrong by 1e-4 is no rounding.
    assert lb.check_gradient(lambda w: 1e4 + w.sum(), np.ones_like, [0.0])
    found = lb.check_gradient(lambda w: 1e4 + w.sum(), lambda w: np.full_like(w, 1.0001), [0.0])
    assert not found
    assert found.max_relative_error == pytest.approx(1e-4, rel=1e-2)


def test_check_passes_what_the_rounding_of_the_function_explains():
    # Doubles near 1e8 are 1.5e-8 apart: over 1.2e-5 a slope of 1 is met to 1e-3 at best.
    x = [0.0, 1e-3, 0.37]
    assert lb.check_gradient(lambda w: 1e8 + w.sum(), np.ones_like, x)
    differences = lb.numerical_gradient(lambda w: 1e8 + w.sum(), x)
    assert np.abs(differences - 1).max() > 1e-5


def test_check_says_where_and_what():
    found = lb.check_gradient(
        lambda w: (w**2).sum(), lambda w: np.where(w == 3, 0.0, 2 * w), [[1.0, 2.0], [3.0, 4.0]]
    )
    assert found.where == (1, 0)
    assert found.analytic == 0
    assert found.numerical == pytest.approx(6, rel=1e-9)
    assert "FAIL" in repr(found)
    assert "[1, 0]" in repr(found)


def square(w):
    return (w**2).sum()


@pytest.mark.parametrize(
    ("function", "gradient", "x", "error", "words"),
    [
        (np.abs, np.sign, [1.0, 2.0], ValueError, ("function", "one number", "(2,)", "sum")),
        (square, np.sign, [np.nan], ValueError, ("x[0]", "number", "nan")),
        (square, np.sign, [], ValueError, ("x", "at least one", "(0,)")),
        (square, np.sign, "w", TypeError, ("x", "real numbers", "'w'")),
        (square, np.sum, [1.0, 2.0], ValueError, ("gradient(x)", "shape of x, (2,)", "()")),
        (square, lambda w: None, [1.0], TypeError, ("gradient(x)", "real numbers", "None")),
    ],
)
def test_bad_input(function, gradient, x, error, words):
    with pytest.raises(error) as raised:
        lb.check_gradient(function, gradient, x)
    assert all(word in str(raised.value) for word in words), raised.value


# --- the table of several libraries ---------------------------------------------------------------


def test_agreement_passes_what_is_equal_within_the_tolerance():
    found = lb.check_agreement({"a": [1.0, 2.0], "b": [1.0, 2.0 + 1e-13]})
    assert found
    assert found.max_relative_difference == pytest.approx(5e-14, rel=0.1)


@pytest.mark.parametrize("other", [[1.0, 2.001], [np.nan, 2.0], [np.inf, 2.0], [-1.0, -2.0]])
def test_agreement_fails_what_is_not(other):
    found = lb.check_agreement({"a": [1.0, 2.0], "b": [1.0, 2.0], "c": other})
    assert not found
    assert "DO NOT agree" in repr(found)


def test_agreement_of_infinities():
    assert lb.check_agreement({"a": np.inf, "b": np.inf})
    assert not lb.check_agreement({"a": np.inf, "b": -np.inf})


def test_agreement_shows_a_table():
    table = lb.check_agreement({"lossbook": 0.5, "scikit-learn": 0.5 + 3e-14})._repr_markdown_()
    assert "| lossbook | 0.5 |" in table
    assert "| scikit-learn | 0.5 | 1e-13 |" in table


@pytest.mark.parametrize(
    ("results", "error", "words"),
    [
        ({"a": 1.0}, ValueError, ("results", "at least two", "received 1")),
        ({"a": 1.0, "b": [1.0]}, ValueError, ("b", "shape of 'a'", "()", "(1,)")),
        ({"a": 1.0, "b": "x"}, TypeError, ("b", "real numbers", "'x'")),
    ],
)
def test_agreement_bad_input(results, error, words):
    with pytest.raises(error) as raised:
        lb.check_agreement(results)
    assert all(word in str(raised.value) for word in words), raised.value


def test_without_focus_it_is_the_binary_crossentropy():
    y, p = np.array([(y, p) for y in (0.0, 0.3, 1.0) for p in (0.0, 0.2, 1.0)]).T
    for found, expected in zip(
        lb.BinaryFocalCrossentropy(gamma=0).value_and_gradient(y, p, reduction="none"),
        lb.BinaryCrossentropy().value_and_gradient(y, p, reduction="none"),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_class_of_weight_0_has_no_gradient_even_where_it_is_certainly_wrong():
    loss = lb.BinaryFocalCrossentropy(gamma=0.5, alpha=1)
    value, slope = loss.value_and_gradient([0.0, 1.0], [1.0, 0.0], reduction="none")
    np.testing.assert_array_equal(value, [0.0, np.inf])
    np.testing.assert_array_equal(slope, [0.0, -np.inf])
