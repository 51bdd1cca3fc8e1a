"""The vocabulary of formulas: beside plain arithmetic, a formula uses what stands here.

Each function has one body for NumPy, and one for the array API of every other library; with both,
a formula is written once for all of them. The names are those of NumPy and SciPy. What belongs to
the classes of a row is along the first axis: a formula of classes sees (K, samples).

The bodies for other libraries compute both sides of a case, because numbers may not be known yet,
and automatic differentiation goes through both: the side not taken must be harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lossbook._contracts.libraries import device_of, is_foreign, namespace

Array = Any  # of NumPy, or of any other library

inf = np.inf
ndarray = np.ndarray
_smallest = np.minimum.reduce

_NAMESPACES: dict[type, Any] = {np.ndarray: np}


def _library(x: Array) -> Any:
    """Return the functions of the library of an array, under the names of the standard."""
    found = _NAMESPACES.get(type(x))
    if found is None:
        found = _NAMESPACES[type(x)] = namespace(x) if is_foreign(x) else np
    return found


def _like(xp: Any, *values: Any) -> list[Any]:
    """Return the values as arrays: a number takes the dtype and the place of those beside it."""
    like = next(value for value in values if not isinstance(value, int | float))
    return [
        xp.asarray(value, dtype=like.dtype, device=device_of(like))
        if isinstance(value, int | float)
        else value
        for value in values
    ]


# --- of each number -------------------------------------------------------------------------------


def _unary(name: str) -> Callable[[Array], Array]:
    numpys = getattr(np, name)

    def function(x: Array) -> Array:
        return numpys(x) if type(x) is ndarray else getattr(_library(x), name)(x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return {name} of each number, as NumPy defines it."
    return function


def _binary(name: str) -> Callable[[Array, Array], Array]:
    numpys = getattr(np, name)

    def function(x: Array, y: Array) -> Array:
        if type(x) is ndarray or type(y) is ndarray:
            return numpys(x, y)
        xp = _library(y if isinstance(x, int | float) else x)
        return numpys(x, y) if xp is np else getattr(xp, name)(*_like(xp, x, y))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return {name} of each number, as NumPy defines it."
    return function


abs = _unary("abs")
exp = _unary("exp")
expm1 = _unary("expm1")
isfinite = _unary("isfinite")
isinf = _unary("isinf")
log = _unary("log")
log1p = _unary("log1p")
sinh = _unary("sinh")
sqrt = _unary("sqrt")
tanh = _unary("tanh")
ones_like = _unary("ones_like")
zeros_like = _unary("zeros_like")
hypot = _binary("hypot")
maximum = _binary("maximum")
minimum = _binary("minimum")


def sign(x: Array) -> Array:
    """Return -1, 0 or 1."""
    xp = _library(x)
    if xp is np:
        return np.sign(x)
    # array-api-compat's for PyTorch picks entries, which its vmap cannot.
    above, below = xp.astype(x > 0, x.dtype), xp.astype(x < 0, x.dtype)
    return xp.where(x != x, x, above - below)


def magnitude(x: Array) -> Array:
    """Return |x|, with the slope -1 at 0, as for numbers below it.

    Automatic differentiation takes the slope of `abs` as 0 there, and would miss that of a smooth
    function that treats the two sides of 0 apart.
    """
    return np.abs(x) if type(x) is ndarray else where(x > 0, x, -x)


def clip(x: Array, low: float, high: float) -> Array:
    """Return x where it is in [low, high], else the nearer of the two."""
    return minimum(maximum(x, low), high)


# --- cases ----------------------------------------------------------------------------------------


def where(condition: Array, yes: Array, no: Array) -> Array:
    """Return `yes` where the condition holds, else `no`; at least one of them is an array.

    A `yes` that is a function is called for its array, on NumPy only if the condition holds at all.
    """
    known = type(condition) is ndarray
    if callable(yes):
        if known and not condition.any():
            return no
        yes = yes()
    if known:
        return np.where(condition, yes, no)
    xp = _library(condition)
    return np.where(condition, yes, no) if xp is np else xp.where(condition, *_like(xp, yes, no))


def indicator(condition: Array, like: Array) -> Array:
    """Return 1 where the condition holds, else 0, as numbers of the dtype of `like`."""
    xp = _library(condition)
    return condition.astype(like.dtype) if xp is np else xp.astype(condition, like.dtype)


def has_nan(x: np.ndarray[Any, Any]) -> bool:
    """Say whether a NaN is among NumPy's numbers: the smallest of them is then a NaN itself."""
    smallest = _smallest(x, axis=None)
    return bool(smallest != smallest)


def product(factor: Array, term: Array) -> Array:
    """Return factor · term, where a factor of 0 silences even an infinite term."""
    if type(term) is ndarray:
        result = factor * term
        if has_nan(result):
            silent = (factor == 0) & ~np.isfinite(term)
            result = 0.0 + factor * np.where(silent, 0.0, term)  # no -0.0
        return result
    if isinstance(factor, int | float):
        return factor * term if factor else _library(term).zeros_like(term)
    silent = (factor == 0) & ~isfinite(term)
    return 0.0 + factor * where(silent, 0.0, term)


