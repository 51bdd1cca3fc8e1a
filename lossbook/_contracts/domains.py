"""Which values an argument may hold, and what a wrong one is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbook._contracts import examples as ex
from lossbook._contracts.dtypes import Array, float_dtype


@dataclass(frozen=True)
class Domain:
    """The values an argument may take.

    `holds` is a quick test of a block, which must be false where there is a NaN; where it is
    None, only NaN is to be refused, and the engine sees that from the formula's result. `bad`
    marks the offending entries once something is known to be wrong. `jointly` says in words what
    entries that are right one by one get wrong together; it depends on which values occur, not on
    where or how often. `indices` marks class indices, which pick an entry and are no amounts;
    `chances` marks probabilities and the logits of some.

    `examples` are those of y_true, `predicted` those of y_pred: where a domain is that of both,
    they differ, or every loss would be 0. Where targets have `residuals` and predictions may be any
    number, predictions are rather told by how far they are from the targets.
    """

    expected: str
    bad: Callable[[Array], Array]
    holds: Callable[[Array], bool] | None = None
    hint: str = ""
    jointly: Callable[[Array], str] | None = None
    indices: bool = False
    chances: bool = False
    examples: ex.Examples = ex.NUMBERS
    predicted: ex.Examples = ex.SCORES
    residuals: ex.Examples | None = None

    @property
    def unbounded(self) -> bool:
        """Whether any number will do."""
        return self.holds is None and not self.indices

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

    def reject_jointly(self, name: str, array: Array) -> None:
        """Raise where the entries do not go together, given all that occur."""
        received = self.jointly(array) if self.jointly else ""
        if received:
            raise ValueError(f"{name}: expected {self.expected}, received {received}")


def _outside_unit(array: Array) -> Array:
    return (array < 0) | (array > 1)


def _smallest(array: Array) -> Any:
    return np.minimum.reduce(array, axis=None)  # np.min is this, and 1 µs of its own


def _largest(array: Array) -> Any:
    return np.maximum.reduce(array, axis=None)


def _within_unit(array: Array) -> bool:
    return bool(_smallest(array) >= 0) and bool(_largest(array) <= 1)


REAL = Domain("a number", bad=np.isnan, residuals=ex.RESIDUALS)
FINITE = Domain("a finite number", bad=np.isinf)
SCORES = Domain("a number", bad=np.isnan)
LOGITS = replace(SCORES, chances=True, predicted=ex.LOGITS)
AMOUNTS = Domain("a number", bad=np.isnan, examples=ex.AMOUNTS, predicted=ex.ESTIMATES)
ABOVE_MINUS_ONE = Domain(
    "a number above -1, which log(1 + number) needs",
    bad=lambda array: array <= -1,
    holds=lambda array: bool(_smallest(array) > -1),
    examples=ex.AMOUNTS,
    predicted=ex.ESTIMATES,
)
RATES = Domain(
    "rates of at least 0",
    bad=lambda array: array < 0,
    holds=lambda array: bool(_smallest(array) >= 0),
    hint="did you mean log_input=True?",
    examples=ex.AMOUNTS,
    predicted=ex.ESTIMATES,
)
COUNTS = Domain(
    "finite counts of at least 0",
    bad=lambda array: (array < 0) | np.isinf(array),
    holds=lambda array: bool(_smallest(array) >= 0) and bool(_largest(array) < np.inf),
    examples=ex.AMOUNTS,
    predicted=ex.ESTIMATES,
)
SIGNS_OR_BITS = Domain(
    "labels all in {-1, 1} or all in {0, 1}",
    bad=lambda array: ~np.isin(array, (-1, 0, 1)),
    holds=lambda array: (
        bool(_largest(np.abs(array)) <= 1) and bool((array * array == np.abs(array)).all())
    ),
    jointly=lambda array: "both -1 and 0" if array.min() < 0 and not array.all() else "",
    examples=ex.SIGNS,
)
TARGETS = Domain(
    "targets in [0, 1]",
    bad=_outside_unit,
    holds=_within_unit,
    hint="labels in {-1, 1} become targets by (y + 1) / 2",
    examples=ex.LABELS,
    predicted=ex.CHANCES,
)
PROBABILITIES = Domain(
    "probabilities in [0, 1]",
    bad=_outside_unit,
    holds=_within_unit,
    hint="did you mean from_logits=True?",
    chances=True,
    examples=ex.LABELS,
    predicted=ex.CHANCES,
)

# Of rows, one a sample: the same values, with examples of the shape.
REAL_ROWS = Domain("a number", bad=np.isnan, examples=ex.ONE_HOT, predicted=ex.SCORE_ROWS)
LOGIT_ROWS = replace(REAL_ROWS, chances=True, predicted=ex.LOGIT_ROWS)
VECTORS = replace(REAL_ROWS, examples=ex.VECTORS)
CLASS_INDICES = Domain("class indices", bad=np.isnan, indices=True, examples=ex.CLASSES)


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

    return Domain(
        "probabilities in [0, 1] that sum to 1 over each row",
        bad,
        holds,
        hint,
        chances=True,
        examples=ex.SOFT_ROWS,
        predicted=ex.SHARES,
    )


PREDICTED_ROWS = distributions("did you mean from_logits=True, or to apply softmax first?")
PREDICTED_DISTRIBUTIONS = distributions("did you mean to apply softmax first?")
TARGET_ROWS = distributions("did you mean one-hot rows, lossbook.one_hot(labels, n_classes)?")
TARGET_DISTRIBUTIONS = replace(TARGET_ROWS, examples=ex.DISTRIBUTIONS)


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
    examples=ex.ONE_HOT,
    predicted=ex.SHARES,
)


def class_indices(name: str, labels: Array, n_classes: int) -> Array:
    """Return `labels` as integer indices below `n_classes`, or say which one is not."""
    if labels.dtype.kind == "f":
        bad = ~(labels == np.floor(labels)) | np.isinf(labels)
        if bad.any():
            at = int(np.flatnonzero(bad)[0])
            raise ValueError(
                f"{name}[{at}]: expected a whole class index, received {labels[at].item()!r}"
            )
    if np.minimum.reduce(labels) < 0 or np.maximum.reduce(labels) >= n_classes:
        at = int(np.flatnonzero((labels < 0) | (labels >= n_classes))[0])
        raise ValueError(
            f"{name}[{at}]: expected a class index from 0 to {n_classes - 1}, "
            f"received {labels[at].item()!r}"
        )
    return labels.astype(np.intp, copy=False)
