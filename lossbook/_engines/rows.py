"""Dask arrays by blocks of rows: nothing is computed, and no block is joined with another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
from dask import delayed

from lossbook._contracts.arrays import known_chunks
from lossbook._contracts.dtypes import Array


def whole(name: str, X: Any) -> Any:
    """Return a Dask array whose chunks are whole rows, at least one, or say why it is none."""
    X = known_chunks(name, X)
    if 0 in X.shape:
        raise ValueError(f"{name}: expected at least one value, received shape {X.shape}")
    rows = tuple(rows for rows in X.chunks[0] if rows) if X.ndim else ()
    return X.rechunk({axis: -1 if axis else rows for axis in range(X.ndim)})


def mapped(function: Callable[[Array, Array], Array], w: Array, X: Any, outputs: int) -> Any:
    """Return function(w, rows) for each chunk of rows: one number a row, or a row of `outputs`."""
    return da.blockwise(
        lambda rows, w: function(w, rows),
        "i" if outputs == 1 else "ij",
        X,
        "ik",
        new_axes={"j": outputs} if outputs > 1 else {},
        concatenate=True,
        dtype=np.result_type(w, X.dtype),
        w=delayed(w),  # once in the graph, not in each of its tasks
    )
