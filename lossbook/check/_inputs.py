"""The inputs that a loss is tried on: few numbers that can be followed by hand, smallest first."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbook._contracts.dtypes import Array
from lossbook.activations import softmax
from lossbook.losses.base import Loss
from lossbook.losses.classification import BinaryCrossentropy, SparseCategoricalCrossentropy
from lossbook.losses.distributions import CosineSimilarity, KLDivergence, Poisson
from lossbook.losses.focal import BinaryFocalCrossentropy
from lossbook.losses.margins import Hinge, SquaredHinge
from lossbook.losses.regression import (
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Quantile,
)

Pair = tuple[Any, Any]

TARGETS = [[2.0], [1.0], [-1.0], [1.0, 3.0], [0.5, 2.0, -1.0], [4.0, 0.5, -2.0, 1.0, 3.0]]
RESIDUALS = [[0.5], [3.0], [-0.25], [0.5, -2.0], [1.5, -0.75, 0.25], [-3.0, 0.5, 2.0, -0.2, 1.25]]
COUNTS = [[2.0], [1.0], [1.0, 3.0], [4.0, 2.0, 1.0], [1.0, 6.0, 2.0, 4.0, 3.0]]
RATES = [[0.5], [2.0], [2.5, 1.0], [1.0, 1.5, 3.0], [0.5, 4.0, 2.5, 1.25, 3.5]]
LABELS = [[1], [0], [1, 0], [1, 0, 1], [0, 1, 1, 0, 1]]
CHANCES = [[0.8], [0.3], [0.6, 0.1], [0.9, 0.4, 0.2], [0.7, 0.55, 0.9, 0.2, 0.35]]
# The first ones could be probabilities, too.
LOGITS = [[0.3], [0.8], [0.4, 0.7], [2.0, -1.5, 0.5], [-3.0, 0.25, 4.0, 1.5, -0.5]]
CLASSES = [[0], [2], [1, 0], [2, 0, 1, 1], [0, 2, 1, 0, 2]]
SCORES = [
    [[0.2, 0.5, 0.3]],
    [[0.5, 0.1, 0.4]],
    [[0.3, 0.6, 0.1], [0.25, 0.7, 0.05]],
    [[2.0, -1.0, 0.5], [0.0, 1.0, 3.0], [-2.0, 0.5, 1.0], [1.0, 2.5, -0.5]],
    [[1.5, 0.0, -1.0], [0.5, 2.0, 1.0], [3.0, -0.5, 0.0], [0.2, 0.4, 0.6], [-1.0, 1.0, 2.0]],
]
REGRESSION = (MeanSquaredError, MeanAbsoluteError, Huber, LogCosh, Quantile)
POSITIVE = (MeanAbsolutePercentageError, MeanSquaredLogarithmicError)


def from_logits(loss: Loss) -> bool:
    """Say whether the predictions of a loss are scores before a sigmoid or softmax."""
    return bool(getattr(loss, "from_logits", False) or getattr(loss, "log_input", False))


def is_binary(loss: Loss) -> bool:
    return isinstance(loss, BinaryCrossentropy | BinaryFocalCrossentropy)


def is_hinge(loss: Loss) -> bool:
    return isinstance(loss, Hinge | SquaredHinge)


def targets_of(loss: Loss, classes: list[int]) -> Array:
    """Return class indices as the loss expects its targets, for as many classes as it has."""
    width = _width(loss)
    indices = np.array(classes) % width
    return indices if isinstance(loss, SparseCategoricalCrossentropy) else np.eye(width)[indices]


def _width(loss: Loss) -> int:
    """Return the number of classes: three, unless a weight is given for each."""
    alpha: Any = getattr(loss, "alpha", None)
    return len(alpha) if np.ndim(alpha) else 3


def _wide(loss: Loss, rows: Any) -> Array:
    """Return rows of three scores with as many as the loss has classes."""
    return np.array(rows)[:, np.arange(_width(loss)) % 3]


def plain(loss: Loss) -> list[Pair]:
    """Return targets and predictions of everyday size, all different and away from kinks."""
    if isinstance(loss, REGRESSION):
        unit = float(getattr(loss, "delta", 1.0))
        pairs = zip(TARGETS, RESIDUALS, strict=True)
        return [(np.array(y), np.array(y) + unit * np.array(r)) for y, r in pairs]
    if isinstance(loss, POSITIVE):
        return _zipped(COUNTS, RATES)
    if isinstance(loss, Poisson):
        return _zipped(COUNTS, LOGITS if loss.log_input else RATES)
    if is_binary(loss):
        return _zipped(LABELS, LOGITS if from_logits(loss) else CHANCES)
    if is_hinge(loss):
        signs = [[2 * label - 1 for label in labels] for labels in LABELS]
        return _zipped(signs, LOGITS)
    scores = [_wide(loss, rows) for rows in SCORES]
    if isinstance(loss, KLDivergence):
        rows = [softmax(z) for z in scores]
        return [(softmax(z[:, ::-1] / 2), p) for z, p in zip(scores, rows, strict=True)]
    if isinstance(loss, CosineSimilarity):
        return [(z[:, ::-1] + 0.5, z) for z in scores]
    targets = [targets_of(loss, classes) for classes in CLASSES]
    scored = hasattr(loss, "from_logits") and not from_logits(loss)
    predictions = [softmax(z) for z in scores] if scored else scores
    if scored and _width(loss) == 3:  # rows of one decimal are easier to follow; they sum to 1
        predictions[:2] = scores[:2]
    return list(zip(targets, predictions, strict=True))


def _zipped(targets: list[Any], predictions: list[Any]) -> list[Pair]:
    return [
        (np.array(y, dtype=float), np.array(p)) for y, p in zip(targets, predictions, strict=True)
    ]


def whole(loss: Loss) -> list[Pair]:
    """Return targets, and predictions where they may be, as NumPy's usual integers."""
    pairs = plain(loss)
    if isinstance(loss, REGRESSION):
        return [(np.array([3, 1]), np.array([9, -4])), (np.array([7]), np.array([2]))]
    if isinstance(loss, POSITIVE) or (isinstance(loss, Poisson) and not loss.log_input):
        return [(np.array([3, 1]), np.array([9, 4])), (np.array([7]), np.array([2]))]
    if isinstance(loss, KLDivergence | CosineSimilarity):
        return []
    return [(y.astype(np.int64), p) for y, p in pairs[2:4]]


