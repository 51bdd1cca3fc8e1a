"""What the common mistakes in a loss or its gradient would return.

Whom a mistake concerns is asked of what a loss declares and of the parameters that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import lossbook as lb
from lossbook._contracts.domains import ABOVE_MINUS_ONE, SIGNS_OR_BITS
from lossbook._contracts.dtypes import Array
from lossbook._engines import ops
from lossbook.check._engine import Guess, Trial, on
from lossbook.check._inputs import Pair
from lossbook.check._variants import altered, changed, defaults_of, parameters_of
from lossbook.losses.base import Loss

# What an answer in another base of the logarithm is divided by.
BASES = {"log-2": np.log(2.0), "log-10": np.log(10.0)}


def _times(factor: Callable[[Any], float]) -> Callable[[Trial], Any]:
    """Return a guess's answer that is the right one times a factor of the predictions."""
    return lambda trial: np.asarray(trial.expected) * factor(trial.arguments["y_pred"])


def _constant(factor: float) -> Callable[[Any], float]:
    return lambda p: factor


# --- values ---------------------------------------------------------------------------------------


def of_value(reference: Loss) -> Iterator[Guess]:
    """Yield what goes wrong in the value of any loss, then in some."""
    yield from _of_arguments(reference, lambda loss: loss)
    yield from _of_labels(reference)
    yield Guess("no-reduction", on(partial(reference, reduction="none")))
    yield Guess("forgot-mean", _times(len))
    yield from _factors(reference)
    yield Guess("n-minus-one", _times(lambda p: np.float64(len(p)) / (len(p) - 1)))
    yield Guess("first-only", on(lambda y, p: reference(y[:1], p[:1])))
    yield Guess("first-only", on(lambda y, p: reference(y[:1], p[:1]) / len(p)))
    yield Guess("last-only", on(lambda y, p: reference(y[-1:], p[-1:])))
    yield Guess("last-only", on(lambda y, p: reference(y[-1:], p[-1:]) / len(p)))
    yield Guess("root", lambda trial: np.sqrt(trial.expected))
    if not reference.class_axis:
        yield Guess("all-pairs", on(lambda y, p: reference(*_all_pairs(y, p))))
        yield Guess("cancels", on(lambda y, p: np.mean(y - p)))
        yield Guess("cancels", on(lambda y, p: np.mean(p - y)))
    if hasattr(reference, "delta"):
        d = reference.delta
        pieces = (lambda r: r**2 / 2, lambda r: d * (r - d / 2))
        yield Guess("huber-offset", on(_pieces(d, pieces[0], lambda r: d * r)))
        yield Guess("huber-pieces", on(_pieces(d, pieces[1], pieces[0])))
    if reference.targets is ABOVE_MINUS_ONE:
        yield Guess("no-log1p", on(lambda y, p: np.mean((np.log(y) - np.log(p)) ** 2)))
    if reference.targets is SIGNS_OR_BITS:
        yield from _margins(reference)


def _pieces(
    delta: float, inside: Callable[[Array], Array], outside: Callable[[Array], Array]
) -> Callable[[Any, Any], Any]:
    def value(y: Array, p: Array) -> float:
        r = np.abs(p - y)
        return float(np.mean(np.where(r <= delta, inside(r), outside(r))))

    return value


def _margins(reference: Loss) -> Iterator[Guess]:
    """Yield what a hinge is with another shortfall: each sample's sign, and what it lacks."""
    shortfalls: dict[str, Callable[[Any, Array, Array], tuple[Array, Array]]] = {
        "hinge-floor": lambda loss, y, p: (y, 1 - y * p),
        "hinge-margin": lambda loss, y, p: (y, ops.maximum(-y * p, 0.0)),
        "hinge-labels": lambda loss, y, p: (y, ops.maximum(1 - (y > 0) * p, 0.0)),
    }
    for mistake, shortfall in shortfalls.items():
        yield Guess(mistake, on(altered(reference, _shortfall=shortfall)))


def _all_pairs(y: Array, p: Array) -> Pair:
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
    for mistake, base in BASES.items():
        if reference.predictions.chances:
            yield Guess(mistake, _times(_constant(1 / base)))
        elif reference.targets is ABOVE_MINUS_ONE:
            yield Guess(mistake, _times(_constant(1 / base**2)))


def _of_labels(reference: Loss) -> Iterator[Guess]:
    """Yield what goes wrong where the value is picked by the label."""
    if not reference.predictions.chances:
        return
    if not reference.class_axis:

        def of_class(label: Callable[[Array], Array]) -> Callable[[Any, Any], Any]:
            return lambda y, p: np.mean(label(y) * reference(y, p, reduction="none"))

        yield Guess("one-class", on(of_class(lambda y: y)))
        yield Guess("one-class", on(of_class(lambda y: 1 - y)))
    if reference.targets.indices:
        log = lb.log_softmax if getattr(reference, "from_logits", False) else np.log
        yield Guess("column-index", on(lambda y, p: -np.mean(log(p)[:, y])))


