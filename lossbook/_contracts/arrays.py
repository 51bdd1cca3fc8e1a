"""What may come in: arrays are checked here, with one way of saying what is wrong.

Every message names the argument, what was expected and what was received.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

_REAL_KINDS = "fiub"


def is_foreign(values: object) -> bool:
    """Say whether these are an array of another library than NumPy."""
    if isinstance(values, np.ndarray | np.generic | list | tuple):
        return False
    if hasattr(values, "__array_namespace__"):
        return True
    return library(values) in ("torch", "dask")


def is_chunked(values: object) -> bool:
    """Say whether this is one of Dask's collections, whose parts may lie anywhere."""
    return library(values) == "dask"


def library(values: object) -> str:
    """Return the name of the package that the values' type comes from."""
    return type(values).__module__.partition(".")[0]


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
        from lossbook._contracts.libraries import on_host

        return on_host(values)
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"{name}: expected rows of equal length, received nested lists of different lengths"
        ) from error


def float_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype that results of such an input have: its own, or float64 for integers."""
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


@cache
def working_dtype(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype to compute in: wide enough for every input, at least float32."""
    dtype = dtypes[0]
    for other in dtypes[1:]:
        if other != dtype:
            dtype = np.result_type(dtype, other)
    dtype = float_dtype(dtype)
    return np.dtype(np.float32) if dtype.itemsize < 4 else dtype


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


@dataclass(frozen=True)
class Domain:
    """The values an argument may take.

    `holds` is a quick test of a block, which must be false where there is a NaN; where it is
    None, only NaN is to be refused, and the engine sees that from the formula's result. `bad`
    marks the offending entries once something is known to be wrong.
    """

    expected: str
    bad: Callable[[Array], Array]
    holds: Callable[[Array], bool] | None = None
    hint: str = ""

    def reject(self, name: str, array: Array) -> None:
        """Raise for the first bad entry of `array`; return where there is none."""
        nan = np.isnan(array)
        offenders = nan if nan.any() else self.bad(array)
        if not offenders.any():
            return
        index = tuple(int(i) for i in np.argwhere(offenders)[0])
        where = name + (f"[{', '.join(map(str, index))}]" if index else "")
        if nan.any():
            raise ValueError(f"{where}: expected a number, received nan")
        hint = f"; {self.hint}" if self.hint else ""
        received = array[index]
        if np.ndim(received):  # a whole row is at fault
            raise ValueError(
                f"{where}: expected {self.expected}, received a row that sums to "
                f"{float(np.sum(received, dtype=np.float64)):.6g}{hint}"
            )
        raise ValueError(f"{where}: expected {self.expected}, received {received.item()!r}{hint}")


def _outside_unit(array: Array) -> Array:
    return (array < 0) | (array > 1)


def _smallest(array: Array) -> Any:
    return np.minimum.reduce(array, axis=None)  # np.min is this, and 1 µs of its own


def _largest(array: Array) -> Any:
    return np.maximum.reduce(array, axis=None)


def _within_unit(array: Array) -> bool:
    return bool(_smallest(array) >= 0) and bool(_largest(array) <= 1)


REAL = Domain("a number", bad=np.isnan)
FINITE = Domain("a finite number", bad=np.isinf)
ABOVE_MINUS_ONE = Domain(
    "a number above -1, which log(1 + number) needs",
    bad=lambda array: array <= -1,
    holds=lambda array: bool(_smallest(array) > -1),
)
RATES = Domain(
    "rates of at least 0",
    bad=lambda array: array < 0,
    holds=lambda array: bool(_smallest(array) >= 0),
    hint="did you mean log_input=True?",
)
COUNTS = Domain(
    "finite counts of at least 0",
    bad=lambda array: (array < 0) | np.isinf(array),
    holds=lambda array: bool(_smallest(array) >= 0) and bool(_largest(array) < np.inf),
)
SIGNS_OR_BITS = Domain(  # that a block holds only one of the two is seen before the walk
    "labels all in {-1, 1} or all in {0, 1}",
    bad=lambda array: ~np.isin(array, (-1, 0, 1)),
    holds=lambda array: (
        bool(_largest(np.abs(array)) <= 1) and bool((array * array == np.abs(array)).all())
    ),
)
TARGETS = Domain(
    "targets in [0, 1]",
    bad=_outside_unit,
    holds=_within_unit,
    hint="labels in {-1, 1} become targets by (y + 1) / 2",
)
PROBABILITIES = Domain(
    "probabilities in [0, 1]",
    bad=_outside_unit,
    holds=_within_unit,
    hint="did you mean from_logits=True?",
)


def row_sum_tolerance(dtype: np.dtype[Any]) -> float:
    """Return how far a row of probabilities of this dtype may sum from 1."""
    return max(1e-5, 10 * float(np.finfo(float_dtype(dtype)).eps))


def distributions(hint: str) -> Domain:
    """Return the domain of rows (class axis last) that are probability distributions.

    The quick test sees a block with the class axis first, as the formulas do.
    """

    def bad(array: Array) -> Array:
        outside = _outside_unit(array)
        if outside.any():
            return outside
        off = np.abs(array.sum(axis=-1, dtype=np.float64) - 1)
        return off > row_sum_tolerance(array.dtype)

    def holds(block: Array) -> bool:
        if not _within_unit(block):
            return False
        off = np.abs(np.add.reduce(block, axis=0) - 1)
        return bool(_largest(off) <= row_sum_tolerance(block.dtype))

    return Domain("probabilities in [0, 1] that sum to 1 over each row", bad, holds, hint)


PREDICTED_ROWS = distributions("did you mean from_logits=True, or to apply softmax first?")
PREDICTED_DISTRIBUTIONS = distributions("did you mean to apply softmax first?")
TARGET_ROWS = distributions("did you mean one-hot rows, lossbook.one_hot(labels, n_classes)?")


def _is_one_hot(block: Array) -> bool:
    bits = bool((block * block == block).all())
    return bits and bool((np.add.reduce(block, axis=0) == 1).all())


def _breaks_one_hot(array: Array) -> Array:
    outside = ~np.isin(array, (0, 1))
    return outside if outside.any() else array.sum(axis=-1) != 1


ONE_HOT_ROWS = Domain(
    "one-hot rows, a single 1 among zeros",
    bad=_breaks_one_hot,
    holds=_is_one_hot,
    hint="did you mean lossbook.one_hot(labels, n_classes)?",
)
