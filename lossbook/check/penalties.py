"""Check a penalty on the weights, or its gradient, that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np

import lossbook as lb
from lossbook._contracts.dtypes import Array
from lossbook.check._engine import Group, Guess, Trial, examine, named, reference_of
from lossbook.check._report import Report
from lossbook.penalties import Penalty

# A single weight, then weights of either sign; none is 0, where L1 has a kink, nor of size 1.
WEIGHTS = [[2.0, 0.5], [3.0, -2.0], [-0.5, 4.0, 1.5], [1.5, -3.0, 0.25, 2.0]]


def penalty(function: Callable[..., Any], *, like: Penalty, bias: int | None = None) -> Report:
    """Check a function that computes a penalty.

    Parameters
    ----------
    function : callable
        ``function(w)`` returns one number; w has shape (k,).
    like : penalty
        What it should compute, with its strength.
    bias : int, optional
        The entry of w that is a bias and not to be penalised; -1 is the last.

    Returns
    -------
    Report
        As for :func:`lossbook.check.loss`.

    Raises
    ------
    TypeError
        If `function` cannot be called or `like` is not a penalty.

    Examples
    --------
    >>> import lossbook as lb
    >>> def ridge(w):
    ...     return 0.1 * (w**2).sum()
    >>> lb.check.penalty(ridge, like=lb.L2(0.1)).mistake.key
    'twice'
    """
    reference = reference_of(like, Penalty, "a penalty", "lb.L2(0.1)")
    value = partial(_value, reference, bias)
    guesses = [*_guesses(reference, bias, _value), *_value_guesses(reference)]
    return _examined(function, bias, repr(reference), value, guesses)


def gradient(function: Callable[..., Any], *, of: Penalty, bias: int | None) -> Report:
    """Check the gradient of a penalty; see :func:`lossbook.check.gradient`."""
    reference = reference_of(of, Penalty, "a loss or a penalty", "lb.L2(0.1)", "of")
    slope = partial(_slope, reference, bias)
    guesses = [
        *_guesses(reference, bias, _slope),
        Guess("value-for-gradient", lambda trial: reference(trial.arguments["w"])),
        Guess("one-number", lambda trial: np.sum(trial.expected)),
    ]
    return _examined(function, bias, f"the gradient of {reference!r}", slope, guesses)


def _examined(
    function: Callable[..., Any],
    bias: int | None,
    against: str,
    answer: Callable[[Array], Any],
    guesses: list[Guess],
) -> Report:
    name = named(function)
    shortest = min(map(len, WEIGHTS))
    if bias is not None and not (isinstance(bias, int) and -shortest <= bias < shortest):
        raise ValueError(
            f"bias: expected an index into every w tried, the shortest of {shortest} entries, "
            f"received {bias!r}"
        )
    plain = [_trial(np.array(w), answer) for w in WEIGHTS]
    whole = [_trial(np.array(w), answer) for w in ([3, -2], [5, 2, -4])]
    return examine(
        name,
        against,
        function,
        [Group(plain, guesses), Group(whole, otherwise=lambda *_: "integers")],
    )


def _trial(w: Array, answer: Callable[[Array], Any]) -> Trial:
    return Trial({"w": w}, answer(w))


def _value(reference: Penalty, bias: int | None, w: Array) -> float:
    return reference(w if bias is None else np.delete(w, bias))


def _slope(reference: Penalty, bias: int | None, w: Array) -> Array:
    slope = reference.gradient(w)
    if bias is not None:
        slope[bias] = 0.0
    return slope


def _guesses(
    reference: Any, bias: int | None, of: Callable[[Penalty, int | None, Array], Any]
) -> Iterator[Guess]:
    """Yield what goes wrong in the value and in the gradient."""

    def on(other: Penalty, skipped: int | None = bias) -> Callable[[Trial], Any]:
        return lambda trial: of(other, skipped, trial.arguments["w"])

    def times(factor: Callable[[int], float]) -> Callable[[Trial], Any]:
        return lambda trial: np.asarray(trial.expected) * factor(len(trial.arguments["w"]))

    if bias is not None:
        yield Guess("bias-penalised", on(reference, None))
    strengths = [field.name for field in fields(reference)]
    yield Guess("sign", times(lambda k: -1.0))
    yield Guess("twice", times(lambda k: 2.0))
    yield Guess("half", times(lambda k: 0.5))
    yield Guess("penalty-mean", times(lambda k: 1 / k))
    yield Guess("strength-ignored", on(replace(reference, **dict.fromkeys(strengths, 1.0))))
    squared = {name: getattr(reference, name) ** 2 for name in strengths}
    yield Guess("strength-twice", on(replace(reference, **squared)))
    total = sum(getattr(reference, name) for name in strengths)
    for kind in (lb.L1, lb.L2):
        if not isinstance(reference, kind):
            yield Guess("another-penalty", on(kind(total)))


def _length_times(factor: float) -> Callable[[Trial], Any]:
    return lambda trial: factor * np.linalg.norm(trial.arguments["w"])


def _value_guesses(reference: Penalty) -> Iterator[Guess]:
    if isinstance(reference, lb.L2):
        s = reference.strength
        for factor in (s, s / 2):
            yield Guess("norm", _length_times(factor))
    if isinstance(reference, lb.L1):
        yield Guess("no-absolute", lambda trial: reference.strength * np.sum(trial.arguments["w"]))
