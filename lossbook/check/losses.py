"""Check a loss, its gradient or an activation that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import lossbook as lb
from lossbook._arrays import Array
from lossbook._loss import ElementwiseLoss, Loss
from lossbook.check import _inputs as inputs
from lossbook.check._engine import Group, Guess, Outcome, Trial, agree, examine, named
from lossbook.check._report import Report
from lossbook.penalties import Penalty

CROSSENTROPIES = (lb.CategoricalCrossentropy, lb.SparseCategoricalCrossentropy)
LN2, LN10 = np.log(2.0), np.log(10.0)


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
        from lossbook.check.penalties import gradient as gradient_of_penalty

        return gradient_of_penalty(function, of=of, bias=bias)
    if bias is not None:
        raise TypeError("bias: expected with a penalty only, received with a loss")
    reference = reference_of(of, Loss, "a loss or a penalty", "lb.MeanSquaredError()", "of")
    name = named(function)
    groups = _gradient_groups(function, reference)
    return examine(name, f"the gradient of {reference!r}", function, groups)


def reference_of(given: Any, kind: type, what: str, example: str, argument: str = "like") -> Any:
    """Return the loss, penalty or optimiser to compare with; a class stands for its defaults."""
    if isinstance(given, kind):
        return given
    hint = f"; did you mean {given.__name__}(...)?" if isinstance(given, type) else ""
    raise TypeError(f"{argument}: expected {what}, such as {example}, received {given!r}{hint}")


# --- trials ---------------------------------------------------------------------------------------


def _trials(pairs: list[inputs.Pair], answer: Callable[[Any, Any], Any]) -> list[Trial]:
    return [_trial(y, p, answer) for y, p in pairs]


def _trial(y: Array, p: Array, answer: Callable[[Any, Any], Any]) -> Trial:
    def without(index: int) -> Trial:
        return _trial(np.delete(y, index, axis=0), np.delete(p, index, axis=0), answer)

    return Trial({"y_true": y, "y_pred": p}, answer(y, p), without=without, samples=len(p))


def _pair(trial: Trial) -> inputs.Pair:
    return trial.arguments["y_true"], trial.arguments["y_pred"]


def _on(formula: Callable[[Any, Any], Any]) -> Callable[[Trial], Any]:
    """Return a guess's answer that depends on targets and predictions alone."""
    return lambda trial: formula(*_pair(trial))


def _times(factor: Callable[[Any], float]) -> Callable[[Trial], Any]:
    """Return a guess's answer that is the right one times a factor of the predictions."""
    return lambda trial: np.asarray(trial.expected) * factor(trial.arguments["y_pred"])


def _swapped(function: Callable[..., Any], trials: list[Trial]) -> list[Guess]:
    """Guess that the arguments are exchanged where the function is right with them exchanged."""

    def turned(trial: Trial) -> Any:
        y, p = (value.copy() for value in _pair(trial))
        return trial.expected if y.shape == p.shape and agree_with(function(p, y), trial) else None

    def agree_with(received: Any, trial: Trial) -> bool:
        return agree(np.asarray(received, dtype=float), trial.expected)

    try:
        with np.errstate(all="ignore"):
            right = [turned(trial) is not None for trial in trials]
    except Exception:  # it is the function's own
        right = [False]
    # The function's answers in the usual order are the mistake's, whatever they are.
    return [Guess("swapped", lambda trial: _as_given(function, trial))] if all(right) else []


def _as_given(function: Callable[..., Any], trial: Trial) -> Any:
    y, p = _pair(trial)
    return np.asarray(function(y.copy(), p.copy()), dtype=float)


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
    guesses = [*_value_guesses(reference), *_swapped(function, plain), *_others(reference)]
    yield Group(plain, guesses)
    yield Group(_trials(inputs.whole(reference), reference), [], lambda *_: "integers")
    yield Group(_trials(inputs.certain(reference), reference), [], _after_certainty)
    yield Group(_trials(inputs.large(reference), reference), [], _after_failure)
    small = _trials(inputs.small_unsigned(reference), reference)
    yield Group(small, [], lambda *_: "uint8", remark=True)


def _gradient_groups(function: Callable[..., Any], reference: Loss) -> Iterator[Group]:
    slope = reference.gradient
    plain = _trials(inputs.plain(reference), slope)
    guesses = [*_gradient_guesses(reference), *_swapped(function, plain)]
    yield Group(plain, [*guesses, *_others(reference, gradient=True)])
    yield Group(_trials(inputs.whole(reference), slope), [], lambda *_: "integers")
    level = [_level(reference, y, p) for y, p in inputs.ties(reference)]
    yield Group(level, [], lambda trial, outcome: "tie")
    yield Group(_trials(inputs.large(reference), slope), [], _after_failure)
    small = _trials(inputs.small_unsigned(reference), slope)
    yield Group(small, [], lambda *_: "uint8", remark=True)


