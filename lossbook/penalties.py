r"""What large weights cost: an L1 or L2 penalty, or both, added to the loss.

A penalty is called with the weights w, of any shape. Its gradient joins that of the loss. Its
proximal step is taken after a step down the loss alone, in place of the penalty's gradient; with
L1 it gives weights that are exactly 0, which steps down a gradient do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_float_array
from lossbook._contracts.dtypes import Array
from lossbook._contracts.libraries import is_foreign
from lossbook._contracts.parameters import check_number, store_number
from lossbook._engines import ops, pick


class Penalty:
    """What penalties have in common; derive your own from it.

    Write the formulas `_value` and `_derivative`, and for proximal steps `_proximal`. They are
    given w checked, as an array of at least float64; dtypes of results are seen to here.

    Examples
    --------
    >>> import lossbook as lb
    >>> import numpy as np
    >>> class Logarithmic(lb.Penalty):
    ...     def _value(self, w):
    ...         return float(np.log1p(w**2).sum())
    ...
    ...     def _derivative(self, w):
    ...         return 2 * w / (1 + w**2)
    >>> round(Logarithmic()([0.0, 1.0]), 6)
    0.693147
    >>> result = lb.fit(
    ...     lb.LinearModel(1),
    ...     [[-1.0], [1.0]],
    ...     [-3.0, 3.0],
    ...     loss=lb.MeanSquaredError(),
    ...     penalty=Logarithmic(),
    ...     optimizer=lb.SGD(0.25),
    ...     epochs=50,
    ... )
    >>> result.w.round(3)  # the weight that least squares gives is 3
    array([2.672, 0.   ])
    """

    @property
    def __name__(self) -> str:
        """The name of the class, by which other libraries list functions."""
        return str(type(self).__name__)

    def __call__(self, w: ArrayLike) -> float:
        """Return the penalty.

        Parameters
        ----------
        w : array_like, any shape
            The weights. They are not modified.

        Returns
        -------
        float

        Raises
        ------
        TypeError
            If `w` is not an array of real numbers.
        ValueError
            If it is empty or holds a NaN.
        """
        if is_foreign(w):
            return pick(w).apply("w", self._value, w)
        with np.errstate(all="ignore"):  # infinity and underflow are answers here, not accidents
            return self._value(_wide(as_float_array("w", w)))

    def gradient(self, w: ArrayLike) -> Array:
        """Return the derivative with respect to `w`.

        Parameters
        ----------
        w : array_like, any shape
            The weights.

        Returns
        -------
        ndarray of the shape and dtype of `w` (float64 for integers)
            At a weight of 0, where L1 has a kink, it is the subgradient 0.

        Raises
        ------
        TypeError, ValueError
            As for the penalty itself.
        """
        if is_foreign(w):
            return pick(w).apply("w", self._derivative, w)
        array = as_float_array("w", w)
        with np.errstate(all="ignore"):
            return self._derivative(_wide(array)).astype(array.dtype, copy=False)

    def value_and_gradient(self, w: ArrayLike) -> tuple[float, Array]:
        """Return the penalty and its derivative.

        Parameters, results and errors are those of the penalty and of :meth:`gradient`; the
        results equal theirs to the last bit.
        """
        if is_foreign(w):
            return self(w), self.gradient(w)
        array = as_float_array("w", w)
        x = _wide(array)
        with np.errstate(all="ignore"):
            return self._value(x), self._derivative(x).astype(array.dtype, copy=False)

    def proximal(self, w: ArrayLike, step: float) -> Array:
        r"""Return the weights after a proximal step, the nearby ones with a smaller penalty.

        .. math:: \arg\min_x \; \frac{1}{2 \, \text{step}} \lVert x - w \rVert^2 + \text{penalty}(x)

        Parameters
        ----------
        w : array_like, any shape
            The weights, as a rule after a step down the gradient of the loss alone.
        step : float
            At least 0; as a rule the learning rate of that step.

        Returns
        -------
        ndarray of the shape and dtype of `w` (float64 for integers)

        Raises
        ------
        TypeError, ValueError
            As for the penalty itself, or if `step` is not such a number.

        References
        ----------
        Parikh, N. & Boyd, S. (2014). Proximal algorithms. Foundations and Trends in Optimization
        1(3), 127-239.
        """
        check_number("step", step, at_least=0)
        if is_foreign(w):
            return pick(w).apply("w", self._proximal, w, float(step))
        array = as_float_array("w", w)
        with np.errstate(all="ignore"):
            return self._proximal(_wide(array), float(step)).astype(array.dtype, copy=False)

    # --- what a penalty says ----------------------------------------------------------------------

    def _value(self, w: Array) -> float:
        """Return the penalty."""
        raise NotImplementedError(f"{type(self).__name__}._value(w) has still to be written")

    def _derivative(self, w: Array) -> Array:
        """Return the derivative with respect to each weight, of the shape of `w`."""
        raise NotImplementedError(f"{type(self).__name__}._derivative(w) has still to be written")

    def _proximal(self, w: Array, step: float) -> Array:
        """Return the weights after a proximal step."""
        raise NotImplementedError(
            f"{type(self).__name__}._proximal(w, step) has still to be written"
        )


def _wide(array: Array) -> Array:
    """Return the array in float64, in which neither a strength nor a square is lost."""
    return array if array.dtype.itemsize >= 8 else array.astype(np.float64)


def _times(strength: float, term: Array) -> Array:
    """Return strength · term, where a strength of 0 silences even an infinite term."""
    return strength * term if strength else ops.zeros_like(term)


def _sum(terms: Array) -> float:
    total = ops.sum(terms, axis=None)
    return total if is_foreign(terms) else float(total)


@dataclass(frozen=True)
class L1(Penalty):
    r"""The L1 or lasso penalty, :math:`s \sum_i |w_i|`.

    Its proximal step is the soft threshold: each weight comes nearer to 0 by step · s, and where it
    was nearer than that it is exactly 0.

    .. math:: \operatorname{sign}(w) \max(|w| - \text{step} \cdot s, \, 0)

    Parameters
    ----------
    strength : float
        s, at least 0.

    Raises
    ------
    TypeError, ValueError
        If the strength is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> penalty = lb.L1(0.5)
    >>> penalty([3.0, -1.0, 0.0])
    2.0
    >>> penalty.gradient([3.0, -1.0, 0.0])
    array([ 0.5, -0.5,  0. ])
    >>> penalty.proximal([3.0, -1.0, 0.25], step=1.0)
    array([ 2.5, -0.5,  0. ])

    References
    ----------
    Tibshirani, R. (1996). Regression shrinkage and selection via the lasso. Journal of the Royal
    Statistical Society B 58(1), 267-288.
    """

    strength: float

    def __post_init__(self) -> None:
        store_number(self, "strength", at_least=0)

    def _value(self, w: Array) -> float:
        return _sum(_times(self.strength, ops.abs(w)))

    def _derivative(self, w: Array) -> Array:
        return _times(self.strength, ops.sign(w))

    def _proximal(self, w: Array, step: float) -> Array:
        threshold = step * self.strength
        return w - ops.clip(w, -threshold, threshold)


@dataclass(frozen=True)
class L2(Penalty):
    r"""The L2, ridge or Tikhonov penalty, :math:`\tfrac{s}{2} \sum_i w_i^2`.

    With the ½ its derivative is s w, as in scikit-learn's SGD and MLP and in PyTorch's
    ``weight_decay``; Keras's ``L2(s)`` and scikit-learn's ``Ridge(s)`` have none: they are
    ``L2(2 * s)`` here. Its proximal step makes all weights smaller in proportion, none of them 0.

    .. math:: \frac{w}{1 + \text{step} \cdot s}

    Parameters
    ----------
    strength : float
        s, at least 0.

    Raises
    ------
    TypeError, ValueError
        If the strength is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> penalty = lb.L2(0.5)
    >>> penalty([3.0, -1.0, 0.0])
    2.5
    >>> penalty.gradient([3.0, -1.0, 0.0])
    array([ 1.5, -0.5,  0. ])
    >>> penalty.proximal([3.0, -1.5, 0.0], step=1.0)
    array([ 2., -1.,  0.])

    References
    ----------
    Hoerl, A. E. & Kennard, R. W. (1970). Ridge regression: biased estimation for nonorthogonal
    problems. Technometrics 12(1), 55-67.
    """

    strength: float

    def __post_init__(self) -> None:
        store_number(self, "strength", at_least=0)

    def _value(self, w: Array) -> float:
        # From the left: w² alone may overflow, or underflow, where the product does not.
        return _sum(self.strength / 2 * w * w if self.strength else ops.zeros_like(w))

    def _derivative(self, w: Array) -> Array:
        return _times(self.strength, w)

    def _proximal(self, w: Array, step: float) -> Array:
        return w / (1 + step * self.strength)


@dataclass(frozen=True)
class ElasticNet(Penalty):
    r"""The sum of both, :math:`l_1 \sum_i |w_i| + \tfrac{l_2}{2} \sum_i w_i^2`.

    Its proximal step is that of L1, then that of L2. Scikit-learn's ``ElasticNet(alpha, l1_ratio)``
    has ``l1 = alpha * l1_ratio`` and ``l2 = alpha * (1 - l1_ratio)``.

    Parameters
    ----------
    l1, l2 : float
        The strengths, at least 0.

    Raises
    ------
    TypeError, ValueError
        If a strength is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> penalty = lb.ElasticNet(l1=0.5, l2=0.25)
    >>> penalty([3.0, -1.0, 0.0])
    3.25
    >>> penalty.gradient([3.0, -1.0, 0.0])
    array([ 1.25, -0.75,  0.  ])
    >>> penalty.proximal([3.0, -1.75, 0.25], step=1.0)
    array([ 2., -1.,  0.])

    References
    ----------
    Zou, H. & Hastie, T. (2005). Regularization and variable selection via the elastic net. Journal
    of the Royal Statistical Society B 67(2), 301-320.
    """

    l1: float
    l2: float

    def __post_init__(self) -> None:
        store_number(self, "l1", at_least=0)
        store_number(self, "l2", at_least=0)

    @cached_property
    def _parts(self) -> tuple[L1, L2]:
        return L1(self.l1), L2(self.l2)

    def _value(self, w: Array) -> float:
        lasso, ridge = self._parts
        return lasso._value(w) + ridge._value(w)

    def _derivative(self, w: Array) -> Array:
        lasso, ridge = self._parts
        return lasso._derivative(w) + ridge._derivative(w)

    def _proximal(self, w: Array, step: float) -> Array:
        lasso, ridge = self._parts
        return ridge._proximal(lasso._proximal(w, step), step)
