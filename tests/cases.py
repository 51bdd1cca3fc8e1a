"""Every loss of the package, one row each: what it means, data for it, and what peers call it.

A new loss is one more row, which puts it through all tests of this folder. Nothing here is computed
with lossbook: the definitions are mpmath's, the peers scikit-learn's and Keras's.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import partial, reduce
from importlib import import_module
from typing import Any

import numpy as np
from mpmath import mp

import lossbook as lb
from lossbook._contracts import domains
from lossbook.losses.base import Loss


class Later:
    """What a library has by this name; it is imported when it is called, for few tests call it."""

    def __init__(self, module, *names):
        self.module, self.names = module, names

    def __getattr__(self, name):
        return Later(self.module, *self.names, name)

    def __call__(self, *arguments, **options):
        return reduce(getattr, self.names, import_module(self.module))(*arguments, **options)


keras, special = Later("keras"), Later("scipy.special")
metrics, sk = Later("sklearn.metrics"), Later("sklearn._loss")

mp.dps = 50
inf = float("inf")

K = 4  # classes of the rows drawn here


@dataclass(frozen=True, kw_only=True)
class Case:
    """One loss with its parameters.

    loss
        The instance under test.
    definition
        (y, p) -> the loss of one sample at 50 digits; y and p are mpf, or lists of them for rows.
    name
        Shown in the test's id; the name of the class, where it is not given.
    kind
        What a sample is: ("real", "real"), ("unit", "probability"), ("rows", "logits"), …: the
        kinds of y_true and y_pred, by which bad input is chosen. It follows from the domains that
        the loss declares.
    draw
        (generator, n) -> (y_true, y_pred): valid float64 data, away from kinks. So does this.
    extremes
        Samples (y, p) at which the definition is evaluated as it stands.
    limits
        Samples (y, p, value, slope) with infinities or at the border of the domain: what the
        loss and its derivative tend to there, by hand.
    keras
        (reduction=…, dtype=…) -> Keras's loss. Without it, the one that the loss declares as its
        peer, with the parameters that the loss was given.
    keras_rtol
        How far float64 Keras may be off, where it passes a constant through float32.
    keras_slope
        (p, derivative) -> the derivative as Keras has it, where it differs.
    sklearn
        (y, p, w) -> scikit-learn's metric, a weighted mean.
    sklearn_loss
        (y, p) -> (value, derivative) per sample, from scikit-learn's training losses.
    perfect
        y -> the predictions whose loss is 0, where there are such.
    only_perfect
        Whether no other prediction has loss 0.
    terms, slope_terms
        (y, p) -> the size of the terms that the definition, or its derivative, subtracts from each
        other, where it does: rounding is relative to them, not to what is left of them.
    nonnegative, convex
        Whether the loss is, in its predictions.
    """

    loss: Loss
    definition: Callable[[Any, Any], Any]
    name: str = ""
    kind: tuple[str, str] = ("", "")
    draw: Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]] | None = None
    extremes: list[tuple[Any, Any]] = field(default_factory=list)
    limits: list[tuple[Any, Any, float, Any]] = field(default_factory=list)
    keras: Callable[..., Any] | None = None
    keras_rtol: float = 1e-12
    keras_slope: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda p, slope: slope
    sklearn: Callable[..., float] | None = None
    sklearn_loss: Callable[..., tuple[np.ndarray, np.ndarray]] | None = None
    perfect: Callable[[np.ndarray], np.ndarray] | None = None
    only_perfect: bool = True
    terms: Callable[[Any, Any], Any] | None = None
    slope_terms: Callable[[Any, Any], Any] | None = None
    nonnegative: bool = True
    convex: bool = True

    def __post_init__(self):
        """Take from the loss's declaration what the row does not say."""
        loss = self.loss
        takes = loss.targets, loss.predictions
        if takes not in DATA and not self.draw:
            raise LookupError(f"{loss}: expected data for what it takes in DATA, or kind and draw")
        *kind, draw = DATA.get(takes, (*self.kind, self.draw))
        found = {"name": type(loss).__name__, "kind": tuple(kind), "draw": draw}
        if loss.peers.keras:
            given = {f.name: getattr(loss, f.name) for f in fields(loss) if f.name != "epsilon"}
            changed = {name: v for name, v in given.items() if v != getattr(type(loss), name)}
            found["keras"] = partial(getattr(keras.losses, loss.peers.keras), **changed)
        for name, value in found.items():
            if getattr(self, name) in (None, "", ("", "")):
                object.__setattr__(self, name, value)


# --- data -----------------------------------------------------------------------------------------


def real(rng, n):
    """Residuals on both sides, none of them 0."""
    y = rng.normal(size=n)
    return y, y + rng.choice([-1, 1], n) * rng.uniform(0.1, 3, n)


def unit(rng, n):
    """Targets and probabilities in (0, 1), some of the targets labels."""
    y = np.where(rng.random(n) < 0.5, rng.integers(0, 2, n), rng.random(n))
    return y, rng.uniform(0.02, 0.98, n)


