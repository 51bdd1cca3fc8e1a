"""A loss from plain functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbook._contracts.dtypes import Array
from lossbook.losses.base import ElementwiseLoss

Function = Callable[[Any, Any], Any]


def custom_loss(
    value: Function, derivative: Function | None = None, *, name: str | None = None
) -> CustomLoss:
    """Make a loss of a function of targets and predictions, and of its derivative.

    Parameters
    ----------
    value : callable
        ``value(y_true, y_pred)`` returns one number per element, such as ``(y_pred - y_true)**4``.
        It is given floating-point arrays of one shape, in pieces where they are large.
    derivative : callable, optional
        ``derivative(y_true, y_pred)`` returns the derivative of each of these numbers with respect
        to its prediction. Where it is None, central differences are taken: they have about ten
        digits, call `value` twice, and need it on both sides of each prediction.
    name : str, optional
        What the loss is called; otherwise the name of the function.

    Returns
    -------
    CustomLoss
        An :class:`ElementwiseLoss`: weights, reductions, dtypes and errors are those of every
        loss. For rows of outputs a sample's loss is the mean over its row.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind. Also when the loss is called, if a function does not
        return one number per element.

    Examples
    --------
    >>> import lossbook as lb
    >>> quartic = lb.custom_loss(lambda y, p: (p - y) ** 4, lambda y, p: 4 * (p - y) ** 3)
    >>> quartic([0.0, 1.0], [1.0, 3.0])
    8.5
    >>> quartic.gradient([0.0, 1.0], [1.0, 3.0])
    array([ 2., 16.])
    >>> def cube(y_true, y_pred):
    ...     return abs(y_pred - y_true) ** 3
    >>> loss = lb.custom_loss(cube)
    >>> loss
    custom_loss(cube, numerical derivative)
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> result = lb.fit(
    ...     lb.LinearModel(1), X, y, loss=loss, optimizer=lb.Adam(0.05), epochs=3000
    ... )
    >>> result.w.round(1)  # y = 2x + 1
    array([2., 1.])

    :func:`fit` and :func:`minimize` also take any object with the two methods used here:

    >>> class HalfSquare:
    ...     def __call__(self, y_true, y_pred):
    ...         return ((y_pred - y_true) ** 2).mean() / 2
    ...
    ...     def value_and_gradient(self, y_true, y_pred):
    ...         return self(y_true, y_pred), (y_pred - y_true) / len(y_true)
    >>> result = lb.fit(
    ...     lb.LinearModel(1), X, y, loss=HalfSquare(), optimizer=lb.SGD(0.2), epochs=500
    ... )
    >>> result.w.round(6)
    array([2., 1.])
    """
    for argument, function in (("value", value), ("derivative", derivative)):
        if not callable(function) and not (argument == "derivative" and function is None):
            raise TypeError(
                f"{argument}: expected a function of (y_true, y_pred), "
                f"received {type(function).__name__} {function!r}"
            )
    if name is None:
        name = getattr(value, "__name__", type(value).__name__)
    elif not isinstance(name, str):
        raise TypeError(f"name: expected a str, received {type(name).__name__} {name!r}")
    formula = _PerElement("value", value)
    if derivative is None:
        return CustomLoss(formula, _Differences(formula), name)
    return CustomLoss(formula, _PerElement("derivative", derivative), name)


@dataclass(frozen=True, repr=False)
class CustomLoss(ElementwiseLoss):
    """What :func:`custom_loss` makes."""

    value: Function
    derivative: Function
    name: str

    @property
    def __name__(self) -> str:
        """The name that the loss was given, or that of its function."""
        return self.name

    def __repr__(self) -> str:
        numerical = ", numerical derivative" if isinstance(self.derivative, _Differences) else ""
        return f"custom_loss({self.name}{numerical})"

    def _value(self, y: Array, p: Array) -> Array:
        return self.value(y, p)

    def _derivative(self, y: Array, p: Array) -> Array:
        return self.derivative(y, p)


@dataclass(frozen=True)
class _PerElement:
    """A reader's function, which is to return one number per element."""

    argument: str
    function: Function

    def __call__(self, y: Array, p: Array) -> Array:
        values = self.function(y, p)
        if not isinstance(p, np.ndarray):  # another library's, which sees to its own
            return values
        values = np.asarray(values)
        if values.shape != p.shape or values.dtype.kind not in "fiub":
            raise TypeError(
                f"{self.argument}: expected a function that returns one number per element, shape "
                f"{p.shape}, received shape {values.shape}, dtype {values.dtype} from it"
            )
        return values.astype(p.dtype, copy=False)


@dataclass(frozen=True)
class _Differences:
    """Central differences; all elements move at once, for none depends on another."""

    value: _PerElement

    def __call__(self, y: Array, p: Array) -> Array:
        if not isinstance(p, np.ndarray):
            raise TypeError(
                "y_pred: expected an array of NumPy, for the loss has no derivative but a "
                f"numerical one, received {type(p).__name__}; did you mean custom_loss(value, "
                "derivative)?"
            )
        y, wide = y.astype(np.float64), p.astype(np.float64)
        # This step balances the error of the difference, of order step², against rounding.
        step = np.cbrt(np.finfo(np.float64).eps) * np.maximum(np.abs(wide), 1.0)
        above, below = wide + step, wide - step
        rise = self.value(y, above) - self.value(y, below)
        return (rise / (above - below)).astype(p.dtype)
