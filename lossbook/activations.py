"""From scores to probabilities: sigmoid, softmax and their logarithms, stable at any logit.

The functions whose names begin with an underscore are the formulas; they act on the first axis
and expect floating-point arrays. The losses are built on the same ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import Array, as_array, as_float_array, is_foreign, working_dtype
from lossbook._contracts.parameters import check_count

# --- the formulas ---------------------------------------------------------------------------------


def magnitude(z: Array) -> Array:
    """Return |z|, with the slope -1 at 0, as for numbers below it.

    Automatic differentiation would take the slope 0 there, and miss that of a smooth function
    that treats the two sides of 0 apart.
    """
    return np.abs(z) if isinstance(z, np.ndarray) else np.where(z > 0, z, -z)


def _sigmoid(z: Array) -> Array:
    # Above 0 it is 1 / (1 + e^-z), below e^z / (1 + e^z): no exponent is above 0.
    e = np.exp(-magnitude(z))
    return np.where(z > 0, 1.0, e) / (1.0 + e)


def _exponentials(z: Array) -> tuple[Array, Array, Array]:
    """Return (d, e, others) over the first axis, from which softmax and its logarithm follow.

    d = z - max z, e = exp(d), and others = sum(e) - 1 is what the classes beside the largest one
    add. Where the largest takes nearly everything, sum(e) - 1 would lose all digits of `others`
    to rounding, and log(1 + others) with it: there the small terms are summed by themselves.
    """
    top = np.maximum.reduce(z, axis=0, keepdims=True)
    if not isinstance(z, np.ndarray):  # whose numbers may not be known: no case, and no index
        endless = np.isinf(top)
        shared = np.where(z == top, 0.0 * z, -np.inf)
        d = np.where(endless, shared, z - np.where(endless, 0.0, top))
        e = np.exp(d)
        largest = np.add.reduce(np.where(d == 0, e, 0.0), axis=0)
        return d, e, np.add.reduce(np.where(d == 0, 0.0, e), axis=0) + (largest - 1.0)
    d = z - top
    e = np.exp(d)
    others = np.add.reduce(e, axis=0) - 1.0
    least = np.minimum.reduce(others)
    if least >= 0.1:
        return d, e, others
    if least != least and np.isinf(top).any():  # a NaN, from inf - inf
        # An infinite logit takes all the mass; equal ones share it.
        return _exponentials(np.where(np.isinf(top), np.where(z == top, 0.0, -np.inf), z))
    certain = np.flatnonzero(others < 0.1)
    small = e[:, certain]
    others[certain] = np.add.reduce(small * (small < 1.0), axis=0)  # the largest is the 1 itself
    return d, e, others


def _softmax(z: Array) -> Array:
    _, e, others = _exponentials(z)
    return e / (1.0 + others)


def _log_softmax(z: Array) -> Array:
    d, _, others = _exponentials(z)
    return d - np.log1p(others)


def _log_sum_exp(z: Array) -> Array:
    _, _, others = _exponentials(z)
    return np.maximum.reduce(z, axis=0) + np.log1p(others)


# --- the public functions -------------------------------------------------------------------------


def check_axis(shape: tuple[int, ...], axis: int) -> None:
    """Refuse an axis that an array of this shape does not have."""
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"axis: expected an axis of x, received {axis} for shape {shape}")


def _along(formula: Callable[[Array], Array], x: ArrayLike, axis: int) -> Array:
    """Apply a formula that works on the first axis of a matrix to any axis of `x`."""
    if is_foreign(x):
        from lossbook._engines.array_api import along

        return along(formula, x, axis)
    array = as_float_array("x", x)
    check_axis(array.shape, axis)
    z = np.moveaxis(array, axis, 0)
    with np.errstate(all="ignore"):  # infinities are handled, and underflow to 0 is right
        result = formula(z.reshape(len(z), -1).astype(working_dtype(array.dtype), copy=False))
    result = result.astype(array.dtype, copy=False)
    if result.ndim == 1:  # the formula has summed the axis away
        return result.reshape(z.shape[1:])[()]
    return np.moveaxis(result.reshape(z.shape), 0, axis)


def sigmoid(x: ArrayLike) -> Array:
    r"""Return the logistic sigmoid, :math:`\sigma(x) = 1 / (1 + e^{-x})`, of each element.

    Parameters
    ----------
    x : array_like, any shape
        Logits; ±inf is allowed.

    Returns
    -------
    ndarray of the shape of `x`
        In [0, 1]; float64 for integers, otherwise the dtype of `x`.

    Raises
    ------
    TypeError
        If `x` is not an array of real numbers.
    ValueError
        If `x` is empty or holds a NaN.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    if is_foreign(x):
        from lossbook._engines.array_api import apply

        return apply("x", _sigmoid, x)
    array = as_float_array("x", x)
    with np.errstate(all="ignore"):
        return _sigmoid(array)