def unit_logits(rng, n):
    y, _ = unit(rng, n)
    return y, rng.normal(scale=4, size=n)


def rows(rng, n):
    y = np.where(rng.random((n, 1)) < 0.5, np.eye(K)[rng.integers(0, K, n)], softmax_rows(rng, n))
    return y, softmax_rows(rng, n)


def softmax(z):
    parts = np.exp(z - z.max(axis=1, keepdims=True))
    return parts / parts.sum(axis=1, keepdims=True)


def softmax_rows(rng, n):
    return softmax(rng.normal(size=(n, K)))


def row_logits(rng, n):
    return rows(rng, n)[0], rng.normal(scale=4, size=(n, K))


def indices(rng, n):
    return rng.integers(0, K, n), softmax_rows(rng, n)


def index_logits(rng, n):
    return rng.integers(0, K, n), rng.normal(scale=4, size=(n, K))


def amounts(rng, n):
    """Positive targets and predictions, some of them close."""
    y = rng.gamma(2, 3, n) + 0.1
    return y, y * rng.choice([0.5, 0.9, 1.1, 3], n) * rng.uniform(0.95, 1.05, n)


def counts(rng, n):
    return rng.poisson(3, n), rng.gamma(2, 2, n) + 0.1


def count_logs(rng, n):
    return rng.poisson(3, n), rng.normal(scale=1.5, size=n)


def signs(rng, n):
    """Labels in {-1, 1}, and scores away from the margin."""
    return rng.choice([-1, 1], n), rng.choice([-1, 1], n) * rng.choice([0.3, 2.5], n)


def bits(rng, n):
    y, z = signs(rng, n)
    return (y + 1) // 2, z + rng.uniform(-0.2, 0.2, n)


def one_hot_scores(rng, n):
    return np.eye(K)[rng.integers(0, K, n)], rng.normal(scale=2, size=(n, K))


def soft_rows(rng, n):
    return softmax_rows(rng, n), softmax_rows(rng, n)


def vectors(rng, n):
    return rng.normal(size=(n, K)), rng.normal(scale=3, size=(n, K))


def with_ignored(draw, label):
    def drawn(rng, n):
        y, p = draw(rng, n)
        return np.where((rng.random(n) < 0.3) & (np.arange(n) > 0), label, y), p

    return drawn


# What a loss declares to take, and what is drawn for it.
DATA = {
    (domains.REAL, domains.REAL): ("real", "real", real),
    (domains.AMOUNTS, domains.AMOUNTS): ("real", "real", real),
    (domains.ABOVE_MINUS_ONE, domains.ABOVE_MINUS_ONE): ("amount", "amount", amounts),
    (domains.COUNTS, domains.RATES): ("count", "rate", counts),
    (domains.COUNTS, domains.REAL): ("count", "log rate", count_logs),
    (domains.SIGNS_OR_BITS, domains.SCORES): ("sign", "score", signs),
    (domains.TARGETS, domains.PROBABILITIES): ("unit", "probability", unit),
    (domains.TARGETS, domains.LOGITS): ("unit", "logit", unit_logits),
    (domains.CLASS_INDICES, domains.PREDICTED_ROWS): ("index", "rows", indices),
    (domains.CLASS_INDICES, domains.LOGIT_ROWS): ("index", "logit rows", index_logits),
    (domains.TARGET_ROWS, domains.PREDICTED_ROWS): ("rows", "rows", rows),
    (domains.TARGET_ROWS, domains.LOGIT_ROWS): ("rows", "logit rows", row_logits),
    (domains.ONE_HOT_ROWS, domains.REAL_ROWS): ("one-hot", "scores", one_hot_scores),
    (domains.TARGET_DISTRIBUTIONS, domains.PREDICTED_DISTRIBUTIONS): ("rows", "rows", soft_rows),
    (domains.VECTORS, domains.REAL_ROWS): ("vectors", "vectors", vectors),
}


# --- definitions ----------------------------------------------------------------------------------


def exactly(x):
    """Return a number, or a list of numbers, as mpmath has it."""
    return [mp.mpf(v) for v in x] if np.ndim(x) else mp.mpf(x)


def xlogy(x, y):
    """x log y, and 0 where x is 0."""
    return mp.mpf(0) if x == 0 else x * mp.log(y)


def log_sigmoid(z):
    return -mp.log1p(mp.exp(-z))


def log_softmax(z):
    top = max(z)
    others = list(z)
    others.remove(top)  # its exp(z - top) is the 1 of log1p, which keeps the digits of the others
    total = mp.log1p(mp.fsum(mp.exp(x - top) for x in others))
    return [x - top - total for x in z]


def smoothed(y, s, k):
    return y * (1 - s) + s / k


def clipped(p, epsilon):
    return min(max(p, epsilon), 1.0 - epsilon)  # both ends are doubles


def binary(y, p):
    return -xlogy(y, p) - (0 if y == 1 else (1 - y) * mp.log1p(-p))


def binary_logits(y, z):
    return -y * log_sigmoid(z) - (1 - y) * log_sigmoid(-z)


