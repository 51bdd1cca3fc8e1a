"""How a gradient changes the parameters: each optimiser is one update rule.

An optimiser holds its settings and nothing else. What it remembers between steps is a state, which
:meth:`init` makes and :meth:`update` replaces; neither the arrays of the caller nor the old state
are modified. The rules are those of Keras. In the formulas w are the parameters, g is the
gradient, η the learning rate, and t counts the steps from 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array, as_float_array
from lossbook._contracts.domains import FINITE, REAL
from lossbook._contracts.dtypes import Array
from lossbook._contracts.parameters import check_flag, check_number, store_number
from lossbook.training.schedules import store_rate

State = TypeVar("State")


class Optimizer(Generic[State]):
    """What optimisers have in common; derive your own from it.

    Write :meth:`init` and :meth:`update`. What a state is, is yours to choose; it must not be
    modified, and neither must the arrays. Where you write :meth:`update_and_rate` instead of
    :meth:`update`, the history of a run also holds the rates that a schedule gave.

    Attributes
    ----------
    learning_rate : float or callable
        A number, or a schedule that gives it for each step; :meth:`rate` asks it.

    Examples
    --------
    >>> import lossbook as lb
    >>> import numpy as np
    >>> class SignDescent(lb.Optimizer[int]):
    ...     def __init__(self, learning_rate):
    ...         self.learning_rate = learning_rate
    ...
    ...     def init(self, w):
    ...         return 0  # steps so far
    ...
    ...     def update_and_rate(self, w, gradient, state):
    ...         rate = self.rate(state)
    ...         return w - rate * np.sign(gradient), state + 1, rate
    >>> result = lb.fit(
    ...     lb.LinearModel(1),
    ...     [[1.0], [2.0], [3.0]],
    ...     [3.0, 5.0, 7.0],
    ...     loss=lb.MeanSquaredError(),
    ...     optimizer=SignDescent(lb.StepDecay(0.5, drop=0.8, every=10)),
    ...     epochs=1000,
    ... )
    >>> result.w.round(3)
    array([2., 1.])
    >>> result.history.learning_rate[[0, 9, 10]]
    array([0.5, 0.5, 0.4])
    """

    learning_rate: float | Callable[[int], float]

    def init(self, w: ArrayLike) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        w : array_like, any shape
            The parameters.

        Returns
        -------
        state
            Of the package's optimisers a NamedTuple, whose `step` is 0.

        Raises
        ------
        TypeError
            If `w` is not an array of real numbers.
        ValueError
            If it is empty or holds a NaN.
        """
        raise NotImplementedError(f"{type(self).__name__}.init(w) has still to be written")

    def update(self, w: ArrayLike, gradient: ArrayLike, state: State) -> tuple[Array, State]:
        """Take one step.

        Parameters
        ----------
        w : array_like, any shape
            The parameters.
        gradient : array_like, the shape of `w`
            Finite.
        state
            From :meth:`init`, or from the update before.

        Returns
        -------
        w : ndarray of the shape and dtype of `w` (float64 for integers)
        state
            Both are new; what came in is not modified.

        Raises
        ------
        TypeError
            If an argument is of the wrong kind.
        ValueError
            If the shapes differ, `w` holds a NaN, the gradient is not finite, or a schedule gives
            no valid rate.
        """
        w, state, _ = self.update_and_rate(w, gradient, state)
        return w, state

    def update_and_rate(
        self, w: ArrayLike, gradient: ArrayLike, state: State
    ) -> tuple[Array, State, float]:
        """Take one step, and return the learning rate that it used as a third result.

        Parameters, results and errors are else those of :meth:`update`. A schedule is asked once.
        """
        raise NotImplementedError(
            f"{type(self).__name__}.update(w, gradient, state) has still to be written"
        )

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, which is asked of the schedule where there is one.

        Parameters
        ----------
        step : int
            How many steps have been taken before.

        Returns
        -------
        float

        Raises
        ------
        TypeError, ValueError
            If the schedule gives no finite number of at least 0.
        """
        rate = self.learning_rate
        if not callable(rate):
            return rate
        value = rate(step)
        if type(value) is not float or not 0 <= value < math.inf:
            check_number(
                f"learning_rate, {rate!r} at step {step}", value, at_least=0, below=math.inf
            )
        return float(value)


# --- what the rules below share -------------------------------------------------------------------

# A state is a tuple of the number of steps so far and of arrays, or None, of the shape of w.
RuleState = TypeVar("RuleState", bound="SGDState | RMSpropState | AdagradState | AdamState")


class Rule(Optimizer[RuleState]):
    """An optimiser of the package: the checks around a formula."""

    _state: type[RuleState]

    def init(self, w: ArrayLike) -> RuleState:
        return self._init(as_float_array("w", w))

    def update_and_rate(
        self, w: ArrayLike, gradient: ArrayLike, state: RuleState
    ) -> tuple[Array, RuleState, float]:
        if not isinstance(state, self._state):
            raise TypeError(
                f"state: expected the {self._state.__name__} of {type(self).__name__}.init(w), "
                f"received {type(state).__name__}"
            )
        rate = self.rate(state.step)
        with np.errstate(all="ignore"):  # an underflow to 0 is right, and so is an overflow to inf
            w, g = _accept(w, gradient)
            _check_shapes(state, w)
            return *self._step(w, g, state, rate), rate

    def _init(self, w: Array) -> RuleState:
        raise NotImplementedError

    def _step(self, w: Array, g: Array, state: RuleState, rate: float) -> tuple[Array, RuleState]:
        """Apply the formula; only arrays made here may be modified."""
        raise NotImplementedError


DESCENDABLE = replace(FINITE, hint="has the loss diverged? A smaller learning rate may help")


def _accept(w: ArrayLike, gradient: ArrayLike) -> tuple[Array, Array]:
    """Return the parameters and the gradient as arrays of the parameters' dtype."""
    if type(w) is not np.ndarray or w.dtype.kind != "f":
        w = as_float_array("w", w)
    if type(gradient) is not np.ndarray or gradient.dtype != w.dtype:
        gradient = as_array("gradient", gradient).astype(w.dtype)
    if gradient.shape != w.shape:
        raise ValueError(
            f"gradient: expected the shape of w, {w.shape} (nothing is broadcast), "
            f"received {gradient.shape}"
        )
    if math.isnan(np.vdot(w, w)):
        REAL.reject("w", w)
    # This is infinite or NaN where an entry is, but also where only a square overflows.
    if not math.isfinite(np.vdot(gradient, gradient)):
        DESCENDABLE.reject("gradient", gradient)
    return w, gradient


