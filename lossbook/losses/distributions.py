"""Losses of counts, distributions and directions: Poisson, Kullback-Leibler, cosine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from lossbook._contracts.arrays import (
    COUNTS,
    PREDICTED_DISTRIBUTIONS,
    RATES,
    REAL,
    TARGET_ROWS,
    Array,
    Domain,
)
from lossbook._contracts.parameters import check_flag, store_number
from lossbook.losses.base import ClassLoss, ElementwiseLoss, product, product_of, quotient


@dataclass(frozen=True)
class Poisson(ElementwiseLoss):
    r"""The Poisson loss, :math:`\hat y - y \log \hat y`: what the mean of counts minimises.

    ``y_true``: counts of at least 0, shape (n,) or (n, d). ``y_pred``, of the same shape: expected
    counts (rates) of at least 0, or their logarithms. It is the negative log-likelihood of the
    Poisson distribution less :math:`\log y!`, which no prediction changes, and may be negative; the
    derivative is :math:`1 - y / \hat y`.

    Parameters
    ----------
    log_input : bool
        Whether ``y_pred`` holds logarithms z of rates: :math:`e^z - y z`, with the derivative
        :math:`e^z - y`. A model may then predict any real number.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.Poisson()([2, 0], [1.0, 3.0])
    2.0
    >>> lb.Poisson().gradient([2, 0], [1.0, 3.0])
    array([-0.5,  0.5])
    >>> lb.Poisson(log_input=True)([2, 0], [0.0, 0.0])
    1.0

    References
    ----------
    Nelder, J. A. & Wedderburn, R. W. M. (1972). Generalized linear models. Journal of the Royal
    Statistical Society A 135(3), 370-384.
    """

    log_input: bool = False

    def __post_init__(self) -> None:
        check_flag("log_input", self.log_input)

    def _domains(self) -> tuple[Domain, Domain]:
        return COUNTS, REAL if self.log_input else RATES

    def _value(self, y: Array, p: Array) -> Array:
        if self.log_input:
            rate, gain = np.exp(p), product(y, p)
        else:
            rate, gain = p, product_of(y, np.log, p)
        return np.where(rate == np.inf, np.inf, rate - gain)  # where inf - inf would come out

    def _derivative(self, y: Array, p: Array) -> Array:
        if self.log_input:
            return np.exp(p) - y
        slope = (p - y) / p
        return np.where(np.isnan(slope), 1.0, slope)  # of no count at rate 0; of an infinite rate


@dataclass(frozen=True)
class KLDivergence(ClassLoss):
    r"""The Kullback-Leibler divergence, :math:`\sum_k y_k \log (y_k / p_k)`, in nats.

    ``y_true`` and ``y_pred``: distributions over K classes, one a row, shape (n, K). It is the
    cross-entropy less the entropy of the target: 0 at a perfect prediction, infinite where a class
    that happens is ruled out. The derivative is :math:`-y_k / p_k`, that of the cross-entropy.

    Parameters
    ----------
    epsilon : float in [0, 0.5)
        Targets and predictions are raised to at least epsilon. 0 is the exact divergence; 1e-7
        reproduces Keras.

    Examples
    --------
    >>> import lossbook as lb
    >>> round(lb.KLDivergence()([[0.5, 0.5]], [[0.9, 0.1]]), 6)
    0.510826
    >>> lb.KLDivergence()([[0.9, 0.1]], [[0.9, 0.1]])
    0.0

    References
    ----------
    Kullback, S. & Leibler, R. A. (1951). On information and sufficiency. The Annals of
    Mathematical Statistics 22(1), 79-86.
    """

    epsilon: float = 0.0

    def __post_init__(self) -> None:
        store_number(self, "epsilon", at_least=0, below=0.5)

    def _domains(self) -> tuple[Domain, Domain]:
        return TARGET_ROWS, PREDICTED_DISTRIBUTIONS

    def _value(self, y: Array, p: Array) -> Array:
        if self.epsilon:
            y, p = np.maximum(y, self.epsilon), np.maximum(p, self.epsilon)
        return np.add.reduce(product_of(y, partial(_log_ratio, y), p), axis=0)

    def _derivative(self, y: Array, p: Array) -> Array:
        if not self.epsilon:
            return -quotient(y, p)
        clipped = p < self.epsilon
        return np.where(clipped, 0.0, -np.maximum(y, self.epsilon) / p)


@dataclass(frozen=True)
class CosineSimilarity(ClassLoss):
    r"""Minus the cosine of the angle of two vectors, :math:`-\,y \cdot \hat y / (|y|\,|\hat y|)`.

    ``y_true`` and ``y_pred``: vectors, one a row, shape (n, d). -1 where they point the same way, 0
    where they are at right angles, 1 where they are opposite; lengths do not count. A vector of
    zeros points nowhere: its loss and its derivative are 0. The derivative,
    :math:`-(u - (u \cdot v)\,v) / |\hat y|` for the unit vectors u of y and v of ŷ, is at right
    angles to the prediction.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.CosineSimilarity()([[1.0, 0.0], [1.0, 0.0]], [[5.0, 0.0], [0.0, 2.0]], reduction="none")
    array([-1.,  0.])
    >>> lb.CosineSimilarity().gradient([[1.0, 0.0]], [[0.0, 2.0]])
    array([[-0.5,  0. ]])

    References
    ----------
    Salton, G., Wong, A. & Yang, C. S. (1975). A vector space model for automatic indexing.
    Communications of the ACM 18(11), 613-620.
    """

    _for_indices: ClassVar[str] = ""

    def _value(self, y: Array, p: Array) -> Array:
        return 0.0 - np.add.reduce(_direction(y)[0] * _direction(p)[0], axis=0)

    def _derivative(self, y: Array, p: Array) -> Array:
        u, _ = _direction(y)
        v, length = _direction(p)
        along = np.add.reduce(u * v, axis=0) * v
        return quotient(along - u, np.where(length == 0, np.inf, length))


def _log_ratio(y: Array, p: Array) -> Array:
    """Return log(y / p); where the two are close, that would lose the digits of the difference."""
    close = np.abs(y - p) < 0.5 * p
    return np.where(close, np.log1p(np.where(close, (y - p) / p, 0.0)), np.log(y) - np.log(p))


def _direction(a: Array) -> tuple[Array, Array]:
    """Return each column's unit vector and its length; neither overflows on the way."""
    largest = np.max(np.abs(a), axis=0)
    if np.isinf(largest).any():  # infinite entries take all the length, in equal parts
        a = np.where(np.isinf(largest), np.where(np.isinf(a), np.sign(a), 0.0), a)
    scaled = quotient(a, np.where(np.isinf(largest), 1.0, largest))
    norm = np.sqrt(np.add.reduce(scaled * scaled, axis=0))
    return quotient(scaled, norm), largest * norm
