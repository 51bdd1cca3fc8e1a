"""Samples, their weights and what a sum over them is divided by: one rule for every engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array
from lossbook._contracts.domains import Domain
from lossbook._contracts.dtypes import Array
from lossbook._contracts.libraries import has_numbers

REDUCTIONS = ("mean", "weighted_mean", "sum", "none")
_SYNONYMS = {"sum_over_batch_size": "mean", "average": "mean", "avg": "mean", "total": "sum"}


def divisor(reduction: str, n: int, counted: Any, weight: Any, total: Callable[[Any], Any]) -> Any:
    """Return what the sum of the samples' losses is divided by.

    `counted` marks the samples that count, where not all do; `total` adds up an array of either.
    """
    if reduction == "mean":
        of = counted
    elif reduction == "weighted_mean":
        of = weight
    elif reduction in ("sum", "none"):
        return 1.0
    else:
        _refuse_reduction(reduction)
    if of is None:
        return float(n)
    result = total(of)
    if has_numbers(result) and float(result) == 0:
        _refuse_nothing(reduction)
    return result


def as_weights(sample_weight: ArrayLike, n: int) -> Array:
    """Return one weight for each of n samples, or refuse what is not."""
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


# --- what is refused ------------------------------------------------------------------------------


def refuse_empty(y_true: Array, y_pred: Array) -> None:
    """Refuse arguments without a sample."""
    if y_true.size == 0 or y_pred.size == 0:
        name, array = ("y_pred", y_pred) if y_true.size else ("y_true", y_true)
        raise ValueError(f"{name}: expected at least one sample, received shape {array.shape}")


def _refuse_nothing(reduction: str) -> NoReturn:
    empty = (
        "y_true: expected a sample that counts"
        if reduction == "mean"
        else "sample_weight: expected weights with a positive sum"
    )
    raise ValueError(f"{empty} for reduction={reduction!r}, received none")


def _refuse_reduction(reduction: object) -> NoReturn:
    meant = _SYNONYMS.get(reduction) if isinstance(reduction, str) else None
    hint = f"; did you mean {meant!r}?" if meant else ""
    raise ValueError(
        f"reduction: expected one of {', '.join(map(repr, REDUCTIONS))}, "
        f"received {reduction!r}{hint}"
    )


def refuse_nan(y_true: Array, y_pred: Array, domains: tuple[Domain, Domain]) -> None:
    """Say which input a NaN in a formula's result came from; return where it is none's fault."""
    for name, array, domain in zip(("y_true", "y_pred"), (y_true, y_pred), domains, strict=True):
        domain.reject(name, array)
    if y_true.shape == y_pred.shape:
        _refuse_two_infinities(y_true, y_pred)


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
