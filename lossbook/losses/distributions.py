"""Losses of counts, distributions and directions: Poisson, Kullback-Leibler, cosine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lossbook._contracts.domains import (
    COUNTS,
    PREDICTED_DISTRIBUTIONS,
    RATES,
    REAL,
    TARGET_DISTRIBUTIONS,
    VECTORS,
)
from lossbook._contracts.dtypes import Array
from lossbook._contracts.parameters import check_flag, store_number
from lossbook._engines import ops
from lossbook.losses.base import ClassLoss, ElementwiseLoss, Peers, either


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

    peers = Peers("mean_poisson_deviance", "Poisson", "PoissonNLLLoss")
    targets = COUNTS
    predictions = either("log_input", REAL, RATES)

    log_input: bool = False

    def __post_init__(self) -> None:
        check_flag("log_input", self.log_input)

    def _value(self, y: Array, p: Array) -> Array:
        if self.log_input:
            rate, gain = ops.exp(p), ops.product(y, p)
        else:
            rate, gain = p, ops.xlogy(y, p)
        return ops.where(rate == ops.inf, ops.inf, rate - gain)  # where inf - inf would come out

    def _derivative(self, y: Array, p: Array) -> Array:
        if self.log_input:
            return ops.exp(p) - y
        slope = ops.quotient(p - y, p, limit=1.0)  # of no count at rate 0
        return ops.where(p == ops.inf, 1.0, slope)


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

    family = "distributions"
    peers = Peers(keras="KLDivergence", torch="KLDivLoss", optax="kl_divergence")
    targets = TARGET_DISTRIBUTIONS
    predictions = PREDICTED_DISTRIBUTIONS

    epsilon: float = 0.0

    def __post_init__(self) -> None:
        store_number(self, "epsilon", at_least=0, below=0.5)

    def _value(self, y: Array, p: Array) -> Array:
        if self.epsilon:
            y, p = ops.maximum(y, self.epsilon), ops.maximum(p, self.epsilon)
        return ops.sum(ops.rel_entr(y, p))

    def _derivative(self, y: Array, p: Array) -> Array:
        if not self.epsilon:
            return -ops.quotient(y, p)
        clipped = p < self.epsilon
        return ops.where(clipped, 0.0, -ops.maximum(y, self.epsilon) / p)


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

    family = "distributions"
    peers = Peers(
        "pairwise.cosine_similarity", "CosineSimilarity", "CosineSimilarity", "cosine_similarity"
    )
    targets = VECTORS

    _for_indices: ClassVar[str] = ""

    def _value(self, y: Array, p: Array) -> Array:
        return -ops.sum(_direction(y)[0] * _direction(p)[0])

    def _derivative(self, y: Array, p: Array) -> Array:
        u, _ = _direction(y)
        v, length = _direction(p)
        along = ops.sum(u * v) * v
        return ops.quotient(along - u, ops.where(length == 0, ops.inf, length))


def _direction(a: Array) -> tuple[Array, Array]:
    """Return each column's unit vector and its length; neither overflows on the way."""
    scaled, largest = ops.scaled(a)
    norm = ops.sqrt(ops.sum(scaled * scaled))
    return ops.quotient(scaled, norm), largest * norm
