"""The engine for arrays of other libraries: in one piece, and as lazy as the library is.

What `_loss.py` does for NumPy's arrays block by block is done here with the library's own
functions: the same formulas, weights, reductions and errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossbook._contracts import libraries as backends
from lossbook._contracts.arrays import Array, as_float_array, is_foreign
from lossbook._contracts.libraries import Foreign
from lossbook.activations import check_axis
from lossbook.losses.base import (
    REDUCTIONS,
    ClassLoss,
    Loss,
    _refuse_empty,
    _refuse_nothing,
    _refuse_reduction,
    _refuse_two_infinities,
    _weights,
)
from lossbook.losses.classification import CategoricalCrossentropy, SparseCategoricalCrossentropy

# --- losses ---------------------------------------------------------------------------------------


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
    """Return the loss and its gradient, as arrays of the library that the arguments come from."""
    like = next(array for array in (y_pred, y_true, sample_weight) if is_foreign(array))
    seen_true, true_known = backends.look("y_true", y_true)
    seen_pred, pred_known = backends.look("y_pred", y_pred)
    xp = backends.namespace(like)
    if seen_true.size == 0 or seen_pred.size == 0:
        _refuse_empty(seen_true, seen_pred)
    loss._accept(seen_true, seen_pred)
    true = backends.wrapped("y_true", y_true, like, xp)
    pred = backends.wrapped("y_pred", y_pred, like, xp)
    true_domain, pred_domain = loss._domains()
    counted = None
    if isinstance(loss, SparseCategoricalCrossentropy):
        dtype = backends.working_dtype(xp, pred)
        loss, true, counted = _with_rows(loss, true, pred, dtype, xp)
    else:
        dtype = backends.working_dtype(xp, pred, true)
    weight = _weight(sample_weight, counted, like, len(seen_pred), dtype, xp)
    divisor = _divisor(reduction, weight, counted, len(seen_pred), xp)
    if true_known:
        true_domain.reject("y_true", seen_true)
    if pred_known:
        pred_domain.reject("y_pred", seen_pred)

    y, p = (_block(loss, xp.astype(array, dtype), xp) for array in (true, pred))
    shared = loss._shared(p)
    results = (
        _value(loss, y, shared, weight, divisor, reduction, xp) if value else None,
        _gradient(loss, y, shared, weight, divisor, seen_pred, xp) if gradient else None,
    )
    if true_known and pred_known and seen_true.shape == seen_pred.shape:
        _refuse_nan(results, seen_true, seen_pred)
    own = backends.float_dtype(pred, xp)
    # As for NumPy's arrays: what has the size of the predictions has their dtype, a sum keeps the
    # digits and the range that it was computed with.
    return (
        xp.astype(results[0], own) if value and reduction == "none" else results[0],
        xp.astype(results[1], own) if gradient else None,
    )


def _with_rows(
    loss: SparseCategoricalCrossentropy, true: Any, pred: Any, dtype: Any, xp: Any
) -> tuple[CategoricalCrossentropy, Any, Any]:
    """Return the loss of one-hot rows, the rows, and who counts: no entry is picked by its index.

    Row by row it is the same loss, and its shape is known before its numbers are.
    """
    classes = xp.arange(pred.shape[1], device=backends.device_of(pred))
    true = xp.astype(true, classes.dtype)  # a narrow one would not hold every class
    rows = xp.astype(true[:, None] == classes[None, :], dtype)
    categorical = CategoricalCrossentropy(loss.from_logits, epsilon=loss.epsilon)
    if loss.ignore_class is None:
        return categorical, rows, None
    counted = true != loss.ignore_class  # the others have no row; any will do for them
    rows = xp.where(counted[:, None], rows, 1.0 / pred.shape[1] + 0 * rows)
    return categorical, rows, xp.astype(counted, dtype)


def _block(loss: Loss, array: Any, xp: Any) -> Any:
    block = Foreign(array, xp)
    return block.T if isinstance(loss, ClassLoss) else block


def _weight(sample_weight: Any, counted: Any, like: Any, n: int, dtype: Any, xp: Any) -> Any:
    """Return the weight of each sample, 0 for those that do not count; or None."""
    if sample_weight is None:
        return counted
    seen, known = backends.look("sample_weight", sample_weight)
    if known or seen.shape != (n,):
        _weights(seen, n)
    weight = xp.astype(backends.wrapped("sample_weight", sample_weight, like, xp), dtype)
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
        _refuse_nothing(reduction)
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
    loss: Loss, y: Any, shared: Any, weight: Any, divisor: Any, pred: Array, xp: Any
) -> Any:
    slopes: Any = loss._rows(loss._derivative(y, shared))
    return _weighted(weight, slopes.data / loss._terms(pred), xp) / divisor


def _refuse_nan(results: tuple[Any, Any], true: Array, pred: Array) -> None:
    """Say so where a NaN has come from two infinities; where there are none, it costs little."""
    if not (np.isinf(true) & np.isinf(pred)).any():
        return
    for result in results:
        if result is not None and np.isnan(backends.on_host(result)).any():
            _refuse_two_infinities(true, pred)


# --- activations and penalties --------------------------------------------------------------------


def _given(name: str, array: Any) -> tuple[Foreign, Any]:
    """Return a checked array, in the dtype to compute in, and the dtype of results."""
    as_float_array(name, backends.look(name, array)[0])
    xp = backends.namespace(array)
    data = backends.wrapped(name, array, array, xp)
    dtype = backends.working_dtype(xp, data)
    return Foreign(xp.astype(data, dtype), xp), backends.float_dtype(data, xp)


@np.errstate(all="ignore")
def apply(name: str, formula: Callable[..., Any], array: Any, *others: Any) -> Any:
    """Return what a formula of one array gives, as an array of its library."""
    given, dtype = _given(name, array)
    xp = given.xp
    result = formula(given, *others)
    if not isinstance(result, Foreign):  # a constant, such as that of a penalty of strength 0
        return xp.sum(xp.zeros_like(given.data)) + result
    return xp.astype(result.data, dtype) if result.shape == given.shape else result.data


@np.errstate(all="ignore")
def along(formula: Callable[..., Any], array: Any, axis: int) -> Any:
    """Apply a formula that works on the first axis of a matrix to any axis of an array."""
    given, dtype = _given("x", array)
    check_axis(given.shape, axis)
    xp = given.xp
    moved = xp.moveaxis(given.data, axis, 0)
    result = formula(Foreign(xp.reshape(moved, (moved.shape[0], -1)), xp)).data
    result = xp.astype(result, dtype)
    if result.ndim == 1:
        return xp.reshape(result, moved.shape[1:])
    return xp.moveaxis(xp.reshape(result, moved.shape), 0, axis)
