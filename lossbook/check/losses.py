"""Check a loss or its gradient that somebody wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from lossbook._contracts.dtypes import Array
from lossbook.check import _inputs as inputs, penalties
from lossbook.check._engine import (
    Group,
    Guess,
    Outcome,
    Trial,
    attempt,
    examine,
    named,
    reference_of,
)
from lossbook.check._loss_guesses import of_gradient, of_other_losses, of_value
from lossbook.check._report import Report
from lossbook.losses.base import Loss
from lossbook.penalties import Penalty


def loss(function: Callable[..., Any], *, like: Loss) -> Report:
    """Check a function that computes a loss.

    Parameters
    ----------
    function : callable
        ``function(y_true, y_pred)`` returns one number. It gets NumPy arrays: of shape (n,), or,
        for a loss of rows, (n, K), with class indices of shape (n,) for the sparse one.
    like : loss
        The loss that it should compute, with its parameters; its mean over the samples. A loss of
        your own is tried on numbers that its `targets` and `predictions` declare.

    Returns
    -------
    Report
        Whether it passed; else the smallest input found to fail, and the mistake, if it is a
        known one. Answers right to five digits pass, so float32 does.

    Raises
    ------
    TypeError
        If `function` cannot be called or `like` is not a loss.
    ValueError
        If the loss has no finite value for what it declares.

    Examples
    --------
    >>> import lossbook as lb
    >>> def squared_error(y_true, y_pred):
    ...     return ((y_true - y_pred) ** 2).sum()
    >>> report = lb.check.loss(squared_error, like=lb.MeanSquaredError())
    >>> report.passed, report.mistake.key
    (False, 'forgot-mean')
    """
    reference = reference_of(like, Loss, "a loss", "lb.MeanSquaredError()")
    name = named(function)
    usual = _usual(reference, reference, "like")
    guesses = chain(of_value(reference), _swapped(function, usual), of_other_losses(reference))
    certain = _trials(inputs.pairs(reference, "certain"), reference)
    special = Group(certain, otherwise=_after_certainty)
    groups = _groups(reference, reference, Group(usual, guesses), special)
    return examine(name, repr(reference), function, groups)


def gradient(
    function: Callable[..., Any], *, of: Loss | Penalty, bias: int | None = None
) -> Report:
    """Check a function that computes the gradient of a loss or of a penalty.

    Parameters
    ----------
    function : callable
        ``function(y_true, y_pred)`` returns the derivative of the mean loss with respect to
        `y_pred`, an array of its shape; for a penalty, ``function(w)`` that with respect to w.
    of : loss or penalty
        Whose gradient.
    bias : int, optional
        For a penalty: the entry of w that is not to be penalised.

    Returns
    -------
    Report
        As for :func:`loss`. Where the slope jumps, any slope between the two sides passes.

    Raises
    ------
    TypeError
        If `function` cannot be called, or `of` is neither a loss nor a penalty.
    ValueError
        If the loss has no finite value for what it declares, or `bias` is no entry of w.

    Examples
    --------
    >>> import lossbook as lb
    >>> def slope(y_true, y_pred):
    ...     return y_true - y_pred
    >>> lb.check.gradient(slope, of=lb.MeanSquaredError()).passed
    False
    """
    if isinstance(of, Penalty) or (isinstance(of, type) and issubclass(of, Penalty)):
        return penalties.gradient(function, of=of, bias=bias)
    if bias is not None:
        raise TypeError("bias: expected with a penalty only, received with a loss")
    reference = reference_of(of, Loss, "a loss or a penalty", "lb.MeanSquaredError()", "of")
    name = named(function)
    slope = reference.gradient
    usual = _usual(reference, slope, "of")
    guesses = chain(
        of_gradient(reference), _swapped(function, usual), of_other_losses(reference, gradient=True)
    )
    ties = _trials(inputs.pairs(reference, "ties"), slope, _tie)
    special = Group(ties, otherwise=lambda *_: "tie")
    groups = _groups(reference, slope, Group(usual, guesses), special)
    return examine(name, f"the gradient of {reference!r}", function, groups)


# --- trials ---------------------------------------------------------------------------------------

Answer = Callable[[Any, Any], Any]


def _trial(y: Array, p: Array, answer: Answer) -> Trial:
    def without(index: int) -> Trial:
        return _trial(np.delete(y, index, axis=0), np.delete(p, index, axis=0), answer)

    return Trial({"y_true": y, "y_pred": p}, answer(y, p), without=without, samples=len(p))


def _trials(
    pairs: list[inputs.Pair], answer: Answer, make: Callable[..., Trial] = _trial
) -> list[Trial]:
    """Return a trial for each pair that has a finite answer.

    Where the loss is endless, a right function may well keep its probabilities off 0 and 1.
    """
    trials = []
    for y, p in pairs:
        with contextlib.suppress(ValueError):  # the formula has no number for them
            trial = make(y, p, answer)
            if np.isfinite(trial.expected).all():
                trials.append(trial)
    return trials


def _usual(reference: Loss, answer: Answer, argument: str) -> list[Trial]:
    """Return the trials of everyday size; a loss has to have some, or nothing would be checked."""
    trials = _trials(inputs.pairs(reference, "usual"), answer)
    if not trials:
        raise ValueError(
            f"{argument}: expected a loss with finite values for what its `targets` and "
            f"`predictions` are declared to hold, {reference.targets.expected} and "
            f"{reference.predictions.expected}; received {reference!r}, which has none"
        )
    return trials


def _tie(y: Array, p: Array, slope: Answer) -> Trial:
    """Return a trial at a tie: every slope between those of the two sides is right."""
    near = [slope(y, p + shift) for shift in (-1e-9, 1e-9)]

    def accept(value: Array) -> bool:
        low, high = near[0] - 1e-6, near[1] + 1e-6
        return bool(value.shape == p.shape and ((low <= value) & (value <= high)).all())

    return Trial({"y_true": y, "y_pred": p}, slope(y, p), accept)


def _groups(reference: Loss, answer: Answer, usual: Group, special: Group) -> Iterator[Group]:
    """Yield what a function is tried on; `special` is what only a value has, or only a slope."""
    yield usual
    yield Group(_trials(inputs.whole(reference), answer), otherwise=lambda *_: "integers")
    yield special
    far = _after_large_logit if reference.predictions.chances else lambda *_: None
    yield Group(_trials(inputs.pairs(reference, "large"), answer), otherwise=far)
    yield Group(_trials(inputs.pairs(reference, "edges"), answer))
    small = _trials(inputs.pictures(reference), answer)
    yield Group(small, otherwise=_after_pictures, remark=True)


# --- what a failure means where no guess names it -------------------------------------------------


def _swapped(function: Callable[..., Any], trials: list[Trial]) -> Iterator[Guess]:
    """Yield that the arguments are exchanged, where with them exchanged the function is right."""

    def exchanged(y_true: Any, y_pred: Any) -> Any:
        return function(y_pred, y_true)

    if all(attempt(exchanged, trial).passes(trial) for trial in trials):
        # Its answers in the usual order are then the mistake's, whatever they are.
        yield Guess("swapped", lambda trial: attempt(function, trial).value)


def _after_large_logit(trial: Trial, outcome: Outcome) -> str | None:
    if outcome.value is None:
        number = ("ValueError", "ZeroDivisionError", "OverflowError", "FloatingPointError")
        return "overflow" if any(kind in outcome.problem for kind in number) else None
    finite = np.isfinite(outcome.value).all()
    return "clipped" if finite and outcome.value.shape == np.shape(trial.expected) else "overflow"


def _after_pictures(trial: Trial, outcome: Outcome) -> str | None:
    return "uint8" if outcome.value is not None else None


def _after_certainty(trial: Trial, outcome: Outcome) -> str | None:
    if outcome.value is None:
        return "log-zero" if "math domain" in outcome.problem else None
    return None if np.isfinite(outcome.value).all() else "log-zero"
