"""The engine room: what every loss does around its formula.

A loss gives two formulas, `_value` and `_derivative`, on arrays that are already checked, of one
floating-point dtype and small enough for the processor's cache. Everything else is here, once:
checking, sample weights, reductions, dtypes and the walk over the data in blocks.

A formula must give NaN where an input is NaN (the engine recognises it by that) and only there;
`product` and `quotient` below give 0·inf and 0/0 the value that a loss means by them. And it is
written so that automatic differentiation finds the derivative wherever there is one: a case that
is left out with `where` has to be harmless as well, because its derivative is computed, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import (
    REAL,
    Array,
    Domain,
    as_array,
    float_dtype,
    is_foreign,
    working_dtype,
)
from lossbook._engines.threads import in_order

REDUCTIONS = ("mean", "weighted_mean", "sum", "none")
_SYNONYMS = {"sum_over_batch_size": "mean", "average": "mean", "avg": "mean", "total": "sum"}

# Bytes of predictions a block: with the targets and the formula's temporaries they fit the
# second-level cache.
BLOCK = 2**18

# Unless it has seen a larger piece freed, glibc hands a block's temporaries back to the system, and
# fetches them again page by page, at every call. This piece is never touched; it only shows glibc
# what to keep, up to twice its size.
np.empty(32 * BLOCK, np.uint8)

# Up to so many classes a block is turned, so that each class is one contiguous run of samples.
FEW_CLASSES = 64


def has_nan(array: Array) -> bool:
    """Say whether a NaN is among the numbers: the smallest of them is then a NaN itself."""
    smallest = np.minimum.reduce(array, axis=None)
    return bool(smallest != smallest)


def product(factor: Array | float, term: Array) -> Array:
    """Return factor · term, where a factor of 0 silences even an infinite term."""
    result = factor * term
    if has_nan(result):
        result = 0.0 + factor * np.where((factor == 0) & ~np.isfinite(term), 0.0, term)  # no -0.0
    return result


def product_of(factor: Array, function: Callable[[Array], Array], argument: Array) -> Array:
    """Return product(factor, function(argument)), with a derivative where the factor is 0, too."""
    if not isinstance(argument, np.ndarray):  # what is silenced is differentiated all the same
        silent = (factor == 0) & ~np.isfinite(function(argument))
        argument = np.where(silent, 0.5, argument)  # a harmless place
    return product(factor, function(argument))


def quotient(numerator: Array, denominator: Array) -> Array:
    """Return numerator / denominator, where 0 / 0 is 0."""
    result = numerator / denominator
    if has_nan(result):
        nothing = (numerator == 0) & (denominator == 0)
        result = numerator / np.where(nothing, 1.0, denominator)
    return result


@dataclass(slots=True)
class Batch:
    """One call, its arguments checked: what every block of the walk over the data needs."""

    y_true: Array
    y_pred: Array
    weight: Array | None  # one non-negative number per sample
    divisor: float  # what the sum over the samples is divided by
    terms: int  # of how many of the formula's results a sample's loss is the mean
    dtype: np.dtype[Any]  # to compute in
    domains: tuple[Domain, Domain]
    value: bool  # whether it is asked for
    values: Array | None = None  # where each sample's goes, for reduction="none"
    slopes: Array | None = None  # where the gradient goes, if it is asked for


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

    def _shared(self, p: Array) -> Any:
        """Return what the two formulas get as p; what both would compute is computed here, once."""
        return p

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
        if (
            type(y_pred) is not np.ndarray
            or type(y_true) is not np.ndarray
            or sample_weight is not None
        ) and any(map(is_foreign, (y_pred, y_true, sample_weight))):
            from lossbook._engines.array_api import evaluate

            return evaluate(self, y_true, y_pred, sample_weight, reduction, value, gradient)
        true, pred = as_array("y_true", y_true), as_array("y_pred", y_pred)
        if true.size == 0 or pred.size == 0:
            _refuse_empty(true, pred)
        true, counted = self._accept(true, pred)
        n = len(pred)
        weight = None if sample_weight is None else _weights(sample_weight, n)
        if counted is not None:
            weight = counted * (1.0 if weight is None else weight)
        divisor = _divisor(reduction, n, counted, weight)
        out_dtype = float_dtype(pred.dtype)
        # Class indices, which have an axis less than the predictions, are not computed with.
        dtypes = (pred.dtype,) if true.ndim < pred.ndim else (pred.dtype, true.dtype)
        batch = Batch(
            true,
            pred,
            weight,
            divisor,
            self._terms(pred),
            working_dtype(*dtypes),
            self._domains(),
            value,
            np.empty(n, out_dtype) if value and reduction == "none" else None,
            np.empty(pred.shape, out_dtype) if gradient else None,
        )
        size = pred.size * batch.dtype.itemsize
        if size <= BLOCK:
            total = self._part(batch, slice(0, n))
        else:
            step = max(1, BLOCK * n // size)
            blocks = [slice(start, start + step) for start in range(0, n, step)]
            total = sum(in_order(partial(self._part, batch), blocks))
        return (total if batch.values is None else batch.values), batch.slopes

    @np.errstate(all="ignore")  # infinity and underflow are answers here, not accidents
    def _part(self, batch: Batch, rows: slice) -> float:
        """Evaluate some rows; return what they add to the loss."""
        y = self._block(batch.y_true[rows], batch.dtype)
        p = self._block(batch.y_pred[rows], batch.dtype)
        w = None if batch.weight is None else batch.weight[rows]
        self._check(batch, y, p)
        p = self._shared(p)
        part = 0.0
        if batch.value:
            v = self._value(y, p)
            if w is None and batch.values is None:
                part = _sum(v, batch.divisor * batch.terms)
            else:
                v = self._per_sample(v)
                if w is not None:
                    if has_nan(v):  # which a weight of 0 would silence
                        self._refuse_nan(batch)
                    v = product(w, v)
                part = _sum(v, batch.divisor)
            if part != part and has_nan(v):
                self._refuse_nan(batch)
            if batch.values is not None:
                batch.values[rows] = v
        if batch.slopes is not None:
            g = self._rows(self._derivative(y, p))
            if not batch.value and has_nan(g):
                self._refuse_nan(batch)
            scale = 1.0 / (batch.divisor * batch.terms)
            if w is None:
                np.multiply(g, scale, out=batch.slopes[rows])
            else:
                column = (w * scale).reshape(-1, *[1] * (g.ndim - 1))
                batch.slopes[rows] = product(column, g)
        return part

    def _check(self, batch: Batch, y: Array, p: Array) -> None:
        """Refuse values outside the domains, block by block while they are in the cache."""
        true, pred = batch.domains
        if true.holds is not None and not true.holds(y):
            true.reject("y_true", batch.y_true)
        if pred.holds is not None and not pred.holds(p):
            pred.reject("y_pred", batch.y_pred)

    def _refuse_nan(self, batch: Batch) -> None:
        """Say which input a NaN in a formula's result came from."""
        for name, array, domain in zip(
            ("y_true", "y_pred"), (batch.y_true, batch.y_pred), batch.domains, strict=True
        ):
            domain.reject(name, array)
        if batch.y_true.shape == batch.y_pred.shape:
            _refuse_two_infinities(batch.y_true, batch.y_pred)


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
        # NumPy's exponential differs in the last bit where the data are not contiguous.
        return np.ascontiguousarray(rows, dtype)

    def _per_sample(self, values: Array) -> Array:
        return values if values.ndim == 1 else np.mean(values, axis=1)

    def _rows(self, block: Array) -> Array:
        return block


