"""What the common mistakes in a loss or its gradient would return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import lossbook as lb
from lossbook._contracts.dtypes import Array
from lossbook.check import _inputs as inputs
from lossbook.check._engine import Guess, Trial
from lossbook.losses.base import ElementwiseLoss, Loss

CROSSENTROPIES = (lb.CategoricalCrossentropy, lb.SparseCategoricalCrossentropy)
LN2, LN10 = np.log(2.0), np.log(10.0)


def pair(trial: Trial) -> inputs.Pair:
    return trial.arguments["y_true"], trial.arguments["y_pred"]


def _on(formula: Callable[[Any, Any], Any]) -> Callable[[Trial], Any]:
    """Return a guess's answer that depends on targets and predictions alone."""
    return lambda trial: formula(*pair(trial))


def _times(factor: Callable[[Any], float]) -> Callable[[Trial], Any]:
    """Return a guess's answer that is the right one times a factor of the predictions."""
    return lambda trial: np.asarray(trial.expected) * factor(trial.arguments["y_pred"])


def _constant(factor: float) -> Callable[[Any], float]:
    return lambda p: factor


def of_value(reference: Loss) -> Iterator[Guess]:
    """Yield what goes wrong in the value of any loss, then in some."""
    yield from _formula_guesses(reference, lambda loss: loss)
    yield Guess("no-reduction", _on(partial(reference, reduction="none")))
    yield Guess("forgot-mean", _times(len))
    yield from _factors(reference)
    yield Guess("n-minus-one", _times(lambda p: np.float64(len(p)) / (len(p) - 1)))
    yield Guess("first-only", _on(lambda y, p: reference(y[:1], p[:1])))
    yield Guess("first-only", _on(lambda y, p: reference(y[:1], p[:1]) / len(p)))
    yield Guess("last-only", _on(lambda y, p: reference(y[-1:], p[-1:])))
    yield Guess("last-only", _on(lambda y, p: reference(y[-1:], p[-1:]) / len(p)))
    yield Guess("root", lambda trial: np.sqrt(trial.expected))
    if isinstance(reference, ElementwiseLoss):
        yield Guess("all-pairs", _on(lambda y, p: reference(*_all_pairs(y, p))))
        if isinstance(reference, inputs.REGRESSION):
            yield Guess("cancels", _on(lambda y, p: np.mean(y - p)))
            yield Guess("cancels", _on(lambda y, p: np.mean(p - y)))
    if isinstance(reference, lb.Huber):
        d = reference.delta
        pieces = (lambda r: r**2 / 2, lambda r: d * (r - d / 2))
        yield Guess("huber-offset", _on(_pieces(d, pieces[0], lambda r: d * r)))
        yield Guess("huber-pieces", _on(_pieces(d, pieces[1], pieces[0])))
    if isinstance(reference, lb.MeanSquaredLogarithmicError):
        yield Guess("no-log1p", _on(lambda y, p: np.mean((np.log(y) - np.log(p)) ** 2)))
    if inputs.is_hinge(reference):
        power = 2 if isinstance(reference, lb.SquaredHinge) else 1
        margin = {
            "hinge-floor": lambda y, p: np.mean((1 - y * p) ** power),
            "hinge-margin": lambda y, p: np.mean(np.maximum(0, -y * p) ** power),
            "hinge-labels": lambda y, p: np.mean(np.maximum(0, 1 - (y > 0) * p) ** power),
        }
        for mistake, formula in margin.items():
            yield Guess(mistake, _on(formula))


def _pieces(
    delta: float, inside: Callable[[Array], Array], outside: Callable[[Array], Array]
) -> Callable[[Any, Any], Any]:
    def value(y: Array, p: Array) -> float:
        r = np.abs(p - y)
        return float(np.mean(np.where(r <= delta, inside(r), outside(r))))

    return value


def _all_pairs(y: Array, p: Array) -> inputs.Pair:
    """Return each target with every prediction; for fewer than two there is nothing to see."""
    if len(p) < 2:
        raise ValueError("there is one pair")
    return np.repeat(y, len(p)), np.tile(p, len(y))


def _factors(reference: Loss) -> Iterator[Guess]:
    """Yield factors too many or too few; among them those of another base of the logarithm."""
    yield Guess("divided-twice", _times(lambda p: 1 / len(p)))
    yield Guess("sign", _times(lambda p: -1.0))
    yield Guess("twice", _times(lambda p: 2.0))
    yield Guess("half", _times(lambda p: 0.5))
    yield Guess("mean-over-entries", _times(lambda p: len(p) / p.size))
    for mistake, base in (("log-2", LN2), ("log-10", LN10)):
        if isinstance(reference, lb.KLDivergence) or hasattr(reference, "from_logits"):
            yield Guess(mistake, _times(_constant(1 / base)))
        elif isinstance(reference, lb.MeanSquaredLogarithmicError):
            yield Guess(mistake, _times(_constant(1 / base**2)))


