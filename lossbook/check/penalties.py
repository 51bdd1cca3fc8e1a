"""Check a penalty on the weights, or its gradient, that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

import lossbook as lb
from lossbook._contracts.dtypes import Array
from lossbook._contracts.parameters import check_count
from lossbook.check._engine import Group, Guess, Trial, examine, named, reference_of
from lossbook.check._report import Report
from lossbook.check._variants import changed, parameters_of
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
        If `function` cannot be called, `like` is not a penalty or `bias` not an integer.
    ValueError
        If there is a w without such an entry.

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
    guesses = [*_guesses(reference, bias, _value), *_value_guesses(reference, bias)]
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
    check_count("bias", bias, or_none=True)
    if bias is not None and not -shortest <= bias < shortest:
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
    reference: Penalty, bias: int | None, of: Callable[[Penalty, int | None, Array], Any]
) -> Iterator[Guess]:
    """Yield what goes wrong in the value and in the gradient."""

    def on(other: Penalty, skipped: int | None = bias) -> Callable[[Trial], Any]:
        return lambda trial: of(other, skipped, trial.arguments["w"])

    def times(factor: Callable[[int], float]) -> Callable[[Trial], Any]:
        return lambda trial: np.asarray(trial.expected) * factor(len(trial.arguments["w"]))

    if bias is not None:
        yield Guess("bias-penalised", on(reference, None))
    yield Guess("sign", times(lambda k: -1.0))
    yield Guess("twice", times(lambda k: 2.0))
    yield Guess("half", times(lambda k: 0.5))
    yield Guess("penalty-mean", times(lambda k: 1 / k))
    parameters = parameters_of(reference)
    strengths = {name: value for name, value in parameters.items() if isinstance(value, Real)}
    if strengths:
        yield Guess("strength-ignored", on(changed(reference, **dict.fromkeys(strengths, 1.0))))
        squared = {name: float(strength) ** 2 for name, strength in strengths.items()}
        yield Guess("strength-twice", on(changed(reference, **squared)))
        for kind in (lb.L1, lb.L2):
            yield Guess("another-penalty", on(kind(sum(map(float, strengths.values())))))


def _value_guesses(reference: Penalty, bias: int | None) -> Iterator[Guess]:
    """Yield what goes wrong in the value alone."""
    if (strength := parameters_of(reference).get("strength")) is not None:
        # From half a square times the strength follows the length; from L1 nothing does.
        yield Guess("norm", lambda trial: np.sqrt(2 * strength * trial.expected))
        yield Guess("norm", lambda trial: np.sqrt(strength * trial.expected / 2))

    def of_signs(trial: Trial) -> float:
        """Return the penalty of the positive weights less that of the negative ones."""
        w = trial.arguments["w"]
        up, down = np.maximum(w, 0), np.maximum(-w, 0)
        return _value(reference, bias, up) - _value(reference, bias, down)

    yield Guess("no-absolute", of_signs)
