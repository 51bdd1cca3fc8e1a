"""What `fit` asks of a model, a loss and a penalty, whoever wrote them.

What those of a reader answer is checked at each step; those of the package see to it themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

import numpy as np

from lossbook._contracts.arrays import as_array
from lossbook._contracts.dtypes import Array
from lossbook.losses.base import Loss
from lossbook.penalties import Penalty
from lossbook.training import protocols
from lossbook.training.models import Layers

Forward = Callable[[Array, Array], tuple[Array, Any]]
Backward = Callable[[Any, Array], Array]


def passes(model: protocols.Model) -> tuple[Forward, Backward]:
    """Return the way through a model, and the way back, which starts with what the first saved.

    The package's models go forward once for both. Of a reader's model the answers are checked.
    """
    if isinstance(model, Layers) and protocols.keeps(model, Layers, "predict", "gradient"):
        return model._forward, model._backward

    def forward(w: Array, X: Array) -> tuple[Array, Any]:
        predictions = as_array("model.predict(w, X)", model.predict(w, X))
        if predictions.shape[:1] != X.shape[:1]:
            raise ValueError(
                f"model.predict(w, X): expected a prediction for each of the {len(X)} rows of X, "
                f"received shape {predictions.shape}"
            )
        return predictions.astype(w.dtype, copy=False), (w, X)

    def backward(saved: tuple[Array, Array], slope: Array) -> Array:
        w, X = saved
        gradient = protocols.as_gradient("model", model.gradient(w, X, slope), w, "w")
        return gradient.copy()  # to which a penalty's is added

    return forward, backward


def check_features(name: str, shape: tuple[int, ...], model: protocols.Model) -> None:
    """Refuse features that are not those of the package's models; any other takes any rows."""
    if isinstance(model, Layers):
        model._check_features(name, shape)
    elif not shape:
        raise ValueError(f"{name}: expected a row for each sample, received shape {shape}")


def weights_of(model: protocols.Model, w: Array) -> Any:
    """Return which entries of w a penalty acts on: all, where the model does not say."""
    mask = getattr(model, "is_weight", None)
    if mask is None:
        return slice(None)
    mask = np.asarray(mask)
    if mask.dtype != bool or mask.shape != w.shape:
        raise ValueError(
            f"model.is_weight: expected True or False for each of the parameters, shape {w.shape}, "
            f"received dtype {mask.dtype}, shape {mask.shape}"
        )
    return mask


def keeps_formulas(loss: protocols.Loss) -> TypeGuard[Loss]:
    """Say whether a loss is evaluated by its formulas, and so by an engine of the package."""
    return protocols.keeps(loss, Loss, "__call__", "value_and_gradient")


def value_and_slope(loss: protocols.Loss) -> Callable[..., tuple[Any, Array]]:
    """Return the function that gives a loss, and its gradient like the predictions."""
    if keeps_formulas(loss):
        return loss.value_and_gradient

    def both(y: Array, predictions: Array, **weights: Array) -> tuple[float, Array]:
        answer = loss.value_and_gradient(y, predictions, **weights)
        name = "loss.value_and_gradient"
        return protocols.as_value_and_gradient(name, answer, predictions, "y_pred")

    return both


def cost_and_pull(penalty: protocols.Penalty) -> Callable[[Array], tuple[float, Array]]:
    """Return the function that gives a penalty of weights, and its gradient."""
    own = "__call__", "gradient", "value_and_gradient"
    if isinstance(penalty, Penalty) and protocols.keeps(penalty, Penalty, *own):
        return penalty.value_and_gradient

    def both(w: Array) -> tuple[float, Array]:
        answer = penalty(w), penalty.gradient(w)
        return protocols.as_value_and_gradient("penalty", answer, w, "the weights")

    return both
