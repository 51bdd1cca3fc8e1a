"""Gradient descent: down one function, or over a model's data in batches of any size.

`_Descent.step` is the one step that all forms of descent share; batch, stochastic and mini-batch
descent differ in the batches that the data give (`_data.py`), and in nothing else.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from math import isfinite, nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_array, as_finite_array
from lossbook._contracts.dtypes import Array, working_dtype
from lossbook._contracts.parameters import check_count, check_flag
from lossbook.losses.base import Loss
from lossbook.penalties import Penalty
from lossbook.training.data import Data, Diverged, all_finite, beside, features
from lossbook.training.models import Model
from lossbook.training.optimizers import SGD, Optimizer, SGDState
from lossbook.training.schedules import ReduceLROnPlateau, Warmup

# --- what a run gives -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """What a run of :func:`fit` or :func:`minimize` recorded, as arrays ready to plot.

    Attributes
    ----------
    loss, learning_rate, gradient_norm : ndarray, shape (epochs completed,)
        For each epoch: the mean loss with penalty over its samples, each taken before the step it
        was used in (what Keras reports); the learning rate of its last step; the mean of the
        gradients' Euclidean norms. In :func:`minimize`, an epoch is one step.
    validation_loss : ndarray, shape (epochs completed,), or None
        The loss on the validation data after each epoch, without penalty.
    step_loss, step_learning_rate, step_gradient_norm : ndarray, shape (steps completed,)
        The same for each step: the loss of its batch with penalty, before the step.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.minimize(lambda w: (w**2, 2 * w), 8.0, lb.SGD(0.25), steps=3).history
    History(3 epochs, 3 steps, loss 64 to 4)
    """

    loss: Array
    learning_rate: Array
    gradient_norm: Array
    validation_loss: Array | None
    step_loss: Array
    step_learning_rate: Array
    step_gradient_norm: Array

    def __repr__(self) -> str:
        shown = f"History({_count(len(self.loss), 'epoch')}, {_count(len(self.step_loss), 'step')}"
        if len(self.loss):
            shown += f", loss {self.loss[0]:.6g} to {self.loss[-1]:.6g}"
        return shown + ")"


@dataclass(frozen=True, eq=False, repr=False)
class DescentResult:
    """What :func:`fit` and :func:`minimize` return.

    Attributes
    ----------
    w : ndarray
        The parameters reached. After a divergence: the last whose loss was finite.
    history : History
        What was recorded on the way.
    diverged : bool
        Whether the run was stopped by a value that is not finite.
    message : str
        How the run ended, and why.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.minimize(lambda w: (w**2, 2 * w), 8.0, lb.SGD(0.25), steps=3)
    DescentResult(finished 3 steps; History(3 epochs, 3 steps, loss 64 to 4))
    """

    w: Array
    history: History
    diverged: bool
    message: str

    def __repr__(self) -> str:
        return f"DescentResult({self.message}; {self.history!r})"


def _count(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"


# --- one step, and the run it is part of ----------------------------------------------------------

Objective = Callable[..., tuple[float, Array]]


class _Descent:
    """A run: where it stands, what it has recorded, and how it goes on by one step."""

    def __init__(self, w: Array, optimizer: Optimizer[Any]) -> None:
        self.w = self.last_finite = w
        self.optimizer = optimizer
        self.state = optimizer.init(w)
        self.losses, self.rates, self.norms = array("d"), array("d"), array("d")
        self.diverged = False
        self.message = ""

    @property
    def steps(self) -> int:
        return len(self.norms)

    def step(self, objective: Objective, *where: Any) -> float:
        """Go one step down `objective(w, *where)`; return the value it had before."""
        with np.errstate(all="ignore"):  # what is not finite is seen, and said, below
            value, gradient = objective(self.w, *where)
            if not isfinite(value):
                raise Diverged(f"the loss is {value}")
            norm = _norm(gradient)
            if not isfinite(norm):
                raise Diverged(f"the gradient's norm is {norm}")
            self.last_finite = self.w
            w, state = self.optimizer.update(self.w, gradient, self.state)
            if not all_finite(w):
                raise Diverged("the step leads to parameters that are not finite")
        rate = _rate(self.optimizer, self.steps)
        self.w, self.state = w, state
        self.losses.append(value)
        self.rates.append(rate)
        self.norms.append(norm)
        return value

    @contextmanager
    def until_stopped(self) -> Iterator[None]:
        """Make an orderly end of a divergence or an interrupt (Ctrl-C), told in `message`."""
        try:
            yield
        except Diverged as what:
            self.w = self.last_finite
            self.diverged = True
            rate = _rate(self.optimizer, self.steps)
            self.message = (
                f"diverged at step {self.steps}, where {what}; the usual remedy is a learning "
                f"rate smaller than {rate:g}, or features and targets of a size near 1"
            )
        except KeyboardInterrupt:
            self.message = f"interrupted after {_count(self.steps, 'step')}"

    def per_step(self) -> tuple[Array, Array, Array]:
        """Return what was recorded: loss, learning rate and gradient norm of each step."""
        n = self.steps
        return np.array(self.losses[:n]), np.array(self.rates[:n]), np.array(self.norms[:n])

    def epoch(self, sizes: list[int]) -> tuple[float, float, float]:
        """Return the same of the epoch just ended, whose batches had these sizes."""
        steps = len(sizes)
        shares = np.array(sizes) / sum(sizes)  # multiplied before the sum, which might overflow
        loss = np.sum(shares * self.losses[-steps:])
        norm = np.sum(np.array(self.norms[-steps:]) / steps)
        return float(loss), self.rates[-1], float(norm)


def _rate(optimizer: Optimizer[Any], step: int) -> float:
    rate = optimizer.learning_rate
    return float(rate(step) if callable(rate) else rate)


def _plateau(optimizer: Optimizer[Any]) -> ReduceLROnPlateau | None:
    """Return the schedule that wants to hear how the run goes, where there is one."""
    rate = optimizer.learning_rate
    while isinstance(rate, Warmup):
        rate = rate.then
    return rate if isinstance(rate, ReduceLROnPlateau) else None


def _norm(gradient: Array) -> float:
    flat = gradient.ravel()
    squared = float(np.dot(flat, flat))
    if 1e-30 < squared < 1e30:  # in float32 too, neither end of the range has cost digits
        return sqrt(squared)
    largest = float(np.max(np.abs(flat)))
    if largest == 0 or not isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(flat / largest))


def minimize(
    objective: Callable[[Array], tuple[float, ArrayLike]],
    w0: ArrayLike,
    optimizer: Optimizer[Any],
    steps: int = 100,
    *,
    callback: Callable[[int, Array, float], object] | None = None,
    progress: bool = False,
) -> DescentResult:
    """Go down a function from `w0`, one step of the optimiser after another.

    It is equivalent to ::

        w, state = w0, optimizer.init(w0)
        for step in range(steps):
            value, gradient = objective(w)
            w, state = optimizer.update(w, gradient, state)

    but also records what it sees, stops where a value is not finite, and can be interrupted.

    Parameters
    ----------
    objective : callable
        Takes an array of the shape of `w0`; returns the value there, one number, and the
        gradient, of the shape of `w0`.
    w0 : array_like, any shape
        Where to start. It is not modified.
    optimizer : optimiser
        Such as :class:`SGD` or :class:`Adam`. If its learning rate is a
        :class:`ReduceLROnPlateau`, that hears of the value after each step. The caller's
        optimiser is not changed.
    steps : int
        How many steps to go, at least 0.
    callback : callable, optional
        ``callback(step, w, loss)`` is called after each step, with the parameters after it and
        the value before it; steps count from 0. The run stops where it returns True. The arrays
        it is given are not changed later and may be kept.
    progress : bool
        Whether to show a bar (with tqdm, where that is installed, else lines) on stderr.

    Returns
    -------
    DescentResult
        With ``w``, ``history``, ``diverged`` and ``message``. Divergence and Ctrl-C are no
        errors: the result tells of them, and holds what was reached.

    Raises
    ------
    TypeError
        If an argument is the wrong kind of object, or `objective` does not return a value and a
        gradient.
    ValueError
        If `w0` is empty or not finite, `steps` is negative, or the gradient has another shape.

    Examples
    --------
    >>> import lossbook as lb
    >>> result = lb.minimize(lambda w: (w**2, 2 * w), 8.0, lb.SGD(0.25), steps=3)
    >>> float(result.w)
    1.0
    >>> result.history.loss
    array([64., 16.,  4.])
    >>> lb.minimize(lambda w: (w**2, 2 * w), 8.0, lb.SGD(1e200)).message.split(";")[0]
    'diverged at step 1, where the loss is inf'

    References
    ----------
    Cauchy, A.-L. (1847). Méthode générale pour la résolution des systèmes d'équations simultanées.
    Comptes rendus de l'Académie des sciences 25, 536-538.
    """
    if not callable(objective):
        raise TypeError(
            "objective: expected a function of w that returns (value, gradient), "
            f"received {type(objective).__name__} {objective!r}"
        )
    w = as_finite_array("w0", w0)
    _check_run(optimizer, callback, progress)
    check_count("steps", steps, at_least=0)

    optimizer = deepcopy(optimizer)  # a plateau schedule remembers; the caller's is left alone
    plateau = _plateau(optimizer)
    run = _Descent(w.copy(), optimizer)
    with _progress(progress, steps, "step") as show, run.until_stopped():
        for step in range(steps):
            value = run.step(_checked, objective)
            if plateau is not None:
                plateau.update(value)
            show(value)
            if callback is not None and callback(step, run.w, value):
                run.message = f"stopped by the callback after step {step}"
                break
        else:
            run.message = f"finished {_count(steps, 'step')}"
    per_step = run.per_step()
    w = np.asarray(run.w)
    return DescentResult(w, History(*per_step, None, *per_step), run.diverged, run.message)


def fit(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss,
    optimizer: Optimizer[Any],
    penalty: Penalty | None = None,
    batch_size: int | None = None,
    epochs: int = 10,
    seed: int = 0,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    callback: Callable[[int, Array, float], object] | None = None,
    progress: bool = False,
    shuffle: bool = True,
    proximal: bool = False,
    sample_weight: ArrayLike | None = None,
    w0: ArrayLike | None = None,
) -> DescentResult:
    """Fit a model to data by gradient descent: batch, stochastic or mini-batch.

    It is equivalent to ::

        rng = np.random.default_rng(seed)
        w = model.init(seed)
        state = optimizer.init(w)
        for epoch in range(epochs):
            order = rng.permutation(n)
            for start in range(0, n, batch_size):
                rows = order[start : start + batch_size]
                predictions = model.predict(w, X[rows])
                slope = loss.gradient(y[rows], predictions)
                gradient = model.gradient(w, X[rows], slope)
                gradient[model.is_weight] += penalty.gradient(w[model.is_weight])
                w, state = optimizer.update(w, gradient, state)

    but it goes through the model once a step, records what it sees, stops where a value is not
    finite, and can be interrupted. The loss of a batch is its mean over the batch, so that the
    penalty, whole in each step, weighs the same at any batch size.

    Parameters
    ----------
    model : LinearModel or MLP
        What predicts.
    X : array_like or Dask array, shape (n, n_features)
        A row for each sample, finite. A Dask array stays where it is: see the notes.
    y : array_like, shape (n,) or (n, n_outputs)
        Targets as `loss` expects them beside the model's predictions. Beside a Dask array, in
        memory or another one.
    loss : loss
        Such as :class:`MeanSquaredError`. The model's outputs are amounts or logits: a loss of
        probabilities takes ``from_logits=True``.
    optimizer : optimiser
        Such as :class:`SGD` or :class:`Adam`. If its learning rate is a
        :class:`ReduceLROnPlateau`, that hears of the validation loss after each epoch, or of the
        training loss where there is no validation data. The caller's optimiser is not changed.
    penalty : penalty, optional
        Such as :class:`L2`; it acts on weights, not on biases.
    batch_size : int, optional
        How many samples to a step. None: all, batch gradient descent; 1: stochastic gradient
        descent. The last batch of an epoch is smaller where it has to be. On a Dask array, a
        multiple of the rows of a chunk.
    epochs : int
        How many times to go through the data, at least 0.
    seed : int
        Of the parameters at the start and of the order of the samples.
    validation : tuple (X, y), optional
        Data to evaluate the loss on after each epoch.
    callback : callable, optional
        ``callback(epoch, w, loss)`` is called after each epoch, with the parameters after it and
        the epoch's mean loss; epochs count from 0. The run stops where it returns True. The
        arrays it is given are not changed later and may be kept.
    progress : bool
        Whether to show a bar (with tqdm, where that is installed, else lines) on stderr.
    shuffle : bool
        Whether to draw a new order of the samples for each epoch, ``rng.permutation(n)`` with
        ``rng = np.random.default_rng(seed)``. It says nothing where `batch_size` is None.
    proximal : bool
        Whether a gradient step on the loss alone is followed by the penalty's proximal step, of
        the length of the learning rate. L1 then gives weights of exactly 0, which subgradients
        do not. Only for plain SGD.
    sample_weight : array_like, shape (n,), optional
        Non-negative weights; a batch's loss is the weighted sum divided by the batch's size.
    w0 : array_like, shape (n_parameters,), optional
        Where to start, instead of ``model.init(seed)``. It is not modified.

    Returns
    -------
    DescentResult
        With ``w``, ``history``, ``diverged`` and ``message``. Divergence and Ctrl-C are no
        errors: the result tells of them, and holds what was reached. ``w`` has the dtype of
        `w0`, or where there is none that of `X` (float64 for integers), and is computed in it.

    Raises
    ------
    TypeError
        If an argument is the wrong kind of object, such as a class for an instance.
    ValueError
        If shapes do not fit, `X`, `y` or `w0` are not what model and loss expect, a number is out
        of range, or `proximal` is asked of an optimiser other than plain SGD.

    Examples
    --------
    >>> import lossbook as lb
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
    >>> model = lb.LinearModel(1)
    >>> result = lb.fit(
    ...     model, X, y, loss=lb.MeanSquaredError(), optimizer=lb.SGD(0.1), epochs=300
    ... )
    >>> result.w.round(6)  # y = 2x + 1
    array([2., 1.])
    >>> result.message
    'finished 300 epochs'
    >>> bool(result.history.loss[-1] < 1e-12)
    True

    Notes
    -----
    Where `X` is a Dask array, of which each chunk holds whole rows, nothing joins the chunks. A
    batch is one or more of them (all of them, where `batch_size` is None), and a new order is one
    of the chunks. Each gives its part of the mean loss and of the gradient, on the worker where it
    is; Dask adds them up in a tree, and two numbers and a gradient come back. So the data may be
    larger than any memory, and lie on several machines; a chunk that is not kept in memory
    (``X.persist()`` keeps it) is read or computed anew in each epoch. If a worker is lost, Dask
    computes again what it had. A wrong target is told when its chunk's turn comes. That needs
    Dask: ``pip install array-api-compat "dask[array,distributed]"``.

    References
    ----------
    Cauchy, A.-L. (1847), as for :func:`minimize`. Robbins, H. & Monro, S. (1951). A stochastic
    approximation method. The Annals of Mathematical Statistics 22(3), 400-407. Beck, A. &
    Teboulle, M. (2009). A fast iterative shrinkage-thresholding algorithm for linear inverse
    problems. SIAM Journal on Imaging Sciences 2(1), 183-202 (of the proximal step).
    """
    _check_kind("model", model, Model, "LinearModel(n_features)")
    _check_kind("loss", loss, Loss, "MeanSquaredError()")
    if penalty is not None:
        _check_kind("penalty", penalty, Penalty, "L2(0.1)")
    _check_run(optimizer, callback, progress)
    check_count("epochs", epochs, at_least=0)
    check_count("seed", seed, at_least=0)
    check_flag("shuffle", shuffle)
    check_flag("proximal", proximal)
    if batch_size is not None:
        check_count("batch_size", batch_size, at_least=1)

    kept = features("X", model, X)
    w = model._parameters("w0", model.init(seed) if w0 is None else w0)
    w = w.astype(working_dtype(kept.dtype if w0 is None else w.dtype))  # a copy, in any case
    data = beside(("X", "y"), model, w, kept, y, loss, sample_weight)
    data.check_size(batch_size)
    unseen = None if validation is None else _unseen(validation, model, w, loss)

    optimizer = deepcopy(optimizer)  # a plateau schedule remembers; the caller's is left alone
    plateau = _plateau(optimizer)
    if proximal:
        optimizer = _proximal_descent(optimizer, penalty, model)
    objective = _objective(data, model, penalty, proximal)
    rng = np.random.default_rng(seed) if shuffle and batch_size is not None else None

    run = _Descent(w, optimizer)
    recorded: list[tuple[float, float, float, float]] = []
    with _progress(progress, epochs, "epoch") as show, run.until_stopped():
        for epoch in range(epochs):
            sizes = []
            for batch, size in data.batches(batch_size, rng):
                run.step(objective, batch)
                sizes.append(size)
            new = nan if unseen is None else unseen.value(run.w)
            value, rate, norm = run.epoch(sizes)
            recorded.append((value, rate, norm, new))
            if plateau is not None:
                plateau.update(value if unseen is None else new)
            show(value)
            if callback is not None and callback(epoch, run.w, value):
                run.message = f"stopped by the callback after epoch {epoch}"
                break
        else:
            run.message = f"finished {_count(epochs, 'epoch')}"
    losses, rates, norms, validated = np.array(recorded).reshape(-1, 4).T.copy()
    history = History(losses, rates, norms, None if unseen is None else validated, *run.per_step())
    return DescentResult(run.w, history, run.diverged, run.message)


# --- what `fit` is made of ------------------------------------------------------------------------


def _objective(data: Data, model: Model, penalty: Penalty | None, proximal: bool) -> Objective:
    """Return the function of w and a batch that `fit` descends, and its gradient."""
    penalised = model.is_weight

    def objective(w: Array, batch: Any) -> tuple[float, Array]:
        value, gradient = data.value_and_gradient(w, batch)
        if penalty is not None:
            cost, pull = penalty.value_and_gradient(w[penalised])
            value += float(cost)
            if not proximal:
                gradient[penalised] += pull
        return value, gradient

    return objective


class _ProximalDescent(Optimizer[SGDState]):
    """A step of SGD on the loss, then the penalty's proximal step on the weights."""

    _state = SGDState

    def __init__(self, sgd: SGD, penalty: Penalty, is_weight: Array) -> None:
        self.sgd, self.penalty, self.is_weight = sgd, penalty, is_weight
        self.learning_rate = sgd.learning_rate

    def _init(self, w: Array) -> SGDState:
        return self.sgd._init(w)

    def _step(self, w: Array, g: Array, state: SGDState, rate: float) -> tuple[Array, SGDState]:
        w, state = self.sgd._step(w, g, state, rate)
        w[self.is_weight] = self.penalty.proximal(w[self.is_weight], rate)
        return w, state


