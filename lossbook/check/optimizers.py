"""Check the steps of an optimiser that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lossbook._contracts.dtypes import Array
from lossbook.check._engine import Group, Guess, Trial, examine, named, reference_of
from lossbook.check._report import Report
from lossbook.check._variants import altered, changed, defaults_of
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


# --- what goes wrong: the optimiser itself, with one thing changed --------------------------------


def wrong_moves(o: Any) -> Iterator[tuple[str, Callable[[], Move]]]:
    """Yield the mistakes, each with a function that begins its walk."""
    yield "uphill", lambda: stepper(o, turn=-1.0)
    yield from _wrong_rates(o)
    if hasattr(o, "nesterov") and o.momentum:
        yield from _wrong_momenta(o)
    if hasattr(o, "weight_decay"):
        yield "coupled-decay", lambda: _coupled(o)
        yield "decay-ignored", _with(o, weight_decay=0.0)
    if hasattr(o, "_scaled"):
        yield from _wrong_averages(o)
    elif hasattr(o, "_root"):
        yield "no-root", _but(o, _root=lambda self, square: square + self.epsilon)
        yield "epsilon-place", _but(o, _root=lambda self, square: np.sqrt(square) + self.epsilon)
    yield "no-square", _but(o, _square=lambda self, g: np.abs(g))
    yield "state-lost", lambda: stepper(o, keep=False)
    defaults = defaults_of(o)
    defaults.pop("learning_rate", None)  # that has names of its own
    yield "parameter-ignored", _with(o, **defaults)


def _with(o: Any, **parameters: Any) -> Callable[[], Move]:
    return lambda: stepper(changed(o, **parameters))


def _but(o: Any, **methods: Callable[..., Any]) -> Callable[[], Move]:
    return lambda: stepper(altered(o, **methods))


def _wrong_rates(o: Any) -> Iterator[tuple[str, Callable[[], Move]]]:
    rate = getattr(o, "learning_rate", None)
    if callable(rate):
        yield "step-from-one", _with(o, learning_rate=lambda step: rate(step + 1))
        yield "rate-twice", _with(o, learning_rate=lambda step: rate(step) ** 2)
    elif rate is not None:
        yield "rate-twice", _with(o, learning_rate=rate**2)
        yield "rate-ignored", _with(o, learning_rate=1.0)


def _wrong_momenta(o: Any) -> Iterator[tuple[str, Callable[[], Move]]]:
    def braking(self: Any, w: Array, g: Array, state: Any, rate: float) -> Any:
        return type(o)._step(self, w, g, state._replace(velocity=-state.velocity), rate)

    def rate_again(self: Any, w: Array, g: Array, state: Any, rate: float) -> Any:
        moved, state = type(o)._step(self, w, g, state, rate)
        return w + rate * (moved - w), state

    yield "momentum-sign", _but(o, _step=braking)
    yield "momentum-ignored", _with(o, momentum=0.0, nesterov=False)
    yield "dampened", lambda: stepper(o, turn=1 - o.momentum)
    yield "nesterov", _with(o, nesterov=not o.nesterov)
    yield "rate-twice", _but(o, _step=rate_again)


def _coupled(o: Any) -> Move:
    """Return the steps without decay, down gradients that have it as a penalty."""
    inner = stepper(changed(o, weight_decay=0.0))
    return lambda w, g: inner(w, g + o.weight_decay * w)


def _wrong_averages(o: Any) -> Iterator[tuple[str, Callable[[], Move]]]:
    scaled = type(o)._scaled

    def freed(self: Any, m: Array, v: Array, t: int) -> tuple[Array, Array]:
        """Return the two averages without their bias, as the article first writes them."""
        return m / (1 - self.beta_1**t), v / (1 - self.beta_2**t)

    def biased(self: Any, m: Array, v: Array, t: int, rate: float) -> Array:
        return rate * m / self._root(v)

    def early(self: Any, m: Array, v: Array, t: int, rate: float) -> Array:
        return scaled(self, m, v, np.float64(t - 1), rate)  # of NumPy: 0 / 0 is no error

    def late(self: Any, m: Array, v: Array, t: int, rate: float) -> Array:
        return scaled(self, m, v, t + 1, rate)

    def rootless(self: Any, m: Array, v: Array, t: int, rate: float) -> Array:
        m, v = freed(self, m, v, t)
        return rate * m / (v + self.epsilon)

    def inside(self: Any, m: Array, v: Array, t: int, rate: float) -> Array:
        m, v = freed(self, m, v, t)
        return rate * m / np.sqrt(v + self.epsilon)

    yield "no-bias-correction", _but(o, _scaled=biased)
    yield "correction-from-zero", _but(o, _scaled=early)
    yield "correction-late", _but(o, _scaled=late)
    yield "betas-exchanged", _with(o, beta_1=o.beta_2, beta_2=o.beta_1)
    yield "no-root", _but(o, _scaled=rootless)
    yield "epsilon-place", _but(o, _scaled=inside)
