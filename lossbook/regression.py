"""Losses of numbers: two short formulas each, on targets y and predictions p (ŷ in the book)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbook._arrays import Array
from lossbook._loss import ElementwiseLoss


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

    def _value(self, y: Array, p: Array) -> Array:
        residual = p - y
        return residual * residual

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

    def _value(self, y: Array, p: Array) -> Array:
        return np.abs(p - y)

    def _derivative(self, y: Array, p: Array) -> Array:
        return np.sign(p - y)