def _proximal_descent(
    optimizer: Optimizer[Any], penalty: Penalty | None, model: Model
) -> _ProximalDescent:
    if penalty is None:
        raise ValueError("proximal: expected a penalty such as L1(0.1) with it, received None")
    if not isinstance(optimizer, SGD) or optimizer.momentum:
        raise ValueError(
            "proximal: expected plain SGD(learning_rate) as the optimizer, received "
            f"{optimizer!r}; the proximal step has the length of the gradient step, which under "
            "momentum or a rate for each parameter is no longer the learning rate"
        )
    return _ProximalDescent(optimizer, penalty, model.is_weight)


# --- what a run shows -----------------------------------------------------------------------------


@contextmanager
def _progress(wanted: bool, total: int, unit: str) -> Iterator[Callable[[float], None]]:
    """Give a function that shows one more step or epoch, and its loss, on stderr."""
    if not wanted:
        yield lambda loss: None
        return
    try:
        tqdm = import_module("tqdm").tqdm
    except ImportError:
        done = 0

        def line(loss: float) -> None:
            nonlocal done
            done += 1
            print(f"{unit} {done} of {total}: loss {loss:.6g}", file=sys.stderr)

        yield line
        return
    with tqdm(total=total, unit=unit) as shown:

        def advance(loss: float) -> None:
            shown.set_postfix(loss=f"{loss:.6g}", refresh=False)
            shown.update()

        yield advance


