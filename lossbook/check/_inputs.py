"""The inputs that a loss is tried on: examples of what it declares its two arguments to hold."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real

import numpy as np

from lossbook._contracts.dtypes import Array
from lossbook._contracts.examples import Examples
from lossbook.losses.base import Loss

Pair = tuple[Array, Array]


def pairs(loss: Loss, kind: str) -> list[Pair]:
    """Return targets and predictions of a kind of `Examples`, the smallest first.

    There are none where the targets or the predictions of the loss have none of the kind.
    """
    targets, predictions = loss.targets, loss.predictions
    classes = _classes(loss)
    if not (targets.residuals and predictions.unbounded):
        return _together(
            _samples(targets.examples, kind, classes),
            _samples(predictions.predicted, kind, classes),
        )
    apart = _together(
        _samples(targets.examples, kind, classes), _samples(targets.residuals, kind, classes)
    )
    # Float32 would lose the digits of a small difference of large numbers.
    units = [1, *_numbers(loss)] if kind == "usual" else [1]
    return [(min(unit, 1) * y, min(unit, 1) * y + unit * r) for unit in units for y, r in apart]


def whole(loss: Loss) -> list[Pair]:
    """Return targets, and predictions where they may be, as NumPy's usual integers."""
    return [(y.astype(np.int64), p) for y, p in pairs(loss, "whole")]


def pictures(loss: Loss) -> list[Pair]:
    """Return small integers without a sign, which pictures hold."""
    return [(y.astype(np.uint8), p.astype(np.uint8)) for y, p in pairs(loss, "pictures")]


def _samples(examples: Examples, kind: str, classes: int) -> list[Array]:
    return [examples.made(np.array(sample), classes) for sample in getattr(examples, kind)]


def _together(true: list[Array], pred: list[Array]) -> list[Pair]:
    return list(zip(true, pred, strict=True)) if true and pred else []


def _classes(loss: Loss) -> int:
    """Return the number of classes: three, unless a parameter has a number for each."""
    return next((len(value) for value in vars(loss).values() if isinstance(value, tuple)), 3)


def _numbers(loss: Loss) -> Iterator[float]:
    """Yield the parameters that may say from which residual on the formula is another."""
    for value in vars(loss).values():
        number = isinstance(value, Real) and not isinstance(value, bool)
        if number and 0 < value < np.inf and value != 1:
            yield float(value)
