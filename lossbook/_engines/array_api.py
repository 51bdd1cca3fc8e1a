"""The engine for every other library with the array API: PyTorch, JAX, CuPy, Dask.

It evaluates in one piece, with the library's own functions, and is as lazy as the library is:
where numbers cannot be looked at, only shapes and dtypes are checked. Needs array-api-compat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbook._contracts.arrays import as_array_beside, as_float_array, check_axis, numbers_of
from lossbook._contracts.domains import class_indices
from lossbook._contracts.dtypes import float_dtype, working_dtype
from lossbook._contracts.libraries import is_foreign, namespace, on_host
from lossbook._contracts.samples import as_weights, divisor, refuse_empty, refuse_nan
from lossbook._engines import ops
from lossbook._engines.protocol import Formulas, Request


@np.errstate(all="ignore")  # some libraries compute with NumPy
def evaluate(
    loss: Formulas,
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    reduction: str,
    value: bool,
    gradient: bool,
) -> tuple[Any, Any]:
    """Return the loss and its gradient, as arrays of the library that the arguments come from."""
    like = next(array for array in (y_pred, y_true, sample_weight) if is_foreign(array))
    seen_true, true_known = numbers_of("y_true", y_true)
    seen_pred, pred_known = numbers_of("y_pred", y_pred)
    xp = namespace(like)
    refuse_empty(seen_true, seen_pred)
    loss._check_shapes(seen_true, seen_pred)
    targets, predictions = loss.targets, loss.predictions
    true = as_array_beside("y_true", y_true, like, xp)
    pred = as_array_beside("y_pred", y_pred, like, xp)
    if targets.indices:
        true = xp.astype(true, xp.int64)  # a narrow or unsigned one may lack the class to ignore
    counted = loss._counted(true)
    dtype = working_dtype(pred.dtype, *(() if targets.indices else (true.dtype,)), xp=xp)
    if true_known:
        _check_targets(loss, seen_true, seen_pred)
    if pred_known:
        predictions.reject("y_pred", seen_pred)
    if targets.indices and counted is not None:
        true = xp.where(counted, true, xp.zeros_like(true))
        counted = xp.astype(counted, dtype)
    weight = _weight(sample_weight, counted, like, len(seen_pred), dtype, xp)
    request = Request(
        _block(loss, true if targets.indices else xp.astype(true, dtype), xp),
        loss._shared(_block(loss, xp.astype(pred, dtype), xp)),
        weight,
        divisor(reduction, len(seen_pred), counted, weight, xp.sum),
        1 if loss.class_axis else seen_pred.size // len(seen_pred),
        dtype,
        (targets, predictions),
        value,
    )
    results = (
        _value(loss, request, reduction, xp) if value else None,
        _gradient(loss, request, xp) if gradient else None,
    )
    # Infinite inputs may give a NaN; where there are none, looking for it costs little.
    if true_known and pred_known and np.isinf(seen_true).any() and np.isinf(seen_pred).any():
        for result in results:
            if result is not None and np.isnan(on_host(result)).any():
                refuse_nan(seen_true, seen_pred, request.domains)
    own = float_dtype(pred.dtype, xp)
    # As for NumPy's arrays: what has the size of the predictions has their dtype, a sum keeps the
    # digits and the range that it was computed with.
    return (
        xp.astype(results[0], own) if value and reduction == "none" else results[0],
        xp.astype(results[1], own) if gradient else None,
    )


def _check_targets(loss: Formulas, true: Any, pred: Any) -> None:
    targets = loss.targets
    targets.reject_jointly("y_true", true)
    if targets.indices:
        counted = loss._counted(true)
        true = true if counted is None else np.where(counted, true, 0)
        class_indices("y_true", true, pred.shape[1])
    targets.reject("y_true", true)


def _block(loss: Formulas, array: Any, xp: Any) -> Any:
    return xp.permute_dims(array, (1, 0)) if loss.class_axis and array.ndim == 2 else array


def _weight(sample_weight: Any, counted: Any, like: Any, n: int, dtype: Any, xp: Any) -> Any:
    """Return the weight of each sample, 0 for those that do not count; or None."""
    if sample_weight is None:
        return counted
    seen, known = numbers_of("sample_weight", sample_weight)
    if known or seen.shape != (n,):
        as_weights(seen, n)
    weight = xp.astype(as_array_beside("sample_weight", sample_weight, like, xp), dtype)
    return weight if counted is None else weight * counted


def _weighted(weight: Any, array: Any, xp: Any) -> Any:
    """Return weight times array, where a weight of 0 silences even an infinite entry."""
    if weight is None:
        return array
    return ops.product(xp.reshape(weight, (-1, *[1] * (array.ndim - 1))), array)


def _value(loss: Formulas, request: Request, reduction: str, xp: Any) -> Any:
    values = loss._value(request.y_true, request.y_pred)
    if values.ndim == 2:
        values = xp.mean(values, axis=1)
    values = _weighted(request.weight, values, xp)
    if reduction != "none":
        values = xp.sum(values) / request.divisor
    return values + 0.0  # which makes a 0 of -0.0


def _gradient(loss: Formulas, request: Request, xp: Any) -> Any:
    slopes = _block(loss, loss._derivative(request.y_true, request.y_pred), xp)
    return _weighted(request.weight, slopes / request.terms, xp) / request.divisor


# --- functions of one array -----------------------------------------------------------------------


def _given(name: str, array: Any) -> tuple[Any, Any, Any]:
    """Return a checked array in the dtype to compute in, the dtype of results, the library."""
    as_float_array(name, numbers_of(name, array)[0])
    xp = namespace(array)
    data = as_array_beside(name, array, array, xp)
    return xp.astype(data, working_dtype(data.dtype, xp=xp)), float_dtype(data.dtype, xp), xp


@np.errstate(all="ignore")
def apply(name: str, formula: Any, array: Any, *others: float) -> Any:
    """Return what a formula of one array gives, as an array of its library."""
    given, dtype, xp = _given(name, array)
    result = formula(given, *others)
    return xp.astype(result, dtype) if result.shape == given.shape else result


@np.errstate(all="ignore")
def apply_along_axis(formula: Any, array: Any, axis: int) -> Any:
    """Apply a formula that works on the first axis of a matrix to any axis of an array."""
    given, dtype, xp = _given("x", array)
    check_axis(tuple(given.shape), axis)
    moved = xp.moveaxis(given, axis, 0)
    result = xp.astype(formula(xp.reshape(moved, (moved.shape[0], -1))), dtype)
    if result.ndim == 1:
        return xp.reshape(result, moved.shape[1:])
    return xp.moveaxis(xp.reshape(result, moved.shape), 0, axis)