def _check_shapes(state: tuple[Any, ...], w: Array) -> None:
    for moment in state[1:]:
        if moment is not None and moment.shape != w.shape:
            raise ValueError(
                f"state: expected one made by init(w) for the shape of w, {w.shape}, "
                f"received one for {moment.shape}"
            )


@cache
def _smallest(dtype: np.dtype[Any]) -> float:
    """Return the smallest positive number: it stands for an ε of 0, so that 0 / 0 is 0."""
    return float(np.finfo(dtype).smallest_subnormal)


def _decayed(factor: float, moment: Array | None) -> Array | float:
    """Return factor · moment, where what has not been kept so far is 0."""
    return 0.0 if moment is None else factor * moment


# --- gradient descent and momentum ----------------------------------------------------------------


class SGDState(NamedTuple):
    """What :class:`SGD` remembers; without momentum there is no velocity."""

    step: int
    velocity: Array | None


@dataclass(frozen=True)
class SGD(Rule[SGDState]):
    r"""Gradient descent, with momentum if wanted; stochastic if the gradient is that of a batch.

    .. math:: w \leftarrow w - \eta g

    With momentum μ the steps build up a velocity; Nesterov's form looks one step ahead:

    .. math::

        v &\leftarrow \mu v - \eta g \\
        w &\leftarrow w + v \quad\text{or, Nesterov,}\quad w + \mu v - \eta g

    Parameters
    ----------
    learning_rate : float or callable
        η, at least 0, or a schedule that gives it for each step.
    momentum : float
        μ, in [0, 1).
    nesterov : bool
        Whether to look ahead.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> optimizer = lb.SGD(learning_rate=0.1)
    >>> state = optimizer.init([1.0, 2.0])
    >>> w, state = optimizer.update([1.0, 2.0], [5.0, -5.0], state)
    >>> w
    array([0.5, 2.5])

    References
    ----------
    Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods. USSR
    Computational Mathematics and Mathematical Physics 4(5), 1-17.

    Sutskever, I., Martens, J., Dahl, G. & Hinton, G. (2013). On the importance of initialization
    and momentum in deep learning. ICML, 1139-1147: Nesterov's momentum in this form.
    """

    learning_rate: float | Callable[[int], float] = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    _state = SGDState

    def __post_init__(self) -> None:
        store_rate(self, "learning_rate")
        store_number(self, "momentum", at_least=0, below=1)
        check_flag("nesterov", self.nesterov)

    def _init(self, w: Array) -> SGDState:
        return SGDState(0, np.zeros_like(w) if self.momentum else None)

    def _step(self, w: Array, g: Array, state: SGDState, rate: float) -> tuple[Array, SGDState]:
        t = state.step + 1
        descent = rate * g
        if not self.momentum:
            return w - descent, SGDState(t, None)
        velocity = _decayed(self.momentum, state.velocity) - descent
        if self.nesterov:
            return w + self.momentum * velocity - descent, SGDState(t, velocity)
        return w + velocity, SGDState(t, velocity)


