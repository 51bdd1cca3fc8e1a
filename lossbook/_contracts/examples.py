"""Examples of what targets and predictions hold: few numbers, which can be followed by hand.

Every domain has some, whatever loss it belongs to. The n-th sample of a kind for y_true stands
beside the n-th for y_pred, so all examples of a kind have samples of the same lengths: those of
numbers among each other, and those of rows, one row per class label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbook._contracts.dtypes import Array

Samples = tuple[Any, ...]


def _as_it_is(sample: Array, classes: int) -> Array:
    return sample


@dataclass(frozen=True)
class Examples:
    """Samples by what they show, of each kind the smallest first; `made` makes them values.

    `usual` ones are of everyday size, all different and away from kinks. A kind without samples
    has no meaning for the domain, or none that every right function is expected to know.
    """

    usual: Samples = ()
    edges: Samples = ()  # a zero, large and negative numbers, seven samples, which nothing divides
    whole: Samples = ()  # targets, and predictions where they may be, that an integer holds
    pictures: Samples = ()  # what fits in eight bits without a sign
    ties: Samples = ()  # where a slope may jump: the target is met, or the margin
    certain: Samples = ()  # probabilities of 0 and 1 that are right
    large: Samples = ()  # far off: an exponential overflows
    soft: Samples = ()  # targets between the labels, which a function of labels need not know
    made: Callable[[Array, int], Array] = _as_it_is  # from a sample, for a number of classes


# --- numbers --------------------------------------------------------------------------------------

NUMBERS = Examples(
    usual=((2.0,), (1.0,), (-1.0,), (1.0, 3.0), (0.5, 2.0, -1.0), (4.0, 0.5, -2.0, 1.0, 3.0)),
    edges=((0.0,), (-40.0, 250.0), (1.0, -1.0, 0.0, 2.5, 7.0, -3.0, 0.5)),
    whole=((3, 1), (7,), (2, -3, 5)),
    pictures=((20,), (10,), (250, 10)),
    ties=((2.0,), (2.0, 1.0)),
    large=((2.0,), (-1.0,), (2.0,), (-1.0,)),
)
# How far predictions are from such targets, in units of what the loss calls far.
RESIDUALS = Examples(
    usual=((0.5,), (3.0,), (-0.25,), (0.5, -2.0), (1.5, -0.75, 0.25), (-3.0, 0.5, 2.0, -0.2, 1.25)),
    edges=((1.5,), (30.0, -90.0), (-0.5, 0.25, 2.0, -4.0, 0.75, 1.25, -1.5)),
    whole=((6, -5), (-5,), (1, 4, -2)),
    pictures=((-10,), (10,), (-245, 10)),
    ties=((0.0,), (0.0, 2.0)),
    large=((1000.0,), (-1000.0,), (-1000.0,), (1000.0,)),
)
# Scores before a sigmoid, or logarithms of rates; the first ones could be probabilities, too.
SCORES = Examples(
    usual=((0.3,), (0.8,), (0.6,), (0.4, 0.7), (2.0, -1.5, 0.5), (-3.0, 0.25, 4.0, 1.5, -0.5)),
    edges=((0.0,), (-6.0, 5.0), (0.5, -0.5, 0.0, 3.0, -2.0, 1.5, -4.0)),
    whole=((0.4, 0.7), (0.3,), (2.0, -1.5, 0.5)),
    ties=((1.0,), (1.0, -1.0)),
    soft=((0.3,), (2.0, -1.5, 0.5)),
)
LOGITS = replace(SCORES, large=((1000.0,), (-1000.0,), (1000.0,), (-1000.0,)))

# Numbers that are told by factors: prices, counts, and what is expected of them.
AMOUNTS = Examples(
    usual=((2.0,), (1.0,), (3.0,), (1.0, 3.0), (4.0, 2.0, 1.0), (1.0, 6.0, 2.0, 4.0, 3.0)),
    edges=((0.0,), (1.0, 40.0), (2.0, 0.0, 5.0, 1.0, 1.0, 9.0, 3.0)),
    whole=((3, 1), (7,), (4, 2, 1)),
    ties=((2.0,), (2.0, 1.0)),
)
ESTIMATES = Examples(
    usual=((0.5,), (2.0,), (1.25,), (2.5, 1.0), (1.0, 1.5, 3.0), (0.5, 4.0, 2.5, 1.25, 3.5)),
    edges=((1.5,), (60.0, 0.25), (1.0, 0.5, 2.5, 3.0, 0.75, 4.0, 2.0)),
    whole=((9, 4), (2,), (1, 5, 3)),
    ties=((2.0,), (2.0, 3.0)),
)

LABELS = Examples(
    usual=((1.0,), (0.0,), (1.0,), (1.0, 0.0), (1.0, 0.0, 1.0), (0.0, 1.0, 1.0, 0.0, 1.0)),
    edges=((1.0,), (0.0, 1.0), (1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0)),
    whole=((1, 0), (1,), (1, 0, 1)),
    certain=((1.0,), (0.0,), (1.0, 0.0), (1.0, 0.0, 1.0)),
    large=((1.0,), (0.0,), (0.0,), (1.0,)),
    soft=((0.5,), (0.25, 1.0, 0.7)),
)
CHANCES = Examples(
    usual=((0.8,), (0.3,), (0.45,), (0.6, 0.1), (0.9, 0.4, 0.2), (0.7, 0.55, 0.9, 0.2, 0.35)),
    edges=((0.001,), (0.999, 0.5), (0.9, 0.05, 0.5, 0.6, 0.25, 0.75, 0.1)),
    whole=((0.6, 0.1), (0.45,), (0.9, 0.4, 0.2)),
    certain=((1.0,), (0.0,), (1.0, 0.0), (0.5, 0.0, 1.0)),
    soft=((0.8,), (0.9, 0.4, 0.2)),
)


def _signs(labels: Array, classes: int) -> Array:
    return 2 * labels - 1


SIGNS = replace(LABELS, ties=((1.0,), (1.0, 0.0)), certain=(), soft=(), made=_signs)

# --- rows of classes ------------------------------------------------------------------------------


def _columns(rows: Array, classes: int) -> Array:
    """Return rows of three with as many columns as there are classes, the last one repeated."""
    return rows[:, np.minimum(np.arange(classes), 2)]


def _shares(rows: Array, classes: int) -> Array:
    """Return rows that sum to 1: by softmax, unless they are such rows already."""
    rows = _columns(rows, classes)
    if (rows >= 0).all() and np.allclose(rows.sum(axis=1), 1):
        return rows
    weights = np.exp(rows)
    return weights / weights.sum(axis=1, keepdims=True)


def _indices(labels: Array, classes: int) -> Array:
    return labels % classes


def _one_hot(labels: Array, classes: int) -> Array:
    """Return one-hot rows of labels; rows are targets already."""
    return _shares(labels, classes) if labels.ndim == 2 else np.eye(classes)[labels % classes]


CLASSES = Examples(
    usual=((0,), (2,), (1, 0), (2, 0, 1, 1), (0, 2, 1, 0, 2)),
    edges=((1,), (2, 0), (1, 0, 2, 2, 1, 0, 1)),
    whole=((1, 0), (2, 0, 1, 1)),
    certain=((0,), (0, 1)),
    large=((0,), (1,)),
    made=_indices,
)
ONE_HOT = replace(CLASSES, made=_one_hot)
SOFT_ROWS = replace(ONE_HOT, soft=(((0.5, 0.25, 0.25),), ((0.1, 0.9, 0.0), (0.3, 0.3, 0.4))))

_USUAL_ROWS = (
    ((0.2, 0.5, 0.3),),
    ((0.5, 0.1, 0.4),),
    ((0.3, 0.6, 0.1), (0.25, 0.7, 0.05)),
    ((2.0, -1.0, 0.5), (0.0, 1.0, 3.0), (-2.0, 0.5, 1.0), (1.0, 2.5, -0.5)),
    ((1.5, 0.0, -1.0), (0.5, 2.0, 1.0), (3.0, -0.5, 0.0), (0.2, 0.4, 0.6), (-1.0, 1.0, 2.0)),
)
SCORE_ROWS = Examples(
    usual=_USUAL_ROWS,
    edges=(
        ((0.0, -1.0, 1.0),),
        ((-6.0, 5.0, 0.5), (4.0, -0.5, 3.5)),
        (
            *((0.5, -0.5, 1.5), (2.0, 0.0, 0.75), (1.0, 3.0, -1.0), (-2.0, 0.5, 0.25)),
            *((0.0, -1.0, 2.0), (1.5, 0.5, 1.0), (0.25, -3.0, 0.75)),
        ),
    ),
    whole=_USUAL_ROWS[2:4],
    soft=_USUAL_ROWS[1:3],
    made=_columns,
)
LOGIT_ROWS = replace(SCORE_ROWS, large=(((1000.0, 0.0, -1000.0),), ((1000.0, 0.0, -1000.0),)))
SHARES = replace(
    SCORE_ROWS,
    certain=(((1.0, 0.0, 0.0),), ((1.0, 0.0, 0.0), (0.25, 0.75, 0.0))),
    made=_shares,
)

# Rows to compare with others like them, where a label would leave out what sets a loss apart.
DISTRIBUTIONS = Examples(
    usual=SCORE_ROWS.usual,
    edges=SCORE_ROWS.edges,
    made=lambda rows, classes: _shares(_columns(rows, classes)[:, ::-1] / 2, classes),
)
VECTORS = replace(DISTRIBUTIONS, made=lambda rows, classes: _columns(rows, classes)[:, ::-1] + 0.5)
