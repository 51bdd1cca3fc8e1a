r"""Hinge losses: a score has to be on the right side by a margin of 1, and then costs nothing.

They come from support vector machines: scores are not probabilities, and a sample that is right
by more than the margin has no say in the fit any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from lossbook._contracts.domains import ONE_HOT_ROWS, SCORES, SIGNS_OR_BITS
from lossbook._contracts.dtypes import Array
from lossbook._engines import ops
from lossbook.losses.base import ClassLoss, ElementwiseLoss, Peers


class BinaryHinge(ElementwiseLoss):
    """What the two hinge losses of two classes share: the labels, and the margin."""

    family = "classification"
    targets = SIGNS_OR_BITS
    predictions = SCORES

    def _shortfall(self, y: Array, p: Array) -> tuple[Array, Array]:
        """Return the labels as -1 and 1, and by how much each score falls short of the margin."""
        sign = ops.where(y == 0, -1.0, y)
        return sign, ops.maximum(1.0 - sign * p, 0.0)


@dataclass(frozen=True)
class Hinge(BinaryHinge):
    r"""The hinge loss, :math:`\max(1 - y z, 0)`, of a score z.

    ``y_true``: labels all in {-1, 1} or all in {0, 1}, which stand for the same two classes, shape
    (n,) or (n, d). ``y_pred``, of the same shape: scores, of which the sign is the prediction. The
    derivative is -y where the margin is missed, else 0, and 0 at the margin itself.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.Hinge()([1, -1, 1], [2.0, 0.5, 0.25], reduction="none")
    array([0.  , 1.5 , 0.75])
    >>> lb.Hinge().gradient([1, 0, 1], [2.0, 0.5, 0.25], reduction="sum")
    array([ 0.,  1., -1.])

    References
    ----------
    Cortes, C. & Vapnik, V. (1995). Support-vector networks. Machine Learning 20(3), 273-297.
    """

    peers = Peers("hinge_loss", "Hinge", optax="hinge_loss")

    def _value(self, y: Array, p: Array) -> Array:
        return self._shortfall(y, p)[1]

    def _derivative(self, y: Array, p: Array) -> Array:
        sign, short = self._shortfall(y, p)
        return ops.where(short > 0, -sign, 0.0 * short)


@dataclass(frozen=True)
class SquaredHinge(BinaryHinge):
    r"""The squared hinge loss, :math:`\max(1 - y z, 0)^2`, of a score z.

    ``y_true`` and ``y_pred`` as for :class:`Hinge`. Squaring makes it smooth at the margin and
    harder on a grave mistake; the derivative is :math:`-2 y \max(1 - y z, 0)`.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.SquaredHinge()([1, -1, 1], [2.0, 0.5, 0.5], reduction="none")
    array([0.  , 2.25, 0.25])

    References
    ----------
    Lee, Y.-J. & Mangasarian, O. L. (2001). SSVM: a smooth support vector machine for
    classification. Computational Optimization and Applications 20(1), 5-22.
    """

    peers = Peers(keras="SquaredHinge")

    def _value(self, y: Array, p: Array) -> Array:
        return self._shortfall(y, p)[1] ** 2

    def _derivative(self, y: Array, p: Array) -> Array:
        sign, short = self._shortfall(y, p)
        return -2.0 * sign * short


@dataclass(frozen=True)
class CategoricalHinge(ClassLoss):
    r"""The hinge loss of K classes, :math:`\max(1 + \max_{k \ne c} z_k - z_c, 0)`, c the true one.

    ``y_true``: one-hot rows, shape (n, K). ``y_pred``, of the same shape: scores. The score of the
    true class has to beat every other by 1. The derivative is -1 for the true class and 1 for the
    best of the others where the margin is missed; classes that tie for the best share it.

    Keras takes the best of the others as at least 0, so that its loss depends on more than the
    differences of the scores; both agree where some wrong class has a score of 0 or more.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.CategoricalHinge()([[0, 1, 0]], [[0.5, 1.0, -2.0]])
    0.5
    >>> lb.CategoricalHinge().gradient([[0, 1, 0]], [[0.5, 1.0, -2.0]])
    array([[ 1., -1.,  0.]])

    References
    ----------
    Crammer, K. & Singer, Y. (2001). On the algorithmic implementation of multiclass kernel-based
    vector machines. Journal of Machine Learning Research 2, 265-292.
    """

    peers = Peers("hinge_loss", "CategoricalHinge", "", "multiclass_hinge_loss")
    targets = ONE_HOT_ROWS

    def _shortfall(self, y: Array, p: Array) -> tuple[Array, Array]:
        """Return which classes are the best wrong ones, and what is missing to the margin."""
        others = ops.where(y == 1, -ops.inf, p)
        best = ops.max(others)
        own = ops.sum(ops.where(y == 1, p, 0.0))
        lead = ops.where(best == own, 0.0, best - own)  # also where both are infinite
        return ops.indicator(others == best, p), ops.maximum(1.0 + lead, 0.0)

    def _value(self, y: Array, p: Array) -> Array:
        return self._shortfall(y, p)[1]

    def _derivative(self, y: Array, p: Array) -> Array:
        rivals, short = self._shortfall(y, p)
        return ops.sign(short) * (rivals / ops.sum(rivals) - y)
