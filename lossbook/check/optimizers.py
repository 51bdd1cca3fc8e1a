"""Check the steps of an optimiser that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

import lossbook as lb
from lossbook._contracts.dtypes import Array
from lossbook.check._engine import Group, Guess, Trial, examine, named, reference_of
from lossbook.check._report import Report
from lossbook.training.optimizers import Optimizer

START = np.array([1.0, -2.0])
GRADIENTS = np.array([[0.5, -1.0], [0.25, 2.0], [-0.75, 0.5], [1.0, 0.1], [0.3, -0.6]])

Move = Callable[[Array, Array], Array]  # the weights and a gradient give the next weights


def optimizer(function: Callable[..., Any], *, like: Optimizer[Any]) -> Report:
    """Check a function that takes the steps of an optimiser.

    Parameters
    ----------
    function : callable
        ``function(w, gradient, state)`` returns the new weights, of the shape of w, and whatever
        the next step needs; the first step gets None as its state.
    like : optimizer
        Whose steps, with its parameters.

    Returns
    -------
    Report
        Its inputs are the gradients of the steps, its answers the weights after the last.

    Raises
    ------
    TypeError
        If `function` cannot be called or `like` is not an optimiser.

    Examples
    --------
    >>> import lossbook as lb
    >>> def uphill(w, gradient, state):
    ...     return w + 0.1 * gradient, state
    >>> lb.check.optimizer(uphill, like=lb.SGD(0.1)).mistake.key
    'uphill'
    """
    reference = reference_of(like, Optimizer, "an optimiser", "lb.SGD(0.1)")
    name = named(function)

    def walked(w: Array, *gradients: Array) -> Any:
        state = None
        for gradient in gradients:
            step = function(w, gradient, state)
            if not isinstance(step, tuple | list) or len(step) != 2:
                raise TypeError(
                    "expected the new weights and the state, as in: return w, state; "
                    f"received {type(step).__name__}"
                )
            w, state = step
        return w

    def trial(steps: int) -> Trial:
        gradients = {f"gradient {i + 1}": GRADIENTS[i].copy() for i in range(steps)}
        return Trial({"w": START.copy(), **gradients}, _walk(stepper(reference), steps))

    def at_step(move: Callable[[], Move]) -> Callable[[Trial], Any]:
        return lambda trial: _walk(move(), len(trial.arguments) - 1)

    guesses = [Guess(mistake, at_step(move)) for mistake, move in wrong_moves(reference)]
    groups = [Group([trial(steps) for steps in range(1, 6)], guesses)]
    return examine(name, repr(reference), walked, groups)


def stepper(reference: Optimizer[Any], turn: float = 1.0, keep: bool = True) -> Move:
    """Return the optimiser as a move that remembers; `turn` is a factor of the gradients."""
    state = None

    def move(w: Array, g: Array) -> Array:
        nonlocal state
        before = reference.init(w) if state is None or not keep else state
        moved, state = reference.update(w, turn * g, before)
        return moved

    return move


def _walk(move: Move, steps: int) -> Array:
    w = START.copy()
    for gradient in GRADIENTS[:steps]:
        w = move(w, gradient)
    return w


@dataclass
class _Averages:
    """Adam's family, with what its mistakes change; what is None is as it should be."""

    optimizer: Any
    m: Any = 0.0
    v: Any = 0.0
    t: int = 0
    first: int | None = 1  # the number of the first step in the correction; None: no correction
    power: int = 2  # of the gradient in the second moment
    root: bool = True
    inside: bool = False  # where epsilon stands
    coupled: bool = False  # whether the decay goes through the gradient

    def __call__(self, w: Array, g: Array) -> Array:
        o, decay = self.optimizer, getattr(self.optimizer, "weight_decay", 0.0)
        rate = _rate(o, self.t)
        if self.coupled:
            g, decay = g + decay * w, 0.0
        self.m = o.beta_1 * self.m + (1 - o.beta_1) * g
        self.v = o.beta_2 * self.v + (1 - o.beta_2) * np.abs(g) ** self.power
        number = self.t + (1 if self.first is None else self.first)
        corrected = self.first is not None
        m = self.m / (1 - o.beta_1**number) if corrected else self.m
        v = self.v / (1 - o.beta_2**number) if corrected else self.v
        self.t += 1
        if self.inside:
            scale = np.sqrt(v + o.epsilon)
        else:
            scale = (np.sqrt(v) if self.root else v) + o.epsilon
        return w - rate * decay * w - rate * m / scale


