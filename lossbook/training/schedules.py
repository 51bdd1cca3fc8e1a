"""Learning rates that change while a model trains: a schedule is called with the step, from 0.

An optimiser takes a schedule wherever it takes a number, and so it takes any other function of
the step. All schedules but :class:`ReduceLROnPlateau` are pure: the rate depends on the step
alone.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Real
from typing import Protocol, runtime_checkable

import numpy as np

from lossbook._contracts.parameters import (
    check_count,
    check_flag,
    store_number,
    store_numbers,
    store_rates,
)

# --- a rate, or a schedule ------------------------------------------------------------------------


def store_rate(owner: object, name: str) -> None:
    """Check a parameter that is a learning rate, unless it is a schedule, which is as it is."""
    if not callable(getattr(owner, name)):
        store_rates(owner, name)


def rate_at(rate: float | Callable[[int], float], step: int) -> float:
    """Return the learning rate of a step."""
    return rate(step) if callable(rate) else rate


# --- schedules of the step ------------------------------------------------------------------------


class Schedule:
    """What schedules have in common; derive your own from it, or write any function of the step.

    Write :meth:`rate`. That the step is a whole number of at least 0 is checked before, and of
    what it returns a Python float is made.

    Examples
    --------
    >>> import lossbook as lb
    >>> class Hyperbola(lb.Schedule):
    ...     def rate(self, step):
    ...         return 0.5 / (1 + step)
    >>> Hyperbola()(4)
    0.1
    >>> result = lb.fit(
    ...     lb.LinearModel(1),
    ...     [[1.0], [2.0]],
    ...     [3.0, 5.0],
    ...     loss=lb.MeanSquaredError(),
    ...     optimizer=lb.SGD(Hyperbola()),
    ...     epochs=5,
    ... )
    >>> result.history.learning_rate.round(3)
    array([0.5  , 0.25 , 0.167, 0.125, 0.1  ])
    """

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step.

        Parameters
        ----------
        step : int
            How many steps have been taken before: the first step is 0.

        Returns
        -------
        float

        Raises
        ------
        TypeError
            If `step` is not an integer.
        ValueError
            If `step` is negative.
        """
        check_count("step", step, at_least=0)
        try:
            return float(self.rate(int(step)))
        except OverflowError:  # a rate that grows without bound
            return math.inf

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, an int of at least 0: the schedule's formula."""
        raise NotImplementedError(f"{type(self).__name__}.rate(step) has still to be written")


@dataclass(frozen=True)
class ConstantSchedule(Schedule):
    """The same learning rate at every step.

    Parameters
    ----------
    learning_rate : float
        At least 0.

    Raises
    ------
    TypeError, ValueError
        If the rate is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.ConstantSchedule(0.1)(1000)
    0.1

    References
    ----------
    Robbins, H. & Monro, S. (1951). A stochastic approximation method. The Annals of Mathematical
    Statistics 22(3), 400-407: why, with noisy gradients, it has to decay.
    """

    learning_rate: float

    def __post_init__(self) -> None:
        store_rates(self, "learning_rate")

    def rate(self, step: int) -> float:
        return self.learning_rate


@dataclass(frozen=True)
class PiecewiseConstantDecay(Schedule):
    """One learning rate up to each boundary, and another after it.

    Parameters
    ----------
    boundaries : sequence of numbers
        Steps, strictly increasing. At a boundary the old rate still holds.
    values : sequence of float
        The rates, at least 0: one more than there are boundaries.

    Raises
    ------
    TypeError, ValueError
        If the boundaries do not increase, or the rates are not such numbers or so many.

    Examples
    --------
    >>> import lossbook as lb
    >>> schedule = lb.PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> schedule(100), schedule(101), schedule(201)
    (0.1, 0.01, 0.001)

    References
    ----------
    He, K., Zhang, X., Ren, S. & Sun, J. (2016). Deep residual learning for image recognition.
    CVPR, 770-778, section 3.4.
    """

    boundaries: Sequence[float]
    values: Sequence[float]

    def __post_init__(self) -> None:
        store_numbers(self, "boundaries")
        store_numbers(self, "values", at_least=0)
        for before, after in pairwise(self.boundaries):
            if not before < after:
                raise ValueError(
                    "boundaries: expected steps that strictly increase, received "
                    f"{before!r} before {after!r}"
                )
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"values: expected {len(self.boundaries) + 1}, one more than there are boundaries, "
                f"received {len(self.values)}"
            )

    def rate(self, step: int) -> float:
        return self.values[bisect_left(self.boundaries, step)]


