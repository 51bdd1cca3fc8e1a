"""What `fit` asks of data: batches, and of a batch the loss and the gradient. Here, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array
from lossbook._contracts.dtypes import Array
from lossbook._contracts.libraries import is_chunked
from lossbook._contracts.samples import as_weights
from lossbook.losses.base import Loss
from lossbook.training.models import Model, Saved


class Diverged(Exception):
    """A value on the way is not finite; the text says which."""


def all_finite(values: Array) -> bool:
    """Say whether every entry is finite."""
    # Nearly always the sum tells; it can also overflow by itself, and then each entry is asked.
    return isfinite(np.add.reduce(values, axis=None)) or bool(np.isfinite(values).all())


class Data(Protocol):
    """Samples with their targets, and the model and the loss that they are for."""

    def check_size(self, size: int | None) -> None:
        """Refuse a size that batches of such data cannot have."""

    def batches(
        self, size: int | None, rng: np.random.Generator | None
    ) -> Iterator[tuple[Any, int]]:
        """Give what stands for each batch of one epoch, and how many samples it has.

        The order is new where there is a generator.
        """

    def value_and_gradient(self, w: Array, batch: Any) -> tuple[float, Array]:
        """Return the mean loss of a batch, and its gradient with respect to w."""

    def value(self, w: Array) -> float:
        """Return the mean loss of all samples."""


def features(name: str, model: Model, X: Any) -> Any:
    """Return X checked, as it is kept: in memory, or in the chunks of a Dask array."""
    if is_chunked(X):
        from lossbook.training.chunks import in_rows

        return in_rows(name, model, X)
    return model._features(name, X)


def beside(
    names: tuple[str, str],
    model: Model,
    w: Array,
    X: Any,
    y: ArrayLike,
    loss: Loss,
    sample_weight: ArrayLike | None = None,
) -> Data:
    """Return such features together with their targets, checked too."""
    if is_chunked(X):
        from lossbook.training.chunks import Chunks

        return Chunks(names, model, X, y, loss, sample_weight)
    return Rows(names, model, w, X, y, loss, sample_weight)


def check_length(name: str, shape: tuple[int, ...], n: int) -> None:
    """Refuse what has not one entry, or one row, for each sample."""
    if not shape or shape[0] != n:
        raise ValueError(
            f"{name}: expected one target for each of the {n} rows of X, received shape {shape}"
        )


class Rows:
    """Data in memory: a batch is any of the rows."""

    def __init__(
        self,
        names: tuple[str, str],
        model: Model,
        w: Array,
        X: Array,
        y: ArrayLike,
        loss: Loss,
        sample_weight: ArrayLike | None,
    ) -> None:
        self.model, self.loss = model, loss
        self.X = X.astype(w.dtype, copy=False)
        self.weight = None if sample_weight is None else as_weights(sample_weight, len(X))
        self.y = self._targets(names[1], w, y)

    def _targets(self, name: str, w: Array, y: ArrayLike) -> Array:
        """Return y as an array that the loss accepts beside the model's predictions.

        The loss looks at all of y once, beside the first row's predictions: so a wrong target is
        told before the first step, and with its place in y, not in a batch.
        """
        targets = as_array(name, y)
        check_length(name, targets.shape, len(self.X))
        with np.errstate(all="ignore"):
            first, _ = self.model._forward(w, self.X[:1])
            finite = all_finite(first)
        if finite:
            predictions = np.broadcast_to(first, (len(self.X), *first.shape[1:]))
            try:
                self.loss(targets, predictions, sample_weight=self.weight)
            except (TypeError, ValueError) as error:
                raise type(error)(f"{name}, beside the model's predictions: {error}") from error
        return targets

    def check_size(self, size: int | None) -> None:
        """Accept any size."""

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
        value, slope = self.loss.value_and_gradient(
            self.y[rows],
            predictions,
            sample_weight=None if self.weight is None else self.weight[rows],
        )
        return float(value), self.model._backward(saved, slope)

    @np.errstate(all="ignore")
    def value(self, w: Array) -> float:
        """Return the mean loss of all samples."""
        return float(self.loss(self.y, self._predictions(w, self.X)[0]))

    def _predictions(self, w: Array, X: Array) -> tuple[Array, Saved]:
        predictions, saved = self.model._forward(w, X)
        if not all_finite(predictions):
            bad = predictions[~np.isfinite(predictions)][0]
            raise Diverged(f"a prediction is {bad}")
        return predictions, saved