@dataclass
class _Velocity:
    """Gradient descent with momentum, with what its mistakes change."""

    optimizer: Any
    sign: float = 1.0
    damping: float = 1.0
    v: Any = 0.0
    t: int = 0

    def __call__(self, w: Array, g: Array) -> Array:
        o = self.optimizer
        self.v = self.sign * o.momentum * self.v - self.damping * _rate(o, self.t) * g
        self.t += 1
        return w + (o.momentum * self.v - _rate(o, self.t - 1) * g if o.nesterov else self.v)


@dataclass
class _Squares:
    """RMSprop without momentum, and Adagrad, with what their mistakes change."""

    optimizer: Any
    power: int = 2
    root: bool = True
    outside: bool = False  # where epsilon stands
    v: Any = None
    t: int = 0

    def __call__(self, w: Array, g: Array) -> Array:
        o, square = self.optimizer, np.abs(g) ** self.power
        if isinstance(o, lb.Adagrad):
            self.v = (o.initial_accumulator_value if self.v is None else self.v) + square
        else:
            self.v = o.rho * (0.0 if self.v is None else self.v) + (1 - o.rho) * square
        rate, self.t = _rate(o, self.t), self.t + 1
        if not self.root:
            return w - rate * g / (self.v + o.epsilon)
        return w - rate * g / (
            np.sqrt(self.v) + o.epsilon if self.outside else np.sqrt(self.v + o.epsilon)
        )


def _rate(optimizer: Any, step: int) -> float:
    rate = optimizer.learning_rate
    return float(rate(step) if callable(rate) else rate)


def wrong_moves(o: Any) -> Iterator[tuple[str, Callable[[], Move]]]:
    """Yield the mistakes, each with a function that begins its walk."""

    def changed(**parameters: Any) -> Callable[[], Move]:
        return lambda: stepper(replace(o, **parameters))

    rate = o.learning_rate
    yield "uphill", lambda: stepper(o, turn=-1.0)
    if callable(rate):
        yield "step-from-one", changed(learning_rate=lambda step: rate(step + 1))
        yield "rate-twice", changed(learning_rate=lambda step: rate(step) ** 2)
    else:
        yield "rate-twice", changed(learning_rate=rate**2)
        yield "rate-ignored", changed(learning_rate=1.0)
    if isinstance(o, lb.SGD):
        if o.momentum:
            yield "momentum-sign", lambda: _Velocity(o, sign=-1.0)
            yield "momentum-ignored", changed(momentum=0.0, nesterov=False)
            yield "dampened", lambda: _Velocity(o, damping=1 - o.momentum)
            yield "nesterov", changed(nesterov=not o.nesterov)
            yield "rate-twice", lambda: _scaled(o, rate)
    elif isinstance(o, lb.Adam | lb.AdamW):
        if isinstance(o, lb.AdamW):
            yield "coupled-decay", lambda: _Averages(o, coupled=True)
            yield "decay-ignored", changed(weight_decay=0.0)
        yield "no-bias-correction", lambda: _Averages(o, first=None)
        yield "correction-from-zero", lambda: _Averages(o, first=0)
        yield "correction-late", lambda: _Averages(o, first=2)
        yield "betas-exchanged", changed(beta_1=o.beta_2, beta_2=o.beta_1)
        yield "no-root", lambda: _Averages(o, root=False)
        yield "no-square", lambda: _Averages(o, power=1)
        yield "epsilon-place", lambda: _Averages(o, inside=True)
    else:
        yield "no-root", lambda: _Squares(o, root=False)
        yield "no-square", lambda: _Squares(o, power=1)
        yield "epsilon-place", lambda: _Squares(o, outside=True)
    yield "state-lost", lambda: stepper(o, keep=False)
    defaults = {f.name: f.default for f in fields(o) if f.name != "learning_rate"}
    yield "parameter-ignored", changed(**defaults)


def _scaled(o: Any, rate: Any) -> Move:
    """Return momentum whose velocity has the learning rate, and whose step has it once more."""
    inner = _Velocity(o)

    def move(w: Array, g: Array) -> Array:
        return w + (inner(w, g) - w) * (rate if not callable(rate) else rate(inner.t - 1))

    return move
