"""The engine room: what every loss does around its formula.

A loss gives two formulas, `_value` and `_derivative`, on arrays that are already checked, of one
floating-point dtype and small enough for the processor's cache. Everything else is here, once:
checking, sample weights, reductions, dtypes and the walk over the data in blocks.

A formula must give NaN where an input is NaN (the engine recognises it by that) and only there;
`product` and `quotient` below give 0·inf and 0/0 the value that a loss means by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from lossbook._arrays import REAL, Array, Domain, as_array, float_dtype, working_dtype

REDUCTIONS = ("mean", "weighted_mean", "sum", "none")
_SYNONYMS = {"sum_over_batch_size": "mean", "average": "mean", "avg": "mean", "total": "sum"}

# Elements a block: one block of float64 and the formula's temporaries fit the second-level cache.
BLOCK = 2**17

# Up to so many classes a block is turned, so that each class is one contiguous run of samples.
FEW_CLASSES = 64


def product(factor: Array, term: Array) -> Array:
    """Return factor · term, where a factor of 0 silences even an infinite term."""
    result = factor * term
    if np.isnan(np.add.reduce(result, axis=None)):
        result = np.where(factor == 0, 0.0, result)
    return result


def quotient(numerator: Array, denominator: Array) -> Array:
    """Return numerator / denominator, where a numerator of 0 gives 0 whatever it is divided by."""
    result = numerator / denominator
    if np.isnan(np.add.reduce(result, axis=None)):
        result = np.where(numerator == 0, 0.0, result)
    return result


class Batch(NamedTuple):
    """One call's data, checked: what the walk over the blocks needs."""

    y_true: Array
    y_pred: Array
    weight: Array | None  # one non-negative number per sample
    divisor: float  # what the sum over the samples is divided by