def of_gradient(reference: Loss) -> Iterator[Guess]:
    """Yield what goes wrong in the gradient of any loss, then in some."""
    yield from _formula_guesses(reference, lambda loss: loss.gradient)
    yield Guess("gradient-of-the-sum", _times(len))
    yield from _factors(reference)
    yield Guess("value-for-gradient", _on(reference))
    yield Guess("one-number", lambda trial: np.sum(trial.expected))
    yield Guess("one-number", lambda trial: np.mean(trial.expected))
    yield Guess("one-number", lambda trial: np.sum(trial.expected) * len(trial.expected))
    if getattr(reference, "from_logits", False):
        squash = lb.sigmoid if inputs.is_binary(reference) else lb.softmax
        twin = replace(reference, from_logits=False)  # type: ignore[call-arg]
        yield Guess("chain-missing", _on(lambda y, z: twin.gradient(y, squash(z))))
        yield Guess("sigmoid-forgotten", _on(lambda y, z: (z - _rows(y, z)) / len(z)))
        yield Guess("sigmoid-forgotten", _on(lambda y, z: z - _rows(y, z)))
        yield Guess("chain-extra", _on(lambda y, z: _slope(reference, y, z) * _bend(squash(z))))
        yield Guess("softmax-diagonal", _on(lambda y, z: -_rows(y, z) * (1 - squash(z)) / len(z)))
    if isinstance(reference, lb.Huber):
        yield Guess("huber-unclipped", _on(lambda y, p: (p - y) / len(p)))
    if isinstance(reference, ElementwiseLoss):

        def crossed(y: Array, p: Array) -> Array:
            n = len(p)
            return n * reference.gradient(*_all_pairs(y, p)).reshape(n, n)

        yield Guess("all-pairs", _on(crossed))
        yield Guess("all-pairs", _on(lambda y, p: crossed(y, p).T))


def _slope(reference: Loss, y: Array, z: Array) -> Array:
    return reference.gradient(y, z)


def _bend(p: Array) -> Array:
    return p * (1 - p)


def _rows(y: Array, z: Array) -> Array:
    """Return the targets in the shape of the predictions."""
    return y if y.ndim == z.ndim else np.eye(z.shape[1])[y]


def _formula_guesses(reference: Loss, of: Callable[[Loss], Callable[..., Any]]) -> Iterator[Guess]:
    """Mistakes before the loss itself: what its arguments are taken for."""
    if not hasattr(reference, "from_logits"):
        return
    binary = inputs.is_binary(reference)
    squash = lb.sigmoid if binary else lb.softmax
    scored = reference.from_logits
    twin = of(replace(reference, from_logits=not scored))  # type: ignore[call-arg]
    own = of(reference)
    mistaken = "logits-as-probabilities" if scored else "probabilities-as-logits"

    def taken(y: Array, p: Array) -> Any:
        """Logits of which some could not be probabilities give anything, after any clipping."""
        if scored and not ((p > 0) & (p < 1)).all():
            return None
        if scored and not binary:  # they sum to 1 in the first trials, or nearly
            return twin(y, p) if np.allclose(p.sum(axis=1), 1) else None
        return twin(y, p)

    yield Guess(mistaken, _on(taken))
    if scored:
        yield Guess("squashed-twice", _on(lambda y, z: own(y, squash(z))))
    if binary and isinstance(reference, lb.BinaryCrossentropy) and own is reference:
        chance = lb.sigmoid if scored else np.asarray
        yield Guess("one-class", _on(lambda y, p: np.mean(-y * np.log(chance(p)))))
        yield Guess("one-class", _on(lambda y, p: np.mean(-(1 - y) * np.log1p(-chance(p)))))
    if scored and isinstance(reference, CROSSENTROPIES):
        yield from _axis_guesses(of, own)
    if isinstance(reference, lb.SparseCategoricalCrossentropy) and own is reference:
        log = lb.log_softmax if scored else np.log
        yield Guess("column-index", _on(lambda y, p: -np.mean(log(p)[:, y])))


def _axis_guesses(
    of: Callable[[Loss], Callable[..., Any]], own: Callable[..., Any]
) -> Iterator[Guess]:
    value = isinstance(own, Loss)
    for axis in (0, None):

        def along(y: Array, z: Array, axis: int | None = axis) -> Any:
            if axis is None and len(z) == 1:
                return None  # the whole array is one row
            shifted = z - z.max()
            p = np.exp(shifted) / np.exp(shifted).sum(axis=axis, keepdims=True)
            rows = _rows(y, z)
            return -np.sum(rows * np.log(p)) / len(z) if value else (p - rows) / len(z)

        yield Guess("softmax-axis", _on(along))


def of_other_losses(reference: Loss, gradient: bool = False) -> Iterator[Guess]:
    """Yield the loss without its parameters, then the other losses of these arguments."""
    kinds = [getattr(lb, name) for name in lb.__all__]
    losses = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Loss)]
    options: list[Any] = [kind() for kind in losses]
    options += [replace(loss, from_logits=True) for loss in options if hasattr(loss, "from_logits")]
    for other in options:
        if other == reference:
            continue
        same = type(other) is type(reference)
        scored = getattr(other, "from_logits", None) == getattr(reference, "from_logits", None)
        if same and not scored:
            continue
        mistake = "parameter-ignored" if same else "another-loss"
        yield Guess(mistake, _on(other.gradient if gradient else other))
