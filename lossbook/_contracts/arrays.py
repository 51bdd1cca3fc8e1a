"""What may come in: each argument becomes an array of real numbers, or is refused.

Every message names the argument, what was expected and what was received.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.domains import FINITE, REAL
from lossbook._contracts.dtypes import Array, float_dtype
from lossbook._contracts.libraries import (
    device_of,
    has_numbers,
    is_chunked,
    is_foreign,
    library,
    namespace,
    on_host,
)

_REAL_KINDS = "fiub"


def as_array(name: str, values: ArrayLike) -> Array:
    """Return `values` as an array of real numbers, without a copy where it is one already."""
    array = values if type(values) is np.ndarray else _converted(name, values)
    if array.dtype.kind not in _REAL_KINDS:
        received = f"dtype {array.dtype}" if array.ndim else f"{type(values).__name__} {values!r}"
        raise TypeError(f"{name}: expected an array of real numbers, received {received}")
    return array


def _converted(name: str, values: ArrayLike) -> Array:
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(
            f"{name}: expected a plain array, received a masked one, whose mask would be lost; "
            "did you mean sample_weight=~mask?"
        )
    if library(values) == "torch":  # NumPy takes not all of its arrays
        return on_host(values)
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"{name}: expected rows of equal length, received nested lists of different lengths"
        ) from error


def as_float_array(name: str, values: ArrayLike) -> Array:
    """Return `values` as a floating-point array free of NaN, for functions of one array."""
    array = as_array(name, values)
    if array.size == 0:
        raise ValueError(f"{name}: expected at least one value, received shape {array.shape}")
    array = array.astype(float_dtype(array.dtype), copy=False)
    if np.isnan(array).any():
        REAL.reject(name, array)
    return array


def as_finite_array(name: str, values: ArrayLike) -> Array:
    """Return `values` as a floating-point array without NaN and infinity."""
    array = as_float_array(name, values)
    FINITE.reject(name, array)
    return array


def check_axis(shape: tuple[int, ...], axis: int) -> None:
    """Refuse an axis that an array of this shape does not have."""
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"axis: expected an axis of x, received {axis} for shape {shape}")


# --- arrays of other libraries --------------------------------------------------------------------


def numbers_of(name: str, values: Any) -> tuple[Any, bool]:
    """Return an argument as NumPy has it, and True; or an array of its shape alone, and False."""
    if not is_foreign(values):
        return as_array(name, values), True
    if has_numbers(values):
        return as_array(name, on_host(values)), True
    if is_chunked(values):
        known_chunks(name, values)
    return np.broadcast_to(np.zeros(()), tuple(values.shape)), False  # takes no room


def known_chunks(name: str, values: Any) -> Any:
    """Return a collection if it is an array of numbers whose chunks have known sizes."""
    from dask.array import Array as DaskArray
    from dask.delayed import Delayed

    if not isinstance(values, DaskArray):
        if isinstance(values, Delayed):  # which says that it has any attribute
            kind, meant = "Delayed", f"dask.array.from_delayed({name}, shape, dtype)"
        else:
            table = name if hasattr(values, "to_dask_array") else f"{name}.to_dataframe()"  # a Bag
            kind, meant = type(values).__name__, f"{table}.to_dask_array(lengths=True)"
        raise TypeError(
            f"{name}: expected a NumPy or a Dask array, received {kind}; did you mean {meant}?"
        )
    if np.isnan(values.shape).any():
        raise ValueError(
            f"{name}: expected chunks of known sizes, received an array whose length is not known "
            f"before it is computed; did you mean {name}.compute_chunk_sizes()?"
        )
    as_array(name, np.empty(1, values.dtype))
    return values


def as_array_beside(name: str, values: Any, like: Any, xp: Any) -> Any:
    """Return an argument as an array of real numbers of the library `xp`, where `like` is."""
    if not is_foreign(values):
        array = as_array(name, values)
        if array.dtype == np.float16:  # which some libraries lack
            array = array.astype(np.float32)
        return xp.asarray(np.array(array, order="C"), device=device_of(like))
    if namespace(values) is not xp:
        raise TypeError(
            f"{name}: expected an array of {library(like)}, as beside it, or of NumPy, "
            f"received one of {library(values)}"
        )
    if library(values) == "torch" and values.device != like.device:
        raise ValueError(
            f"{name}: expected an array on the device {like.device}, as beside it, received one "
            f"on {values.device}; did you mean {name}.to({str(like.device)!r})?"
        )
    if not xp.isdtype(values.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"{name}: expected an array of real numbers, received dtype {values.dtype}")
    return values
