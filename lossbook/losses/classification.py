r"""Losses of class labels: cross-entropy for two classes, for many, and for class indices.

The cross-entropy of a target distribution y and a prediction p is :math:`-\sum_k y_k \log p_k`.
The three classes below are that one formula for three ways to write the labels. Each takes
probabilities or, with ``from_logits=True``, the scores before the sigmoid or softmax; from
logits nothing overflows and no digit is lost, so prefer them where you have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lossbook._contracts.domains import (
    CLASS_INDICES,
    LOGIT_ROWS,
    LOGITS,
    PREDICTED_ROWS,
    PROBABILITIES,
    TARGET_ROWS,
    TARGETS,
)
from lossbook._contracts.dtypes import Array
from lossbook._contracts.parameters import check_count, check_flag, store_number
from lossbook._engines import ops
from lossbook.losses.base import ClassLoss, ElementwiseLoss, Peers, either


def _clip(p: Array, epsilon: float) -> Array:
    return ops.clip(p, epsilon, 1.0 - epsilon) if epsilon else p


def _sides(y: Array, z: Array) -> tuple[Array, Array]:
    """Return 1 where a logit is above 0, else 0; and how much of the label is on the other side."""
    above = ops.indicator(z > 0, z)
    return above, ops.abs(y - above)


def _where_unclipped(slope: Array, p: Array, epsilon: float) -> Array:
    """Return the slope, 0 where clipping keeps a prediction from changing the loss."""
    return ops.where((p < epsilon) | (p > 1.0 - epsilon), 0.0, slope) if epsilon else slope


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

    family = "classification"
    peers = Peers("log_loss", "BinaryCrossentropy", "BCELoss", "sigmoid_binary_cross_entropy")
    targets = TARGETS
    predictions = either("from_logits", LOGITS, PROBABILITIES)

    from_logits: bool = False
    label_smoothing: float = 0.0
    epsilon: float = 0.0

    def __post_init__(self) -> None:
        check_flag("from_logits", self.from_logits)
        store_number(self, "label_smoothing", at_least=0, at_most=1)
        store_number(self, "epsilon", at_least=0, below=0.5)

    def _smooth(self, y: Array) -> Array:
        s = self.label_smoothing
        return y * (1.0 - s) + s / 2.0 if s else y

    def _value(self, y: Array, p: Array) -> Array:
        y = self._smooth(y)
        if self.from_logits:
            # log(1 + e^-|z|), and |z| times how much of the label lies on the other side: both
            # are non-negative, so that no digit is lost between them.
            _, other_side = _sides(y, p)
            size = ops.magnitude(p)
            return ops.log1p(ops.exp(-size)) + ops.product(other_side, size)
        p = _clip(p, self.epsilon)
        return ops.xlog1py(y - 1.0, -p) - ops.xlogy(y, p)

    def _derivative(self, y: Array, p: Array) -> Array:
        y = self._smooth(y)
        if self.from_logits:  # sigmoid(z) - y, as the derivative of the two terms above
            above, other_side = _sides(y, p)
            e = ops.exp(-ops.abs(p))
            return (2.0 * above - 1.0) * (other_side - e / (1.0 + e))
        # At a certain, right prediction 0 / 0 stands for its limit, ±1.
        slope = ops.quotient(p - y, p * (1.0 - p), limit=lambda: 1.0 - 2.0 * y)
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

    peers = Peers(
        "log_loss", "CategoricalCrossentropy", "CrossEntropyLoss", "softmax_cross_entropy"
    )
    targets = TARGET_ROWS
    predictions = either("from_logits", LOGIT_ROWS, PREDICTED_ROWS)

    from_logits: bool = False
    label_smoothing: float = 0.0
    epsilon: float = 0.0

    def __post_init__(self) -> None:
        check_flag("from_logits", self.from_logits)
        store_number(self, "label_smoothing", at_least=0, at_most=1)
        store_number(self, "epsilon", at_least=0, below=0.5)

    def _smooth(self, y: Array) -> Array:
        s = self.label_smoothing
        return y * (1.0 - s) + s / y.shape[0] if s else y

    def _shared(self, p: Array) -> Any:
        return ops.exponentials(p) if self.from_logits else p

    def _value(self, y: Array, p: Any) -> Array:
        y = self._smooth(y)
        if self.from_logits:  # -log softmax = log sum(exp) - d, both terms non-negative
            d, _, others = p
            return ops.sum(ops.product(y, ops.log1p(others) - d))
        return -ops.sum(ops.xlogy(y, _clip(p, self.epsilon)))

    def _derivative(self, y: Array, p: Any) -> Array:
        y = self._smooth(y)
        if self.from_logits:  # softmax(z) - y; for the largest logit as (1 - y) - (1 - softmax)
            d, e, others = p
            total = 1.0 + others
            return ops.where(d == 0, (1.0 - y) - others / total, e / total - y)
        return _where_unclipped(-ops.quotient(y, p), p, self.epsilon)


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

    peers = Peers(
        "log_loss",
        "SparseCategoricalCrossentropy",
        "CrossEntropyLoss",
        "softmax_cross_entropy_with_integer_labels",
    )
    targets = CLASS_INDICES
    predictions = either("from_logits", LOGIT_ROWS, PREDICTED_ROWS)

    from_logits: bool = False
    epsilon: float = 0.0
    ignore_class: int | None = None

    def __post_init__(self) -> None:
        check_flag("from_logits", self.from_logits)
        store_number(self, "epsilon", at_least=0, below=0.5)
        check_count("ignore_class", self.ignore_class, or_none=True)

    def _check_shapes(self, y_true: Array, y_pred: Array) -> None:
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

    def _counted(self, y_true: Array) -> Any:
        return None if self.ignore_class is None else y_true != self.ignore_class

    def _shared(self, p: Array) -> Any:
        return ops.exponentials(p) if self.from_logits else p

    def _value(self, y: Array, p: Any) -> Array:
        if self.from_logits:
            d, _, others = p
            return ops.log1p(others) - ops.take_label(d, y)
        return -ops.log(_clip(ops.take_label(p, y), self.epsilon))

    def _derivative(self, y: Array, p: Any) -> Array:
        if self.from_logits:  # softmax(z) - one_hot(y); a row sums to 0, which keeps all digits
            _, e, others = p
            slope = ops.put_label(e * (1.0 / (1.0 + others)), y, 0.0)
            return ops.put_label(slope, y, -ops.sum(slope))
        own = ops.take_label(p, y)
        return ops.put_label(ops.zeros_like(p), y, _where_unclipped(-1.0 / own, own, self.epsilon))
