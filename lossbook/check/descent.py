"""Check a whole descent that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lossbook._contracts.dtypes import Array
from lossbook._contracts.parameters import check_count
from lossbook.check._engine import Group, Guess, Trial, examine, named, reference_of
from lossbook.check._report import Report
from lossbook.check.optimizers import Move, stepper, wrong_moves
from lossbook.training.optimizers import Optimizer

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
        If `function` cannot be called, `like` is not an optimiser with a number as its rate, or
        `steps` is not an integer.
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
    check_count("steps", steps, at_least=1)
    name = named(function)

    def trial(bowl: int, count: int, whole: bool = False) -> Trial:
        hessian, bottom, start = BOWLS[bowl]

        def gradient(w: Any) -> Array:
            return hessian @ (np.asarray(w, dtype=float) - bottom)

        gradient.__name__ = f"{_matrix(hessian)} (w − {_matrix(bottom)})"
        w0 = start.astype(np.int64) if whole else start
        given = {"gradient": gradient, "w0": w0, "learning_rate": rate, "steps": count}
        return Trial(given, _path(stepper(reference), gradient, start, count)[-1])

    counts = sorted({1, min(2, steps), min(5, steps), steps})
    plain = [trial(bowl, count) for bowl in (0, 1) for count in counts]
    groups = [
        Group(plain, _wrong_walks(reference)),
        Group([trial(1, steps, whole=True)], otherwise=lambda *_: "integers"),
    ]
    return examine(name, repr(reference), function, groups)


def _matrix(array: Array) -> str:
    return str(array.tolist()).replace(".0", "")


def _path(move: Move, gradient: Callable[[Array], Array], start: Array, steps: int) -> list[Array]:
    path = [start.copy()]
    for _ in range(steps):
        path.append(move(path[-1], gradient(path[-1])))
    return path


def _wrong_walks(reference: Optimizer[Any]) -> Iterator[Guess]:
    def on(walk: Callable[..., Any]) -> Callable[[Trial], Any]:
        def answer(trial: Trial) -> Any:
            given = trial.arguments
            return walk(given["gradient"], given["w0"].astype(float), given["steps"])

        return answer

    def ends(move: Callable[[], Move], more: int = 0) -> Callable[[Trial], Any]:
        return on(lambda gradient, w, steps: _path(move(), gradient, w, steps + more)[-1])

    def right() -> Move:
        return stepper(reference)

    def whole(gradient: Any, w: Array, steps: int) -> list[Array]:
        return _path(right(), gradient, w, steps)

    def stale(gradient: Any, w: Array, steps: int) -> Array:
        first = gradient(w)
        return _path(right(), lambda _: first, w, steps)[-1]

    def unit(gradient: Any, w: Array, steps: int) -> Array:
        def direction(at: Array) -> Array:
            return gradient(at) / np.linalg.norm(gradient(at))

        return _path(right(), direction, w, steps)[-1]

    def one_at_a_time(gradient: Any, w: Array, steps: int) -> Array:
        w, move = w.copy(), right()
        for _ in range(steps):
            for i in range(len(w)):
                w[i] = move(w, gradient(w))[i]
        return w

    for mistake, move in wrong_moves(reference):
        yield Guess(mistake, ends(move))
    yield Guess("one-step-more", ends(right, 1))
    yield Guess("one-step-less", ends(right, -1))
    yield Guess("path-returned", on(whole))
    yield Guess("path-returned", on(lambda gradient, w, steps: whole(gradient, w, steps)[1:]))
    yield Guess("stale-gradient", on(stale))
    yield Guess("unit-steps", on(unit))
    yield Guess("one-at-a-time", on(one_at_a_time))
