r"""Losses of class labels: cross-entropy for two classes, for many, and for class indices.

The cross-entropy of a target distribution y and a prediction p is :math:`-\sum_k y_k \log p_k`.
The three classes below are that one formula for three ways to write the labels. Each takes
probabilities or, with ``from_logits=True``, the scores before the sigmoid or softmax; from
logits nothing overflows and no digit is lost, so prefer them where you have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbook._contracts.arrays import (
    PREDICTED_ROWS,
    PROBABILITIES,
    REAL,
    TARGET_ROWS,
    TARGETS,
    Array,
    Domain,
)
from lossbook._contracts.parameters import check_flag, store_number
from lossbook.activations import _exponentials, class_indices, magnitude
from lossbook.losses.base import ClassLoss, ElementwiseLoss, has_nan, product, product_of, quotient


def _clip(p: Array, epsilon: float) -> Array:
    return np.minimum(np.maximum(p, epsilon), 1.0 - epsilon) if epsilon else p


def _log_rest(p: Array) -> Array:
    return np.log1p(-p)


def _sides(y: Array, z: Array) -> tuple[Array, Array]:
    """Return 1 where a logit is above 0, else 0; and how much of the label is on the other side."""
    above = (z > 0).astype(z.dtype)
    return above, np.abs(y - above)


def _where_unclipped(slope: Array, p: Array, epsilon: float) -> Array:
    """Return the slope, 0 where clipping keeps a prediction from changing the loss."""
    return np.where((p < epsilon) | (p > 1.0 - epsilon), 0.0, slope) if epsilon else slope


@dataclass(frozen=True)
class BinaryCrossentropy(ElementwiseLoss):
    r"""Cross-entropy of two classes, :math:`-y \log p - (1 - y) \log(1 - p)`, in nats.

    ``y_true``: targets in [0, 1], shape (n,) or (n, d). ``y_pred``, of the same shape:
    probabilities of class 1, or logits z with :math:`p = \sigma(z)`.

    Parameters
    ----------
    from_logits : bool
        Whether ``y_pred`` holds logits; the derivative with respect to a logit is :math:`p - y`.
    label_smoothing : float in [0, 1]
        s: targets become :math:`y (1 - s) + s / 2`.
    epsilon : float in [0, 0.5)
        Probabilities are clipped to [epsilon, 1 - epsilon]. 0 is the exact loss, which is
        infinite for a certain, wrong prediction; 1e-7 reproduces Keras. Ignored for logits.

    Examples
    --------
    >>> import lossbook as lb
    >>> round(lb.BinaryCrossentropy()([1, 0], [0.8, 0.4]), 6)
    0.366985
    >>> lb.BinaryCrossentropy(from_logits=True)([0.0], [1000.0])
    1000.0

    References
    ----------
    Good, I. J. (1952). Rational decisions. Journal of the Royal Statistical Society B 14(1),
    107-114.
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    epsilon: float = 0.0

    def __post_init__(self) -> None:
        check_flag("from_logits", self.from_logits)
        store_number(self, "label_smoothing", at_least=0, at_most=1)
        store_number(self, "epsilon", at_least=0, below=0.5)

    def _domains(self) -> tuple[Domain, Domain]:
        return TARGETS, REAL if self.from_logits else PROBABILITIES

    def _smooth(self, y: Array) -> Array:
        s = self.label_smoothing
        return y * (1.0 - s) + s / 2.0 if s else y

    def _value(self, y: Array, p: Array) -> Array:
        y = self._smooth(y)
        if self.from_logits:
            # log(1 + e^-|z|), and |z| times how much of the label lies on the other side: both
            # are non-negative, so that no digit is lost between them.
            _, other_side = _sides(y, p)
            size = magnitude(p)
            return np.log1p(np.exp(-size)) + product(other_side, size)
        p = _clip(p, self.epsilon)
        return product_of(y - 1.0, _log_rest, p) - product_of(y, np.log, p)

    def _derivative(self, y: Array, p: Array) -> Array:
        y = self._smooth(y)
        if self.from_logits:  # sigmoid(z) - y, as the derivative of the two terms above
            above, other_side = _sides(y, p)
            e = np.exp(-np.abs(p))
            return (2.0 * above - 1.0) * (other_side - e / (1.0 + e))
        slope = (p - y) / (p * (1.0 - p))
        if has_nan(slope):  # at a certain, right prediction 0/0 stands for its limit ±1
            certain = (p == y) & ((y == 0) | (y == 1))
            slope = np.where(certain, 1.0 - 2.0 * y, slope)
        return _where_unclipped(slope, p, self.epsilon)


