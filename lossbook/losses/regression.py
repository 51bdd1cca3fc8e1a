"""Losses of numbers: two short formulas each, on targets y and predictions p (ŷ in the book)."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from lossbook._contracts.domains import ABOVE_MINUS_ONE, AMOUNTS
from lossbook._contracts.dtypes import Array
from lossbook._contracts.parameters import store_number
from lossbook._engines import ops
from lossbook.losses.base import ElementwiseLoss, Peers

LOG_2 = log(2.0)


@dataclass(frozen=True)
class MeanSquaredError(ElementwiseLoss):
    r"""Mean squared error, :math:`(\hat y - y)^2`: what the mean of the targets minimises.

    ``y_true`` and ``y_pred``: the same shape, (n,) or (n, d), in the unit of the target; the loss
    is in that unit squared. There is no factor ½: the derivative is :math:`2(\hat y - y)`.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.MeanSquaredError()([3.0, 5.0], [2.0, 7.0])
    2.5
    >>> lb.MeanSquaredError().gradient([3.0, 5.0], [2.0, 7.0])
    array([-1.,  2.])

    References
    ----------
    Legendre, A.-M. (1805). Nouvelles méthodes pour la détermination des orbites des comètes,
    appendix: the method of least squares.
    """

    peers = Peers("mean_squared_error", "MeanSquaredError", "MSELoss", "squared_error")

    def _value(self, y: Array, p: Array) -> Array:
        return (p - y) ** 2

    def _derivative(self, y: Array, p: Array) -> Array:
        return 2.0 * (p - y)


@dataclass(frozen=True)
class MeanAbsoluteError(ElementwiseLoss):
    r"""Mean absolute error, :math:`|\hat y - y|`: what the median of the targets minimises.

    ``y_true`` and ``y_pred``: the same shape, (n,) or (n, d); the loss is in their unit. The
    derivative is the sign of :math:`\hat y - y`; at the kink, a tie, it is the subgradient 0.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.MeanAbsoluteError()([3.0, 5.0], [2.0, 7.0])
    1.5
    >>> lb.MeanAbsoluteError().gradient([3.0, 5.0], [2.0, 7.0])
    array([-0.5,  0.5])

    References
    ----------
    Boscovich, R. J. (1757), as told by Koenker, R. & Bassett, G. (1985). On Boscovich's
    estimator. The Annals of Statistics 13(4), 1625-1628.
    """

    peers = Peers("mean_absolute_error", "MeanAbsoluteError", "L1Loss")

    def _value(self, y: Array, p: Array) -> Array:
        return ops.abs(p - y)

    def _derivative(self, y: Array, p: Array) -> Array:
        return ops.sign(p - y)


@dataclass(frozen=True)
class Huber(ElementwiseLoss):
    r"""Huber's loss: :math:`\tfrac12 r^2` up to δ, beyond it :math:`\delta (|r| - \delta / 2)`.

    ``y_true`` and ``y_pred``: the same shape, (n,) or (n, d); r is :math:`\hat y - y`. Near the
    target it is half the squared error, far from it a straight line, so that no single sample
    pulls harder than δ: the derivative is r, limited to :math:`[-\delta, \delta]`.

    Parameters
    ----------
    delta : float above 0
        δ, where the parabola becomes a line, in the unit of the target.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.Huber(delta=1.0)([3.0, 5.0], [2.5, 9.0])
    1.8125
    >>> lb.Huber(delta=1.0).gradient([3.0, 5.0], [2.5, 9.0])
    array([-0.25,  0.5 ])

    References
    ----------
    Huber, P. J. (1964). Robust estimation of a location parameter. The Annals of Mathematical
    Statistics 35(1), 73-101.
    """

    peers = Peers("", "Huber", "HuberLoss", "huber_loss")

    delta: float = 1.0

    def __post_init__(self) -> None:
        store_number(self, "delta", above=0)

    def _value(self, y: Array, p: Array) -> Array:
        size = ops.abs(p - y)
        near = ops.minimum(size, self.delta)
        return near * (size - 0.5 * near)  # both cases in one: near is |r|, or delta

    def _derivative(self, y: Array, p: Array) -> Array:
        return ops.clip(p - y, -self.delta, self.delta)


@dataclass(frozen=True)
class LogCosh(ElementwiseLoss):
    r"""The logarithm of the hyperbolic cosine, :math:`\log\cosh(\hat y - y)`: smooth everywhere.

    ``y_true`` and ``y_pred``: the same shape, (n,) or (n, d). Near 0 it is half the squared error,
    far away the absolute error less log 2; the derivative is :math:`\tanh(\hat y - y)`. The
    residual has to be without a unit, or measured in one that makes 1 a typical size.

    Examples
    --------
    >>> import lossbook as lb
    >>> round(lb.LogCosh()([3.0, 5.0], [2.0, 7.0]), 6)
    0.879392
    >>> round(1e20 * lb.LogCosh()([0.0], [1e-10]), 9)  # log(cosh(1e-10)) would round to 0
    0.5

    References
    ----------
    Green, P. J. (1990). Bayesian reconstructions from emission tomography data using a modified
    EM algorithm. IEEE Transactions on Medical Imaging 9(1), 84-93.
    """

    peers = Peers(keras="LogCosh", optax="log_cosh")

    def _value(self, y: Array, p: Array) -> Array:
        size = ops.abs(p - y)
        # cosh r = 1 + 2 sinh²(r/2) keeps the digits of a small residual; e^r (1 + e^-2r) / 2 does
        # not overflow for a large one.
        small = ops.log1p(2.0 * ops.sinh(0.5 * ops.minimum(size, 1.0)) ** 2)
        large = size - LOG_2 + ops.log1p(ops.exp(-2.0 * size))
        return ops.where(size < 1.0, small, large)

    def _derivative(self, y: Array, p: Array) -> Array:
        return ops.tanh(p - y)


@dataclass(frozen=True)
class Quantile(ElementwiseLoss):
    r"""The pinball loss, :math:`\max(q r, (q - 1) r)` for :math:`r = y - \hat y`.

    ``y_true`` and ``y_pred``: the same shape, (n,) or (n, d); the loss is in their unit. Predicting
    too little costs q a unit, too much costs 1 - q, so that the q-quantile of the targets
    minimises it: with q = 0.9 the number that nine targets in ten stay below. The derivative is
    -q or 1 - q; at a tie it is the subgradient 0.

    Parameters
    ----------
    quantile : float in (0, 1)
        q. At 0.5 the loss is half the absolute error.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.Quantile(0.75)([3.0, 5.0], [2.0, 7.0], reduction="none")
    array([0.75, 0.5 ])
    >>> lb.Quantile(0.75).gradient([3.0, 5.0], [2.0, 7.0], reduction="sum")
    array([-0.75,  0.25])

    References
    ----------
    Koenker, R. & Bassett, G. (1978). Regression quantiles. Econometrica 46(1), 33-50.
    """

    peers = Peers("mean_pinball_loss")

    quantile: float = 0.5

    def __post_init__(self) -> None:
        store_number(self, "quantile", above=0, below=1)

    def _value(self, y: Array, p: Array) -> Array:
        short = y - p
        return ops.maximum(self.quantile * short, (self.quantile - 1.0) * short)

    def _derivative(self, y: Array, p: Array) -> Array:
        side = ops.sign(p - y)
        return ops.where(p > y, (1.0 - self.quantile) * side, self.quantile * side)


@dataclass(frozen=True)
class MeanAbsolutePercentageError(ElementwiseLoss):
    r"""Mean absolute percentage error, :math:`100\,|\hat y - y| / |y|`, in per cent.

    ``y_true`` and ``y_pred``: the same shape, (n,) or (n, d). A target of 0 makes it infinite,
    unless the prediction is 0 too; Keras divides by at least 1e-7 instead, scikit-learn by at least
    2.2e-16 (and leaves out the 100). The derivative is :math:`\pm 100 / |y|`, the subgradient 0 at
    a tie.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.MeanAbsolutePercentageError()([50.0, 200.0], [60.0, 150.0])
    22.5
    >>> lb.MeanAbsolutePercentageError().gradient([50.0, 200.0], [60.0, 150.0])
    array([ 1.  , -0.25])

    References
    ----------
    de Myttenaere, A., Golden, B., Le Grand, B. & Rossi, F. (2016). Mean absolute percentage error
    for regression models. Neurocomputing 192, 38-48.
    """

    peers = Peers("mean_absolute_percentage_error", "MeanAbsolutePercentageError")
    targets = AMOUNTS
    predictions = AMOUNTS

    def _value(self, y: Array, p: Array) -> Array:
        residual = ops.abs(p - y)
        share = ops.quotient(residual, ops.abs(y))
        huge = residual == ops.inf  # though its share of y may be a number
        share = ops.where(huge, lambda: ops.abs(p / y - 1.0), share)
        return 100.0 * share

    def _derivative(self, y: Array, p: Array) -> Array:
        return ops.quotient(100.0 * ops.sign(p - y), ops.abs(y))


@dataclass(frozen=True)
class MeanSquaredLogarithmicError(ElementwiseLoss):
    r"""Mean squared logarithmic error, :math:`(\log(1 + \hat y) - \log(1 + y))^2`.

    ``y_true`` and ``y_pred``: the same shape, (n,) or (n, d), all above -1: amounts that grow by
    factors, such as prices or counts, for which twice too much is as wrong as half. The derivative
    is :math:`2\,(\log(1 + \hat y) - \log(1 + y)) / (1 + \hat y)`.

    Examples
    --------
    >>> import lossbook as lb
    >>> loss = lb.MeanSquaredLogarithmicError()
    >>> loss([9.0, 9.0], [19.0, 4.0], reduction="none")  # twice as much, half as much
    array([0.48045301, 0.48045301])

    References
    ----------
    scikit-learn's user guide, "Mean squared logarithmic error"; as the squared error of
    logarithms it is least squares after the transformation of Box, G. E. P. & Cox, D. R. (1964).
    An analysis of transformations. Journal of the Royal Statistical Society B 26(2), 211-252.
    """

    peers = Peers("mean_squared_log_error", "MeanSquaredLogarithmicError")
    targets = ABOVE_MINUS_ONE
    predictions = ABOVE_MINUS_ONE

    def _value(self, y: Array, p: Array) -> Array:
        return _log_factor(y, p) ** 2

    def _derivative(self, y: Array, p: Array) -> Array:
        return ops.product(1.0 / (1.0 + p), 2.0 * ops.sign(p - y) * _log_factor(y, p))


def _log_factor(y: Array, p: Array) -> Array:
    """Return |log((1 + p) / (1 + y))|, with all its digits where p and y are close."""
    return ops.log1p(ops.abs(p - y) / (1.0 + ops.minimum(y, p)))
