"""The engine for NumPy's arrays: a walk in blocks that fit the cache, on one thread or several.

A formula must give NaN where an input is NaN, and only there: the engine recognises it by that.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array, as_float_array, check_axis
from lossbook._contracts.domains import class_indices
from lossbook._contracts.dtypes import Array, float_dtype, working_dtype
from lossbook._contracts.samples import as_weights, divisor, refuse_empty, refuse_nan
from lossbook._engines.ops import has_nan, product
from lossbook._engines.protocol import Formulas, Request
from lossbook._engines.threads import in_order

# Bytes of predictions a block: with the targets and the formula's temporaries they fit the
# second-level cache.
BLOCK = 2**18

# Unless it has seen a larger piece freed, glibc hands a block's temporaries back to the system, and
# fetches them again page by page, at every call. This piece is never touched; it only shows glibc
# what to keep, up to twice its size.
np.empty(32 * BLOCK, np.uint8)

# Up to so many classes a block is turned, so that each class is one contiguous run of samples.
FEW_CLASSES = 64


def evaluate(
    loss: Formulas,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    sample_weight: ArrayLike | None,
    reduction: str,
    value: bool,
    gradient: bool,
) -> tuple[Any, Any]:
    """Return the loss and its gradient, each where it is asked for."""
    request = _request(loss, y_true, y_pred, sample_weight, reduction, value, gradient)
    n, size = len(request.y_pred), request.y_pred.size * request.dtype.itemsize
    if size <= BLOCK:
        total = _part(loss, request, slice(0, n))
    else:
        step = max(1, BLOCK * n // size)
        blocks = [slice(start, start + step) for start in range(0, n, step)]
        total = sum(in_order(partial(_part, loss, request), blocks))
    return (total if request.values is None else request.values), request.slopes


def _request(
    loss: Formulas,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    sample_weight: ArrayLike | None,
    reduction: str,
    value: bool,
    gradient: bool,
) -> Request:
    """Return the arguments checked, but for the domains, which the walk sees block by block."""
    true, pred = as_array("y_true", y_true), as_array("y_pred", y_pred)
    if not (true.size and pred.size):
        refuse_empty(true, pred)
    loss._check_shapes(true, pred)
    targets = loss.targets
    if targets.jointly is not None:
        targets.reject_jointly("y_true", true)
    counted = loss._counted(true)
    n = len(pred)
    if targets.indices:
        true = true if counted is None else np.where(counted, true, 0)
        true = class_indices("y_true", true, pred.shape[1])
    weight = None if sample_weight is None else as_weights(sample_weight, n)
    if counted is not None:
        weight = counted * (1.0 if weight is None else weight)
    return Request(
        true,
        pred,
        weight,
        divisor(reduction, n, counted, weight, _total),
        1 if pred.ndim == 1 or loss.class_axis else pred.size // n,
        working_dtype(pred.dtype) if targets.indices else working_dtype(pred.dtype, true.dtype),
        (targets, loss.predictions),
        value,
        np.empty(n, float_dtype(pred.dtype)) if value and reduction == "none" else None,
        np.empty(pred.shape, float_dtype(pred.dtype)) if gradient else None,
    )


@np.errstate(all="ignore")  # infinity and underflow are answers here, not accidents
def _part(loss: Formulas, request: Request, rows: slice) -> float:
    """Evaluate some rows; return what they add to the loss."""
    y = _block(loss, request, request.y_true[rows])
    p = _block(loss, request, request.y_pred[rows])
    w = None if request.weight is None else request.weight[rows]
    _check(request, y, p)
    p = loss._shared(p)
    part = 0.0
    if request.value:
        v = loss._value(y, p)
        if w is None and request.values is None:
            part = _sum(v, request.divisor * request.terms)
        else:
            if v.ndim > 1:
                v = np.mean(v, axis=1)
            if w is not None:
                if has_nan(v):  # which a weight of 0 would silence
                    _refuse_nan(request)
                v = product(w, v)
            part = _sum(v, request.divisor)
        if part != part and has_nan(v):
            _refuse_nan(request)
        if request.values is not None:
            np.add(v, 0.0, out=request.values[rows])  # which makes a 0 of -0.0
    if request.slopes is not None:
        g = loss._derivative(y, p)
        if not request.value and has_nan(g):
            _refuse_nan(request)
        if loss.class_axis:
            g = g.T
        scale = 1.0 / (request.divisor * request.terms)
        if w is None:
            np.multiply(g, scale, out=request.slopes[rows])
        else:
            column = (w * scale).reshape(-1, *[1] * (g.ndim - 1))
            request.slopes[rows] = product(column, g)
    return part


def _block(loss: Formulas, request: Request, rows: Array) -> Array:
    """Return some rows of the data as the formulas expect them, contiguous and in the cache.

    NumPy's exponential differs in the last bit where the data are not contiguous.
    """
    if not loss.class_axis:
        return np.ascontiguousarray(rows, request.dtype)
    if rows.ndim == 1:  # class indices
        return rows
    if rows.shape[1] <= FEW_CLASSES:
        return np.ascontiguousarray(rows.T, request.dtype)
    return np.ascontiguousarray(rows, request.dtype).T


def _check(request: Request, y: Array, p: Array) -> None:
    """Refuse values outside the domains, block by block while they are in the cache."""
    true, pred = request.domains
    if true.holds is not None and not true.holds(y):
        true.reject("y_true", request.y_true)
    if pred.holds is not None and not pred.holds(p):
        pred.reject("y_pred", request.y_pred)


def _refuse_nan(request: Request) -> None:
    refuse_nan(request.y_true, request.y_pred, request.domains)


def _total(of: Array) -> float:
    return float(np.add.reduce(of))


def _sum(values: Array, divisor: float) -> float:
    """Return sum(values) / divisor; the sum is pairwise, and only the result has to be finite."""
    total = float(np.add.reduce(values, axis=None)) / divisor
    if abs(total) == np.inf and np.isfinite(values).all():
        total = float(np.add.reduce(values, axis=None, dtype=np.longdouble) / divisor)
    return total + 0.0  # which makes a 0 of -0.0


# --- functions of one array -----------------------------------------------------------------------


@np.errstate(all="ignore")
def apply(name: str, formula: Any, values: ArrayLike, *others: float) -> Array:
    """Return what a formula gives for each entry of an array."""
    return formula(as_float_array(name, values), *others)


@np.errstate(all="ignore")  # infinities are handled, and underflow to 0 is right
def apply_along_axis(formula: Any, x: ArrayLike, axis: int) -> Array:
    """Apply a formula that works on the first axis of a matrix to any axis of `x`."""
    array = as_float_array("x", x)
    check_axis(array.shape, axis)
    z = np.moveaxis(array, axis, 0)
    result = formula(z.reshape(len(z), -1).astype(working_dtype(array.dtype), copy=False))
    result = result.astype(array.dtype, copy=False)
    if result.ndim == 1:  # the formula has summed the axis away
        return result.reshape(z.shape[1:])[()]
    return np.moveaxis(result.reshape(z.shape), 0, axis)
