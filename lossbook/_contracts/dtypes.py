"""Which dtype is computed in, and which the results have; one rule for every library."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FLOAT64 = np.dtype(np.float64)


def is_float(dtype: Any, xp: Any = np) -> bool:
    """Say whether a dtype of NumPy, or of the library `xp`, holds floating-point numbers."""
    return dtype.kind == "f" if xp is np else xp.isdtype(dtype, "real floating")


def float_dtype(dtype: Any, xp: Any = np) -> Any:
    """Return the dtype that results of such an input have: its own, or float64 for integers."""
    if xp is np:
        return dtype if dtype.kind == "f" else FLOAT64
    return dtype if is_float(dtype, xp) else xp.float64


@cache
def working_dtype(*dtypes: Any, xp: Any = np) -> Any:
    """Return the dtype to compute in: wide enough for every input, at least float32.

    In other libraries than NumPy an integer takes the dtype of the floating-point numbers that it
    stands beside; NumPy widens them so that they hold the integer.
    """
    floats = [dtype for dtype in dtypes if is_float(dtype, xp)]
    if not floats:
        return float_dtype(dtypes[0], xp)
    dtype = floats[0]
    for other in dtypes if xp is np else floats:
        if other != dtype:
            dtype = xp.result_type(dtype, other)
    return dtype if xp.finfo(dtype).bits >= 32 else np.dtype(np.float32) if xp is np else xp.float32