# --- a rate for each parameter --------------------------------------------------------------------


class _Squares(Rule[RuleState]):
    """What the rules below share: they keep squared gradients, and divide by a root of them."""

    epsilon: float

    def _square(self, g: Array) -> Array:
        return g * g

    def _root(self, square: Array) -> Array:
        return np.sqrt(square + max(self.epsilon, _smallest(square.dtype)))


class AdagradState(NamedTuple):
    """What :class:`Adagrad` remembers: the sum of the squared gradients."""

    step: int
    accumulator: Array


@dataclass(frozen=True)
class Adagrad(_Squares[AdagradState]):
    r"""A rate for each parameter, which falls with the squares of all gradients it has had.

    .. math::

        a &\leftarrow a + g^2 \\
        w &\leftarrow w - \frac{\eta g}{\sqrt{a + \varepsilon}}

    Parameters
    ----------
    learning_rate : float or callable
        η, at least 0, or a schedule that gives it for each step.
    initial_accumulator_value : float
        What a begins with, at least 0.
    epsilon : float
        ε, at least 0; inside the root, as in Keras.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Notes
    -----
    Squares overflow from gradients of about 1e154 on (1e19 in float32): such an entry no longer
    moves.

    Examples
    --------
    >>> import lossbook as lb
    >>> optimizer = lb.Adagrad(learning_rate=0.5, initial_accumulator_value=0.0)
    >>> state = optimizer.init([1.0, 2.0])
    >>> w, state = optimizer.update([1.0, 2.0], [3.0, -40.0], state)
    >>> w.round(6)  # the first steps are of one length, whatever the gradient
    array([0.5, 2.5])

    References
    ----------
    Duchi, J., Hazan, E. & Singer, Y. (2011). Adaptive subgradient methods for online learning and
    stochastic optimization. JMLR 12, 2121-2159.
    """

    learning_rate: float | Callable[[int], float] = 1e-3
    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7

    _state = AdagradState

    def __post_init__(self) -> None:
        store_rate(self, "learning_rate")
        store_number(self, "initial_accumulator_value", at_least=0)
        store_number(self, "epsilon", at_least=0)

    def _init(self, w: Array) -> AdagradState:
        return AdagradState(0, np.full_like(w, self.initial_accumulator_value))

    def _step(
        self, w: Array, g: Array, state: AdagradState, rate: float
    ) -> tuple[Array, AdagradState]:
        a = self._square(g)
        a += state.accumulator
        step = rate * g
        step /= self._root(a)
        return w - step, AdagradState(state.step + 1, a)


