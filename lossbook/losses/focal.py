r"""Focal losses: cross-entropy that loses interest in samples that are right already.

The cross-entropy is multiplied by :math:`m^\gamma`, m being the probability that the model gives to
what did not happen. A sample that is nearly right then counts for almost nothing, so that many
easy samples cannot drown the few hard ones. With ``gamma=0`` it is the cross-entropy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbook._contracts.domains import (
    LOGIT_ROWS,
    LOGITS,
    PREDICTED_ROWS,
    PROBABILITIES,
    TARGET_ROWS,
    TARGETS,
)
from lossbook._contracts.dtypes import Array
from lossbook._contracts.parameters import check_flag, store_number, store_numbers
from lossbook._engines import ops
from lossbook.activations import _sigmoid
from lossbook.losses.base import ClassLoss, ElementwiseLoss, Peers, either
from lossbook.losses.classification import BinaryCrossentropy


@dataclass(frozen=True)
class BinaryFocalCrossentropy(ElementwiseLoss):
    r"""Focal loss of two classes: :math:`m^\gamma` times the binary cross-entropy.

    ``y_true``: targets in [0, 1], shape (n,) or (n, d). ``y_pred``, of the same shape:
    probabilities p of class 1, or logits. :math:`m = y (1 - p) + (1 - y) p` is the probability
    given to what did not happen.

    Parameters
    ----------
    gamma : float of at least 0
        γ, how fast interest fades.
    alpha : float in [0, 1], optional
        Weights class 1 by alpha and class 0 by 1 - alpha; without it both count alike.
    from_logits : bool
        Whether ``y_pred`` holds logits.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.BinaryFocalCrossentropy()([1, 1], [0.9, 0.1], reduction="none").round(4)
    array([1.1000e-03, 1.8651e+00])

    References
    ----------
    Lin, T.-Y., Goyal, P., Girshick, R., He, K. & Dollár, P. (2017). Focal loss for dense object
    detection. IEEE International Conference on Computer Vision, 2980-2988.
    """

    family = "classification"
    peers = Peers(keras="BinaryFocalCrossentropy", optax="sigmoid_focal_loss")
    targets = TARGETS
    predictions = either("from_logits", LOGITS, PROBABILITIES)

    gamma: float = 2.0
    alpha: float | None = None
    from_logits: bool = False

    def __post_init__(self) -> None:
        store_number(self, "gamma", at_least=0)
        if self.alpha is not None:
            store_number(self, "alpha", at_least=0, at_most=1)
        check_flag("from_logits", self.from_logits)

    def _crossentropy(self) -> BinaryCrossentropy:
        return BinaryCrossentropy(self.from_logits)

    def _balance(self, y: Array) -> Array | float:
        return 1.0 if self.alpha is None else y * self.alpha + (1.0 - y) * (1.0 - self.alpha)

    def _missed(self, y: Array, p: Array) -> Array:
        """Return m."""
        yes, no = (_sigmoid(p), _sigmoid(-p)) if self.from_logits else (p, 1.0 - p)
        return y * no + (1.0 - y) * yes

    def _value(self, y: Array, p: Array) -> Array:
        interest = self._balance(y) * self._missed(y, p) ** self.gamma
        return ops.product(interest, self._crossentropy()._value(y, p))

    def _derivative(self, y: Array, p: Array) -> Array:
        missed, crossentropy = self._missed(y, p), self._crossentropy()
        steepness = _sigmoid(p) * _sigmoid(-p) if self.from_logits else ops.ones_like(p)
        change = (1.0 - 2.0 * y) * steepness  # the derivative of m
        fading = ops.product(change, crossentropy._value(y, p))
        fading = ops.product(self.gamma, ops.product(fading, missed ** (self.gamma - 1.0)))
        pull = ops.product(missed**self.gamma, crossentropy._derivative(y, p))
        # A reciprocal outgrows a logarithm: where both are infinite, the pull has its way.
        return ops.product(self._balance(y), ops.where(ops.isinf(pull), pull, fading + pull))


@dataclass(frozen=True)
class CategoricalFocalCrossentropy(ClassLoss):
    r"""Focal loss of K classes, :math:`-\sum_k \alpha_k\, y_k\, (1 - p_k)^\gamma \log p_k`.

    ``y_true``: one-hot rows or distributions, shape (n, K). ``y_pred``, of the same shape:
    probabilities that sum to 1 over each row, or logits.

    Parameters
    ----------
    gamma : float of at least 0
        γ, how fast interest in a class fades as its probability nears 1.
    alpha : float of at least 0, or K of them, optional
        Weight of every class, or of each; 1 without it. Keras's default is 0.25.
    from_logits : bool
        Whether ``y_pred`` holds logits.

    Examples
    --------
    >>> import lossbook as lb
    >>> round(lb.CategoricalFocalCrossentropy()([[0, 1, 0]], [[0.1, 0.7, 0.2]]), 6)
    0.032101

    References
    ----------
    Lin, T.-Y. et al. (2017), as for :class:`BinaryFocalCrossentropy`.
    """

    peers = Peers(keras="CategoricalFocalCrossentropy")
    targets = TARGET_ROWS
    predictions = either("from_logits", LOGIT_ROWS, PREDICTED_ROWS)

    gamma: float = 2.0
    alpha: float | Sequence[float] | None = None
    from_logits: bool = False

    def __post_init__(self) -> None:
        store_number(self, "gamma", at_least=0)
        if isinstance(self.alpha, Sequence | np.ndarray) and not isinstance(self.alpha, str):
            store_numbers(self, "alpha", at_least=0)
        elif self.alpha is not None:
            store_number(self, "alpha", at_least=0)
        check_flag("from_logits", self.from_logits)

    def _check_shapes(self, y_true: Array, y_pred: Array) -> None:
        super()._check_shapes(y_true, y_pred)
        if isinstance(self.alpha, tuple) and len(self.alpha) != y_pred.shape[1]:
            raise ValueError(
                f"alpha: expected a weight for each of the {y_pred.shape[1]} classes of y_pred, "
                f"received {len(self.alpha)}"
            )

    def _weighted(self, y: Array) -> Array:
        if self.alpha is None:
            return y
        return y * ops.per_class(self.alpha, y)

    def _shared(self, p: Array) -> tuple[Array, Array, Array]:
        """Return p, 1 - p and log p, each with all its digits."""
        if not self.from_logits:
            return p, 1.0 - p, ops.log(p)
        d, e, others = ops.exponentials(p)
        total = 1.0 + others
        missed = ops.where(d == 0, others + (1.0 - e), total - e) / total
        return e / total, missed, d - ops.log1p(others)

    def _value(self, y: Array, p: Any) -> Array:
        _, missed, log_p = p
        return -ops.sum(ops.product(self._weighted(y) * missed**self.gamma, log_p))

    def _derivative(self, y: Array, p: Any) -> Array:
        y = self._weighted(y)
        p, missed, log_p = p
        fading = ops.product(self.gamma * ops.product(p, log_p), missed ** (self.gamma - 1.0))
        slope = ops.product(
            y, fading - missed**self.gamma
        )  # p times the derivative with respect to p
        if not self.from_logits:
            return ops.quotient(slope, p)
        return slope * missed - p * (ops.sum(slope) - slope)