def categorical(y, p):
    return -mp.fsum(xlogy(a, b) for a, b in zip(y, p, strict=True))


def categorical_logits(y, z):
    return -mp.fsum(0 if a == 0 else a * b for a, b in zip(y, log_softmax(z), strict=True))


def huber(delta):
    def definition(y, p):
        size = abs(p - y)
        return size**2 / 2 if size <= delta else delta * (size - mp.mpf(delta) / 2)

    return definition


def log_cosh(y, p):
    return mp.log1p(2 * mp.sinh((p - y) / 2) ** 2)


def pinball(q):
    return lambda y, p: max(mp.mpf(q) * (y - p), (mp.mpf(q) - 1) * (y - p))


def squared_log_error(y, p):
    return (mp.log1p(p) - mp.log1p(y)) ** 2


def poisson_logs(y, z):
    return mp.exp(z) - y * z


def hinge(y, z):
    return max(1 - (1 if y == 1 else -1) * z, mp.mpf(0))


def categorical_hinge(y, z):
    own = z[y.index(1)]
    return max(1 + max(s for s, hot in zip(z, y, strict=True) if hot == 0) - own, mp.mpf(0))


def focal(gamma, alpha=None):
    def definition(y, p):
        weight = 1 if alpha is None else y * alpha + (1 - y) * (1 - mp.mpf(alpha))
        return weight * (y * (1 - p) + (1 - y) * p) ** gamma * binary(y, p)

    return definition


def focal_logits(gamma):
    def definition(y, z):
        yes, no = mp.exp(log_sigmoid(z)), mp.exp(log_sigmoid(-z))
        return (y * no + (1 - y) * yes) ** gamma * binary_logits(y, z)

    return definition


def focal_rows(gamma, alpha=(1.0,) * 4):
    def definition(y, p):
        parts = zip(alpha, y, p, strict=True)
        return -mp.fsum(a * b * (1 - q) ** gamma * mp.log(q) for a, b, q in parts if b)

    return definition


def focal_row_logits(gamma):
    def definition(y, z):
        total, parts = mp.mpf(0), log_softmax(z)
        for k, share in enumerate(y):
            if share:
                others = [mp.exp(part) for j, part in enumerate(parts) if j != k]
                total -= share * mp.fsum(others) ** gamma * parts[k]
        return total

    return definition


def divergence(y, p):
    return mp.fsum(0 if a == 0 else a * mp.log(a / b) for a, b in zip(y, p, strict=True))


def minus_cosine(y, p):
    dot = mp.fsum(a * b for a, b in zip(y, p, strict=True))
    return -dot / mp.sqrt(mp.fsum(a * a for a in y)) / length(p)


def length(p):
    return mp.sqrt(mp.fsum(a * a for a in p))


# --- what several rows share ----------------------------------------------------------------------

SMOOTHING = 0.1
TINY = [1e-310, 1e-300, 1e-20, 1e-10]
HUGE = [40.0, 700.0, 1e5, 1e200, 1e308]
LOGITS = [0.0, *TINY, 1e-3, 1.0, *HUGE]
LOGITS += [-z for z in LOGITS[1:]]
RESIDUALS = [(0.0, r) for r in (1e-10, -1e-10, 1e-150, 0.3, -2.5, 1e5, -1e100)]
SHARES = [*TINY, 0.25, 0.5, 0.75, 1 - 1e-10, 1 - 2**-53]

ONE_HOT = [1.0, 0.0, 0.0, 0.0]
SOFT = [0.1, 0.2, 0.3, 0.4]
LOGIT_ROWS = [
    [0.0, 0.0, 0.0, 0.0],
    [1e-300, 0.0, 0.0, -1e-300],
    [3.0, -1.0, 0.5, 2.0],
    [40.0, 0.0, 0.0, 1.0],
    [0.0, 40.0, 1.0, -40.0],
    [700.0, 0.0, -700.0, 1.0],
    [-700.0, -1400.0, -700.0, -701.0],
    [1e200, 0.0, -1e200, 1.0],
    [0.0, 1e308, 0.0, 0.0],
    [1e308, 1e308, 0.0, 0.0],
]
SHARE_ROWS = [
    [0.25, 0.25, 0.25, 0.25],
    [1e-300, 0.5, 0.5, 1e-310],
    [1e-10, 1e-10, 1e-10, 1 - 3e-10],
    [1 - 2**-53, 2**-54, 2**-54, 1e-20],
]


def metric(function, **options):
    return lambda y, p, w: function(y, p, sample_weight=w, **options)


def training_loss(loss, factor=1.0, **options):
    """scikit-learn's training loss, times a factor where its convention has another."""

    def evaluate(y, p):
        y, p = np.asarray(y, np.float64), np.ascontiguousarray(p, np.float64)
        return tuple(factor * part for part in loss(**options).loss_gradient(y, p))

    return evaluate


def through_the_row_sum(p, slope):
    """Keras divides a row of probabilities by its sum, and differentiates through the division."""
    return slope - (p * slope).sum(axis=1, keepdims=True)