class RMSpropState(NamedTuple):
    """What :class:`RMSprop` remembers: moving averages, and the velocity; None where not used."""

    step: int
    mean_square: Array
    mean: Array | None
    velocity: Array | None


@dataclass(frozen=True)
class RMSprop(_Squares[RMSpropState]):
    r"""A rate for each parameter, by a moving average s of the squares of its gradients.

    .. math::

        s &\leftarrow \rho s + (1 - \rho) g^2 \\
        w &\leftarrow w - \frac{\eta g}{\sqrt{s + \varepsilon}}

    Centred, the gradients' variance takes the place of their mean square: a moving average a of g
    is kept as well, and :math:`s - a^2` is used instead of s. With momentum μ, the last term is
    first added to a velocity: :math:`v \leftarrow \mu v + \eta g / \sqrt{s + \varepsilon}`, then
    :math:`w \leftarrow w - v`.

    Parameters
    ----------
    learning_rate : float or callable
        η, at least 0, or a schedule that gives it for each step.
    rho : float
        ρ, in [0, 1).
    momentum : float
        μ, in [0, 1).
    epsilon : float
        ε, at least 0; inside the root, as in Keras.
    centered : bool
        Whether to use the variance.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Notes
    -----
    Squares overflow from gradients of about 1e154 on (1e19 in float32): such an entry no longer
    moves.

    Examples
    --------
    >>> import lossbook as lb
    >>> optimizer = lb.RMSprop(learning_rate=0.1, rho=0.75)
    >>> state = optimizer.init([1.0, 2.0])
    >>> w, state = optimizer.update([1.0, 2.0], [3.0, -40.0], state)
    >>> w.round(6)
    array([0.8, 2.2])

    References
    ----------
    Tieleman, T. & Hinton, G. (2012). Lecture 6.5, RMSprop. COURSERA: Neural Networks for Machine
    Learning.

    Graves, A. (2013). Generating sequences with recurrent neural networks. arXiv:1308.0850,
    section 4.2: the centred form.
    """

    learning_rate: float | Callable[[int], float] = 1e-3
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False

    _state = RMSpropState

    def __post_init__(self) -> None:
        store_rate(self, "learning_rate")
        store_number(self, "rho", at_least=0, below=1)
        store_number(self, "momentum", at_least=0, below=1)
        store_number(self, "epsilon", at_least=0)
        check_flag("centered", self.centered)

    def _init(self, w: Array) -> RMSpropState:
        return RMSpropState(
            0,
            np.zeros_like(w),
            np.zeros_like(w) if self.centered else None,
            np.zeros_like(w) if self.momentum else None,
        )

    def _step(
        self, w: Array, g: Array, state: RMSpropState, rate: float
    ) -> tuple[Array, RMSpropState]:
        s = self.rho * state.mean_square
        s += (1 - self.rho) * self._square(g)
        a, spread = None, s
        if self.centered:
            a = _decayed(self.rho, state.mean) + (1 - self.rho) * g
            # s - a², factored: rounding must not take a variance below 0, nor a² overflow.
            root, size = np.sqrt(s), np.abs(a)
            spread = np.maximum(root - size, 0) * (root + size)
        step = rate * g
        step /= self._root(spread)
        if not self.momentum:
            return w - step, RMSpropState(state.step + 1, s, a, None)
        velocity = _decayed(self.momentum, state.velocity) + step
        return w - velocity, RMSpropState(state.step + 1, s, a, velocity)


# --- both together --------------------------------------------------------------------------------


class AdamState(NamedTuple):
    """What :class:`Adam` and :class:`AdamW` remember: moving averages of g and of its square."""

    step: int
    m: Array
    v: Array


