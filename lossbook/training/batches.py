"""What descent asks of data, in memory or in chunks: batches, their mean loss and its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any, Protocol

import numpy as np

from lossbook._contracts.dtypes import Array


class Data(Protocol):
    """Samples with their targets, and the model and the loss that they are for."""

    dtype: np.dtype[Any]  # of the features

    def start(self, w: Array, size: int | None) -> None:
        """Get ready for a run from these parameters, in batches of this size, or refuse that."""

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


class Diverged(Exception):
    """A value on the way is not finite; the text says which, and the rate what a step used."""

    def __init__(self, what: str, rate: float | None = None) -> None:
        super().__init__(what)
        self.rate = rate


def all_finite(values: Array) -> bool:
    """Say whether every entry is finite."""
    # Nearly always the sum tells; it can also overflow by itself, and then each entry is asked.
    return isfinite(np.add.reduce(values, axis=None)) or bool(np.isfinite(values).all())


def check_length(name: str, shape: tuple[int, ...], n: int) -> None:
    """Refuse what has not one entry, or one row, for each sample."""
    if not shape or shape[0] != n:
        raise ValueError(
            f"{name}: expected one target for each of the {n} rows of X, received shape {shape}"
        )