def soft_log_loss(y, p, w):
    """scikit-learn takes labels alone: a soft target is both labels, weighted by their shares."""
    w = np.ones(len(y)) if w is None else w
    both = np.repeat([1, 0], len(y)), np.tile(p, 2), np.concatenate([w * y, w * (1 - y)])
    return metrics.log_loss(both[0], both[1], sample_weight=both[2])


def soft_row_log_loss(y, p, w):
    w = np.ones(len(y)) if w is None else w
    label, sample = np.repeat(np.arange(K), len(y)), np.tile(np.arange(len(y)), K)
    return metrics.log_loss(label, p[sample], sample_weight=(w[:, None] * y).T.ravel())


def index_log_loss(y, p, w):
    return metrics.log_loss(y, p, sample_weight=w, labels=range(K))


def exact(loss):
    """Keras's loss without its global epsilon, which would be added inside a logarithm."""

    def made(**options):
        peer = loss(**options)

        def call(*arguments, **keywords):
            before = keras.config.epsilon()
            keras.config.set_epsilon(0.0)
            try:
                return peer(*arguments, **keywords)
            finally:
                keras.config.set_epsilon(before)

        return call

    return made


def of_rates(**options):
    """Keras's Poisson loss has no logarithms for input: it is given their exponentials."""
    peer = exact(keras.losses.Poisson)(**options)
    return lambda y, z, sample_weight: peer(y, keras.ops.exp(z), sample_weight=sample_weight)


def shifted_hinge(**options):
    """Keras counts the true class as a wrong one of score 0: no matter where the lowest is 0."""
    peer = keras.losses.CategoricalHinge(**options)

    def call(y, z, sample_weight):
        lowest = keras.ops.stop_gradient(keras.ops.min(z, axis=1, keepdims=True))
        return peer(y, z - lowest, sample_weight=sample_weight)

    return call


def poisson_from_deviance(y, p, w):
    """scikit-learn's deviance is twice what the loss exceeds that of predicting y itself by."""
    best = np.average(y - special.xlogy(y, y), weights=w)
    return metrics.mean_poisson_deviance(y, p, sample_weight=w) / 2 + best


def as_probabilities(z):
    return 1 / (1 + np.exp(-z)) if np.ndim(z) == 1 else softmax(z)


# --- the losses -----------------------------------------------------------------------------------