@dataclass(frozen=True)
class CategoricalCrossentropy(ClassLoss):
    r"""Cross-entropy of K classes, :math:`-\sum_k y_k \log p_k`, in nats.

    ``y_true``: one-hot rows or distributions, shape (n, K). ``y_pred``, of the same shape:
    probabilities that sum to 1 over each row, or logits z with :math:`p = \mathrm{softmax}(z)`.

    Parameters
    ----------
    from_logits : bool
        Whether ``y_pred`` holds logits; the derivative with respect to the logits is
        :math:`p - y`.
    label_smoothing : float in [0, 1]
        s: targets become :math:`y (1 - s) + s / K`.
    epsilon : float in [0, 0.5)
        Probabilities are clipped to [epsilon, 1 - epsilon]; 0 is the exact loss. Ignored for
        logits.

    Examples
    --------
    >>> import lossbook as lb
    >>> round(lb.CategoricalCrossentropy()([[0, 1, 0]], [[0.1, 0.7, 0.2]]), 6)
    0.356675

    References
    ----------
    Good, I. J. (1952), as for :class:`BinaryCrossentropy`. Bridle, J. S. (1990), as for
    :func:`softmax`.
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    epsilon: float = 0.0

    def __post_init__(self) -> None:
        check_flag("from_logits", self.from_logits)
        store_number(self, "label_smoothing", at_least=0, at_most=1)
        store_number(self, "epsilon", at_least=0, below=0.5)

    def _domains(self) -> tuple[Domain, Domain]:
        return TARGET_ROWS, REAL if self.from_logits else PREDICTED_ROWS

    def _smooth(self, y: Array) -> Array:
        s = self.label_smoothing
        return y * (1.0 - s) + s / len(y) if s else y

    def _shared(self, p: Array) -> Any:
        return _exponentials(p) if self.from_logits else p

    def _value(self, y: Array, p: Any) -> Array:
        y = self._smooth(y)
        if self.from_logits:  # -log softmax = log sum(exp) - d, both terms non-negative
            d, _, others = p
            return np.add.reduce(product(y, np.log1p(others) - d), axis=0)
        return 0.0 - np.add.reduce(product_of(y, np.log, _clip(p, self.epsilon)), axis=0)

    def _derivative(self, y: Array, p: Any) -> Array:
        y = self._smooth(y)
        if self.from_logits:  # softmax(z) - y; for the largest logit as (1 - y) - (1 - softmax)
            d, e, others = p
            total = 1.0 + others
            return np.where(d == 0, (1.0 - y) - others / total, e / total - y)
        return _where_unclipped(-quotient(y, p), p, self.epsilon)


@dataclass(frozen=True)
class SparseCategoricalCrossentropy(ClassLoss):
    r"""Cross-entropy of K classes for labels given as indices, :math:`-\log p_y`, in nats.

    ``y_true``: class indices 0 … K - 1, shape (n,). ``y_pred``, shape (n, K): probabilities that
    sum to 1 over each row, or logits z with :math:`p = \mathrm{softmax}(z)`.

    Parameters
    ----------
    from_logits : bool
        Whether ``y_pred`` holds logits.
    epsilon : float in [0, 0.5)
        Probabilities are clipped to [epsilon, 1 - epsilon]; 0 is the exact loss. Ignored for
        logits.
    ignore_class : int, optional
        A label whose samples count for nothing, such as -1 or 255 for "unlabelled":
        ``"mean"`` divides by the number of the others.

    Examples
    --------
    >>> import lossbook as lb
    >>> loss = lb.SparseCategoricalCrossentropy()
    >>> round(loss([1, 2], [[0.1, 0.7, 0.2], [0.2, 0.2, 0.6]]), 6)
    0.43375

    References
    ----------
    As for :class:`CategoricalCrossentropy`.
    """

    from_logits: bool = False
    epsilon: float = 0.0
    ignore_class: int | None = None

    def __post_init__(self) -> None:
        check_flag("from_logits", self.from_logits)
        store_number(self, "epsilon", at_least=0, below=0.5)
        if self.ignore_class is not None and (
            isinstance(self.ignore_class, bool)
            or not isinstance(self.ignore_class, int | np.integer)
        ):
            raise TypeError(
                "ignore_class: expected an integer or None, received "
                f"{type(self.ignore_class).__name__} {self.ignore_class!r}"
            )

    def _domains(self) -> tuple[Domain, Domain]:
        return REAL, REAL if self.from_logits else PREDICTED_ROWS

    def _accept(self, y_true: Array, y_pred: Array) -> tuple[Array, Array | None]:
        if y_pred.ndim != 2:
            raise ValueError(f"y_pred: expected shape (n, K), received {y_pred.shape}")
        if y_true.shape == y_pred.shape and y_pred.shape[1] > 1:
            raise ValueError(
                f"y_true: expected class indices of shape ({len(y_pred)},), received rows of "
                f"shape {y_true.shape}; for one-hot rows use CategoricalCrossentropy, or "
                "y_true.argmax(axis=1)"
            )
        if y_true.shape != (len(y_pred),):
            hint = "; did you mean y_true[:, 0]?" if y_true.shape == (len(y_pred), 1) else ""
            raise ValueError(
                f"y_true: expected class indices of shape ({len(y_pred)},), one per row of "
                f"y_pred, received {y_true.shape}{hint}"
            )
        counted = None
        if self.ignore_class is not None:
            counted = y_true != self.ignore_class
            y_true = np.where(counted, y_true, 0)
        return class_indices("y_true", y_true, y_pred.shape[1]), counted

    def _shared(self, p: Array) -> Any:
        return _exponentials(p) if self.from_logits else p

    def _value(self, y: Array, p: Any) -> Array:
        if self.from_logits:
            d, _, others = p
            return np.log1p(others) - _pick(d, y)
        return 0.0 - np.log(_clip(_pick(p, y), self.epsilon))

    def _derivative(self, y: Array, p: Any) -> Array:
        at_label = y, np.arange(len(y))
        if self.from_logits:  # softmax(z) - one_hot(y); a row sums to 0, which keeps all digits
            _, e, others = p
            slope = e * (1.0 / (1.0 + others))
            slope[at_label] = 0.0
            slope[at_label] = -np.add.reduce(slope, axis=0)
            return slope
        slope = np.zeros_like(p)
        slope[at_label] = _where_unclipped(-1.0 / p[at_label], p[at_label], self.epsilon)
        return slope


def _pick(p: Array, y: Array) -> Array:
    """Return the entry of each sample's own class."""
    return p[y, np.arange(p.shape[1])]
