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
    targets, predictions, classes = loss.targets, loss.predictions, _classes(loss)
    true = _samples(targets.examples, kind, classes)
    if not (targets.residuals and predictions.unbounded):
        # Not strictly: what rows beside numbers are, the loss says better.
        return list(zip(true, _samples(predictions.predicted, kind, classes), strict=False))
    far = _samples(targets.residuals, kind, classes)
    units = [1, *_numbers(loss)] if kind == "usual" else [1]
    return [
        # Where float32 would lose the digits of a small difference, the targets are small as well.
        (min(unit, 1) * y, min(unit, 1) * y + unit * r)
        for unit in units
        for y, r in zip(true, far, strict=True)
    ]


def whole(loss: Loss) -> list[Pair]:
    """Return targets, and predictions where they may be, as NumPy's usual integers."""
    return [(y.astype(np.int64), p) for y, p in pairs(loss, "whole")]


def pictures(loss: Loss) -> list[Pair]:
    """Return small integers without a sign, which pictures hold."""
    return [(y.astype(np.uint8), p.astype(np.uint8)) for y, p in pairs(loss, "pictures")]


def _samples(examples: Examples, kind: str, classes: int) -> list[Array]:
    return [examples.made(np.array(sample), classes) for sample in getattr(examples, kind)]


def _classes(loss: Loss) -> int:
    """Return the number of classes: three, unless a parameter has a number for each."""
    return next((len(value) for value in vars(loss).values() if isinstance(value, tuple)), 3)


def _numbers(loss: Loss) -> Iterator[float]:
    """Yield the parameters that may say from which residual on the formula is another."""
    for value in vars(loss).values():
        number = isinstance(value, Real) and not isinstance(value, bool)
        if number and 0 < value < np.inf and value != 1:
            yield float(value)