CASES = [
    Case(
        loss=lb.MeanSquaredError(),
        definition=lambda y, p: (p - y) ** 2,
        extremes=[*RESIDUALS, (1e154, 0.0), (1.0, 1.0 + 2**-52)],
        limits=[(0.0, 1e200, inf, 2e200), (0.0, inf, inf, inf), (inf, 0.0, inf, -inf)],
        sklearn=metric(metrics.mean_squared_error),
        sklearn_loss=training_loss(sk.HalfSquaredError, factor=2),  # it has the factor ½
        perfect=lambda y: y,
    ),
    Case(
        loss=lb.MeanAbsoluteError(),
        definition=lambda y, p: abs(p - y),
        extremes=[*RESIDUALS, (0.0, 1e200), (-5e307, 1e308)],
        limits=[(2.0, 2.0, 0.0, 0.0), (0.0, inf, inf, 1.0), (inf, 0.0, inf, -1.0)],
        sklearn=metric(metrics.mean_absolute_error),
        sklearn_loss=training_loss(sk.AbsoluteError),
        perfect=lambda y: y,
    ),
    Case(
        loss=lb.BinaryCrossentropy(),
        definition=binary,
        extremes=[(y, p) for y in (0.0, 0.3, 1.0) for p in SHARES],
        limits=[
            (1.0, 0.0, inf, -inf),
            (0.0, 1.0, inf, inf),
            (1.0, 1.0, 0.0, -1.0),  # -1/p
            (0.0, 0.0, 0.0, 1.0),
            (0.5, 0.0, inf, -inf),
        ],
        sklearn=soft_log_loss,
        perfect=lambda y: np.round(y),  # of labels; a soft target keeps its entropy
    ),
    Case(
        name="BinaryCrossentropy-logits",
        loss=lb.BinaryCrossentropy(from_logits=True),
        definition=binary_logits,
        extremes=[(y, z) for y in (0.0, 0.3, 1.0) for z in LOGITS],
        limits=[
            (1.0, inf, 0.0, 0.0),
            (1.0, -inf, inf, -1.0),
            (0.0, -inf, 0.0, 0.0),
            (0.0, inf, inf, 1.0),
            (0.25, inf, inf, 0.75),
        ],
        sklearn=lambda y, z, w: soft_log_loss(y, as_probabilities(z), w),
        sklearn_loss=training_loss(sk.HalfBinomialLoss),
    ),
    Case(
        name="BinaryCrossentropy-smoothing",
        loss=lb.BinaryCrossentropy(label_smoothing=SMOOTHING),
        definition=lambda y, p: binary(smoothed(y, mp.mpf(SMOOTHING), 2), p),
        extremes=[(y, p) for y in (0.0, 1.0) for p in SHARES],
        limits=[(1.0, 1.0, inf, inf)],
        sklearn=lambda y, p, w: soft_log_loss(y * (1 - SMOOTHING) + SMOOTHING / 2, p, w),
    ),
    Case(
        name="BinaryCrossentropy-epsilon",
        loss=lb.BinaryCrossentropy(epsilon=1e-7),
        definition=lambda y, p: binary(y, clipped(p, 1e-7)),
        extremes=[(y, p) for y in (0.0, 0.3, 1.0) for p in [*SHARES, 1e-3]],
        sklearn=soft_log_loss,
    ),
    Case(
        loss=lb.CategoricalCrossentropy(),
        definition=categorical,
        extremes=[(y, p) for y in (ONE_HOT, SOFT) for p in SHARE_ROWS],
        limits=[
            (ONE_HOT, [0.0, 1.0, 0.0, 0.0], inf, [-inf, 0.0, 0.0, 0.0]),
            (ONE_HOT, [1.0, 0.0, 0.0, 0.0], 0.0, [-1.0, 0.0, 0.0, 0.0]),
            (SOFT, [0.0, 0.5, 0.5, 0.0], inf, [-inf, -0.4, -0.6, -inf]),
        ],
        keras_slope=through_the_row_sum,
        sklearn=soft_row_log_loss,
        perfect=lambda y: np.eye(K)[y.argmax(axis=1)],
    ),
    Case(
        name="CategoricalCrossentropy-logits",
        loss=lb.CategoricalCrossentropy(from_logits=True),
        definition=categorical_logits,
        extremes=[(y, z) for y in (ONE_HOT, SOFT) for z in LOGIT_ROWS],
        limits=[
            (ONE_HOT, [inf, 0.0, 0.0, 0.0], 0.0, [0.0, 0.0, 0.0, 0.0]),
            (ONE_HOT, [0.0, inf, 0.0, 0.0], inf, [-1.0, 1.0, 0.0, 0.0]),
            (ONE_HOT, [-inf, 0.0, -inf, -inf], inf, [-1.0, 1.0, 0.0, 0.0]),
        ],
        sklearn=lambda y, z, w: soft_row_log_loss(y, as_probabilities(z), w),
    ),
    Case(
        name="CategoricalCrossentropy-smoothing",
        loss=lb.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING),
        definition=lambda y, z: categorical_logits(
            [smoothed(a, mp.mpf(SMOOTHING), K) for a in y], z
        ),
        extremes=[(y, z) for y in (ONE_HOT, SOFT) for z in LOGIT_ROWS],
    ),
    Case(
        name="CategoricalCrossentropy-epsilon",
        loss=lb.CategoricalCrossentropy(epsilon=1e-7),
        definition=lambda y, p: categorical(y, [clipped(q, 1e-7) for q in p]),
        extremes=[(y, p) for y in (ONE_HOT, SOFT) for p in SHARE_ROWS],
        keras_slope=through_the_row_sum,
        sklearn=soft_row_log_loss,
    ),
    Case(
        loss=lb.SparseCategoricalCrossentropy(),
        definition=lambda y, p: -mp.log(p[int(y)]),
        extremes=[(y, p) for y in (0, 3) for p in SHARE_ROWS],
        limits=[
            (0, [0.0, 1.0, 0.0, 0.0], inf, [-inf, 0.0, 0.0, 0.0]),
            (1, [0.0, 1.0, 0.0, 0.0], 0.0, [0.0, -1.0, 0.0, 0.0]),
        ],
        keras_slope=through_the_row_sum,
        sklearn=index_log_loss,
        perfect=lambda y: np.eye(K)[y],
    ),
    Case(
        name="SparseCategoricalCrossentropy-logits",
        loss=lb.SparseCategoricalCrossentropy(from_logits=True),
        definition=lambda y, z: -log_softmax(z)[int(y)],
        extremes=[(y, z) for y in (0, 3) for z in LOGIT_ROWS],
        limits=[
            (0, [inf, 0.0, 0.0, 0.0], 0.0, [0.0, 0.0, 0.0, 0.0]),
            (0, [0.0, inf, 0.0, 0.0], inf, [-1.0, 1.0, 0.0, 0.0]),
        ],
        sklearn=lambda y, z, w: index_log_loss(y, as_probabilities(z), w),
        sklearn_loss=training_loss(sk.HalfMultinomialLoss, n_classes=K),
    ),
    Case(
        name="SparseCategoricalCrossentropy-ignore",
        loss=lb.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1),
        draw=with_ignored(index_logits, -1),
        definition=lambda y, z: -log_softmax(z)[int(y)] if y >= 0 else mp.mpf(0),
        extremes=[(y, z) for y in (0, -1, 3) for z in LOGIT_ROWS],
    ),
    Case(
        loss=lb.Huber(),
        definition=huber(1.0),
        extremes=[*RESIDUALS, (0.0, 1e200), (1.0, 1.0 + 2**-52)],
        limits=[(0.0, inf, inf, 1.0), (inf, 0.0, inf, -1.0), (0.0, 1.0, 0.5, 1.0)],
        sklearn_loss=training_loss(sk.HuberLoss, delta=1.0),
        perfect=lambda y: y,
    ),
    Case(
        name="Huber-delta",
        loss=lb.Huber(delta=0.35),
        definition=huber(0.35),
        extremes=[*RESIDUALS, (0.0, 1e308)],
        sklearn_loss=training_loss(sk.HuberLoss, delta=0.35),
        perfect=lambda y: y,
    ),
    Case(
        loss=lb.LogCosh(),
        definition=log_cosh,
        extremes=[*RESIDUALS, (0.0, 1.0), (0.0, -0.999), (0.0, 710.0), (1.0, 1.0 + 2**-52)],
        limits=[(0.0, 1e200, 1e200, 1.0), (0.0, inf, inf, 1.0), (inf, 0.0, inf, -1.0)],
        keras_rtol=1e-6,  # its log 2
        perfect=lambda y: y,
    ),
    Case(
        loss=lb.Quantile(),
        definition=pinball(0.5),
        extremes=[*RESIDUALS, (0.0, 1e200)],
        limits=[(2.0, 2.0, 0.0, 0.0)],
        sklearn=metric(metrics.mean_pinball_loss),
        sklearn_loss=training_loss(sk.PinballLoss, quantile=0.5),
        perfect=lambda y: y,
    ),
    Case(
        name="Quantile-0.9",
        loss=lb.Quantile(0.9),
        definition=pinball(0.9),
        extremes=[*RESIDUALS, (0.0, 1e308), (1e308, 0.0)],
        limits=[(0.0, inf, inf, 1 - 0.9), (inf, 0.0, inf, -0.9), (2.0, 2.0, 0.0, 0.0)],
        sklearn=metric(metrics.mean_pinball_loss, alpha=0.9),
        sklearn_loss=training_loss(sk.PinballLoss, quantile=0.9),
        perfect=lambda y: y,
    ),
    Case(
        loss=lb.MeanAbsolutePercentageError(),
        definition=lambda y, p: 100 * abs(p - y) / abs(y),
        extremes=[(y, y + r) for y in (1.0, -1e-10, 1e200) for r in (1e-10, -0.3, 1e5, 1e200)]
        + [(-1e308, 1e308), (1e308, -1e308), (1e-300, 0.0)],
        limits=[
            (0.0, 0.0, 0.0, 0.0),
            (0.0, 1e-300, inf, inf),
            (3.0, 3.0, 0.0, 0.0),
            (inf, 0.0, 100.0, 0.0),
            (2.0, inf, inf, 50.0),
        ],
        sklearn=lambda y, p, w: 100 * metrics.mean_absolute_percentage_error(y, p, sample_weight=w),
        perfect=lambda y: y,
    ),
    Case(
        loss=lb.MeanSquaredLogarithmicError(),
        definition=squared_log_error,
        extremes=[
            *[(0.0, p) for p in (1e-150, 1e-10, 1.0, 1e5, 1e200, 1e308, -0.5, -1 + 2**-53)],
            *[(5.0, p) for p in (5.0 + 1e-10, 5.0 - 1e-10, 0.0, -1 + 1e-10, 1e308)],
            (-1 + 1e-10, -1 + 2e-10),
            (1e308, 0.0),
        ],
        limits=[(0.0, inf, inf, 0.0), (inf, 0.0, inf, -inf), (2.0, 2.0, 0.0, 0.0)],
        sklearn=metric(metrics.mean_squared_log_error),
        perfect=lambda y: y,
        convex=False,
    ),
    Case(
        loss=lb.Poisson(),
        definition=lambda y, p: p - xlogy(y, p),
        extremes=[(y, p) for y in (0.0, 1.0, 3.0, 1e5) for p in (1e-300, 1e-10, 0.3, 7.0, 1e200)],
        limits=[
            (0.0, 0.0, 0.0, 1.0),
            (2.0, 0.0, inf, -inf),
            (2.0, inf, inf, 1.0),
            (3.0, 3.0, 3 - 3 * np.log(3.0), 0.0),
        ],
        keras=exact(keras.losses.Poisson),
        sklearn=poisson_from_deviance,
        terms=lambda y, p: p + abs(xlogy(y, p)),
        nonnegative=False,
    ),
    Case(
        name="Poisson-log",
        loss=lb.Poisson(log_input=True),
        definition=poisson_logs,
        extremes=[
            (y, z) for y in (0.0, 1.0, 3.0) for z in (-1e200, -700.0, -1e-10, 0.5, 40.0, 700.0)
        ],
        limits=[
            (2.0, inf, inf, inf),
            (2.0, -inf, inf, -2.0),
            (0.0, -inf, 0.0, 0.0),
            (2.0, 1e308, inf, inf),
        ],
        keras=of_rates,
        sklearn=lambda y, z, w: poisson_from_deviance(y, np.exp(z), w),
        sklearn_loss=training_loss(sk.HalfPoissonLoss),
        terms=lambda y, z: mp.exp(z) + abs(y * z),
        slope_terms=lambda y, z: mp.exp(z) + y,
        nonnegative=False,
    ),
    Case(
        loss=lb.Hinge(),
        definition=hinge,
        extremes=[(y, z) for y in (-1.0, 1.0) for z in (0.0, 1e-300, -0.5, 3.0, -1e10, 1e308)],
        limits=[(1.0, 1.0, 0.0, 0.0), (1.0, -inf, inf, -1.0), (-1.0, -inf, 0.0, 0.0)],
        sklearn=metric(metrics.hinge_loss),
        perfect=lambda y: 2.0 * y,
        only_perfect=False,
    ),
    Case(
        name="Hinge-bits",
        loss=lb.Hinge(),
        kind=("bit", "score"),
        draw=bits,
        definition=hinge,
        extremes=[(y, z) for y in (0.0, 1.0) for z in (0.0, 1e-300, -0.5, 3.0, -1e10, 1e308)],
        sklearn=metric(metrics.hinge_loss),
        perfect=lambda y: 4.0 * y - 2,
        only_perfect=False,
    ),
    Case(
        loss=lb.SquaredHinge(),
        definition=lambda y, z: hinge(y, z) ** 2,
        extremes=[(y, z) for y in (-1.0, 1.0) for z in (0.0, 1e-300, -0.5, 3.0, -1e10, 1 - 1e-10)],
        limits=[(1.0, 1.0, 0.0, 0.0), (1.0, -inf, inf, -inf), (1.0, -1e200, inf, -2e200)],
        perfect=lambda y: 2.0 * y,
        only_perfect=False,
    ),
    Case(
        loss=lb.CategoricalHinge(),
        definition=categorical_hinge,
        extremes=[
            (ONE_HOT, z)
            for z in (
                [0.5, 0.2, -1.0, 0.1],
                [3.0, 1.0, 0.0, -2.0],
                [-5.0, -1.0, -2.0, -3.0],
                [1e-10, 1e200, 0.0, 1.0],
                [-1e308, 5e307, 0.0, 0.0],
            )
        ],
        limits=[
            (ONE_HOT, [1.0, 0.0, -1.0, 0.0], 0.0, [0.0, 0.0, 0.0, 0.0]),
            (ONE_HOT, [0.0, inf, 0.0, 0.0], inf, [-1.0, 1.0, 0.0, 0.0]),
            (ONE_HOT, [inf, 0.0, 0.0, 0.0], 0.0, [0.0, 0.0, 0.0, 0.0]),
            (ONE_HOT, [0.0, 1.0, 1.0, 0.0], 2.0, [-1.0, 0.5, 0.5, 0.0]),
        ],
        keras=shifted_hinge,
        sklearn=lambda y, z, w: metrics.hinge_loss(
            y.argmax(axis=1), z, labels=range(K), sample_weight=w
        ),
        perfect=lambda y: 2.0 * y,
        only_perfect=False,
    ),
    Case(
        loss=lb.BinaryFocalCrossentropy(),
        definition=focal(2),
        extremes=[(y, p) for y in (0.0, 1.0) for p in SHARES],
        limits=[
            (1.0, 0.0, inf, -inf),
            (1.0, 1.0, 0.0, 0.0),
            (0.0, 1.0, inf, inf),
            (0.3, 0.0, inf, -inf),  # m² / p outgrows m log p
            (0.3, 1.0, inf, inf),
        ],
        perfect=lambda y: np.round(y),
    ),
    Case(
        name="BinaryFocalCrossentropy-logits",
        loss=lb.BinaryFocalCrossentropy(from_logits=True),
        definition=focal_logits(2),
        extremes=[(y, z) for y in (0.0, 1.0) for z in LOGITS],
        limits=[(1.0, inf, 0.0, 0.0), (1.0, -inf, inf, -1.0), (0.0, inf, inf, 1.0)],
        convex=False,
    ),
    Case(
        name="BinaryFocalCrossentropy-balanced",
        loss=lb.BinaryFocalCrossentropy(gamma=0.5, alpha=0.25),
        definition=focal(mp.mpf(0.5), 0.25),
        extremes=[(y, p) for y in (0.0, 1.0) for p in SHARES],
        limits=[(1.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0), (1.0, 0.0, inf, -inf)],
        keras=partial(
            keras.losses.BinaryFocalCrossentropy,
            gamma=0.5,
            alpha=0.25,
            apply_class_balancing=True,
        ),
        perfect=lambda y: np.round(y),
    ),
    Case(
        loss=lb.CategoricalFocalCrossentropy(),
        definition=focal_rows(2),
        extremes=[(y, p) for y in (ONE_HOT, SOFT) for p in SHARE_ROWS],
        limits=[
            (ONE_HOT, [0.0, 1.0, 0.0, 0.0], inf, [-inf, 0.0, 0.0, 0.0]),
            (ONE_HOT, [1.0, 0.0, 0.0, 0.0], 0.0, [0.0, 0.0, 0.0, 0.0]),
        ],
        keras=partial(keras.losses.CategoricalFocalCrossentropy, alpha=1.0),
        keras_slope=through_the_row_sum,
        perfect=lambda y: np.eye(K)[y.argmax(axis=1)],
    ),
    Case(
        name="CategoricalFocalCrossentropy-weights",
        loss=lb.CategoricalFocalCrossentropy(gamma=1.5, alpha=[0.5, 1.0, 2.0, 0.25]),
        definition=focal_rows(mp.mpf(1.5), (0.5, 1.0, 2.0, 0.25)),
        extremes=[(y, p) for y in (ONE_HOT, SOFT) for p in SHARE_ROWS],
        keras=partial(
            keras.losses.CategoricalFocalCrossentropy, gamma=1.5, alpha=[0.5, 1.0, 2.0, 0.25]
        ),
        keras_slope=through_the_row_sum,
    ),
    Case(
        name="CategoricalFocalCrossentropy-logits",
        loss=lb.CategoricalFocalCrossentropy(from_logits=True),
        definition=focal_row_logits(2),
        extremes=[(ONE_HOT, z) for z in LOGIT_ROWS],
        limits=[
            (ONE_HOT, [inf, 0.0, 0.0, 0.0], 0.0, [0.0, 0.0, 0.0, 0.0]),
            (ONE_HOT, [0.0, inf, 0.0, 0.0], inf, [-1.0, 1.0, 0.0, 0.0]),
        ],
        keras=partial(keras.losses.CategoricalFocalCrossentropy, alpha=1.0, from_logits=True),
        convex=False,
    ),
    Case(
        loss=lb.KLDivergence(),
        definition=divergence,
        extremes=[(y, p) for y in (ONE_HOT, SOFT, SHARE_ROWS[1]) for p in SHARE_ROWS]
        + [(SOFT, [0.1 + 1e-10, 0.2, 0.3 - 1e-10, 0.4])],
        limits=[
            (ONE_HOT, [0.0, 1.0, 0.0, 0.0], inf, [-inf, 0.0, 0.0, 0.0]),
            (ONE_HOT, [1.0, 0.0, 0.0, 0.0], 0.0, [-1.0, 0.0, 0.0, 0.0]),
            (SOFT, SOFT, 0.0, [-1.0, -1.0, -1.0, -1.0]),
        ],
        keras=exact(keras.losses.KLDivergence),
        terms=lambda y, p: mp.fsum(abs(a * mp.log(a / b)) for a, b in zip(y, p, strict=True) if a),
        perfect=lambda y: y,
    ),
    Case(
        name="KLDivergence-epsilon",
        loss=lb.KLDivergence(epsilon=1e-7),
        draw=rows,
        definition=lambda y, p: divergence(
            [max(a, mp.mpf(1e-7)) for a in y], [max(b, mp.mpf(1e-7)) for b in p]
        ),
        extremes=[(y, p) for y in (ONE_HOT, SOFT) for p in SHARE_ROWS],
        terms=lambda y, p: 1,
        nonnegative=False,  # where a 0 has been raised, the rows do not sum to 1 any more
    ),
    Case(
        loss=lb.CosineSimilarity(),
        definition=minus_cosine,
        extremes=[
            (y, p)
            for y in ([1.0, 2.0, -3.0, 0.5], [1e200, 0.0, 1e-200, 1e100])
            for p in ([3.0, -1.0, 0.25, 2.0], [1e-300, 2e-300, 0.0, 0.0], [1e200, -3e200, 0.0, 1.0])
        ],
        limits=[
            ([0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0], 0.0, [0.0, 0.0, 0.0, 0.0]),
            ([1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0], 0.0, [0.0, 0.0, 0.0, 0.0]),
            ([1.0, 0.0, 0.0, 0.0], [inf, 0.0, 0.0, 0.0], -1.0, [0.0, 0.0, 0.0, 0.0]),
            ([2.0, 0.0, 0.0, 0.0], [5.0, 0.0, 0.0, 0.0], -1.0, [0.0, 0.0, 0.0, 0.0]),
        ],
        sklearn=lambda y, p, w: np.average(
            metrics.pairwise.paired_cosine_distances(y, p) - 1, weights=w
        ),
        terms=lambda y, p: 1,
        slope_terms=lambda y, p: 1 / length(p),
        nonnegative=False,
        convex=False,
    ),
]

IDS = [case.name for case in CASES]
for twice in {name for name in IDS if IDS.count(name) > 1}:
    raise ValueError(f"CASES: expected rows of different names, received {twice} twice; name one")


@contextmanager
def naming(what):
    """Say of which combination it was that a test of several has failed."""
    try:
        yield
    except BaseException as error:  # pytest's failures are no Exceptions
        error.add_note(f"this was {what}")
        raise


# For what an engine does whatever the formula, one loss each: of numbers, of labels that have to go
# together, of rows, of indices, of indices some of which are ignored, of vectors.
FAMILIES = [
    case
    for case in CASES
    if case.name
    in {
        "Huber",
        "Hinge",
        "CategoricalCrossentropy",
        "SparseCategoricalCrossentropy-logits",
        "SparseCategoricalCrossentropy-ignore",
        "CosineSimilarity",
    }
]
