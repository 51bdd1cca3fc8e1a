"""Data for `fit`: in memory, where a batch is any of the rows, or wherever its library keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array, as_finite_array
from lossbook._contracts.dtypes import Array
from lossbook._contracts.libraries import library
from lossbook._contracts.samples import as_weights
from lossbook.training import protocols
from lossbook.training.batches import Data, Diverged, all_finite, check_length
from lossbook.training.passes import check_features, passes, value_and_slope

# Where the features of these libraries stay: the module, and its class of data.
ELSEWHERE = {"dask": ("lossbook.training.chunks", "Chunks")}


def open_data(
    names: tuple[str, str],
    model: protocols.Model,
    X: Any,
    y: ArrayLike,
    loss: protocols.Loss,
    sample_weight: ArrayLike | None = None,
) -> Data:
    """Return features and targets as data, checked, for a model and a loss."""
    if (place := ELSEWHERE.get(library(X))) is None:
        return Rows(names, model, X, y, loss, sample_weight)
    module, kind = place
    data: Data = getattr(import_module(module), kind)(names, model, X, y, loss, sample_weight)
    return data


class Rows:
    """Data in memory: a batch is any of the rows."""

    def __init__(
        self,
        names: tuple[str, str],
        model: protocols.Model,
        X: ArrayLike,
        y: ArrayLike,
        loss: protocols.Loss,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        self.names, self.loss = names, loss
        self.X = as_finite_array(names[0], X)
        check_features(names[0], self.X.shape, model)
        self.dtype = self.X.dtype
        self.forward, self.backward = passes(model)
        self.value_and_slope = value_and_slope(loss)
        self.weight = None if sample_weight is None else as_weights(sample_weight, len(self.X))
        self.y = as_array(names[1], y)
        check_length(names[1], self.y.shape, len(self.X))

    def start(self, w: Array, size: int | None) -> None:
        """Have the loss look at all targets once, beside predictions; any batch size will do.

        So a wrong target is told before the first step, and with its place in y, not in a batch.
        """
        self.X = self.X.astype(w.dtype, copy=False)
        weights = {} if self.weight is None else {"sample_weight": self.weight}
        with np.errstate(all="ignore"):
            first, _ = self.forward(w, self.X[:1])
            if not all_finite(first):
                return
            predictions = np.broadcast_to(first, (len(self.X), *first.shape[1:]))
            try:
                self.loss(self.y, predictions, **weights)
            except (TypeError, ValueError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(f"{self.names[1]}, beside the model's predictions: {error}") from error

    def batches(
        self, size: int | None, rng: np.random.Generator | None
    ) -> Iterator[tuple[slice | Array, int]]:
        """Give the rows of each batch of one epoch, and how many they are."""
        n = len(self.X)
        order = None if rng is None else rng.permutation(n)
        size = n if size is None else size
        for start in range(0, n, size):
            rows = slice(start, start + size)
            yield rows if order is None else order[rows], min(size, n - start)

    def value_and_gradient(self, w: Array, rows: slice | Array) -> tuple[float, Array]:
        """Return the mean loss of a batch, and its gradient with respect to w."""
        predictions, saved = self._predictions(w, self.X[rows])
        y = self.y[rows]
        if self.weight is None:  # a reader's loss need not know the keyword
            value, slope = self.value_and_slope(y, predictions)
        else:
            value, slope = self.value_and_slope(y, predictions, sample_weight=self.weight[rows])
        return float(value), self.backward(saved, slope)

    @np.errstate(all="ignore")
    def value(self, w: Array) -> float:
        """Return the mean loss of all samples."""
        return float(self.loss(self.y, self._predictions(w, self.X)[0]))

    def _predictions(self, w: Array, X: Array) -> tuple[Array, Any]:
        predictions, saved = self.forward(w, X)
        if not all_finite(predictions):
            bad = predictions[~np.isfinite(predictions)][0]
            raise Diverged(f"a prediction is {bad}")
        return predictions, saved
