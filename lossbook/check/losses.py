"""Check a loss or its gradient that somebody wrote."""

from __future__ import annotations

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
        The loss that it should compute, with its parameters; its mean over the samples.

    Returns
    -------
    Report
        Whether it passed; else the smallest input found to fail, and the mistake, if it is a
        known one. Answers right to five digits pass, so float32 does.

    Raises
    ------
    TypeError
        If `function` cannot be called or `like` is not a loss.

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
    return examine(name, repr(reference), function, _loss_groups(function, reference))


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
    groups = _gradient_groups(function, reference)
    return examine(name, f"the gradient of {reference!r}", function, groups)


# --- trials ---------------------------------------------------------------------------------------


def _trials(pairs: list[inputs.Pair], answer: Callable[[Any, Any], Any]) -> list[Trial]:
    return [_trial(y, p, answer) for y, p in pairs]


def _trial(y: Array, p: Array, answer: Callable[[Any, Any], Any]) -> Trial:
    def without(index: int) -> Trial:
        return _trial(np.delete(y, index, axis=0), np.delete(p, index, axis=0), answer)

    return Trial({"y_true": y, "y_pred": p}, answer(y, p), without=without, samples=len(p))


def _swapped(function: Callable[..., Any], trials: list[Trial]) -> Iterator[Guess]:
    """Yield that the arguments are exchanged, where with them exchanged the function is right."""

    def exchanged(y_true: Any, y_pred: Any) -> Any:
        return function(y_pred, y_true)

    if all(attempt(exchanged, trial).passes(trial) for trial in trials):
        # Its answers in the usual order are then the mistake's, whatever they are.
        yield Guess("swapped", lambda trial: attempt(function, trial).value)


def _after_failure(trial: Trial, outcome: Outcome) -> str | None:
    if outcome.value is None:
        number = ("ValueError", "ZeroDivisionError", "OverflowError", "FloatingPointError")
        return "overflow" if any(kind in outcome.problem for kind in number) else None
    finite = np.isfinite(outcome.value).all()
    return "clipped" if finite and outcome.value.shape == np.shape(trial.expected) else "overflow"


def _after_certainty(trial: Trial, outcome: Outcome) -> str | None:
    problem = outcome.value is None and ("math domain" in outcome.problem)
    broken = outcome.value is not None and not np.isfinite(outcome.value).all()
    return "log-zero" if problem or broken else None


def _loss_groups(function: Callable[..., Any], reference: Loss) -> Iterator[Group]:
    plain = _trials(inputs.plain(reference), reference)
    swapped, others = _swapped(function, plain), of_other_losses(reference)
    yield Group(plain, chain(of_value(reference), swapped, others))
    yield Group(_trials(inputs.whole(reference), reference), otherwise=lambda *_: "integers")
    yield Group(_trials(inputs.certain(reference), reference), otherwise=_after_certainty)
    yield Group(_trials(inputs.large(reference), reference), otherwise=_after_failure)
    small = _trials(inputs.small_unsigned(reference), reference)
    yield Group(small, otherwise=lambda *_: "uint8", remark=True)


def _gradient_groups(function: Callable[..., Any], reference: Loss) -> Iterator[Group]:
    slope = reference.gradient
    plain = _trials(inputs.plain(reference), slope)
    swapped, others = _swapped(function, plain), of_other_losses(reference, gradient=True)
    yield Group(plain, chain(of_gradient(reference), swapped, others))
    yield Group(_trials(inputs.whole(reference), slope), otherwise=lambda *_: "integers")
    level = [_level(reference, y, p) for y, p in inputs.ties(reference)]
    yield Group(level, otherwise=lambda trial, outcome: "tie")
    yield Group(_trials(inputs.large(reference), slope), otherwise=_after_failure)
    small = _trials(inputs.small_unsigned(reference), slope)
    yield Group(small, otherwise=lambda *_: "uint8", remark=True)


def _level(reference: Loss, y: Array, p: Array) -> Trial:
    """Return a trial at a tie: every slope between those of the two sides is right."""
    near = [reference.gradient(y, p + shift) for shift in (-1e-9, 1e-9)]

    def accept(value: Array) -> bool:
        low, high = near[0] - 1e-6, near[1] + 1e-6
        return bool(value.shape == p.shape and ((low <= value) & (value <= high)).all())

    return Trial({"y_true": y, "y_pred": p}, reference.gradient(y, p), accept)
