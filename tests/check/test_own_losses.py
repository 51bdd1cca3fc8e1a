"""A loss of a reader's own, which declares nothing but its formulas, is checked as any other."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from cases import CASES

from lossbook import check
from lossbook._contracts.domains import PROBABILITIES, TARGETS
from lossbook._contracts.examples import Examples
from lossbook._engines import ops
from lossbook.check import _inputs as inputs
from lossbook.losses.base import ClassLoss, ElementwiseLoss


@dataclass(frozen=True)
class PseudoHuber(ElementwiseLoss):
    """The example of CONTRIBUTING."""

    delta: float = 1.0

    def _value(self, y, p):
        r = (p - y) / self.delta
        return self.delta**2 * (r * (r / (1.0 + ops.hypot(1.0, r))))

    def _derivative(self, y, p):
        return (p - y) / ops.hypot(1.0, (p - y) / self.delta)


@dataclass(frozen=True)
class Capped(ElementwiseLoss):
    """Squares up to a limit: a parameter that no loss of the package has."""

    limit: float = 50.0

    def _value(self, y, p):
        return ops.minimum((p - y) ** 2, self.limit**2)

    def _derivative(self, y, p):
        r = p - y
        return ops.where(ops.abs(r) < self.limit, 2.0 * r, 0.0 * r)


@dataclass(frozen=True)
class Brier(ClassLoss):
    """The squared distance of a row of probabilities from the one-hot row."""

    def _value(self, y, p):
        return ops.sum((p - y) ** 2)

    def _derivative(self, y, p):
        return 2.0 * (p - y)


@dataclass(frozen=True)
class LogScore(ClassLoss):
    """Has no number for most scores, and does not say so."""

    def _value(self, y, p):
        return -ops.sum(ops.xlogy(y, p))

    def _derivative(self, y, p):
        return -ops.quotient(y, p)


@dataclass(frozen=True)
class NotANumber(ElementwiseLoss):
    """Has a number nowhere."""

    def _value(self, y, p):
        return ops.log(-ops.abs(y - p) - 1.0)

    def _derivative(self, y, p):
        return self._value(y, p)


# --- what students write --------------------------------------------------------------------------


def pseudo_huber(y_true, y_pred):
    total = 0.0
    for y, p in zip(y_true, y_pred, strict=True):
        total += math.sqrt(1 + (float(p) - float(y)) ** 2) - 1
    return total / len(y_true)


def pseudo_huber_summed(y_true, y_pred):
    return np.sum(np.sqrt(1 + (np.asarray(y_pred, float) - y_true) ** 2) - 1)


def pseudo_huber_slope(y_true, y_pred):
    slopes = []
    for y, p in zip(y_true, y_pred, strict=True):
        r = float(p) - float(y)
        slopes.append(r / math.sqrt(1 + r * r) / len(y_true))
    return slopes


def brier(y_true, y_pred):
    total = 0.0
    for row, target in zip(y_pred, y_true, strict=True):
        for p, y in zip(row, target, strict=True):
            total += (p - y) ** 2
    return total / len(y_true)


def brier_of_labels(y_true, p):
    """Uses that a target is one-hot."""
    own = (p * y_true).sum(axis=1)
    return np.mean((p**2).sum(axis=1) - 2 * own + 1)


def log_score(y_true, p):
    return -np.mean(np.log((y_true * p).sum(axis=1)))


@pytest.mark.parametrize(
    ("function", "loss"),
    [
        (pseudo_huber, PseudoHuber()),
        (brier, Brier()),
        (brier_of_labels, Brier()),
        (log_score, LogScore()),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_right_function_passes_and_its_sum_is_named(function, loss):
    report = check.loss(function, like=loss)
    assert report.passed and report.trials >= 5, str(report)

    def summed(y_true, y_pred):
        return len(y_pred) * function(y_true, y_pred)

    assert check.loss(summed, like=loss).mistake.key == "forgot-mean"
    assert check.loss(lambda y, p: 1.01 * function(y, p), like=loss).mistake is None


def test_a_students_sum_is_named_with_the_smallest_input():
    report = check.loss(pseudo_huber_summed, like=PseudoHuber())
    assert report.mistake.key == "forgot-mean"
    assert report.failure.arguments == {"y_true": "[1, 3]", "y_pred": "[1.5, 1]"}


def test_a_parameter_that_a_student_ignores_is_named():
    report = check.loss(pseudo_huber, like=PseudoHuber(delta=3.0))
    assert report.mistake.key == "parameter-ignored"
    report = check.loss(lambda y, p: np.mean(np.abs(p - y)), like=PseudoHuber())
    assert report.mistake.key == "another-loss"


def test_gradients_of_own_losses():
    assert check.gradient(pseudo_huber_slope, of=PseudoHuber()).passed
    report = check.gradient(
        lambda y, p: len(p) * np.array(pseudo_huber_slope(y, p)), of=PseudoHuber()
    )
    assert report.mistake.key == "gradient-of-the-sum"
    assert check.gradient(lambda y, p: 2 * (p - y) / len(p), of=Brier()).passed
    report = check.gradient(lambda y, p: (p - y) / len(p), of=Brier())
    assert report.mistake.key == "half"


@pytest.mark.parametrize("limit", [0.01, 1.0, 50.0])
def test_both_sides_of_a_parameter_are_reached(limit):
    """Whatever its name and its size."""
    assert check.loss(Capped(limit), like=Capped(limit)).passed
    uncapped = check.loss(lambda y, p: np.mean((p - y) ** 2), like=Capped(limit))
    assert uncapped.mistake.key == ("another-loss" if limit == 50.0 else "parameter-ignored")
    ignored = check.loss(lambda y, p: limit**2, like=Capped(limit))
    assert not ignored.passed


@dataclass(frozen=True)
class RowsOfNumbers(Brier):
    """Declares numbers, and takes rows."""

    targets = TARGETS
    predictions = PROBABILITIES


@pytest.mark.parametrize("loss", [NotANumber(), RowsOfNumbers()], ids=repr)
def test_a_loss_without_a_number_on_its_domain_is_refused(loss):
    """It would pass every function."""
    with pytest.raises(ValueError, match="expected a loss with finite values for what its"):
        check.loss(pseudo_huber, like=loss)


# --- the examples ---------------------------------------------------------------------------------

KINDS = [name for name in Examples.__dataclass_fields__ if name != "made"]


@pytest.mark.parametrize("kind", KINDS)
def test_examples_hold_in_their_domains(kind):
    """Targets and predictions of every kind are what the loss takes, and shapes go together."""
    tried = 0
    for case in CASES:
        for y, p in inputs.pairs(case.loss, kind):
            case.loss(y, p)
            tried += 1
    assert tried > 20


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_loss_has_usual_and_odd_examples_of_several_lengths(case):
    usual = inputs.pairs(case.loss, "usual")
    assert {1, 2, 5} <= {len(p) for _, p in usual}
    assert [len(p) for _, p in inputs.pairs(case.loss, "edges")] == [1, 2, 7]
    for y, p in usual:
        assert not np.array_equal(y, p), "a usual example is no perfect prediction"
