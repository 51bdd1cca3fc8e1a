"""Check a sigmoid, a softmax or one of their logarithms that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import lossbook as lb
from lossbook._contracts.dtypes import Array
from lossbook._contracts.examples import LOGIT_ROWS, LOGITS
from lossbook.check._engine import Group, Guess, Trial, examine, named, on
from lossbook.check._loss_guesses import BASES
from lossbook.check._report import Report


def activation(function: Callable[..., Any], *, like: Callable[..., Any]) -> Report:
    """Check a function that computes an activation.

    Parameters
    ----------
    function : callable
        ``function(z)`` returns what `like` does along the last axis; z has shape (n,) for the
        sigmoid, (n, K) for the others.
    like : ``lb.sigmoid``, ``lb.softmax``, ``lb.log_softmax`` or ``lb.log_sum_exp``
        What it should compute.

    Returns
    -------
    Report
        As for :func:`loss`.

    Raises
    ------
    TypeError
        If `function` cannot be called or `like` is none of the four.

    Examples
    --------
    >>> import lossbook as lb
    >>> import numpy as np
    >>> def softmax(z):
    ...     return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    >>> lb.check.activation(softmax, like=lb.softmax).mistake.key
    'overflow'
    """
    known = (lb.sigmoid, lb.softmax, lb.log_softmax, lb.log_sum_exp)
    if like not in known:
        names = ", ".join(f"lb.{one.__name__}" for one in known)
        raise TypeError(f"like: expected one of {names}, received {like!r}")
    name = named(function)
    elementwise = like is lb.sigmoid
    plain = LOGITS.usual if elementwise else LOGIT_ROWS.usual[2:]
    huge: list[Any] = [[1000.0, 0.0], [-1000.0, 3.0]]
    large = [np.array(z) for z in (huge if elementwise else [[z] for z in huge])]
    groups = [
        Group([_applied(like, np.array(z)) for z in plain], _activation_guesses(like)),
        Group([_applied(like, z) for z in large], otherwise=lambda *_: "overflow"),
    ]
    return examine(name, like.__name__, function, groups)


def _applied(like: Callable[..., Any], z: Array) -> Trial:
    def without(index: int) -> Trial:
        return _applied(like, np.delete(z, index, axis=0))

    return Trial({"z": z}, like(z), without=without, samples=len(z))


def _in_base(like: Callable[..., Any], base: float, z: Array) -> Array:
    return like(z) / base


def _activation_guesses(like: Callable[..., Any]) -> Iterator[Guess]:
    if like is lb.sigmoid:
        yield Guess("logit-sign", on(lambda z: lb.sigmoid(-z)))
        yield Guess("not-normalised", on(np.exp))
        return

    def whole(z: Array) -> Any:
        flat = like(z.reshape(1, -1))
        return flat.reshape(z.shape) if flat.size == z.size else flat[0]

    yield Guess("softmax-axis", on(lambda z: like(z, axis=0)))
    yield Guess("softmax-axis", on(whole))
    yield Guess("sign", on(lambda z: -like(z)))
    if like is lb.softmax:
        yield Guess("not-normalised", on(np.exp))
        yield Guess("not-normalised", on(lambda z: np.exp(z - z.max(axis=1, keepdims=True))))
    else:
        yield Guess("no-log", on(lambda z: np.exp(like(z))))
        for mistake, base in BASES.items():
            yield Guess(mistake, on(partial(_in_base, like, base)))
    if like is lb.log_sum_exp:
        yield Guess("shift-not-returned", on(lambda z: like(z) - z.max(axis=1)))
