"""What `fit` and `minimize` ask of a loss, a penalty, an optimiser and a model, whoever wrote it.

Any object with these methods will do, derived from the package's bases or not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array
from lossbook._contracts.dtypes import Array


class Loss(Protocol):
    """A mean over samples; with weights, both take a keyword ``sample_weight``, too."""

    def __call__(self, y_true: Any, y_pred: Any, /) -> Any:
        """Return the loss."""

    def value_and_gradient(self, y_true: Any, y_pred: Any, /) -> tuple[Any, Any]:
        """Return the loss, and its derivative with respect to each prediction."""


class Penalty(Protocol):
    """A cost of the weights."""

    def __call__(self, w: Any, /) -> Any:
        """Return the penalty."""

    def gradient(self, w: Any, /) -> Any:
        """Return its derivative with respect to each weight."""


class Proximal(Protocol):
    """What a penalty needs for proximal steps."""

    def proximal(self, w: Any, step: float, /) -> Any:
        """Return the weights after a proximal step of this length."""


class Optimizer(Protocol):
    """An update rule; of what it has to remember it makes a state."""

    def init(self, w: Any, /) -> Any:
        """Return the state before the first step."""

    def update(self, w: Any, gradient: Any, state: Any, /) -> tuple[Any, Any]:
        """Return the next parameters and the next state."""


class Model(Protocol):
    """Predictions and the chain rule; if not all of w are weights, also a mask ``is_weight``."""

    def init(self, seed: int, /) -> Any:
        """Return parameters to start from."""

    def predict(self, w: Any, X: Any, /) -> Any:
        """Return a prediction, or a row of them, for each sample."""

    def gradient(self, w: Any, X: Any, output_gradient: Any, /) -> Any:
        """Return d loss / d w, given d loss / d predictions."""


def keeps(value: object, base: type, *methods: str) -> bool:
    """Say whether an object has these methods of a base of the package as they stand there.

    Then there may be a shorter way to what they do; otherwise they have to be called.
    """
    kind = type(value)
    return issubclass(kind, base) and all(
        getattr(kind, method) is getattr(base, method) for method in methods
    )


# --- what is refused ------------------------------------------------------------------------------


def check_kind(name: str, value: object, kind: type, example: str) -> None:
    """Refuse what has not the methods of a protocol."""
    expected = f"{name}: expected one such as {example}, received "
    if isinstance(value, type):
        raise TypeError(f"{expected}the class {value.__name__}; did you mean {value.__name__}()?")
    missing = [
        f"{method}{signature}"
        for method, signature in _methods(kind).items()
        if not _takes(getattr(value, method, None), len(signature.parameters))
    ]
    if missing:
        lacks = " and ".join(missing).replace(", /", "")
        own = ", or did you mean custom_loss(function)?" if inspect.isfunction(value) else ""
        raise TypeError(f"{expected}{type(value).__name__} {value!r}, without {lacks}{own}")


def _methods(kind: type) -> dict[str, inspect.Signature]:
    """Return the methods that a protocol names, with the arguments they are called with."""
    return {
        name: _called(method)
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and method.__module__ == __name__
    }


def _called(method: Callable[..., Any]) -> inspect.Signature:
    _, *parameters = inspect.signature(method).parameters.values()
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    return inspect.Signature(plain)


def _takes(method: object, arguments: int) -> bool:
    """Say whether this can be called with so many arguments, as far as it tells."""
    if not callable(method):
        return False
    try:
        signature = inspect.signature(method)
    except ValueError:  # some built-in functions do not tell
        return True
    by_place = [p for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
    try:
        signature.replace(parameters=by_place).bind(*(None,) * arguments)
    except TypeError:
        return False
    return True


def as_value_and_gradient(
    name: str, answer: object, like: Array, shape_of: str
) -> tuple[float, Array]:
    """Return what a reader's function gave, if it is one number and a gradient like an array."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise TypeError(
            f"{name}: expected a function that returns (value, gradient), "
            f"received {type(answer).__name__} from it; did you mean value_and_gradient?"
        )
    value, gradient = answer
    if type(value) is not float:
        number = as_array(f"{name}'s value", value)
        if number.size != 1:
            raise ValueError(f"{name}'s value: expected one number, received shape {number.shape}")
        value = float(number.item())
    return value, as_gradient(name, gradient, like, shape_of)


def as_gradient(name: str, values: ArrayLike, like: Array, shape_of: str) -> Array:
    """Return a reader's gradient in the dtype of an array, if it has its shape."""
    if type(values) is np.ndarray and values.dtype == like.dtype and values.shape == like.shape:
        return values
    gradient = as_array(f"{name}'s gradient", values)
    if gradient.shape != like.shape:
        raise ValueError(
            f"{name}'s gradient: expected the shape of {shape_of}, {like.shape}, "
            f"received {gradient.shape}"
        )
    return gradient.astype(like.dtype, copy=False)
