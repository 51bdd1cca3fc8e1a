"""Gradient descent over a Dask array: its chunks stay where they are, sums of them come back.

Each chunk of rows gives what its samples add to the batch's mean loss, and to its gradient; Dask
adds that up in a tree. So the data may lie on several machines, and be larger than their memory: a
chunk is read when its turn comes, and what travels has the size of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dask.array as da
import numpy as np
from dask import delayed
from dask.blockwise import optimize_blockwise

from lossbook._contracts.arrays import as_array, known_chunks
from lossbook._contracts.domains import FINITE
from lossbook._contracts.dtypes import Array
from lossbook._contracts.libraries import is_chunked
from lossbook._contracts.samples import as_weights
from lossbook._engines import blocks, rows as dask_rows
from lossbook.training import protocols
from lossbook.training.batches import Diverged, all_finite, check_length
from lossbook.training.passes import check_features, keeps_formulas, passes, value_and_slope

FAN_IN = 8  # how many sums a node of the tree adds up


class Chunks:
    """Data in chunks of rows: a batch is one or more of the chunks."""

    def __init__(
        self,
        names: tuple[str, str],
        model: protocols.Model,
        X: Any,
        y: Any,
        loss: protocols.Loss,
        sample_weight: Any = None,
    ) -> None:
        self.names, self.model, self.loss = names, model, loss
        self.X = dask_rows.whole(names[0], X)
        check_features(names[0], self.X.shape, model)
        self.dtype = self.X.dtype
        self.rows = np.array(self.X.chunks[0])
        self.y = self._in_chunks(names[1], y)
        check_length(names[1], self.y.shape, len(self))
        self.weight = None
        if sample_weight is not None:
            self.weight = self._in_chunks("sample_weight", sample_weight)
            as_weights(np.broadcast_to(0.0, self.weight.shape), len(self))
        if keeps_formulas(loss) and loss.targets.jointly is not None:
            loss.targets.reject_jointly(names[1], da.unique(self.y.ravel()).compute())

    def __len__(self) -> int:
        return int(self.X.shape[0])

    def _in_chunks(self, name: str, values: Any) -> Any:
        """Return an argument in chunks of the same rows as X, if it has as many rows."""
        array: Any = known_chunks(name, values) if is_chunked(values) else as_array(name, values)
        if array.shape[:1] != self.X.shape[:1]:
            return array  # refused by what is asked next
        chunks = (self.X.chunks[0], *((-1,) * (array.ndim - 1)))
        if is_chunked(array):
            return array.rechunk(chunks)
        return da.from_array(array, chunks).persist()  # it goes to the workers once

    # --- what `fit` asks of data --------------------------------------------------------------

    def start(self, w: Array, size: int | None) -> None:
        """Refuse batches that are not whole chunks; targets are looked at when they are read."""
        if size is None or size >= len(self):
            return
        rows, rest = int(self.rows[0]), self.rows[1:]
        if (rest[:-1] != rows).any() or (rest[-1:] > rows).any():
            shown = ", ".join(map(str, self.rows[:4])) + ", …" * (len(self.rows) > 4)
            raise ValueError(
                "batch_size: expected chunks of as many rows each, for a batch of a Dask array is "
                f"made of whole chunks, received chunks of {shown} rows; "
                f"did you mean X.rechunk({{0: {size}}})?"
            )
        if size % rows:
            raise ValueError(
                "batch_size: expected a multiple of the rows of a chunk, for a batch of a Dask "
                f"array is made of whole chunks of {rows} rows here, received {size}; did you "
                f"mean {max(rows, size // rows * rows)}, or X.rechunk({{0: {size}}})?"
            )

    def batches(
        self, size: int | None, rng: np.random.Generator | None
    ) -> Iterator[tuple[Array, int]]:
        """Give the numbers of the chunks of each batch of an epoch, and how many rows they have."""
        n = len(self.rows)
        each = n if size is None or size >= len(self) else size // self.rows[0]
        order = np.arange(n) if rng is None else rng.permutation(n)
        for start in range(0, n, each):
            chunks = order[start : start + each]
            yield chunks, int(self.rows[chunks].sum())

    def value_and_gradient(self, w: Array, chunks: Array) -> tuple[float, Array]:
        """Return the mean loss of a batch and its gradient."""
        value, counted, *_ = sums = self._sums(w, chunks, slope=True)
        return float(value / counted), (sums[2:] / counted).astype(w.dtype)

    def value(self, w: Array) -> float:
        """Return the mean loss of all rows."""
        value, counted = self._sums(w, np.arange(len(self.rows)), slope=False)
        return float(value / counted)

    # --- how the sums come about --------------------------------------------------------------

    def _sums(self, w: Array, chunks: Array, slope: bool) -> Array:
        try:
            sums = self._graph(w, chunks, slope).compute()
        except ValueError:
            for chunk in chunks:
                self._refuse(w, int(chunk), slope)
            raise
        if np.isnan(sums[1]):
            raise Diverged("a prediction is not finite")
        if sums[1] == 0:
            raise ValueError(f"{self.names[1]}: expected a sample that counts, received none")
        return sums

    def _graph(self, w: Array, chunks: Array, slope: bool) -> Any:
        """Return the lazy sums over some chunks."""
        arrays = [a for a in (self.X, self.y, self.weight) if a is not None]
        # Where all layers are of this simple form, Dask makes one task of a chunk: read it, sum it.
        each = da.blockwise(
            _chunk_sums,
            "ij",
            *(part for a in arrays for part in (a, "ij"[: a.ndim])),
            adjust_chunks={"i": (1,) * len(self.rows), "j": (2 + (len(w) if slope else 0),)},
            align_arrays=False,
            dtype=np.float64,
            meta=np.empty((0, 0)),
            w=delayed(w),  # once in the graph, not in each of its tasks
            names=self.names,
            model=self.model,
            loss=self.loss,
            rows=int(self.rows[chunks].sum()),
            slope=slope,
        )
        if len(chunks) < len(self.rows):
            # Only these chunks' tasks are made; Dask would make all of them, at each step. They are
            # fused before, for a chunk that is read in a task of its own may travel.
            keys = [(each.name, int(chunk), 0) for chunk in chunks]
            tasks = optimize_blockwise(each.dask, keys).cull(keys).to_dict()
            each = da.Array(tasks, each.name, each.chunks, meta=each).blocks[chunks]
        return each.sum(axis=0, split_every=FAN_IN)

    def _refuse(self, w: Array, chunk: int, slope: bool) -> None:
        """Say in which rows a chunk has what is refused, if it is this one."""
        try:
            self._graph(w, np.array([chunk]), slope).compute()
        except ValueError as error:
            start = int(self.rows[:chunk].sum())
            end = start + int(self.rows[chunk])
            raise ValueError(f"in the chunk of the rows {start}:{end}, {error}") from error


@np.errstate(all="ignore")
def _chunk_sums(
    X: Array,
    y: Array,
    weight: Array | None = None,
    *,
    w: Array,
    names: tuple[str, str],
    model: protocols.Model,
    loss: protocols.Loss,
    rows: int,
    slope: bool,
) -> Array:
    """Return Σ loss, how many samples count, and the gradient of Σ loss, as one row.

    All are divided by the rows of the batch, here and not at the end: the sums might overflow.
    """
    X, y = as_array(names[0], X), as_array(names[1], y)  # a chunk may be of any library
    forward, backward = passes(model)
    predictions, saved = forward(w, X.astype(w.dtype, copy=False))
    finite = all_finite(predictions)
    # What is infinite shows in the predictions of one layer, but another one may have bounded it.
    if (not finite or len(saved) > 1) and not all_finite(X):
        FINITE.reject(names[0], X)
    if not finite:
        return np.full((1, 2 + (len(w) if slope else 0)), np.nan)
    try:
        value, slopes, count = _mean(loss, y, predictions, weight, slope)
    except ValueError as error:
        raise ValueError(f"{names[1]}, beside the model's predictions: {error}") from error
    share = count / rows
    gradient = backward(saved, slopes * share) if slope else ()
    return np.concatenate(([value * share, share], gradient))[None, :]


def _mean(
    loss: protocols.Loss, y: Array, predictions: Array, weight: Array | None, slope: bool
) -> tuple[float, Any, int]:
    """Return the mean loss of a chunk, its gradient if that is asked for, and of how many."""
    if keeps_formulas(loss):
        loss._check_shapes(y, predictions)
        counted = loss._counted(y)
        count = len(y) if counted is None else int(np.count_nonzero(counted))
        reduction = "mean" if count else "sum"  # which is 0 then
        value, slopes = blocks.evaluate(loss, y, predictions, weight, reduction, True, slope)
        return value, slopes, count
    weights: dict[str, Any] = {} if weight is None else {"sample_weight": weight}
    if not slope:
        return float(loss(y, predictions, **weights)), None, len(y)
    return *value_and_slope(loss)(y, predictions, **weights), len(y)
