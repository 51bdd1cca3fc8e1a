"""What the formulas do at the borders of their cases, by hand or by the definition.

At a border two cases meet, and which one holds there is part of what a loss promises.
"""

from dataclasses import dataclass

import numpy as np
import pytest

import lossbook as lb
from lossbook.losses.base import ElementwiseLoss

EPSILON = 2.0**-10
LAST = 1 - EPSILON  # clipping is to [EPSILON, LAST]; both are doubles


# --- clipping: from the border on inwards the derivative is that of the loss ----------------------


@pytest.mark.parametrize("p", [EPSILON, LAST])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_binary_crossentropy_at_the_clip(y, p):
    loss = lb.BinaryCrossentropy(epsilon=EPSILON)
    assert loss.gradient([y], [p]) == pytest.approx((p - y) / (p * (1 - p)), rel=1e-14)
    for outside in (p / 2, (1 + p) / 2):
        if not EPSILON < outside < LAST:
            assert loss.gradient([y], [outside]) == 0
            assert loss([y], [outside]) == loss([y], [p])


@pytest.mark.parametrize("first", [EPSILON, LAST])
def test_categorical_crossentropies_at_the_clip(first):
    p, expected = [[first, 1 - first]], [[-1 / first, 0]]
    for loss, y in (
        (lb.CategoricalCrossentropy(epsilon=EPSILON), [[1, 0]]),
        (lb.SparseCategoricalCrossentropy(epsilon=EPSILON), [0]),
    ):
        np.testing.assert_allclose(loss.gradient(y, p), expected, rtol=1e-15)
        assert loss(y, p) == pytest.approx(-np.log(first), rel=1e-12)


def test_divergence_at_the_clip():
    loss = lb.KLDivergence(epsilon=EPSILON)
    p = [[EPSILON, LAST]]
    np.testing.assert_allclose(loss.gradient([[0.5, 0.5]], p), [[-512, -0.5 / LAST]], rtol=1e-15)
    # A target of 0 counts as epsilon, too.
    np.testing.assert_allclose(loss.gradient([[0, 1]], p), [[-1, -1 / LAST]], rtol=1e-15)
    assert loss.gradient([[0.5, 0.5]], [[EPSILON / 2, 1 - EPSILON / 2]])[0, 0] == 0


# --- parameters at the ends of their intervals ----------------------------------------------------


@pytest.mark.parametrize(
    ("make", "name", "below", "first", "last", "above"),
    [
        (lb.Huber, "delta", 0, 1e-300, 1e300, np.inf),
        (lb.Quantile, "quantile", 0, 1e-300, 1 - 2**-53, 1),
        (lb.BinaryCrossentropy, "label_smoothing", -1e-300, 0, 1, 1 + 2**-52),
        (lb.BinaryCrossentropy, "epsilon", -1e-300, 0, 0.5 - 2**-54, 0.5),
        (lb.CategoricalCrossentropy, "label_smoothing", -1e-300, 0, 1, 1 + 2**-52),
        (lb.CategoricalCrossentropy, "epsilon", -1e-300, 0, 0.5 - 2**-54, 0.5),
        (lb.SparseCategoricalCrossentropy, "epsilon", -1e-300, 0, 0.5 - 2**-54, 0.5),
        (lb.BinaryFocalCrossentropy, "gamma", -1e-300, 0, 1e300, np.inf),
        (lb.BinaryFocalCrossentropy, "alpha", -1e-300, 0, 1, 1 + 2**-52),
        (lb.CategoricalFocalCrossentropy, "gamma", -1e-300, 0, 1e300, np.inf),
        (lb.CategoricalFocalCrossentropy, "alpha", -1e-300, 0, 1e300, np.inf),
        (lb.KLDivergence, "epsilon", -1e-300, 0, 0.5 - 2**-54, 0.5),
    ],
)
def test_the_interval_of_a_parameter(make, name, below, first, last, above):
    for value in (first, last):
        kept = getattr(make(**{name: value}), name)
        assert kept == value
        assert type(kept) in (int, float)
    for value in (below, above):
        with pytest.raises(ValueError, match=f"{name}: expected a number in "):
            make(**{name: value})


@pytest.mark.parametrize("number", [-1e-300, np.inf])
def test_the_interval_of_each_weight_of_a_class(number):
    assert lb.CategoricalFocalCrossentropy(alpha=[0, 1e300]).alpha == (0, 1e300)
    with pytest.raises(ValueError, match=r"alpha\[1\]: expected a number in \[0, inf\)"):
        lb.CategoricalFocalCrossentropy(alpha=[1.0, number])


