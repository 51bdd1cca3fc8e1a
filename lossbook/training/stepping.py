"""How descent takes a step of an optimiser, the package's or a reader's, and learns its rate."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from numbers import Real
from typing import Any

from lossbook._contracts.arrays import as_array
from lossbook._contracts.dtypes import Array
from lossbook.penalties import Penalty
from lossbook.training import protocols
from lossbook.training.optimizers import SGD, Optimizer, Rule, SGDState

Update = Callable[[Array, Array, Any], tuple[Array, Any, float]]


def reporting(optimizer: protocols.Optimizer) -> Update:
    """Return an optimiser's update, of which the third result is the learning rate it used.

    That is NaN where a reader's optimiser has a schedule and does not say what it gave. Such an
    optimiser may modify the arrays that it is given and those that it has returned; the parameters
    are checked.
    """
    says = protocols.keeps(optimizer, Optimizer, "update")
    if says and isinstance(optimizer, Rule):
        return optimizer.update_and_rate
    rate = getattr(optimizer, "learning_rate", nan)
    known = float(rate) if isinstance(rate, Real) else nan
    name = f"optimizer.{'update_and_rate' if says else 'update'}"
    results = ("w", "state", "learning_rate") if says else ("w", "state")

    def update(w: Array, gradient: Array, state: Any) -> tuple[Array, Any, float]:
        own: Any = optimizer
        answer = (own.update_and_rate if says else own.update)(w.copy(), gradient.copy(), state)
        if not isinstance(answer, tuple) or len(answer) != len(results):
            raise TypeError(
                f"{name}: expected a function that returns ({', '.join(results)}), "
                f"received {type(answer).__name__} from it"
            )
        moved = as_array(f"{name}'s w", answer[0])
        if moved.shape != w.shape:
            raise ValueError(
                f"{name}'s w: expected the shape of w, {w.shape}, received {moved.shape}"
            )
        return moved.astype(w.dtype), answer[1], float(answer[2]) if says else known

    return update


class ProximalDescent(Rule[SGDState]):
    """A step of SGD on the loss, then the penalty's proximal step on the weights."""

    _state = SGDState

    def __init__(self, sgd: SGD, penalty: Any, is_weight: Any) -> None:
        self.sgd, self.penalty, self.is_weight = sgd, penalty, is_weight
        self.learning_rate = sgd.learning_rate

    def _init(self, w: Array) -> SGDState:
        return self.sgd._init(w)

    def _step(self, w: Array, g: Array, state: SGDState, rate: float) -> tuple[Array, SGDState]:
        w, state = self.sgd._step(w, g, state, rate)
        w[self.is_weight] = self.penalty.proximal(w[self.is_weight], rate)
        return w, state


def proximal_descent(optimizer: object, penalty: object, is_weight: Any) -> ProximalDescent:
    """Return plain SGD followed by a penalty's proximal step, or say why that cannot be."""
    if penalty is None:
        raise ValueError("proximal: expected a penalty such as L1(0.1) with it, received None")
    if not isinstance(penalty, Penalty):
        protocols.check_kind("penalty", penalty, protocols.Proximal, "L1(0.1)")
    whole = protocols.keeps(optimizer, SGD, "update")
    if not (isinstance(optimizer, SGD) and whole) or optimizer.momentum:
        raise ValueError(
            "proximal: expected plain SGD(learning_rate) as the optimizer, received "
            f"{optimizer!r}; the proximal step has the length of the gradient step, which under "
            "momentum or a rate for each parameter is no longer the learning rate"
        )
    return ProximalDescent(optimizer, penalty, is_weight)
