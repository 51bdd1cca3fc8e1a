"""Do several libraries give the same? A table of their results, and a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array
from lossbook._contracts.dtypes import Array


@dataclass(frozen=True, repr=False)
class AgreementCheck:
    """What :func:`check_agreement` found; it is true where all agree, and shows as a table."""

    passed: bool
    max_relative_difference: float
    tolerance: float
    rows: tuple[tuple[str, str, float], ...]  # name, value, difference from the first

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        width = max(len(name) for name, _, _ in self.rows)
        lines = [
            f"{name:<{width}}  {value}  {_off(off)}".rstrip() for name, value, off in self.rows
        ]
        return "\n".join([*lines, self._verdict()])

    def _repr_markdown_(self) -> str:
        lines = ["| computed by | value | relative difference, at most |", "|:---|:---|---:|"]
        lines += [f"| {name} | {value} | {_off(off)} |" for name, value, off in self.rows]
        return "\n".join([*lines, "", self._verdict()])

    def _verdict(self) -> str:
        verb = "agree" if self.passed else "DO NOT agree"
        return f"All {verb} to a relative difference of {self.tolerance:g}."


def _off(difference: float) -> str:
    """Return a power of ten that the difference does not exceed; rounding differs by machine."""
    if np.isnan(difference):
        return ""
    return f"{10.0 ** np.ceil(np.log10(max(difference, 1e-15))):.0e}"


def check_agreement(
    results: Mapping[str, ArrayLike], *, tolerance: float = 1e-12
) -> AgreementCheck:
    """Compare what several libraries give for the same thing with the first of them.

    Parameters
    ----------
    results : mapping of name to array_like
        At least two, all of one shape; the first is the one the others are compared with.
    tolerance : float
        The largest difference that passes, relative to the largest entry of the first result.

    Returns
    -------
    AgreementCheck
        With ``passed`` and ``max_relative_difference``; in a notebook it shows as a table.

    Raises
    ------
    TypeError
        If a result is not an array of real numbers.
    ValueError
        If there are fewer than two results, or their shapes differ.

    Examples
    --------
    >>> import lossbook as lb
    >>> print(lb.check_agreement({"one way": 0.5, "another": 0.25 + 0.25}))
    one way  0.5
    another  0.5  1e-15
    All agree to a relative difference of 1e-12.
    """
    if len(results) < 2:
        raise ValueError(f"results: expected at least two, received {len(results)}")
    arrays = {name: as_array(name, values).astype(np.float64) for name, values in results.items()}
    (first, reference), *others = arrays.items()
    rows = [(first, _show(reference), float("nan"))]
    for name, array in others:
        if array.shape != reference.shape:
            raise ValueError(
                f"{name}: expected the shape of {first!r}, {reference.shape}, "
                f"received {array.shape}"
            )
        rows.append((name, _show(array), _relative_difference(array, reference)))
    worst = max(off for _, _, off in rows[1:])
    return AgreementCheck(worst <= tolerance, worst, tolerance, tuple(rows))


def _relative_difference(array: Array, reference: Array) -> float:
    if np.array_equal(array, reference):  # also where both are infinite
        return 0.0
    with np.errstate(all="ignore"):
        off = float(np.max(np.abs(array - reference)) / np.max(np.abs(reference)))
    return float("inf") if np.isnan(off) else off


def _show(array: Array) -> str:
    if array.size > 6:
        return f"{array.size} values"
    return ", ".join(f"{value:.6g}" for value in array.ravel())