@dataclass(frozen=True)
class Loss:
    """What all losses share; `ElementwiseLoss` and `ClassLoss` below are the two families."""

    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> float | Array:
        """Return the loss.

        Parameters
        ----------
        y_true, y_pred : array_like
            Targets and predictions, in this order; shapes as the class says. Integers and
            booleans compute in float64. Neither array is modified.
        sample_weight : array_like, shape (n,), optional
            Non-negative weights, one per sample.
        reduction : {"mean", "weighted_mean", "sum", "none"}
            ``"mean"`` is the weighted sum divided by n; ``"weighted_mean"`` divides by the sum
            of the weights; ``"none"`` gives one value per sample.

        Returns
        -------
        float, or ndarray of shape (n,) for ``reduction="none"``

        Raises
        ------
        TypeError
            If an argument is not an array of real numbers.
        ValueError
            If shapes, values, weights or the reduction are not what the class expects.
        """
        return self._evaluate(y_true, y_pred, sample_weight, reduction, gradient=False)[0]

    def gradient(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> Array:
        """Return the derivative of the loss with respect to `y_pred`.

        Parameters
        ----------
        y_true, y_pred, sample_weight
            As for the loss itself.
        reduction : {"mean", "weighted_mean", "sum", "none"}
            Of which the derivative is taken; for ``"none"``, that of the sum.

        Returns
        -------
        ndarray of the shape and dtype of `y_pred` (float64 for integers)

        Raises
        ------
        TypeError, ValueError
            As for the loss itself.
        """
        return self._evaluate(y_true, y_pred, sample_weight, reduction, value=False)[1]

    def value_and_gradient(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> tuple[float | Array, Array]:
        """Return the loss and its derivative from one pass over the data.

        Parameters, results and errors are those of the loss and of :meth:`gradient`; the results
        equal theirs to the last bit.
        """
        return self._evaluate(y_true, y_pred, sample_weight, reduction)

    # --- what a loss says -------------------------------------------------------------------------

    def _value(self, y: Array, p: Array) -> Array:
        raise NotImplementedError

    def _derivative(self, y: Array, p: Array) -> Array:
        raise NotImplementedError

    def _domains(self) -> tuple[Domain, Domain]:
        """Return what y_true and y_pred may hold."""
        return REAL, REAL

    # --- what a family says -----------------------------------------------------------------------

    def _accept(self, y_true: Array, y_pred: Array) -> tuple[Array, Array | None]:
        """Check the shapes; return y_true and, where not all samples count, which do."""
        raise NotImplementedError

    def _terms(self, y_pred: Array) -> int:
        """Return of how many of `_value`'s results a sample's loss is the mean."""
        raise NotImplementedError

    def _block(self, rows: Array, dtype: np.dtype[Any]) -> Array:
        """Return some rows of the data as the formulas expect them."""
        raise NotImplementedError

    def _per_sample(self, values: Array) -> Array:
        """Return one value per sample from what `_value` gives."""
        raise NotImplementedError

    def _rows(self, block: Array) -> Array:
        """Return a block as rows of the data again, one sample a row."""
        raise NotImplementedError

    # --- the walk over the data -------------------------------------------------------------------

    def _evaluate(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None,
        reduction: str,
        *,
        value: bool = True,
        gradient: bool = True,
    ) -> tuple[Any, Any]:
        batch = self._batch(y_true, y_pred, sample_weight, reduction)
        samples, divisor = len(batch.y_pred), batch.divisor
        terms = self._terms(batch.y_pred)
        scale = 1.0 / (divisor * terms)
        dtype = working_dtype(batch.y_pred.dtype, batch.y_true.dtype)
        out_dtype = float_dtype(batch.y_pred.dtype)
        values = np.empty(samples, out_dtype) if value and reduction == "none" else None
        slopes = np.empty(batch.y_pred.shape, out_dtype) if gradient else None
        total = 0.0
        with np.errstate(all="ignore"):  # infinity and underflow are answers here, not accidents
            for rows in _blocks(batch.y_pred):
                y = self._block(batch.y_true[rows], dtype)
                p = self._block(batch.y_pred[rows], dtype)
                w = None if batch.weight is None else batch.weight[rows]
                self._check(batch, y, p)
                if value:
                    v = self._value(y, p)
                    if w is None and values is None:
                        part = _sum(v, divisor * terms)
                    else:
                        v = self._per_sample(v)
                        if w is not None:
                            self._refuse_nan(batch, v)  # which a weight of 0 would silence
                            v = product(w, v)
                        part = _sum(v, divisor)
                    if part != part:
                        self._refuse_nan(batch, v)
                    total += part
                    if values is not None:
                        values[rows] = v
                if slopes is not None:
                    g = self._rows(self._derivative(y, p))
                    if not value:
                        self._refuse_nan(batch, g)
                    if w is not None:
                        g = product((w * scale).reshape(-1, *[1] * (g.ndim - 1)), g)
                    elif scale != 1.0:
                        g *= scale
                    slopes[rows] = g
        return (total if values is None else values), slopes

    def _batch(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None,
        reduction: str,
    ) -> Batch:
        true, pred = as_array("y_true", y_true), as_array("y_pred", y_pred)
        for name, array in (("y_true", true), ("y_pred", pred)):
            if array.size == 0:
                raise ValueError(
                    f"{name}: expected at least one sample, received shape {array.shape}"
                )
        true, counted = self._accept(true, pred)
        n = len(pred)
        weight = None if sample_weight is None else _weights(sample_weight, n)
        samples = float(n)
        if counted is not None:
            samples = float(np.count_nonzero(counted))
            weight = counted * (1.0 if weight is None else weight)
        if reduction == "mean":
            divisor, empty = samples, "y_true: expected a sample that counts"
        elif reduction == "weighted_mean":
            divisor = samples if weight is None else float(np.add.reduce(weight))
            empty = "sample_weight: expected weights with a positive sum"
        elif reduction in ("sum", "none"):
            return Batch(true, pred, weight, 1.0)
        else:
            _refuse_reduction(reduction)
        if divisor == 0:
            raise ValueError(f"{empty} for reduction={reduction!r}, received none")
        return Batch(true, pred, weight, divisor)

    def _check(self, batch: Batch, y: Array, p: Array) -> None:
        """Refuse values outside the domains, block by block while they are in the cache."""
        true, pred = self._domains()
        if true.holds is not None and not true.holds(y):
            true.reject("y_true", batch.y_true)
        if pred.holds is not None and not pred.holds(p):
            pred.reject("y_pred", batch.y_pred)

    def _refuse_nan(self, batch: Batch, result: Array) -> None:
        """Say which input a NaN in the formula's result came from."""
        if not np.isnan(np.add.reduce(result, axis=None)):
            return
        for name, array, domain in zip(
            ("y_true", "y_pred"), (batch.y_true, batch.y_pred), self._domains(), strict=True
        ):
            domain.reject(name, array)
        if batch.y_true.shape == batch.y_pred.shape:
            _refuse_equal_infinities(batch.y_true, batch.y_pred)


class ElementwiseLoss(Loss):
    """A loss of each target and its prediction; y_true and y_pred have the same shape.

    `_value` and `_derivative` act on each element. A sample of shape (n, d) data is a row, and
    its loss is the mean over the row.
    """

    def _accept(self, y_true: Array, y_pred: Array) -> tuple[Array, Array | None]:
        if y_true.shape != y_pred.shape:
            raise ValueError(
                "y_true and y_pred: expected the same shape (nothing is broadcast), received "
                f"{y_true.shape} and {y_pred.shape}{_shape_hint(y_true, y_pred)}"
            )
        if y_pred.ndim not in (1, 2):
            raise ValueError(
                f"y_true and y_pred: expected shape (n,) or (n, d), received {y_pred.shape}"
            )
        return y_true, None

    def _terms(self, y_pred: Array) -> int:
        return y_pred.size // len(y_pred)

    def _block(self, rows: Array, dtype: np.dtype[Any]) -> Array:
        return rows if rows.dtype == dtype else rows.astype(dtype)

    def _per_sample(self, values: Array) -> Array:
        return values if values.ndim == 1 else np.mean(values, axis=1)

    def _rows(self, block: Array) -> Array:
        return block


class ClassLoss(Loss):
    """A loss of a row of K predictions, one per class; `_value` gives one number a row.

    The formulas see the class axis first: p has shape (K, samples), and so has y, or (samples,)
    where it holds class indices.
    """

    def _accept(self, y_true: Array, y_pred: Array) -> tuple[Array, Array | None]:
        if y_true.ndim == 1 and y_pred.ndim == 2:
            raise ValueError(
                "y_true: expected a row for each sample, of the shape of y_pred "
                f"{y_pred.shape}, received {y_true.shape}; for class indices use "
                "SparseCategoricalCrossentropy, or lossbook.one_hot(y_true, n_classes)"
            )
        if y_true.shape != y_pred.shape or y_pred.ndim != 2:
            raise ValueError(
                "y_true and y_pred: expected the same shape (n, K), received "
                f"{y_true.shape} and {y_pred.shape}"
            )
        return y_true, None

    def _terms(self, y_pred: Array) -> int:
        return 1

    def _block(self, rows: Array, dtype: np.dtype[Any]) -> Array:
        if rows.ndim == 1:
            return rows
        if rows.shape[1] <= FEW_CLASSES:
            return np.array(rows.T, dtype=dtype, order="C")
        return rows.astype(dtype, copy=False).T

    def _per_sample(self, values: Array) -> Array:
        return values

    def _rows(self, block: Array) -> Array:
        return block.T


# --- the engine's tools ---------------------------------------------------------------------------


def _blocks(y_pred: Array) -> Iterator[slice]:
    n = len(y_pred)
    step = max(1, BLOCK * n // y_pred.size)
    for start in range(0, n, step):
        yield slice(start, start + step)


def _sum(values: Array, divisor: float) -> float:
    """Return sum(values) / divisor; the sum is pairwise, and only the result has to be finite."""
    total = float(np.add.reduce(values, axis=None)) / divisor
    if abs(total) == np.inf and np.isfinite(values).all():
        total = float(np.add.reduce(values, axis=None, dtype=np.longdouble) / divisor)
    return total


def _weights(sample_weight: ArrayLike, n: int) -> Array:
    weight = as_array("sample_weight", sample_weight).astype(np.float64, copy=False)
    if weight.shape != (n,):
        raise ValueError(
            f"sample_weight: expected one weight per sample, shape ({n},), received {weight.shape}"
        )
    bad = ~((weight >= 0) & (weight < np.inf))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"sample_weight[{at}]: expected a finite weight of at least 0, "
            f"received {weight[at].item()!r}"
        )
    return weight


def _refuse_reduction(reduction: object) -> NoReturn:
    meant = _SYNONYMS.get(reduction) if isinstance(reduction, str) else None
    hint = f"; did you mean {meant!r}?" if meant else ""
    raise ValueError(
        f"reduction: expected one of {', '.join(map(repr, REDUCTIONS))}, "
        f"received {reduction!r}{hint}"
    )


def _shape_hint(y_true: Array, y_pred: Array) -> str:
    for name, array, other in (("y_pred", y_pred, y_true), ("y_true", y_true, y_pred)):
        if array.shape == (*other.shape, 1):
            return f"; did you mean {name}[:, 0]?"
    return ""


def _refuse_equal_infinities(y_true: Array, y_pred: Array) -> None:
    both = np.isinf(y_true) & (y_true == y_pred)
    if both.any():
        index = tuple(int(i) for i in np.argwhere(both)[0])
        raise ValueError(
            f"y_true and y_pred at {list(index)}: expected a finite number in at least one, "
            f"received {y_true[index].item()!r} in both; their difference is not a number"
        )