@pytest.mark.parametrize(
    "make", [lb.BinaryCrossentropy, lb.CategoricalCrossentropy, lb.SparseCategoricalCrossentropy]
)
def test_defaults_are_the_exact_loss_of_probabilities(make):
    loss = make()
    assert (loss.from_logits, loss.epsilon) == (False, 0)
    assert getattr(loss, "label_smoothing", 0) == 0
    assert getattr(loss, "ignore_class", None) is None


# --- ties -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", [0.25, -3.0, 1e300, np.inf])
def test_a_wrong_class_that_ties_with_the_true_one(score):
    loss = lb.CategoricalHinge()
    y, p = [[0, 1, 0]], [[score, score, -4.0]]  # short of the margin by all of it
    assert loss(y, p) == 1
    np.testing.assert_array_equal(loss.gradient(y, p), [[1, -1, 0]])


# --- shapes ---------------------------------------------------------------------------------------


def test_rows_of_two_classes_are_no_indices():
    loss = lb.SparseCategoricalCrossentropy()
    with pytest.raises(ValueError, match=r"class indices of shape \(3,\), received rows of"):
        loss(np.eye(2)[[0, 1, 0]], np.full((3, 2), 0.5))


def test_a_column_of_indices_beside_one_class():
    loss = lb.SparseCategoricalCrossentropy()
    assert loss([0, 0], [[1.0], [1.0]]) == 0
    with pytest.raises(ValueError, match=r"received \(2, 1\); did you mean y_true\[:, 0\]\?"):
        loss([[0], [0]], [[1.0], [1.0]])


def test_predictions_of_indices_are_rows():
    with pytest.raises(ValueError, match=r"y_pred: expected shape \(n, K\), received \(2,\)"):
        lb.SparseCategoricalCrossentropy()([0, 0], [0.5, 0.5])


def test_a_sample_of_numbers_may_be_a_row():
    loss = lb.MeanSquaredError()
    y, p = [[0.0, 0.0], [1.0, 1.0]], [[1.0, 3.0], [1.0, 5.0]]
    assert loss(y, p, reduction="none").tolist() == [5, 8]  # (1 + 9) / 2, (0 + 16) / 2
    assert loss(y, p) == 6.5
    for shape in ((), (2, 1, 1)):
        with pytest.raises(ValueError, match=r"expected shape \(n,\) or \(n, d\)"):
            loss(np.ones(shape), np.ones(shape))


@pytest.mark.parametrize("loss", [lb.CategoricalCrossentropy(), lb.CosineSimilarity()], ids=repr)
def test_rows_have_two_axes(loss):
    for shape in ((2,), (2, 1, 1)):
        with pytest.raises(ValueError, match=r"expected the same shape \(n, K\)"):
            loss(np.ones(shape), np.ones(shape))


@pytest.mark.parametrize(
    ("loss", "y", "p"),
    [
        (lb.MeanSquaredError(), np.ones(3), np.ones(2)),
        (lb.MeanSquaredError(), np.ones((2, 3)), np.ones((2, 1))),
        (lb.SparseCategoricalCrossentropy(), np.zeros(3, int), np.full((2, 2), 0.5)),
        (lb.SparseCategoricalCrossentropy(), np.zeros((3, 1), int), np.full((2, 2), 0.5)),
    ],
)
def test_no_hint_where_no_axis_too_many_is_the_cause(loss, y, p):
    with pytest.raises(ValueError, match=r"received \([\d, ]+\)( and \([\d, ]+\))?$"):
        loss(y, p)


# --- a loss of which only half is written ---------------------------------------------------------


@dataclass(frozen=True)
class OnlyValue(ElementwiseLoss):
    """Has no derivative."""

    def _value(self, y, p):
        return (p - y) ** 2


@dataclass(frozen=True)
class OnlyDerivative(ElementwiseLoss):
    """Has no value."""

    def _derivative(self, y, p):
        return 2.0 * (p - y)


def test_what_is_not_asked_for_is_not_computed():
    assert OnlyValue()([1.0], [3.0]) == 4
    assert OnlyDerivative().gradient([1.0], [3.0]) == [4]
    with pytest.raises(NotImplementedError):
        OnlyValue().value_and_gradient([1.0], [3.0])
    with pytest.raises(NotImplementedError):
        OnlyDerivative().value_and_gradient([1.0], [3.0])


def test_a_loss_has_the_name_of_its_class():
    assert lb.Huber(2.0).__name__ == "Huber"


# --- labels ---------------------------------------------------------------------------------------


def test_labels_may_be_all_of_one_kind():
    for labels in ([-1, -1], [0, 0], [1, 1]):
        sign = 1 if labels[0] == 1 else -1
        assert lb.Hinge()(labels, [0.5, 0.5]) == 1 - 0.5 * sign
    with pytest.raises(ValueError, match="received both -1 and 0"):
        lb.Hinge()([-1, 0], [0.5, 0.5])
