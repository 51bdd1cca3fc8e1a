"""Gradient descent: down one function, or over a model's data in batches of any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_finite_array
from lossbook._contracts.dtypes import Array, working_dtype
from lossbook._contracts.parameters import check_count, check_flag
from lossbook.training import protocols
from lossbook.training.batches import Data
from lossbook.training.data import open_data
from lossbook.training.loop import Callback, Objective, descend
from lossbook.training.models import check_parameters
from lossbook.training.passes import cost_and_pull, weights_of
from lossbook.training.result import DescentResult
from lossbook.training.stepping import proximal_descent

ONCE = ((None, 1),)  # the one batch of a function that has none


def minimize(
    objective: Callable[[Array], tuple[float, ArrayLike]],
    w0: ArrayLike,
    optimizer: protocols.Optimizer,
    steps: int = 100,
    *,
    callback: Callback | None = None,
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
        Such as :class:`SGD` or :class:`Adam`, or an object of your own with their methods `init`
        and `update`. If its learning rate is a :class:`ReduceLROnPlateau`, or any schedule with a
        method `update`, that hears of the value after each step. The caller's optimiser is not
        changed.
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
    w = as_finite_array("w0", w0).copy()
    _check_run(optimizer, callback, progress)
    check_count("steps", steps, at_least=0)

    def checked(w: Array, batch: None) -> tuple[float, Array]:
        return protocols.as_value_and_gradient("objective", objective(w), w, "w0")

    result = descend(
        checked,
        w,
        optimizer,
        lambda: ONCE,
        steps,
        "step",
        callback=callback,
        progress=progress,
    )
    seen = result.history
    history = replace(
        seen,
        loss=seen.step_loss,
        learning_rate=seen.step_learning_rate,
        gradient_norm=seen.step_gradient_norm,
    )
    return replace(result, history=history)


def fit(
    model: protocols.Model,
    X: ArrayLike,
    y: ArrayLike,
    *,
    # what is descended, and by which steps
    loss: protocols.Loss,
    penalty: protocols.Penalty | None = None,
    optimizer: protocols.Optimizer,
    proximal: bool = False,
    # over which samples
    batch_size: int | None = None,
    shuffle: bool = True,
    sample_weight: ArrayLike | None = None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    # from where, and how far
    w0: ArrayLike | None = None,
    seed: int = 0,
    epochs: int = 10,
    # what is seen of it
    callback: Callback | None = None,
    progress: bool = False,
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

    Model, loss, penalty and optimiser may be your own: objects with the methods that the loop
    above calls, of which a loss has `__call__` and `value_and_gradient`. :func:`custom_loss` makes
    a loss of plain functions.

    Parameters
    ----------
    model : model
        What predicts, such as :class:`LinearModel` or :class:`MLP`.
    X : array_like or Dask array, shape (n, n_features)
        A row for each sample, finite. A Dask array stays where it is: see the notes.
    y : array_like, shape (n,) or (n, n_outputs)
        Targets as `loss` expects them beside the model's predictions. Beside a Dask array, in
        memory or another one.
    loss : loss
        Such as :class:`MeanSquaredError`. The model's outputs are amounts or logits: a loss of
        probabilities takes ``from_logits=True``.
    penalty : penalty, optional
        Such as :class:`L2`; it acts on weights, not on biases.
    optimizer : optimiser
        Such as :class:`SGD` or :class:`Adam`. If its learning rate is a
        :class:`ReduceLROnPlateau`, or any schedule with a method `update`, that hears of the
        validation loss after each epoch, or of the training loss where there is no validation
        data. The caller's optimiser is not changed.
    proximal : bool
        Whether a gradient step on the loss alone is followed by the penalty's proximal step, of
        the length of the learning rate. L1 then gives weights of exactly 0, which subgradients
        do not. Only for plain SGD.
    batch_size : int, optional
        How many samples to a step. None: all, batch gradient descent; 1: stochastic gradient
        descent. The last batch of an epoch is smaller where it has to be. On a Dask array, a
        multiple of the rows of a chunk.
    shuffle : bool
        Whether to draw a new order of the samples for each epoch, ``rng.permutation(n)`` with
        ``rng = np.random.default_rng(seed)``. It says nothing where `batch_size` is None.
    sample_weight : array_like, shape (n,), optional
        Non-negative weights; a batch's loss is the weighted sum divided by the batch's size.
    validation : tuple (X, y), optional
        Data to evaluate the loss on after each epoch.
    w0 : array_like, shape (n_parameters,), optional
        Where to start, instead of ``model.init(seed)``. It is not modified.
    seed : int
        Of the parameters at the start and of the order of the samples.
    epochs : int
        How many times to go through the data, at least 0.
    callback : callable, optional
        ``callback(epoch, w, loss)`` is called after each epoch, with the parameters after it and
        the epoch's mean loss; epochs count from 0. The run stops where it returns True. The
        arrays it is given are not changed later and may be kept.
    progress : bool
        Whether to show a bar (with tqdm, where that is installed, else lines) on stderr.

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

    A loss of one's own, from its two formulas:

    >>> class Quartic(lb.ElementwiseLoss):
    ...     def _value(self, y, p):
    ...         return (p - y) ** 4
    ...
    ...     def _derivative(self, y, p):
    ...         return 4 * (p - y) ** 3
    >>> own = lb.fit(model, X, y, loss=Quartic(), optimizer=lb.SGD(0.002), w0=[1.0, 0.0], epochs=2)
    >>> own.history.loss[[0, 1]].round(2)
    array([88.5 , 10.04])

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
    protocols.check_kind("model", model, protocols.Model, "LinearModel(n_features)")
    protocols.check_kind("loss", loss, protocols.Loss, "MeanSquaredError()")
    if penalty is not None:
        protocols.check_kind("penalty", penalty, protocols.Penalty, "L2(0.1)")
    _check_run(optimizer, callback, progress)
    check_count("epochs", epochs, at_least=0)
    check_count("seed", seed, at_least=0)
    check_flag("shuffle", shuffle)
    check_flag("proximal", proximal)
    if batch_size is not None:
        check_count("batch_size", batch_size, at_least=1)

    data = open_data(("X", "y"), model, X, y, loss, sample_weight)
    w = check_parameters("w0", model.init(seed) if w0 is None else w0, model)
    w = w.astype(working_dtype(data.dtype if w0 is None else w.dtype))  # a copy, in any case
    data.start(w, batch_size)
    unseen = None if validation is None else _unseen(validation, model, w, loss)
    is_weight = weights_of(model, w)
    if proximal:
        optimizer = proximal_descent(optimizer, penalty, is_weight)
    rng = np.random.default_rng(seed) if shuffle and batch_size is not None else None
    return descend(
        _with_penalty(data, penalty, is_weight, pulls=not proximal),
        w,
        optimizer,
        lambda: data.batches(batch_size, rng),
        epochs,
        "epoch",
        unseen=None if unseen is None else unseen.value,
        callback=callback,
        progress=progress,
    )


# --- what the two are made of ---------------------------------------------------------------------


def _with_penalty(
    data: Data, penalty: protocols.Penalty | None, is_weight: Any, pulls: bool
) -> Objective:
    """Return what `fit` descends: the loss of a batch, with a penalty, whose gradient may pull."""
    if penalty is None:
        return data.value_and_gradient
    cost_of = cost_and_pull(penalty)

    def objective(w: Array, batch: Any) -> tuple[float, Array]:
        value, gradient = data.value_and_gradient(w, batch)
        cost, pull = cost_of(w[is_weight])
        if pulls:
            gradient[is_weight] += pull
        return value + float(cost), gradient

    return objective


def _unseen(validation: object, model: protocols.Model, w: Array, loss: protocols.Loss) -> Data:
    if not isinstance(validation, tuple | list):
        kind = type(validation).__name__
        raise TypeError(f"validation: expected a pair (X, y), received {kind}")
    if len(validation) != 2:
        raise TypeError(f"validation: expected a pair (X, y), received {len(validation)} of them")
    X, y = validation
    data = open_data(("validation[0]", "validation[1]"), model, X, y, loss)
    data.start(w, None)
    return data


def _check_run(optimizer: object, callback: object, progress: bool) -> None:
    protocols.check_kind("optimizer", optimizer, protocols.Optimizer, "Adam()")
    if callback is not None and not callable(callback):
        raise TypeError(
            f"callback: expected a function, received {type(callback).__name__} {callback!r}"
        )
    check_flag("progress", progress)