# --- what is refused ------------------------------------------------------------------------------


def _check_run(optimizer: Optimizer[Any], callback: object, progress: bool) -> None:
    _check_kind("optimizer", optimizer, Optimizer, "Adam()")
    if callback is not None and not callable(callback):
        raise TypeError(
            f"callback: expected a function, received {type(callback).__name__} {callback!r}"
        )
    check_flag("progress", progress)


def _check_kind(name: str, value: object, kind: type, example: str) -> None:
    expected = f"{name}: expected one such as {example}, received "
    if isinstance(value, type):
        raise TypeError(f"{expected}the class {value.__name__}; did you mean {value.__name__}()?")
    if not isinstance(value, kind):
        raise TypeError(f"{expected}{type(value).__name__} {value!r}")


def _checked(
    w: Array, objective: Callable[[Array], tuple[float, ArrayLike]]
) -> tuple[float, Array]:
    """Return what the caller's function gives, if it is a value and a gradient."""
    answer = objective(w)
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise TypeError(
            "objective: expected a function that returns (value, gradient), "
            f"received {type(answer).__name__} from it; did you mean value_and_gradient?"
        )
    value = as_array("objective's value", answer[0])
    gradient = as_array("objective's gradient", answer[1])
    if value.size != 1:
        raise ValueError(f"objective's value: expected one number, received shape {value.shape}")
    if gradient.shape != w.shape:
        raise ValueError(
            f"objective's gradient: expected the shape of w0, {w.shape}, received {gradient.shape}"
        )
    return float(value.item()), gradient.astype(w.dtype, copy=False)


def _unseen(validation: object, model: Model, w: Array, loss: Loss) -> Data:
    if not isinstance(validation, tuple | list):
        kind = type(validation).__name__
        raise TypeError(f"validation: expected a pair (X, y), received {kind}")
    if len(validation) != 2:
        raise TypeError(f"validation: expected a pair (X, y), received {len(validation)} of them")
    X = features("validation[0]", model, validation[0])
    return beside(("validation[0]", "validation[1]"), model, w, X, validation[1], loss)
