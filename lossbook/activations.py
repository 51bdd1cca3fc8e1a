"""From scores to probabilities: sigmoid, softmax and their logarithms, stable at any logit.

The functions whose names begin with an underscore are the formulas; they act on the first axis
and expect floating-point arrays. The losses are built on the same ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array
from lossbook._contracts.domains import class_indices
from lossbook._contracts.dtypes import Array
from lossbook._contracts.parameters import check_count
from lossbook._engines import ops, pick

# --- the formulas ---------------------------------------------------------------------------------


def _sigmoid(z: Array) -> Array:
    # Above 0 it is 1 / (1 + e^-z), below e^z / (1 + e^z): no exponent is above 0.
    e = ops.exp(-ops.magnitude(z))
    return ops.where(z > 0, 1.0, e) / (1.0 + e)


def _softmax(z: Array) -> Array:
    _, e, others = ops.exponentials(z)
    return e / (1.0 + others)


def _log_softmax(z: Array) -> Array:
    d, _, others = ops.exponentials(z)
    return d - ops.log1p(others)


def _log_sum_exp(z: Array) -> Array:
    _, _, others = ops.exponentials(z)
    return ops.max(z) + ops.log1p(others)


# --- the public functions -------------------------------------------------------------------------


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
    return pick(x).apply("x", _sigmoid, x)


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
    return pick(x).apply_along_axis(_softmax, x, axis)


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
    return pick(x).apply_along_axis(_log_softmax, x, axis)


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
    return pick(x).apply_along_axis(_log_sum_exp, x, axis)


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