def small_unsigned(loss: Loss) -> list[Pair]:
    """Return what pictures hold."""
    if not isinstance(loss, MeanSquaredError | MeanAbsoluteError | Huber):
        return []
    pairs = (([20], [10]), ([10], [20]), ([250, 10], [5, 20]))
    return [(np.array(y, dtype=np.uint8), np.array(p, dtype=np.uint8)) for y, p in pairs]


def certain(loss: Loss) -> list[Pair]:
    """Return predictions of 0 and 1 that are right, where they are possible."""
    exact = not getattr(loss, "label_smoothing", 0) and not getattr(loss, "epsilon", 0)
    if from_logits(loss) or not exact or not hasattr(loss, "from_logits"):
        return []
    if is_binary(loss):
        pairs = (([1], [1.0]), ([0], [0.0]), ([1, 0], [1.0, 0.0]), ([1, 0, 1], [0.5, 0.0, 1.0]))
        return [(np.array(y, dtype=float), np.array(p)) for y, p in pairs]
    rows = np.zeros((2, _width(loss)))
    rows[0, 0], rows[1, :2] = 1.0, (0.25, 0.75)
    return [(targets_of(loss, [0]), rows[:1]), (targets_of(loss, [0, 1]), rows)]


def large(loss: Loss) -> list[Pair]:
    """Return logits whose exponential is infinite."""
    if not getattr(loss, "from_logits", False):
        return []
    if is_binary(loss):
        pairs = (([1], [1000.0]), ([0], [-1000.0]), ([0], [1000.0]), ([1], [-1000.0]))
        return [(np.array(y, dtype=float), np.array(z)) for y, z in pairs]
    rows = _wide(loss, [[1000.0, 0.0, -1000.0]])
    return [(targets_of(loss, [k]), rows) for k in (0, 1)]


def ties(loss: Loss) -> list[Pair]:
    """Return predictions that equal their targets, where the slope has a jump."""
    if isinstance(loss, MeanAbsoluteError | Quantile):
        return [(np.array([2.0]), np.array([2.0])), (np.array([2.0, 1.0]), np.array([2.0, 3.0]))]
    if isinstance(loss, MeanSquaredError | Huber | LogCosh):
        return [(np.array([2.0]), np.array([2.0]))]
    return []
