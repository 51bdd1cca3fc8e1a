"""The engine for arrays of other libraries: in one piece, and as lazy as the library is.

What `_loss.py` does for NumPy's arrays block by block is done here with the library's own
functions: the same formulas, weights, reductions and errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossbook import _backends as backends
from lossbook._arrays import REAL
from lossbook._backends import Foreign
from lossbook._loss import (
    REDUCTIONS,
    ClassLoss,
    Loss,
    _refuse_empty,
    _refuse_reduction,
    _weights,
)
from lossbook.classification import CategoricalCrossentropy, SparseCategoricalCrossentropy


@np.errstate(all="ignore")  # some libraries compute with NumPy
def evaluate(
    loss: Loss,
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    reduction: str,
    value: bool,
    gradient: bool,
) -> tuple[Any, Any]:
    """Return the loss and its gradient, as arrays of the library that `y_pred` comes from."""
    xp = backends.namespace(y_pred)
    true = backends.wrapped("y_true", y_true, y_pred, xp)
    if 0 in (*true.shape, *y_pred.shape):
        _refuse_empty(backends.outline(true), backends.outline(y_pred))
    shape = backends.outline(y_pred)
    seen = backends.on_host(true) if backends.has_numbers(true) else backends.outline(true)
    loss._accept(seen, shape)
    pred = backends.floating("y_pred", y_pred, xp)
    counted = None
    if isinstance(loss, SparseCategoricalCrossentropy):
        if loss.ignore_class is not None:
            counted = xp.astype(true != loss.ignore_class, pred.dtype)
        loss, true = _with_rows(loss, true, pred, xp)
    for name, array, domain in zip(
        ("y_true", "y_pred"), (true, pred), loss._domains(), strict=True
    ):
        backends.check(name, array, domain)
    weight = _weight(sample_weight, counted, pred, xp)
    divisor = _divisor(reduction, weight, counted, len(shape), xp)
    y, p = _block(loss, xp.astype(true, pred.dtype), xp), _block(loss, pred, xp)
    shared = loss._shared(p)
    return (
        _value(loss, y, shared, weight, divisor, reduction, xp) if value else None,
        _gradient(loss, y, shared, weight, divisor, pred, xp) if gradient else None,
    )


def _with_rows(
    loss: SparseCategoricalCrossentropy, true: Any, pred: Any, xp: Any
) -> tuple[CategoricalCrossentropy, Any]:
    """Return the same loss of one-hot rows, and the rows: no entry is picked by its index."""
    classes = xp.arange(pred.shape[1], dtype=true.dtype, device=backends.device_of(pred))
    rows = xp.astype(true[:, None] == classes[None, :], pred.dtype)
    if loss.ignore_class is not None:  # it has no row; any will do, for it does not count
        rows = xp.where((true == loss.ignore_class)[:, None], 1.0 / pred.shape[1] + 0 * rows, rows)
    return CategoricalCrossentropy(loss.from_logits, epsilon=loss.epsilon), rows


def _block(loss: Loss, array: Any, xp: Any) -> Any:
    block = Foreign(array, xp)
    return block.T if isinstance(loss, ClassLoss) else block


def _weight(sample_weight: Any, counted: Any, pred: Any, xp: Any) -> Any:
    """Return the weight of each sample, 0 for those that do not count; or None."""
    if sample_weight is None:
        return counted
    weight = backends.wrapped("sample_weight", sample_weight, pred, xp)
    if backends.has_numbers(weight):
        _weights(backends.on_host(weight), pred.shape[0])
    elif tuple(weight.shape) != (pred.shape[0],):
        _weights(backends.outline(weight), pred.shape[0])
    weight = xp.astype(weight, pred.dtype)
    return weight if counted is None else weight * counted


def _divisor(reduction: str, weight: Any, counted: Any, n: int, xp: Any) -> Any:
    """Return what the sum over the samples is divided by."""
    if reduction not in REDUCTIONS:
        _refuse_reduction(reduction)
    if reduction in ("sum", "none"):
        return 1.0
    of = counted if reduction == "mean" else weight
    if of is None:
        return float(n)
    total = xp.sum(of)
    if backends.has_numbers(total) and float(total) == 0:
        raise ValueError(
            f"expected weights with a positive sum for reduction={reduction!r}, received none"
        )
    return total


def _weighted(weight: Any, array: Any, xp: Any) -> Any:
    """Return weight times array, where a weight of 0 silences even an infinite entry."""
    if weight is None:
        return array
    column = xp.reshape(weight, (-1, *[1] * (array.ndim - 1)))
    return xp.where(column == 0, xp.zeros_like(array), column * array)


def _value(
    loss: Loss, y: Any, shared: Any, weight: Any, divisor: Any, reduction: str, xp: Any
) -> Any:
    values = loss._value(y, shared).data
    if values.ndim == 2:
        values = xp.mean(values, axis=1)
    values = _weighted(weight, values, xp)
    return values if reduction == "none" else xp.sum(values) / divisor


def _gradient(
    loss: Loss, y: Any, shared: Any, weight: Any, divisor: Any, pred: Any, xp: Any
) -> Any:
    slopes: Any = loss._rows(loss._derivative(y, shared))
    slopes = slopes.data / loss._terms(backends.outline(pred))
    return _weighted(weight, slopes, xp) / divisor


@np.errstate(all="ignore")
def apply(name: str, formula: Callable[..., Any], array: Any, *others: Any) -> Any:
    """Return what a formula of one array gives, as an array of its library."""
    xp = backends.namespace(array)
    backends.check(name, array, REAL)
    given = Foreign(backends.floating(name, array, xp), xp)
    result = formula(given, *others)
    return result.data if isinstance(result, Foreign) else 0 * xp.sum(given.data) + result


def along(formula: Callable[..., Any], array: Any, axis: int) -> Any:
    """Apply a formula that works on the first axis of a matrix to any axis of an array."""
    xp = backends.namespace(array)
    moved = xp.moveaxis(array, axis, 0)
    result = apply("x", formula, xp.reshape(moved, (moved.shape[0], -1)))
    if result.ndim == 1:
        return xp.reshape(result, moved.shape[1:])
    return xp.moveaxis(xp.reshape(result, moved.shape), 0, axis)
