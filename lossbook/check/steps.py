"""Check what moves the weights, written by somebody: an optimiser, a schedule, a whole descent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

import lossbook as lb
from lossbook._arrays import Array
from lossbook.check._engine import Group, Guess, Trial, examine, named
from lossbook.check._report import Report
from lossbook.check.losses import reference_of
from lossbook.optimizers import Optimizer
from lossbook.schedules import Schedule

START = np.array([1.0, -2.0])
GRADIENTS = np.array([[0.5, -1.0], [0.25, 2.0], [-0.75, 0.5], [1.0, 0.1], [0.3, -0.6]])

Move = Callable[[Array, Array], Array]  # the weights and a gradient give the next weights


# --- optimisers -----------------------------------------------------------------------------------


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
        return Trial({"w": START.copy(), **gradients}, _walk(_stepper(reference), steps))

    def at_step(move: Callable[[], Move]) -> Callable[[Trial], Any]:
        return lambda trial: _walk(move(), len(trial.arguments) - 1)

    guesses = [Guess(mistake, at_step(move)) for mistake, move in _wrong_moves(reference)]
    groups = [Group([trial(steps) for steps in range(1, 6)], guesses)]
    return examine(name, repr(reference), walked, groups)


def _stepper(reference: Optimizer[Any], turn: float = 1.0, keep: bool = True) -> Move:
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


def _wrong_moves(o: Any) -> Iterator[tuple[str, Callable[[], Move]]]:
    """Yield the mistakes, each with a function that begins its walk."""

    def changed(**parameters: Any) -> Callable[[], Move]:
        return lambda: _stepper(replace(o, **parameters))

    rate = o.learning_rate
    yield "uphill", lambda: _stepper(o, turn=-1.0)
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
    yield "state-lost", lambda: _stepper(o, keep=False)
    defaults = {f.name: f.default for f in fields(o) if f.name != "learning_rate"}
    yield "parameter-ignored", changed(**defaults)


def _scaled(o: Any, rate: Any) -> Move:
    """Return momentum whose velocity has the learning rate, and whose step has it once more."""
    inner = _Velocity(o)

    def move(w: Array, g: Array) -> Array:
        return w + (inner(w, g) - w) * (rate if not callable(rate) else rate(inner.t - 1))

    return move


# --- schedules ------------------------------------------------------------------------------------


def schedule(function: Callable[..., Any], *, like: Schedule) -> Report:
    """Check a function that computes a learning-rate schedule.

    Parameters
    ----------
    function : callable
        ``function(step)`` returns the learning rate of a step, counted from 0.
    like : schedule
        What it should compute. ReduceLROnPlateau, which has a memory, cannot be checked so.

    Returns
    -------
    Report
        As for :func:`lossbook.check.loss`; the input is a step.

    Raises
    ------
    TypeError
        If `function` cannot be called or `like` is not such a schedule.

    Examples
    --------
    >>> import lossbook as lb
    >>> def halved(step):
    ...     return 0.1 * 0.5 ** ((step + 1) // 10)
    >>> lb.check.schedule(halved, like=lb.StepDecay(0.1, 0.5, 10)).mistake.key
    'boundary'
    """
    reference = reference_of(like, Schedule, "a schedule", "lb.StepDecay(0.1, 0.5, 10)")
    name = named(function)
    trials = [Trial({"step": step}, reference(step)) for step in _steps(reference)]
    return examine(name, repr(reference), function, [Group(trials, list(_late(reference)))])


def _steps(reference: Any) -> list[int]:
    """Return the first steps, the steps around what happens, and some after the end."""
    if isinstance(reference, lb.PiecewiseConstantDecay):
        events = [int(boundary) for boundary in reference.boundaries]
    elif isinstance(reference, lb.Warmup):
        inner = _steps(reference.then) if isinstance(reference.then, Schedule) else [0]
        events = [reference.steps, *(reference.steps + step for step in inner)]
    else:
        length = int(getattr(reference, "decay_steps", getattr(reference, "every", 10)))
        events = [length, 2 * length, length // 2, length // 4, 2 * length + length // 4]
    near = {event + shift for event in events for shift in (-1, 0, 1)}
    return sorted(step for step in {0, 1, 2, *near} if step >= 0)


def _late(reference: Any) -> Iterator[Guess]:
    def on(formula: Callable[[int], Any]) -> Callable[[Trial], Any]:
        return lambda trial: formula(trial.arguments["step"])

    constant = isinstance(reference, lb.PiecewiseConstantDecay | lb.StepDecay)
    stairs = constant or getattr(reference, "staircase", False)
    early, late = ("boundary", "boundary") if stairs else ("step-from-one", "step-late")
    yield Guess(early, on(lambda step: reference(step + 1)))
    yield Guess(late, on(lambda step: reference(step - 1) if step else None))
    if hasattr(reference, "staircase"):
        other = replace(reference, staircase=not reference.staircase)
        yield Guess("staircase", on(other))
    if isinstance(reference, lb.StepDecay):
        first, drop, every = reference.initial_learning_rate, reference.drop, reference.every
        yield Guess("drop-complement", on(lambda step: first * (1 - drop) ** (step // every)))
        yield Guess("staircase", on(lambda step: first * drop ** (step / every)))
    if isinstance(reference, lb.ExponentialDecay):
        first, part = reference.initial_learning_rate, reference.decay_rate
        length = reference.decay_steps
        yield Guess("natural-exponent", on(lambda step: first * np.exp(-part * step / length)))
        yield Guess("natural-exponent", on(lambda step: first * np.exp(-part * step)))
    if isinstance(reference, lb.CosineDecay):
        first, alpha = reference.initial_learning_rate, reference.alpha

        def wave(angle: float) -> float:
            return float(first * ((1 - alpha) * (1 + np.cos(angle)) / 2 + alpha))

        length = reference.decay_steps
        yield Guess("runs-on", on(lambda step: wave(np.pi * step / length)))
        yield Guess("no-pi", on(lambda step: wave(min(step / length, 1.0))))
        yield Guess("no-pi", on(lambda step: wave(step / length)))
        yield Guess("parameter-ignored", on(replace(reference, alpha=0.0)))
    if isinstance(reference, lb.PolynomialDecay):
        first, last = reference.initial_learning_rate, reference.end_learning_rate
        length, power = reference.decay_steps, reference.power
        line = on(lambda step: (first - last) * (1 - step / length) ** power + last)
        yield Guess("runs-on", line)
        yield Guess("parameter-ignored", on(replace(reference, power=1.0)))
        yield Guess("parameter-ignored", on(replace(reference, end_learning_rate=0.0)))
    if isinstance(reference, lb.Warmup):
        yield Guess("runs-on", on(lambda step: reference(min(step, reference.steps))))
    initial = getattr(reference, "initial_learning_rate", None)
    if initial is not None:
        yield Guess("factor-only", on(lambda step: reference(step) / initial))


# --- descent --------------------------------------------------------------------------------------

BOWLS = [
    (np.array([[2.0]]), np.array([1.0]), np.array([3.0])),
    (np.array([[1.0, 0.5], [0.5, 2.0]]), np.array([1.0, -0.5]), np.array([-2.0, 3.0])),
]


def descent(function: Callable[..., Any], *, like: Optimizer[Any], steps: int = 20) -> Report:
    """Check a function that walks down a whole descent.

    Parameters
    ----------
    function : callable
        ``function(gradient, w0, learning_rate, steps)`` returns the weights after so many steps,
        of the shape of w0; ``gradient(w)`` is a function.
    like : optimizer
        Whose steps it takes; its learning rate, a number, is what the function gets.
    steps : int
        The largest number of steps tried; the first tries take fewer.

    Returns
    -------
    Report
        As for :func:`lossbook.check.loss`. The gradients are those of quadratic bowls.

    Raises
    ------
    TypeError
        If `function` cannot be called, or `like` is not an optimiser with a number as its rate.
    ValueError
        If `steps` is not at least 1.

    Examples
    --------
    >>> import lossbook as lb
    >>> def once(gradient, w0, learning_rate, steps):
    ...     return w0 - steps * learning_rate * gradient(w0)
    >>> lb.check.descent(once, like=lb.SGD(0.1)).mistake.key
    'stale-gradient'
    """
    reference = reference_of(like, Optimizer, "an optimiser", "lb.SGD(0.1)")
    rate = reference.learning_rate
    if callable(rate):
        raise TypeError(
            f"like: expected an optimiser whose learning rate is a number, received {reference!r}"
        )
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps: expected an integer of at least 1, received {steps!r}")
    name = named(function)

    def trial(bowl: int, count: int, whole: bool = False) -> Trial:
        hessian, bottom, start = BOWLS[bowl]

        def gradient(w: Any) -> Array:
            return hessian @ (np.asarray(w, dtype=float) - bottom)

        gradient.__name__ = f"{_matrix(hessian)} (w − {_matrix(bottom)})"
        w0 = start.astype(np.int64) if whole else start
        given = {"gradient": gradient, "w0": w0, "learning_rate": rate, "steps": count}
        return Trial(given, _path(_stepper(reference), gradient, start, count)[-1])

    counts = sorted({1, min(2, steps), min(5, steps), steps})
    plain = [trial(bowl, count) for bowl in (0, 1) for count in counts]
    groups = [
        Group(plain, list(_wrong_walks(reference))),
        Group([trial(1, steps, whole=True)], [], lambda *_: "integers"),
    ]
    return examine(name, repr(reference), function, groups)


def _matrix(array: Array) -> str:
    return str(array.tolist()).replace(".0", "")


def _path(move: Move, gradient: Callable[[Array], Array], start: Array, steps: int) -> list[Array]:
    path = [start.copy()]
    for _ in range(steps):
        path.append(move(path[-1], gradient(path[-1])))
    return path


def _wrong_walks(reference: Any) -> Iterator[Guess]:
    def on(walk: Callable[..., Any]) -> Callable[[Trial], Any]:
        def answer(trial: Trial) -> Any:
            given = trial.arguments
            return walk(given["gradient"], given["w0"].astype(float), given["steps"])

        return answer

    def ends(move: Callable[[], Move], more: int = 0) -> Callable[[Trial], Any]:
        return on(lambda gradient, w, steps: _path(move(), gradient, w, steps + more)[-1])

    def right() -> Move:
        return _stepper(reference)

    for mistake, move in _wrong_moves(reference):
        yield Guess(mistake, ends(move))
    yield Guess("one-step-more", ends(right, 1))
    yield Guess("one-step-less", ends(right, -1))
    yield Guess("path-returned", on(lambda gradient, w, steps: _path(right(), gradient, w, steps)))
    yield Guess(
        "path-returned", on(lambda gradient, w, steps: _path(right(), gradient, w, steps)[1:])
    )

    def stale(gradient: Any, w: Array, steps: int) -> Array:
        first = gradient(w)
        return _path(right(), lambda _: first, w, steps)[-1]

    def unit(gradient: Any, w: Array, steps: int) -> Array:
        def direction(at: Array) -> Array:
            return gradient(at) / np.linalg.norm(gradient(at))

        return _path(right(), direction, w, steps)[-1]

    def one_at_a_time(gradient: Any, w: Array, steps: int) -> Array:
        w, rate = w.copy(), reference.learning_rate
        for _ in range(steps):
            for i in range(len(w)):
                w[i] -= rate * gradient(w)[i]
        return w

    yield Guess("stale-gradient", on(stale))
    yield Guess("unit-steps", on(unit))
    if isinstance(reference, lb.SGD) and not reference.momentum:
        yield Guess("one-at-a-time", on(one_at_a_time))