def softmax(x: ArrayLike, axis: int = -1) -> Array:
    r"""Return :math:`e^{x_k} / \sum_j e^{x_j}` along `axis`: scores turned into a distribution.

    Parameters
    ----------
    x : array_like, shape (n, K) or any other with at least one axis
        Logits; ±inf is allowed. Entries that share the largest, infinite value share the mass.
    axis : int
        The axis of the classes.

    Returns
    -------
    ndarray of the shape of `x`
        Non-negative, summing to 1 along `axis`.

    Raises
    ------
    TypeError
        If `x` is not an array of real numbers.
    ValueError
        If `x` is empty or holds a NaN, or has no such axis.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.softmax([0.0, 0.0, 1000.0])
    array([0., 0., 1.])

    References
    ----------
    Bridle, J. S. (1990). Probabilistic interpretation of feedforward classification network
    outputs, with relationships to statistical pattern recognition. Neurocomputing, 227-236.
    """
    return _along(_softmax, x, axis)


def log_softmax(x: ArrayLike, axis: int = -1) -> Array:
    r"""Return :math:`x_k - \log \sum_j e^{x_j}` along `axis`: the logarithm of the softmax.

    More than ``np.log(softmax(x))``: that is -inf, or 0, long before the answer is.

    Parameters
    ----------
    x : array_like, shape (n, K) or any other with at least one axis
        Logits; ±inf is allowed.
    axis : int
        The axis of the classes.

    Returns
    -------
    ndarray of the shape of `x`
        At most 0.

    Raises
    ------
    TypeError
        If `x` is not an array of real numbers.
    ValueError
        If `x` is empty or holds a NaN, or has no such axis.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.log_softmax([0.0, 1000.0])
    array([-1000.,     0.])

    References
    ----------
    Blanchard, P., Higham, D. J. & Higham, N. J. (2021). Accurately computing the log-sum-exp and
    softmax functions. IMA Journal of Numerical Analysis 41(4), 2311-2330.
    """
    return _along(_log_softmax, x, axis)


def log_sum_exp(x: ArrayLike, axis: int = -1) -> Array:
    r"""Return :math:`\log \sum_k e^{x_k}` along `axis`, without overflow.

    Parameters
    ----------
    x : array_like, shape (n, K) or any other with at least one axis
        Logits; ±inf is allowed.
    axis : int
        The axis that is summed over.

    Returns
    -------
    ndarray of the shape of `x` without `axis`
        At least the maximum along `axis`.

    Raises
    ------
    TypeError
        If `x` is not an array of real numbers.
    ValueError
        If `x` is empty or holds a NaN, or has no such axis.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.log_sum_exp([[1000.0, 1000.0], [0.0, -1000.0]])
    array([1000.69314718,    0.        ])

    References
    ----------
    Blanchard, P., Higham, D. J. & Higham, N. J. (2021), as for :func:`log_softmax`.
    """
    return _along(_log_sum_exp, x, axis)


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


def one_hot(labels: ArrayLike, n_classes: int) -> Array:
    """Return a row for each label, with 1.0 at the label's index and 0.0 elsewhere.

    Parameters
    ----------
    labels : array_like, shape (n,)
        Class indices, 0 to `n_classes` - 1.
    n_classes : int
        How many classes there are, K.

    Returns
    -------
    ndarray, shape (n, K), float64

    Raises
    ------
    TypeError
        If `labels` are not real numbers or `n_classes` is not an integer.
    ValueError
        If `labels` is empty or not of shape (n,), or an index is fractional or out of range.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.one_hot([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    check_count("n_classes", n_classes, at_least=1)
    array = as_array("labels", labels)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"labels: expected shape (n,), n at least 1, received {array.shape}")
    rows = np.zeros((len(array), n_classes))
    rows[np.arange(len(array)), class_indices("labels", array, n_classes)] = 1.0
    return rows