@dataclass(frozen=True)
class StepDecay(Schedule):
    r"""The rate times `drop` after every so many steps.

    .. math:: \eta_t = \eta_0 \, d^{\lfloor t / n \rfloor}

    Parameters
    ----------
    initial_learning_rate : float
        η₀, at least 0.
    drop : float
        d, at least 0: ½ halves the rate.
    every : float
        n, above 0: how many steps the rate holds.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> schedule = lb.StepDecay(0.8, drop=0.5, every=10)
    >>> schedule(9), schedule(10), schedule(20)
    (0.8, 0.4, 0.2)

    References
    ----------
    Goodfellow, I., Bengio, Y. & Courville, A. (2016). Deep Learning. MIT Press, section 8.3.1.
    """

    initial_learning_rate: float
    drop: float
    every: float

    def __post_init__(self) -> None:
        store_rates(self, "initial_learning_rate", "drop")
        store_number(self, "every", above=0)

    def rate(self, step: int) -> float:
        return self.initial_learning_rate * math.pow(self.drop, step // self.every)


@dataclass(frozen=True)
class _Decay(Schedule):
    """What the two decays without an end share."""

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool = False

    def __post_init__(self) -> None:
        store_rates(self, "initial_learning_rate", "decay_rate")
        store_number(self, "decay_steps", above=0)
        check_flag("staircase", self.staircase)

    def _periods(self, step: int) -> float:
        """Return how many times `decay_steps` have passed; only whole times on a staircase."""
        return step // self.decay_steps if self.staircase else step / self.decay_steps


@dataclass(frozen=True)
class ExponentialDecay(_Decay):
    r"""The rate times `decay_rate` over every `decay_steps`, smoothly or as a staircase.

    .. math:: \eta_t = \eta_0 \, r^{t / n}

    Parameters
    ----------
    initial_learning_rate : float
        η₀, at least 0.
    decay_steps : float
        n, above 0.
    decay_rate : float
        r, at least 0. Above 1 the rate grows, as a search for a good rate wants it.
    staircase : bool
        Whether t / n is rounded down, so that the rate falls in steps.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> schedule = lb.ExponentialDecay(0.1, decay_steps=100, decay_rate=0.25)
    >>> schedule(0), schedule(50), schedule(100)
    (0.1, 0.05, 0.025)

    References
    ----------
    Senior, A., Heigold, G., Ranzato, M. & Yang, K. (2013). An empirical study of learning rates
    in deep neural networks for speech recognition. ICASSP, 6724-6728.
    """

    def rate(self, step: int) -> float:
        return self.initial_learning_rate * math.pow(self.decay_rate, self._periods(step))


@dataclass(frozen=True)
class InverseTimeDecay(_Decay):
    r"""The rate falls as one over the step: fast at first, then ever more slowly.

    .. math:: \eta_t = \frac{\eta_0}{1 + r t / n}

    Parameters
    ----------
    initial_learning_rate : float
        η₀, at least 0.
    decay_steps : float
        n, above 0.
    decay_rate : float
        r, at least 0.
    staircase : bool
        Whether t / n is rounded down, so that the rate falls in steps.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> schedule = lb.InverseTimeDecay(0.1, decay_steps=100, decay_rate=1)
    >>> schedule(0), schedule(100), schedule(300)
    (0.1, 0.05, 0.025)

    References
    ----------
    Robbins, H. & Monro, S. (1951). A stochastic approximation method. The Annals of Mathematical
    Statistics 22(3), 400-407.
    """

    def rate(self, step: int) -> float:
        return self.initial_learning_rate / (1 + self.decay_rate * self._periods(step))


def _remaining(step: float, end: float) -> float:
    """Return which part of the steps is still to come, 1 - t / n; after the end, 0."""
    return max(end - step, 0) / end


@dataclass(frozen=True)
class PolynomialDecay(Schedule):
    r"""From one rate to another along a power of the time that remains; a straight line by default.

    .. math:: \eta_t = (\eta_0 - \eta_n) \left(1 - \frac{t}{n}\right)^p + \eta_n

    Parameters
    ----------
    initial_learning_rate : float
        η₀, at least 0.
    decay_steps : float
        n, above 0.
    end_learning_rate : float
        ηₙ, at least 0: the rate from step n on.
    power : float
        p, at least 0.
    cycle : bool
        Whether, past the end, n becomes the next multiple of itself, so that the rate rises again.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> schedule = lb.PolynomialDecay(0.5, decay_steps=100, end_learning_rate=0.1)
    >>> schedule(0), schedule(75), schedule(1000)
    (0.5, 0.2, 0.1)

    References
    ----------
    Liu, W., Rabinovich, A. & Berg, A. C. (2015). ParseNet: looking wider to see better.
    arXiv:1506.04579, section 4.1.
    """

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False

    def __post_init__(self) -> None:
        store_rates(self, "initial_learning_rate", "end_learning_rate", "power")
        store_number(self, "decay_steps", above=0)
        check_flag("cycle", self.cycle)

    def rate(self, step: int) -> float:
        end = self.decay_steps
        if self.cycle:
            end *= max(1, math.ceil(step / end))
        drop = self.initial_learning_rate - self.end_learning_rate
        return drop * math.pow(_remaining(step, end), self.power) + self.end_learning_rate


@dataclass(frozen=True)
class CosineDecay(Schedule):
    r"""Half a wave of a cosine, from the initial rate down to `alpha` times it.

    .. math:: \eta_t = \eta_0 \left((1 - \alpha) \frac{1 + \cos(\pi t / n)}{2} + \alpha\right)

    Parameters
    ----------
    initial_learning_rate : float
        η₀, at least 0.
    decay_steps : float
        n, above 0; from this step on the rate is α η₀.
    alpha : float
        α, in [0, 1]: the fraction of the initial rate that remains.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> schedule = lb.CosineDecay(0.1, decay_steps=100)
    >>> [round(schedule(step), 6) for step in (0, 50, 100, 150)]
    [0.1, 0.05, 0.0, 0.0]

    References
    ----------
    Loshchilov, I. & Hutter, F. (2017). SGDR: stochastic gradient descent with warm restarts. ICLR,
    equation 5.
    """

    initial_learning_rate: float
    decay_steps: float
    alpha: float = 0.0

    def __post_init__(self) -> None:
        store_rates(self, "initial_learning_rate")
        store_number(self, "decay_steps", above=0)
        store_number(self, "alpha", at_least=0, at_most=1)

    def rate(self, step: int) -> float:
        # (1 + cos πt/n) / 2, in a form that keeps its digits as it nears 0.
        wave = math.sin(math.pi / 2 * _remaining(step, self.decay_steps)) ** 2
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


@dataclass(frozen=True)
class Warmup(Schedule):
    r"""A straight line from 0 to the rate that another schedule begins with, then that schedule.

    Parameters
    ----------
    steps : int
        How many steps the line takes, at least 0.
    then : float or callable
        A rate, or a schedule, for which the step after the line is step 0.

    Raises
    ------
    TypeError, ValueError
        If `steps` is not such an integer, or `then` neither a rate nor callable.

    Examples
    --------
    >>> import lossbook as lb
    >>> schedule = lb.Warmup(4, then=lb.StepDecay(1.0, drop=0.5, every=10))
    >>> [schedule(step) for step in (0, 1, 2, 3, 4, 13, 14)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 0.5]

    References
    ----------
    Goyal, P. et al. (2017). Accurate, large minibatch SGD: training ImageNet in 1 hour.
    arXiv:1706.02677, section 2.2.
    """

    steps: int
    then: float | Callable[[int], float]

    def __post_init__(self) -> None:
        check_count("steps", self.steps, at_least=0)
        store_rate(self, "then")

    def rate(self, step: int) -> float:
        rate = rate_at(self.then, max(step - int(self.steps), 0))
        return rate * step / self.steps if step < self.steps else rate


# --- a schedule that looks at the metric ----------------------------------------------------------


@runtime_checkable
class Listener(Protocol):
    """A schedule that depends on how the run goes."""

    def update(self, metric: float, /) -> object:
        """Take in the loss of an epoch."""


def listener(rate: object) -> Listener | None:
    """Return the schedule that wants to hear how a run goes, if this is one or leads to one."""
    while isinstance(rate, Warmup):
        rate = rate.then
    return rate if callable(rate) and isinstance(rate, Listener) else None


@dataclass(eq=False)
class ReduceLROnPlateau:
    """Reduce the learning rate when a metric has stopped falling; Keras's rule.

    A metric is better if it is below the best one by more than `min_delta`. After `patience`
    updates without a better one the rate is multiplied by `factor`, though never taken below
    `min_lr`; during the next `cooldown` updates nothing is counted.

    Unlike other schedules it remembers. It takes the place of a learning rate in an optimiser:
    called with a step, it gives the rate that holds now, whatever the step.

    Parameters
    ----------
    initial_learning_rate : float
        At least 0.
    factor : float
        In [0, 1).
    patience : int
        At least 0.
    min_delta : float
        At least 0, in the unit of the metric.
    cooldown : int
        At least 0.
    min_lr : float
        At least 0.

    Attributes
    ----------
    learning_rate : float
        The rate that holds now.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> plateau = lb.ReduceLROnPlateau(0.1, factor=0.5, patience=2)
    >>> [plateau.update(loss) for loss in (3.0, 2.0, 2.0, 2.0, 1.0)]
    [0.1, 0.1, 0.1, 0.05, 0.05]

    References
    ----------
    Chollet, F. et al. (2015). Keras, https://keras.io: callbacks.ReduceLROnPlateau.
    """

    initial_learning_rate: float
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 1e-4
    cooldown: int = 0
    min_lr: float = 0.0
    learning_rate: float = field(init=False, repr=False)
    _best: float | None = field(init=False, repr=False)
    _waited: int = field(init=False, repr=False)
    _to_rest: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        store_rates(self, "initial_learning_rate", "min_delta", "min_lr")
        store_number(self, "factor", at_least=0, below=1)
        check_count("patience", self.patience, at_least=0)
        check_count("cooldown", self.cooldown, at_least=0)
        self.reset()

    def reset(self) -> None:
        """Start anew: forget the metrics and return to the initial learning rate."""
        self.learning_rate = float(self.initial_learning_rate)
        self._best = None
        self._waited = 0
        self._to_rest = 0

    def __call__(self, step: int) -> float:
        """Return the learning rate that holds now.

        Parameters
        ----------
        step : int
            At least 0; the rate does not depend on it.

        Returns
        -------
        float

        Raises
        ------
        TypeError, ValueError
            If `step` is not such an integer.
        """
        check_count("step", step, at_least=0)
        return self.learning_rate

    def update(self, metric: float) -> float:
        """Take in the metric, as a rule once an epoch, and return the learning rate from now on.

        Parameters
        ----------
        metric : float
            What should fall, such as the validation loss. It may be infinite.

        Returns
        -------
        float

        Raises
        ------
        TypeError
            If `metric` is not a number.
        ValueError
            If it is NaN.
        """
        if isinstance(metric, bool | np.bool) or not isinstance(metric, Real):
            raise TypeError(
                f"metric: expected a number, received {type(metric).__name__} {metric!r}"
            )
        if math.isnan(metric):
            raise ValueError("metric: expected a number, received nan")
        if self._to_rest > 0:
            self._to_rest -= 1
        if self._best is None or metric + self.min_delta < self._best:
            self._best = float(metric)
            self._waited = 0
        elif self._to_rest == 0:
            self._waited += 1
            if self._waited >= self.patience and self.learning_rate > self.min_lr:
                self.learning_rate = max(self.factor * self.learning_rate, float(self.min_lr))
                self._to_rest = self.cooldown
                self._waited = 0
        return self.learning_rate