class ClassLoss(Loss):
    """A loss of a row of K predictions, one per class; `_value` gives one number a row.

    The formulas see the class axis first: p has shape (K, samples), and so has y, or (samples,)
    where it holds class indices.
    """

    _for_indices: ClassVar[str] = (
        "; for class indices use lossbook.one_hot(y_true, n_classes), or, of the losses, "
        "SparseCategoricalCrossentropy"
    )

    def _accept(self, y_true: Array, y_pred: Array) -> tuple[Array, Array | None]:
        if y_true.ndim == 1 and y_pred.ndim == 2:
            raise ValueError(
                "y_true: expected a row for each sample, of the shape of y_pred "
                f"{y_pred.shape}, received {y_true.shape}{self._for_indices}"
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
            return np.ascontiguousarray(rows.T, dtype)
        return np.ascontiguousarray(rows, dtype).T

    def _per_sample(self, values: Array) -> Array:
        return values

    def _rows(self, block: Array) -> Array:
        return block.T


# --- the engine's tools ---------------------------------------------------------------------------


def _divisor(reduction: str, n: int, counted: Array | None, weight: Array | None) -> float:
    """Return what the sum of the samples' losses is divided by."""
    if reduction == "mean":
        divisor = float(n if counted is None else np.count_nonzero(counted))
    elif reduction == "weighted_mean":
        divisor = float(n if weight is None else np.add.reduce(weight))
    elif reduction in ("sum", "none"):
        return 1.0
    else:
        _refuse_reduction(reduction)
    if divisor == 0:
        _refuse_nothing(reduction)
    return divisor


def _refuse_nothing(reduction: str) -> NoReturn:
    empty = (
        "y_true: expected a sample that counts"
        if reduction == "mean"
        else "sample_weight: expected weights with a positive sum"
    )
    raise ValueError(f"{empty} for reduction={reduction!r}, received none")


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


def _refuse_empty(y_true: Array, y_pred: Array) -> NoReturn:
    name, array = ("y_pred", y_pred) if y_true.size else ("y_true", y_true)
    raise ValueError(f"{name}: expected at least one sample, received shape {array.shape}")


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


def _refuse_two_infinities(y_true: Array, y_pred: Array) -> None:
    equal = np.isinf(y_true) & (y_true == y_pred)
    # Opposite ones have a difference, but no quotient: they are at fault where none are equal.
    both = equal if equal.any() else np.isinf(y_true) & np.isinf(y_pred)
    if not both.any():
        return
    index = tuple(int(i) for i in np.argwhere(both)[0])
    true, pred = y_true[index].item(), y_pred[index].item()
    received, what = (f"{true!r} in both", "difference")
    if true != pred:
        received, what = (f"{true!r} and {pred!r}", "quotient")
    raise ValueError(
        f"y_true and y_pred at {list(index)}: expected a finite number in at least one, "
        f"received {received}; their {what} is not a number"
    )