def quotient(
    numerator: Array, denominator: Array, limit: float | Callable[[], Array] = 0.0
) -> Array:
    """Return numerator / denominator, where 0 / 0 is `limit`: a number, or what computes it."""
    known = type(denominator) is ndarray
    if known:
        result = numerator / denominator
        if not has_nan(result):
            return result
    nothing = (numerator == 0) & (denominator == 0)
    result = numerator / where(nothing, 1.0, denominator)
    if limit == 0.0:
        return result
    return where(nothing, limit() if callable(limit) else limit, result)


# --- logarithms -----------------------------------------------------------------------------------


def xlogy(x: Array, y: Array) -> Array:
    """Return x log y, where 0 · log 0 is 0."""
    if type(y) is ndarray:
        return product(x, np.log(y))
    silent = (x == 0) & ((y == 0) | isinf(y))
    return x * log(where(silent, 1.0, y))


def xlog1py(x: Array, y: Array) -> Array:
    """Return x log(1 + y), where 0 · log 0 is 0."""
    if type(y) is ndarray:
        return product(x, np.log1p(y))
    silent = (x == 0) & ((y == -1) | isinf(y))
    return x * log1p(where(silent, 0.0, y))


def rel_entr(x: Array, y: Array) -> Array:
    """Return x log(x / y), where 0 · log 0 is 0."""
    if type(y) is ndarray:
        return product(x, _log_ratio(x, y))
    nothing = x == 0
    return x * _log_ratio(where(nothing, 1.0, x), where(nothing, 1.0, y))


def _log_ratio(x: Array, y: Array) -> Array:
    """Return log(x / y); where the two are close, that would lose the digits of the difference."""
    close = abs(x - y) < 0.5 * y
    return where(close, log1p(where(close, (x - y) / y, 0.0)), log(x) - log(y))


# --- rows of classes ------------------------------------------------------------------------------


def sum(x: Array, axis: int | None = 0) -> Array:
    """Return the sum over the classes; over everything with axis=None."""
    return np.add.reduce(x, axis=axis) if type(x) is ndarray else _library(x).sum(x, axis=axis)


def max(x: Array) -> Array:
    """Return the largest over the classes."""
    return np.maximum.reduce(x, axis=0) if type(x) is ndarray else _library(x).max(x, axis=0)


def exponentials(z: Array) -> tuple[Array, Array, Array]:
    """Return (d, e, others) over the classes, from which softmax and its logarithm follow.

    d = z - max z, e = exp(d), and others = sum(e) - 1 is what the classes beside the largest one
    add. Where the largest takes nearly everything, sum(e) - 1 would lose all digits of `others`
    to rounding, and log(1 + others) with it: there the small terms are summed by themselves.
    """
    xp = _library(z)
    if xp is not np:  # numbers may not be known: no case, and no index
        top = xp.max(z, axis=0, keepdims=True)
        endless = xp.isinf(top)
        shared = where(z == top, xp.zeros_like(z), -inf)
        d = where(endless, shared, z - where(endless, 0.0, top))
        e = xp.exp(d)
        largest = xp.sum(where(d == 0, e, 0.0), axis=0)
        return d, e, xp.sum(where(d == 0, 0.0, e), axis=0) + (largest - 1.0)
    top = np.maximum.reduce(z, axis=0, keepdims=True)
    d = z - top
    e = np.exp(d)
    others = np.add.reduce(e, axis=0) - 1.0
    least = np.minimum.reduce(others)
    if least >= 0.1:
        return d, e, others
    if least != least and np.isinf(top).any():  # a NaN, from inf - inf
        # An infinite logit takes all the mass; equal ones share it.
        return exponentials(np.where(np.isinf(top), np.where(z == top, 0.0, -np.inf), z))
    certain = np.flatnonzero(others < 0.1)
    small = e[:, certain]
    others[certain] = np.add.reduce(small * (small < 1.0), axis=0)  # the largest is the 1 itself
    return d, e, others


def scaled(x: Array) -> tuple[Array, Array]:
    """Return x / max |x| over the classes, and max |x|; 0 / 0 is 0.

    Infinite entries, where there are some, take all the length, in equal parts.
    """
    largest = max(abs(x))
    endless = isinf(largest)
    x = where(endless, lambda: where(isinf(x), sign(x), 0.0), x)
    return quotient(x, where(endless, 1.0, largest)), largest


def per_class(numbers: float | Sequence[float], like: Array) -> Array:
    """Return one number for all classes, or one for each, to stand beside `like`."""
    if isinstance(numbers, int | float):
        return numbers
    xp = _library(like)
    if xp is np:
        return np.reshape(numbers, (-1, 1)).astype(like.dtype)
    return xp.asarray(numbers, dtype=like.dtype, device=device_of(like))[:, None]


def take_label(x: Array, labels: Array) -> Array:
    """Return of each sample the entry of its own class."""
    xp = _library(x)
    if xp is np:
        return x[labels, np.arange(x.shape[1])]
    return xp.sum(where(_is_label(xp, x, labels), x, 0.0), axis=0)


def put_label(x: Array, labels: Array, values: Array) -> Array:
    """Return x with these values at each sample's own class; NumPy's x is changed, so own it."""
    xp = _library(x)
    if xp is np:
        x[labels, np.arange(x.shape[1])] = values
        return x
    return where(_is_label(xp, x, labels), values, x)


def _is_label(xp: Any, x: Array, labels: Array) -> Array:
    """Return where the own classes are: no entry is picked by an index that may not be known."""
    classes = xp.arange(x.shape[0], device=device_of(x))
    return classes[:, None] == xp.astype(labels, classes.dtype)[None, :]  # a narrow dtype may wrap