def _level(reference: Loss, y: Array, p: Array) -> Trial:
    """Return a trial at a tie: every slope between those of the two sides is right."""
    near = [reference.gradient(y, p + shift) for shift in (-1e-9, 1e-9)]

    def accept(value: Array) -> bool:
        low, high = near[0] - 1e-6, near[1] + 1e-6
        return bool(value.shape == p.shape and ((low <= value) & (value <= high)).all())

    return Trial({"y_true": y, "y_pred": p}, reference.gradient(y, p), accept)


# --- what the mistakes give -----------------------------------------------------------------------


def _constant(factor: float) -> Callable[[Any], float]:
    return lambda p: factor


def _value_guesses(reference: Loss) -> Iterator[Guess]:
    """Yield what goes wrong in the value of any loss, then in some."""
    yield from _formula_guesses(reference, lambda loss: loss)
    yield Guess("no-reduction", _on(partial(reference, reduction="none")))
    yield Guess("forgot-mean", _times(len))
    yield Guess("divided-twice", _times(lambda p: 1 / len(p)))
    yield Guess("sign", _times(lambda p: -1.0))
    yield Guess("twice", _times(lambda p: 2.0))
    yield Guess("half", _times(lambda p: 0.5))
    yield Guess("mean-over-entries", _times(lambda p: len(p) / p.size))
    yield Guess("n-minus-one", _times(lambda p: np.float64(len(p)) / (len(p) - 1)))
    yield Guess("first-only", _on(lambda y, p: reference(y[:1], p[:1])))
    yield Guess("first-only", _on(lambda y, p: reference(y[:1], p[:1]) / len(p)))
    yield Guess("last-only", _on(lambda y, p: reference(y[-1:], p[-1:])))
    yield Guess("last-only", _on(lambda y, p: reference(y[-1:], p[-1:]) / len(p)))
    yield Guess("root", lambda trial: np.sqrt(trial.expected))
    yield from _bases(reference)
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


def _bases(reference: Loss) -> Iterator[Guess]:
    """Yield logarithms to another base, where the loss is one."""
    for mistake, base in (("log-2", LN2), ("log-10", LN10)):
        if isinstance(reference, lb.KLDivergence) or hasattr(reference, "from_logits"):
            yield Guess(mistake, _times(_constant(1 / base)))
        elif isinstance(reference, lb.MeanSquaredLogarithmicError):
            yield Guess(mistake, _times(_constant(1 / base**2)))


def _gradient_guesses(reference: Loss) -> Iterator[Guess]:
    """Yield what goes wrong in the gradient of any loss, then in some."""
    yield from _formula_guesses(reference, lambda loss: loss.gradient)
    yield Guess("gradient-of-the-sum", _times(len))
    yield Guess("divided-twice", _times(lambda p: 1 / len(p)))
    yield Guess("sign", _times(lambda p: -1.0))
    yield Guess("twice", _times(lambda p: 2.0))
    yield Guess("half", _times(lambda p: 0.5))
    yield Guess("mean-over-entries", _times(lambda p: len(p) / p.size))
    yield Guess("value-for-gradient", _on(reference))
    yield Guess("one-number", lambda trial: np.sum(trial.expected))
    yield Guess("one-number", lambda trial: np.mean(trial.expected))
    yield Guess("one-number", lambda trial: np.sum(trial.expected) * len(trial.expected))
    yield from _bases(reference)
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


def _others(reference: Loss, gradient: bool = False) -> Iterator[Guess]:
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


# --- activations ----------------------------------------------------------------------------------


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
    plain = inputs.LOGITS if elementwise else inputs.SCORES[2:]
    huge: list[Any] = [[1000.0, 0.0], [-1000.0, 3.0]]
    large = [np.array(z) for z in (huge if elementwise else [[z] for z in huge])]
    groups = [
        Group([_applied(like, np.array(z)) for z in plain], list(_activation_guesses(like))),
        Group([_applied(like, z) for z in large], [], lambda *_: "overflow"),
    ]
    return examine(name, like.__name__, function, groups)


def _applied(like: Callable[..., Any], z: Array) -> Trial:
    def without(index: int) -> Trial:
        return _applied(like, np.delete(z, index, axis=0))

    return Trial({"z": z}, like(z), without=without, samples=len(z))


def _activation_guesses(like: Callable[..., Any]) -> Iterator[Guess]:
    def on(formula: Callable[[Array], Any]) -> Callable[[Trial], Any]:
        return lambda trial: formula(trial.arguments["z"])

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
        yield Guess("log-2", on(lambda z: like(z) / LN2))
        yield Guess("log-10", on(lambda z: like(z) / LN10))
    if like is lb.log_sum_exp:
        yield Guess("shift-not-returned", on(lambda z: like(z) - z.max(axis=1)))