class _Adam(_Squares[AdamState]):
    """The rule that the two share."""

    beta_1: float
    beta_2: float

    _state = AdamState

    def _check_adam(self) -> None:
        store_rate(self, "learning_rate")
        store_number(self, "beta_1", at_least=0, below=1)
        store_number(self, "beta_2", at_least=0, below=1)
        store_number(self, "epsilon", at_least=0)

    def _init(self, w: Array) -> AdamState:
        return AdamState(0, np.zeros_like(w), np.zeros_like(w))

    def _step(self, w: Array, g: Array, state: AdamState, rate: float) -> tuple[Array, AdamState]:
        t = state.step + 1
        m = self.beta_1 * state.m
        m += (1 - self.beta_1) * g
        v = self.beta_2 * state.v
        v += (1 - self.beta_2) * self._square(g)
        return w - self._scaled(m, v, t, rate), AdamState(t, m, v)

    def _scaled(self, m: Array, v: Array, t: int, rate: float) -> Array:
        # Both averages began at 0, and are too small by these two factors.
        unbiased = math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        step = (rate * unbiased) * m
        step /= self._root(v)
        return step

    def _root(self, square: Array) -> Array:
        root = np.sqrt(square)
        root += max(self.epsilon, _smallest(square.dtype))
        return root


@dataclass(frozen=True)
class Adam(_Adam):
    r"""Momentum, and a rate for each parameter: moving averages of g and of its square.

    .. math::

        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        w &\leftarrow w - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
            \cdot \frac{m}{\sqrt v + \hat\varepsilon}

    Parameters
    ----------
    learning_rate : float or callable
        η, at least 0, or a schedule that gives it for each step.
    beta_1, beta_2 : float
        β₁ and β₂, in [0, 1).
    epsilon : float
        ε̂, at least 0: that of the formula before section 2.1 of the article, as in Keras.
        PyTorch and optax divide by :math:`\sqrt{v / (1 - \beta_2^t)} + \varepsilon`.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Notes
    -----
    Squares overflow from gradients of about 1e154 on (1e19 in float32): such an entry no longer
    moves. With ``epsilon=0``, gradients whose squares underflow (1e-162; 1e-23 in float32) give
    steps without bound; a gradient of 0 gives none.

    Examples
    --------
    >>> import lossbook as lb
    >>> optimizer = lb.Adam(learning_rate=0.1)
    >>> state = optimizer.init([1.0, 2.0])
    >>> w, state = optimizer.update([1.0, 2.0], [3.0, -40.0], state)
    >>> w.round(6)  # the first steps are of one length, whatever the gradient
    array([0.9, 2.1])

    References
    ----------
    Kingma, D. P. & Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.
    """

    learning_rate: float | Callable[[int], float] = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        self._check_adam()


@dataclass(frozen=True)
class AdamW(_Adam):
    r"""Adam with decoupled weight decay: before the step the parameters shrink by themselves.

    .. math:: w \leftarrow w - \eta \lambda w

    and then the step of :class:`Adam`. This is not an L2 penalty: Adam would divide that one's
    gradient, λw, by :math:`\sqrt v` like the rest.

    Parameters
    ----------
    learning_rate : float or callable
        η, at least 0, or a schedule that gives it for each step.
    weight_decay : float
        λ, at least 0.
    beta_1, beta_2, epsilon : float
        As for :class:`Adam`.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not such a number.

    Examples
    --------
    >>> import lossbook as lb
    >>> optimizer = lb.AdamW(learning_rate=0.1, weight_decay=0.5)
    >>> state = optimizer.init([1.0, 2.0])
    >>> w, state = optimizer.update([1.0, 2.0], [0.0, 0.0], state)
    >>> w
    array([0.95, 1.9 ])

    References
    ----------
    Loshchilov, I. & Hutter, F. (2019). Decoupled weight decay regularization. ICLR.
    """

    learning_rate: float | Callable[[int], float] = 1e-3
    weight_decay: float = 0.004
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        self._check_adam()
        store_number(self, "weight_decay", at_least=0)

    def _step(self, w: Array, g: Array, state: AdamState, rate: float) -> tuple[Array, AdamState]:
        w = w - (rate * self.weight_decay) * w
        return super()._step(w, g, state, rate)