# --- gradients ------------------------------------------------------------------------------------


def of_gradient(reference: Loss) -> Iterator[Guess]:
    """Yield what goes wrong in the gradient of any loss, then in some."""
    yield from _of_arguments(reference, lambda loss: loss.gradient)
    yield Guess("gradient-of-the-sum", _times(len))
    yield from _factors(reference)
    yield Guess("value-for-gradient", on(reference))
    yield Guess("one-number", lambda trial: np.sum(trial.expected))
    yield Guess("one-number", lambda trial: np.mean(trial.expected))
    yield Guess("one-number", lambda trial: np.sum(trial.expected) * len(trial.expected))
    if (twin := _twin(reference)) and reference.from_logits:  # type: ignore[attr-defined]
        squash = _squash(reference)
        slope = reference.gradient
        yield Guess("chain-missing", on(lambda y, z: twin.gradient(y, squash(z))))
        yield Guess("sigmoid-forgotten", on(lambda y, z: (z - _rows(y, z)) / len(z)))
        yield Guess("sigmoid-forgotten", on(lambda y, z: z - _rows(y, z)))
        yield Guess("chain-extra", on(lambda y, z: slope(y, z) * squash(z) * (1 - squash(z))))
        yield Guess("softmax-diagonal", on(lambda y, z: -_rows(y, z) * (1 - squash(z)) / len(z)))
    if hasattr(reference, "delta"):
        yield Guess("huber-unclipped", on(lambda y, p: (p - y) / len(p)))
    if not reference.class_axis:

        def crossed(y: Array, p: Array) -> Array:
            n = len(p)
            return n * reference.gradient(*_all_pairs(y, p)).reshape(n, n)

        yield Guess("all-pairs", on(crossed))
        yield Guess("all-pairs", on(lambda y, p: crossed(y, p).T))


def _rows(y: Array, z: Array) -> Array:
    """Return the targets in the shape of the predictions."""
    return y if y.ndim == z.ndim else np.eye(z.shape[1])[y]


# --- what the arguments are taken for -------------------------------------------------------------


def _twin(reference: Any) -> Any:
    """Return the loss with logits for probabilities, or the reverse; None if it takes but one."""
    if "from_logits" not in parameters_of(reference):
        return None
    return changed(reference, from_logits=not reference.from_logits)


def _squash(reference: Loss) -> Callable[[Any], Array]:
    return lb.softmax if reference.class_axis else lb.sigmoid


def _of_arguments(reference: Any, of: Callable[[Loss], Callable[..., Any]]) -> Iterator[Guess]:
    """Yield mistakes before the loss itself; `of` takes its value, or its gradient."""
    other = _twin(reference)
    if other is None:
        return
    scored, squash = reference.from_logits, _squash(reference)
    twin, own = of(other), of(reference)

    def taken(y: Array, p: Array) -> Any:
        """Logits of which some could not be probabilities give anything, after any clipping."""
        if scored and not ((p > 0) & (p < 1)).all():
            return None
        if scored and reference.class_axis and not np.allclose(p.sum(axis=1), 1):
            return None  # they sum to 1 in the first trials, or nearly
        return twin(y, p)

    yield Guess("logits-as-probabilities" if scored else "probabilities-as-logits", on(taken))
    if scored:
        yield Guess("squashed-twice", on(lambda y, z: own(y, squash(z))))
        if reference.class_axis:
            yield from _of_axis(value=own is reference)


def _of_axis(value: bool) -> Iterator[Guess]:
    for axis in (0, None):

        def along(y: Array, z: Array, axis: int | None = axis) -> Any:
            if axis is None and len(z) == 1:
                return None  # the whole array is one row
            shifted = z - z.max()
            p = np.exp(shifted) / np.exp(shifted).sum(axis=axis, keepdims=True)
            rows = _rows(y, z)
            return -np.sum(rows * np.log(p)) / len(z) if value else (p - rows) / len(z)

        yield Guess("softmax-axis", on(along))


# --- other losses ---------------------------------------------------------------------------------


def of_other_losses(reference: Loss, gradient: bool = False) -> Iterator[Guess]:
    """Yield the loss without its parameters, then the other losses of these arguments."""

    def of(loss: Loss) -> Callable[..., Any]:
        return loss.gradient if gradient else loss

    defaults = defaults_of(reference)
    defaults.pop("from_logits", None)  # no setting that one forgets: it has mistakes of its own
    yield Guess("parameter-ignored", on(of(changed(reference, **defaults))))
    for other in _all_losses():
        if type(other) is not type(reference):
            yield Guess("another-loss", on(of(other)))


def _all_losses() -> list[Loss]:
    """Return the losses of the package with the parameters they have by themselves."""
    kinds = [getattr(lb, name) for name in lb.__all__]
    losses = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Loss)]
    plain = [kind() for kind in losses if kind._value is not Loss._value]  # bases have no formula
    return plain + [twin for loss in plain if (twin := _twin(loss))]
