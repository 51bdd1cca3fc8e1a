"""What is measured: six losses, three operations, two dtypes, five sizes; the data for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]

MSE = "MeanSquaredError"
HUBER = "Huber(1.0)"
BINARY = "BinaryCrossentropy"
BINARY_LOGITS = "BinaryCrossentropy, logits"
SPARSE_10 = "SparseCategoricalCrossentropy, logits, 10 classes"
SPARSE_1000 = "SparseCategoricalCrossentropy, logits, 1000 classes"
CLASSES = {SPARSE_10: 10, SPARSE_1000: 1000}
LOSSES = (MSE, HUBER, BINARY, BINARY_LOGITS, SPARSE_10, SPARSE_1000)

VALUE, GRADIENT, BOTH = OPERATIONS = ("value", "gradient", "value and gradient")
DTYPES = ("float32", "float64")
SIZES = (10, 10**3, 10**5, 10**6, 10**7)  # predictions in total: rows times classes


@dataclass(frozen=True)
class Problem:
    """One cell of the table, apart from who solves it."""

    loss: str
    operation: str
    dtype: str
    n: int

    def data(self) -> tuple[Array, Array]:
        """Return y_true and y_pred."""
        rng = np.random.default_rng(0)
        if self.loss in CLASSES:
            k = CLASSES[self.loss]
            rows = self.n // k
            logits = 2 * rng.standard_normal((rows, k), dtype=np.float32)
            return rng.integers(0, k, rows), logits.astype(self.dtype)
        if self.loss in (MSE, HUBER):
            y, p = (rng.standard_normal(self.n, dtype=np.float32) for _ in range(2))
            return y.astype(self.dtype), p.astype(self.dtype)
        y = rng.integers(0, 2, self.n).astype(self.dtype)
        if self.loss == BINARY_LOGITS:
            return y, (2 * rng.standard_normal(self.n, dtype=np.float32)).astype(self.dtype)
        return y, rng.uniform(0.01, 0.99, self.n).astype(self.dtype)


def problems(sizes: tuple[int, ...] = SIZES, losses: tuple[str, ...] = LOSSES) -> Iterator[Problem]:
    """Yield the cells; one loss, dtype and operation after the other, from small to large."""
    for loss in losses:
        for dtype in DTYPES:
            for operation in OPERATIONS:
                for n in sizes:
                    if n >= CLASSES.get(loss, 1):
                        yield Problem(loss, operation, dtype, n)
