"""Is this the gradient of that function? Central differences, and a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array, as_float_array
from lossbook._contracts.dtypes import Array


def _central_differences(function: Callable[[Array], object], x: Array) -> tuple[Array, Array]:
    """Return the differences and how much of each may be rounding."""
    eps = float(np.finfo(np.float64).eps)
    slopes, noise = np.empty_like(x), np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = eps ** (1 / 3) * max(1.0, abs(x[index]))
        ends = []
        for end in (x[index] - step, x[index] + step):
            moved = x.copy()
            moved[index] = end
            ends.append((end, _scalar(function(moved))))
        (left, low), (right, high) = ends
        slopes[index] = (high - low) / (right - left)  # the step that was really taken
        noise[index] = 4 * eps * max(abs(low), abs(high)) / (right - left)
    return slopes, noise


def _scalar(value: object) -> float:
    array = np.asarray(value)
    if array.size != 1:
        raise ValueError(
            f"function: expected one number for each x, received shape {array.shape}; "
            'did you mean reduction="sum"?'
        )
    return float(array.reshape(())[()])


def numerical_gradient(function: Callable[[Array], object], x: ArrayLike) -> Array:
    r"""Return the gradient by central differences, :math:`(f(x + h) - f(x - h)) / 2h`.

    The step h is :math:`\varepsilon^{1/3} \max(1, |x_i|)` in float64, which balances the error
    of the formula, of order h², against rounding, of order ε/h: about ten digits are right.

    Parameters
    ----------
    function : callable
        Takes an array of the shape of `x`, returns one number.
    x : array_like, any shape
        Where. It computes in float64 and is not modified.

    Returns
    -------
    ndarray of the shape of `x`, float64

    Raises
    ------
    TypeError
        If `x` is not an array of real numbers.
    ValueError
        If `x` is empty or holds a NaN, or `function` returns more than one number.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.numerical_gradient(lambda x: (x**2).sum(), [1.0, -3.0]).round(6)
    array([ 2., -6.])

    References
    ----------
    Nocedal, J. & Wright, S. J. (2006). Numerical Optimization, 2nd ed., section 8.1.
    """
    point = as_float_array("x", x).astype(np.float64)
    return _central_differences(function, point)[0]


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """What :func:`check_gradient` found; it is true where the check passed."""

    passed: bool
    max_relative_error: float
    where: tuple[int, ...]
    analytic: float
    numerical: float

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return (
            f"{'pass' if self.passed else 'FAIL'}: largest relative error "
            f"{self.max_relative_error:.1e} at {list(self.where)} "
            f"(gradient {self.analytic:.6g}, differences {self.numerical:.6g})"
        )


def check_gradient(
    function: Callable[[Array], object],
    gradient: Callable[[Array], ArrayLike],
    x: ArrayLike,
    *,
    tolerance: float = 1e-6,
) -> GradientCheck:
    """Compare a gradient with central differences of its function.

    Parameters
    ----------
    function : callable
        Takes an array of the shape of `x`, returns one number.
    gradient : callable
        Takes such an array, returns one of the same shape.
    x : array_like, any shape
        Where; away from kinks, at which differences give another subgradient.
    tolerance : float
        The largest relative error that passes. Differences below the rounding error of the
        central difference itself never fail.

    Returns
    -------
    GradientCheck
        With ``passed``, ``max_relative_error``, ``where`` it is, and both values there.

    Raises
    ------
    TypeError
        If `x` is not an array of real numbers.
    ValueError
        If `x` is empty or holds a NaN, `function` returns more than one number, or `gradient`
        an array of another shape.

    Examples
    --------
    >>> import lossbook as lb
    >>> bool(lb.check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x, [1.0, -3.0]))
    True
    >>> print(lb.check_gradient(lambda x: (x**2).sum(), lambda x: x, [1.0]))
    FAIL: largest relative error 5.0e-01 at [0] (gradient 1, differences 2)
    """
    point = as_float_array("x", x).astype(np.float64)
    analytic = as_array("gradient(x)", gradient(point.copy())).astype(np.float64)
    if analytic.shape != point.shape:
        raise ValueError(
            f"gradient(x): expected the shape of x, {point.shape}, received {analytic.shape}"
        )
    numerical, noise = _central_differences(function, point)
    scale = np.maximum(np.maximum(np.abs(analytic), np.abs(numerical)), noise / tolerance)
    with np.errstate(invalid="ignore"):
        error = np.where(analytic == numerical, 0.0, np.abs(analytic - numerical) / scale)
    error = np.where(np.isnan(error), np.inf, error)
    where = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    worst = float(error[where])
    return GradientCheck(
        worst <= tolerance, worst, where, float(analytic[where]), float(numerical[where])
    )
