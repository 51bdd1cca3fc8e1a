"""Descent: `fit` beside Keras and scikit-learn, its loop beside the loop of its docstring, and
what happens when a run does not go well.
"""

import math
import signal
import sys

import keras
import numpy as np
import pytest
from sklearn import datasets, linear_model
from sklearn.preprocessing import StandardScaler

import lossbook as lb

MSE = lb.MeanSquaredError()
LOGISTIC = lb.BinaryCrossentropy(from_logits=True)
SOFTMAX = lb.SparseCategoricalCrossentropy(from_logits=True)
N = 40  # a batch of 32 does not divide it


def exact_in_float32(values):
    return values.astype(np.float32).astype(float)


def features(n=N, d=3, seed=0):
    return exact_in_float32(np.random.default_rng(seed).normal(size=(n, d)))


def amounts(X):
    noise = 0.1 * np.random.default_rng(1).normal(size=len(X))
    return exact_in_float32(X @ [1.0, -2.0, 0.5] + 0.3 + noise)


def signs(X):
    return (amounts(X) > 0).astype(int)


def classes(X):
    return np.digitize(amounts(X), [-1.0, 1.0])


# model, loss, targets, and Keras's name of the loss
TASKS = {
    "linear regression": (lb.LinearModel(3), MSE, amounts),
    "logistic regression": (lb.LinearModel(3), LOGISTIC, signs),
    "softmax regression": (lb.LinearModel(3, 3), SOFTMAX, classes),
    "MLP": (lb.MLP([3, 5, 3], activation="tanh"), SOFTMAX, classes),
}
every_task = pytest.mark.parametrize("task", TASKS)


def setting(task):
    model, loss, targets = TASKS[task]
    X = features()
    return model, X, targets(X), loss


# --- beside Keras ---------------------------------------------------------------------------------

# Keras passes data and constants through float32, in float64 models too. Those here are exact in
# float32, so that both sides compute with the same; the last optimiser has the usual constants.
OPTIMIZERS = {
    "SGD": (lb.SGD(2.0**-5), lambda: keras.optimizers.SGD(2.0**-5)),
    "momentum": (
        lb.SGD(2.0**-6, momentum=0.875),
        lambda: keras.optimizers.SGD(2.0**-6, momentum=0.875),
    ),
    "Adam": (
        lb.Adam(2.0**-6, beta_1=0.875, beta_2=1 - 2.0**-10, epsilon=2.0**-23),
        lambda: keras.optimizers.Adam(2.0**-6, beta_1=0.875, beta_2=1 - 2.0**-10, epsilon=2.0**-23),
    ),
    "Adam, usual constants": (lb.Adam(0.01), lambda: keras.optimizers.Adam(0.01)),
}


def keras_fit(model, w0, X, y, loss, optimizer, *, epochs=20, batch_size=None, l2=None, **options):
    """Fit the same model in Keras in float64, from w0, samples in order; return w and history."""
    peer = keras.Sequential([keras.Input((X.shape[1],), dtype="float64")])
    pairs = model.unflatten(w0)
    for layer, (_, b) in enumerate(pairs):
        hidden = layer < len(pairs) - 1
        peer.add(
            keras.layers.Dense(
                len(b),
                activation=model.activation if hidden else None,
                kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
                dtype="float64",
            )
        )
    peer.set_weights([part for pair in pairs for part in pair])
    keras_loss = getattr(keras.losses, type(loss).__name__)
    logits = {} if loss == MSE else {"from_logits": True}
    peer.compile(optimizer, keras_loss(dtype="float64", **logits))
    history = peer.fit(
        X, y, batch_size=batch_size or len(X), epochs=epochs, shuffle=False, verbose=0, **options
    )
    return model.flatten(peer.get_weights()), history.history


@pytest.mark.parametrize("batch_size", [None, 1, 32])
@pytest.mark.parametrize("name", ["momentum", "Adam"])
@every_task
def test_keras(task, name, batch_size):
    model, X, y, loss = setting(task)
    optimizer, keras_optimizer = OPTIMIZERS[name]
    w0 = model.init(seed=4)
    # Of single samples few epochs are many steps.
    options = {"batch_size": batch_size, "epochs": 5 if batch_size == 1 else 20}
    w, history = keras_fit(model, w0, X, y, loss, keras_optimizer(), **options)
    result = lb.fit(model, X, y, loss=loss, optimizer=optimizer, shuffle=False, w0=w0, **options)
    np.testing.assert_allclose(result.w, w, rtol=1e-9, atol=1e-11)
    # Keras averages an epoch's losses in float32.
    np.testing.assert_allclose(result.history.loss, history["loss"], rtol=1e-6)
    assert np.abs(result.w - w0).max() > 0.05  # and something was learned


@pytest.fixture
def keras_in_float64():
    """Let Keras add up losses in float64; it cannot add one of float32 and a float64 penalty."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


@pytest.mark.usefixtures("keras_in_float64")
@pytest.mark.parametrize("name", ["SGD", "Adam, usual constants"])
def test_keras_with_penalty_validation_and_weights(name):
    model, X, y, loss = setting("MLP")
    X_new = features(seed=9)
    y_new = classes(X_new)
    weight = exact_in_float32(np.random.default_rng(2).uniform(0.2, 2, N))
    optimizer, keras_optimizer = OPTIMIZERS[name]
    w0 = model.init(seed=4)
    options = {"batch_size": 32, "epochs": 20, "sample_weight": weight}
    w, history = keras_fit(
        model,
        w0,
        X,
        y,
        loss,
        keras_optimizer(),
        l2=0.125,
        validation_data=(X_new, y_new),
        **options,
    )
    penalty = lb.L2(0.25)  # λ/2 Σw², where Keras's L2 is λ Σw²
    seen = []
    result = lb.fit(
        model,
        X,
        y,
        loss=loss,
        penalty=penalty,
        optimizer=optimizer,
        validation=(X_new, y_new),
        shuffle=False,
        w0=w0,
        callback=lambda epoch, w, loss: seen.append(w),
        **options,
    )
    # Adam's usual β₂, 0.999, is 1.3e-8 off in float32, and 1 - β₂ then 1.3e-5.
    usual = name == "Adam, usual constants"
    close = {"rtol": 0, "atol": 1e-5} if usual else {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(result.w, w, **close)
    close = {"rtol": 1e-5 if usual else 1e-11}
    np.testing.assert_allclose(result.history.loss, history["loss"], **close)
    # Keras adds the penalty to the validation loss too.
    cost = np.array([penalty(w[model.is_weight]) for w in seen])
    np.testing.assert_allclose(result.history.validation_loss + cost, history["val_loss"], **close)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in Keras
def test_keras_plateau():
    model, X, y, loss = setting("linear regression")
    X_new = features(seed=9)
    y_new = amounts(X_new)
    w0 = model.init(seed=4)
    plateau = {"factor": 0.5, "patience": 2, "min_delta": 0.01, "cooldown": 1}
    w, history = keras_fit(
        model,
        w0,
        X,
        y,
        loss,
        keras.optimizers.SGD(0.0625),
        epochs=40,
        batch_size=32,
        validation_data=(X_new, y_new),
        callbacks=[keras.callbacks.ReduceLROnPlateau(**plateau)],
    )
    result = lb.fit(
        model,
        X,
        y,
        loss=loss,
        optimizer=lb.SGD(lb.ReduceLROnPlateau(0.0625, **plateau)),
        epochs=40,
        batch_size=32,
        validation=(X_new, y_new),
        shuffle=False,
        w0=w0,
    )
    rates = [float(rate) for rate in history["learning_rate"]]
    np.testing.assert_array_equal(result.history.learning_rate, rates)
    assert len(set(result.history.learning_rate)) > 3
    np.testing.assert_allclose(result.w, w, rtol=1e-9)
    np.testing.assert_allclose(result.history.validation_loss, history["val_loss"], rtol=1e-6)


# --- beside scikit-learn's solvers ----------------------------------------------------------------


def diabetes():
    X, y = datasets.load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def longest_stable_step(X):
    """Return 1 / L: the mean squared error of a linear model has curvature L = 2 λ_max / n."""
    Z = np.column_stack([X, np.ones(len(X))])
    return len(X) / (2 * np.linalg.eigvalsh(Z.T @ Z).max())


def test_ridge():
    X, y = diabetes()
    n, alpha = len(X), 30.0
    peer = linear_model.Ridge(alpha=alpha, solver="svd").fit(X, y)
    # Ridge: RSS + α‖w‖²; here RSS / n + (s/2)‖w‖². Neither penalises the intercept.
    result = lb.fit(
        lb.LinearModel(10),
        X,
        y,
        loss=MSE,
        penalty=lb.L2(2 * alpha / n),
        optimizer=lb.SGD(longest_stable_step(X), momentum=0.875, nesterov=True),
        epochs=2000,
    )
    np.testing.assert_allclose(result.w, [*peer.coef_, peer.intercept_], rtol=1e-9)


def lasso_fit(proximal, penalty):
    X, y = diabetes()
    return lb.fit(
        lb.LinearModel(10),
        X,
        y,
        loss=MSE,
        penalty=penalty,
        optimizer=lb.SGD(longest_stable_step(X)),
        epochs=8000,
        proximal=proximal,
    )


def test_lasso():
    X, y = diabetes()
    alpha = 2.0
    peer = linear_model.Lasso(alpha=alpha, tol=1e-14, max_iter=100_000).fit(X, y)
    # Lasso: RSS / 2n + α‖w‖₁; here RSS / n + s‖w‖₁.
    result = lasso_fit(True, lb.L1(2 * alpha))
    np.testing.assert_array_equal(result.w[:-1] == 0, peer.coef_ == 0)
    assert 3 <= np.sum(peer.coef_ == 0) <= 7
    np.testing.assert_allclose(result.w, [*peer.coef_, peer.intercept_], rtol=1e-6)
    # The loss that is reported is the one that is descended: with the penalty, never rising.
    value = 2 * (np.mean((peer.predict(X) - y) ** 2) / 2 + alpha * np.abs(peer.coef_).sum())
    assert result.history.loss[-1] == pytest.approx(value, rel=1e-10)
    assert np.all(np.diff(result.history.loss) <= 1e-12 * value)

    # Steps down the subgradient come near, but never to 0.
    near = lasso_fit(False, lb.L1(2 * alpha)).w
    assert np.all(near != 0)
    np.testing.assert_allclose(near, result.w, atol=2)


def test_elastic_net():
    X, y = diabetes()
    alpha, ratio = 2.0, 0.75
    peer = linear_model.ElasticNet(alpha=alpha, l1_ratio=ratio, tol=1e-14, max_iter=100_000)
    peer.fit(X, y)
    # ElasticNet: RSS / 2n + α ρ ‖w‖₁ + α (1 - ρ) / 2 ‖w‖²; here twice that.
    result = lasso_fit(True, lb.ElasticNet(2 * alpha * ratio, 2 * alpha * (1 - ratio)))
    np.testing.assert_array_equal(result.w[:-1] == 0, peer.coef_ == 0)
    assert np.sum(peer.coef_ == 0) >= 1
    np.testing.assert_allclose(result.w, [*peer.coef_, peer.intercept_], rtol=1e-6)


@pytest.mark.parametrize("data", [datasets.load_breast_cancer, datasets.load_wine])
def test_logistic_regression(data):
    X, y = data(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    n, d, K, C = *X.shape, len(np.unique(y)), 0.5
    # The usual solver, lbfgs, stops with six digits whatever the tolerance; this one does not.
    peer = linear_model.LogisticRegression(C=C, tol=1e-12, solver="newton-cg").fit(X, y)
    # LogisticRegression: C Σ losses + ‖w‖²/2; divided by nC, the strength here is 1 / nC.
    model = lb.LinearModel(d) if K == 2 else lb.LinearModel(d, K)
    result = lb.fit(
        model,
        X,
        y,
        loss=LOGISTIC if K == 2 else SOFTMAX,
        penalty=lb.L2(1 / (n * C)),
        optimizer=lb.SGD(0.25, momentum=0.96875, nesterov=True),
        epochs=3000,
    )
    [(W, b)] = model.unflatten(result.w)
    np.testing.assert_allclose(W.T, peer.coef_, rtol=1e-9, atol=1e-11)
    if K == 2:
        np.testing.assert_allclose(b, peer.intercept_, rtol=1e-9)
    else:  # the biases are not penalised, so that one number more in all of them costs nothing
        shift = peer.intercept_ - peer.intercept_.mean()
        np.testing.assert_allclose(b - b.mean(), shift, rtol=1e-9, atol=1e-11)


# --- the loop is that of the docstring ------------------------------------------------------------


def plain_loop(model, X, y, *, loss, optimizer, penalty, batch_size, epochs, seed, weight=None):
    rng = np.random.default_rng(seed)
    n = len(X)
    w = model.init(seed)
    state = optimizer.init(w)
    step_loss, step_norm, epoch_loss = [], [], []
    for _ in range(epochs):
        order = rng.permutation(n) if batch_size else np.arange(n)
        total = 0.0
        for start in range(0, n, batch_size or n):
            rows = order[start : start + (batch_size or n)]
            predictions = model.predict(w, X[rows])
            w_rows = None if weight is None else weight[rows]
            slope = loss.gradient(y[rows], predictions, sample_weight=w_rows)
            gradient = model.gradient(w, X[rows], slope)
            value = loss(y[rows], predictions, sample_weight=w_rows)
            if penalty:
                gradient[model.is_weight] += penalty.gradient(w[model.is_weight])
                value += penalty(w[model.is_weight])
            step_loss.append(value)
            step_norm.append(math.hypot(*gradient))
            total += value * len(rows)
            w, state = optimizer.update(w, gradient, state)
        epoch_loss.append(total / n)
    return w, step_loss, step_norm, epoch_loss


@pytest.mark.parametrize("batch_size", [None, 1, 7, 32, N, 1000])
@pytest.mark.parametrize("extras", [False, True], ids=["", "penalty, weights, schedule"])
@every_task
def test_is_the_loop_of_the_docstring(task, extras, batch_size):
    model, X, y, loss = setting(task)
    schedule = lb.ExponentialDecay(0.05, 10, 0.9)
    common = {
        "loss": loss,
        "optimizer": lb.Adam(schedule) if extras else lb.SGD(0.05, momentum=0.5),
        "penalty": lb.ElasticNet(0.01, 0.1) if extras else None,
        "batch_size": batch_size,
        "epochs": 3,
        "seed": 11,
    }
    weight = np.random.default_rng(3).uniform(0, 2, N) if extras else None
    w, step_loss, step_norm, epoch_loss = plain_loop(model, X, y, weight=weight, **common)
    result = lb.fit(model, X, y, sample_weight=weight, **common)
    history = result.history

    np.testing.assert_array_equal(result.w, w)
    np.testing.assert_allclose(history.step_loss, step_loss, rtol=1e-14)
    np.testing.assert_allclose(history.step_gradient_norm, step_norm, rtol=1e-13)
    np.testing.assert_allclose(history.loss, epoch_loss, rtol=1e-14)
    steps = len(step_loss)
    rates = [schedule(step) for step in range(steps)] if extras else [0.05] * steps
    np.testing.assert_array_equal(history.step_learning_rate, rates)
    np.testing.assert_array_equal(history.learning_rate, rates[steps // 3 - 1 :: steps // 3])
    per_epoch = history.step_gradient_norm.reshape(3, -1)
    np.testing.assert_allclose(history.gradient_norm, per_epoch.mean(axis=1), rtol=1e-14)
    assert history.validation_loss is None
    assert not result.diverged
    assert result.message == "finished 3 epochs"


def fit_once(**changes):
    model, X, y, loss = setting("softmax regression")
    options = {"loss": loss, "optimizer": lb.SGD(0.1), "batch_size": 8, "epochs": 4}
    return lb.fit(model, X, y, **options | changes)


def test_a_seed_gives_the_same_run_again():
    np.testing.assert_array_equal(fit_once(seed=3).w, fit_once(seed=3).w)
    start = {"w0": np.zeros(12)}
    assert np.any(fit_once(seed=3, **start).w != fit_once(seed=4, **start).w)
    orders = [fit_once(seed=seed, shuffle=False, **start).w for seed in (3, 4)]
    np.testing.assert_array_equal(*orders)
    whole = [fit_once(batch_size=None, shuffle=shuffle).w for shuffle in (True, False)]
    np.testing.assert_array_equal(*whole)


def test_each_epoch_has_an_order_of_its_own():
    model, X, y, loss = setting("linear regression")
    result = lb.fit(model, X, y, loss=loss, optimizer=lb.SGD(0.0), batch_size=1, epochs=2)
    first, second = result.history.step_loss.reshape(2, N)  # of the same w: it does not move
    assert np.any(first != second)
    np.testing.assert_allclose(np.sort(first), np.sort(second), rtol=1e-12)


def test_no_epoch_and_no_step():
    result = fit_once(epochs=0, seed=5, validation=(features(), classes(features())))
    np.testing.assert_array_equal(result.w, lb.LinearModel(3, 3).init(5))
    assert len(result.history.loss) == len(result.history.step_loss) == 0
    assert result.history.validation_loss.shape == (0,)
    w0 = np.array([1.0, 2.0])
    result = lb.minimize(bowl, w0, lb.SGD(0.1), steps=0)
    np.testing.assert_array_equal(result.w, w0)
    assert not np.shares_memory(result.w, w0)
    assert len(result.history.loss) == 0


@pytest.mark.parametrize("proximal", [False, True])
def test_a_penalty_leaves_biases_alone(proximal):
    model = lb.MLP([3, 4, 1], activation="identity")
    w0 = np.ones(model.n_parameters)
    X, y = np.zeros((5, 3)), np.full(5, model.predict(w0, np.zeros((1, 3)))[0])
    result = lb.fit(
        model,
        X,
        y,
        loss=MSE,
        penalty=lb.L2(1.0),
        optimizer=lb.SGD(0.5),
        epochs=1,
        w0=w0,
        proximal=proximal,
    )
    # The predictions are right, so that the penalty alone moves w: by 1 - 0.5, or 1 / (1 + 0.5).
    expected = np.where(model.is_weight, 2 / 3 if proximal else 0.5, 1.0)
    np.testing.assert_allclose(result.w, expected, rtol=1e-15)
    assert result.history.loss[0] == pytest.approx(model.is_weight.sum() / 2)


def test_proximal_steps_have_the_length_of_the_schedule():
    model = lb.LinearModel(1)
    schedule = lb.PiecewiseConstantDecay([1], [0.5, 0.25])  # steps 0 and 1, then
    result = lb.fit(
        model,
        [[0.0]],
        [0.0],
        loss=MSE,
        penalty=lb.L1(1.0),
        optimizer=lb.SGD(schedule),
        epochs=3,
        w0=[4.0, 0.0],
        proximal=True,
    )
    np.testing.assert_array_equal(result.w, [4 - 0.5 - 0.5 - 0.25, 0])


def test_float32_stays():
    model, X, y, loss = setting("MLP")
    options = {"loss": loss, "optimizer": lb.Adam(0.01), "penalty": lb.L1(0.01), "batch_size": 16}
    exact = lb.fit(model, X, y, **options)
    for given in ({}, {"w0": model.init(0).astype(np.float32)}):
        single = lb.fit(model, X.astype(np.float32), y, **options, **given)
        assert single.w.dtype == np.float32
        np.testing.assert_allclose(single.w, exact.w, atol=1e-4)
    # Where dtypes differ, all is computed in that of w0.
    cast = lb.fit(model, X, y, **options, w0=model.init(0).astype(np.float32))
    np.testing.assert_array_equal(cast.w, single.w)
    assert cast.w.dtype == np.float32
    assert exact.w.dtype == np.float64
    assert lb.fit(model, X.astype(int), y, **options).w.dtype == np.float64


def test_inputs_are_not_modified():
    model, X, y, loss = setting("MLP")
    w0, weight = model.init(0), np.ones(N)
    arrays = X, y, w0, weight
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    schedule = lb.ReduceLROnPlateau(0.1, patience=0, min_delta=10.0)
    result = lb.fit(
        model,
        X,
        y,
        loss=loss,
        optimizer=lb.SGD(lb.Warmup(2, then=schedule)),
        penalty=lb.L1(0.1),
        proximal=True,
        batch_size=8,
        validation=(X, y),
        sample_weight=weight,
        w0=w0,
    )
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert not np.shares_memory(result.w, w0)
    assert result.history.learning_rate[-1] < 1e-6  # the plateau was heard of,
    assert schedule.learning_rate == 0.1  # but the caller's schedule is as it was
    assert lb.minimize(lambda w: (0.0, 0 * w), w0, lb.SGD(0.1)).w.flags.writeable


def test_a_plateau_hears_of_the_validation_loss_or_else_of_the_training_loss():
    X_new = features(seed=9)
    wrong = 2 - classes(X_new)  # so that the one loss rises while the other falls
    rates = []
    for validation in (None, (X_new, wrong)):
        schedule = lb.ReduceLROnPlateau(0.5, patience=2)
        result = fit_once(optimizer=lb.SGD(schedule), epochs=12, validation=validation)
        losses = result.history.loss if validation is None else result.history.validation_loss
        expected = [0.5] + [schedule.update(loss) for loss in losses]
        np.testing.assert_array_equal(result.history.learning_rate, expected[:-1])
        rates.append(expected[-1])
    assert rates[0] == 0.5
    assert rates[1] < 0.001


def test_validation_loss_is_that_of_the_parameters_after_the_epoch():
    model, _, _, loss = setting("softmax regression")
    X_new = features(11, seed=9)
    seen = []
    result = fit_once(
        validation=(X_new, classes(X_new)),
        penalty=lb.L2(1.0),
        callback=lambda epoch, w, value: seen.append((epoch, w, value)),
    )
    expected = [loss(classes(X_new), model.predict(w, X_new)) for _, w, _ in seen]
    np.testing.assert_allclose(result.history.validation_loss, expected, rtol=1e-15)
    assert [epoch for epoch, _, _ in seen] == [0, 1, 2, 3]
    np.testing.assert_array_equal([value for _, _, value in seen], result.history.loss)
    np.testing.assert_array_equal(seen[-1][1], result.w)


# --- down a function ------------------------------------------------------------------------------

CURVATURE = np.array([1.0, 10.0])


def bowl(w):
    return 0.5 * w @ (CURVATURE * w), CURVATURE * w


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.19])
def test_minimize_follows_the_closed_form(rate):
    w0 = np.array([3.0, -2.0])
    result = lb.minimize(bowl, w0, lb.SGD(rate), steps=25)
    path = [(1 - rate * CURVATURE) ** k * w0 for k in range(26)]
    np.testing.assert_allclose(result.w, path[-1], rtol=1e-12)
    np.testing.assert_allclose(result.history.loss, [bowl(w)[0] for w in path[:-1]], rtol=1e-12)
    norms = [math.hypot(*bowl(w)[1]) for w in path[:-1]]
    np.testing.assert_allclose(result.history.gradient_norm, norms, rtol=1e-12)
    np.testing.assert_array_equal(result.history.learning_rate, [rate] * 25)
    assert result.history.step_loss is result.history.loss
    assert result.message == "finished 25 steps"


def test_the_rate_at_which_it_turns_is_2_over_the_curvature():
    stays = lb.minimize(bowl, [1.0, 1.0], lb.SGD(2 / 10 - 1e-3), steps=2000)
    assert stays.history.loss[-1] < 1e-15
    leaves = lb.minimize(bowl, [1.0, 1.0], lb.SGD(2 / 10 + 1e-3), steps=2000)
    assert leaves.history.loss[-1] > 1e10


@pytest.mark.parametrize("w0", [8, 8.0, [8.0], [[8.0, 8.0], [8.0, 8.0]], np.float32([8, 8])])
def test_w_may_have_any_shape(w0):
    result = lb.minimize(lambda w: (np.sum(w**2), 2 * w), w0, lb.SGD(0.25), steps=3)
    assert isinstance(result.w, np.ndarray)
    assert result.w.shape == np.shape(w0)
    assert result.w.dtype == np.result_type(np.asarray(w0), np.float32)
    np.testing.assert_array_equal(result.w, np.ones_like(w0))


def test_a_gradient_may_be_of_integers():
    gradient = np.array([200, 150], np.uint8)
    result = lb.minimize(lambda w: (1, gradient), [1.0, 1.0], lb.SGD(0.5), steps=1)
    np.testing.assert_array_equal(result.w, [-99, -74])
    np.testing.assert_array_equal(result.history.gradient_norm, [250])


def test_a_value_may_be_an_array_of_one_number():
    result = lb.minimize(lambda w: (w**2, 2 * w), [8.0], lb.SGD(0.25), steps=3)
    np.testing.assert_array_equal(result.history.loss, [64, 16, 4])


def test_a_plateau_in_minimize_hears_of_each_step():
    schedule = lb.ReduceLROnPlateau(0.25, factor=0.5, patience=1)
    result = lb.minimize(lambda w: (1.0, np.ones_like(w)), 0.0, lb.SGD(schedule), steps=4)
    np.testing.assert_array_equal(result.history.learning_rate, [0.25, 0.25, 0.125, 0.0625])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("exponent", [-35, -20, 0, 20, 35])
def test_norms_neither_overflow_nor_vanish(dtype, exponent):
    scale = 10.0 ** (exponent if dtype == np.float32 else 5 * exponent)
    slope = (scale * np.array([3.0, -4.0])).astype(dtype)
    result = lb.minimize(lambda w: (0.0, slope), np.zeros(2, dtype), lb.SGD(0.01), steps=1)
    expected = math.hypot(*slope.astype(float))
    np.testing.assert_allclose(result.history.gradient_norm, [expected], rtol=1e-6)


# --- a run that does not go well ------------------------------------------------------------------


def check_stopped(result, *words):
    history = result.history
    assert all(word in result.message for word in words), result.message
    assert np.isfinite(result.w).all()
    for values in (history.step_loss, history.step_gradient_norm, history.loss):
        assert np.isfinite(values).all()
    assert len(history.step_loss) == len(history.step_gradient_norm)
    assert len(history.step_loss) == len(history.step_learning_rate)
    assert len(history.loss) == len(history.gradient_norm) == len(history.learning_rate)


@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_divergence_of_a_fit(batch_size):
    X, y = diabetes()
    X = 100 * X
    result = lb.fit(
        lb.LinearModel(10),
        X,
        y,
        loss=MSE,
        optimizer=lb.SGD(0.5),
        batch_size=batch_size,
        epochs=500,
        validation=(X, y),
    )
    step = len(result.history.step_loss)
    check_stopped(result, f"diverged at step {step}", "learning rate smaller than 0.5")
    assert result.diverged
    assert step > 10
    assert result.history.step_loss.max() > 1e290
    assert len(result.history.loss) == len(result.history.validation_loss)
    assert len(result.history.loss) == step // math.ceil(len(X) / (batch_size or len(X)))
    assert np.isfinite(MSE(y[:1], lb.LinearModel(10).predict(result.w, X[:1])))


def falls_apart(value, gradient, at=3):
    """Return an objective that gives these instead of its own from some step on."""
    calls = iter(range(100))

    def objective(w):
        return (value, np.full_like(w, gradient)) if next(calls) >= at else (w @ w, 2 * w)

    return objective


@pytest.mark.parametrize(
    ("value", "gradient", "words"),
    [
        (np.inf, 1.0, "the loss is inf"),
        (np.nan, 1.0, "the loss is nan"),
        (-np.inf, 1.0, "the loss is -inf"),
        (1.0, np.inf, "the gradient's norm is inf"),
        (1.0, np.nan, "the gradient's norm is nan"),
        (1.0, 1e307, "parameters that are not finite"),
    ],
)
def test_divergence_of_minimize(value, gradient, words):
    w0 = np.array([1.0, 2.0])
    kept = []
    result = lb.minimize(
        falls_apart(value, gradient), w0, lb.SGD(100.0), callback=lambda *seen: kept.append(seen[1])
    )
    check_stopped(result, "diverged at step 3", words, "learning rate smaller than 100")
    assert result.diverged
    assert len(result.history.loss) == 3
    # The last parameters with a finite loss: at step 3 where that is finite, otherwise at step 2.
    np.testing.assert_array_equal(result.w, kept[2 if "parameters" in words else 1])
    first = lb.minimize(falls_apart(value, gradient, at=0), w0, lb.SGD(100.0))
    check_stopped(first, "diverged at step 0", words)
    np.testing.assert_array_equal(first.w, w0)


def test_divergence_of_predictions():
    model = lb.LinearModel(1)
    for X, word in ([[1e300]], "inf"), ([[1e300], [-1e300]], "inf"):
        result = lb.fit(model, X, [0.0] * len(X), loss=MSE, optimizer=lb.SGD(0.1), w0=[1e300, 0.0])
        check_stopped(result, "diverged at step 0", f"a prediction is {word}")
        assert result.diverged


def test_divergence_on_the_validation_data():
    result = lb.fit(
        lb.LinearModel(1),
        [[1.0]],
        [1.0],
        loss=MSE,
        optimizer=lb.SGD(0.1),
        validation=([[1e308]], [0.0]),
        w0=[100.0, 0.0],
    )
    check_stopped(result, "diverged at step 1", "a prediction is inf")
    assert result.diverged
    assert len(result.history.step_loss) == 1
    assert len(result.history.validation_loss) == len(result.history.loss) == 0


def test_large_is_not_infinite():
    result = lb.minimize(lambda w: (w * 1e300, 1e300 + 0 * w), 1e8, lb.Adam(1.0), steps=3)
    assert not result.diverged
    np.testing.assert_allclose(result.history.loss, 1e308, rtol=1e-7)
    model = lb.LinearModel(2, 2)  # predictions of 1e308 each: only their sum is infinite
    w0 = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    X = np.full((3, 2), 1e308)
    result = lb.fit(model, X, X, loss=lb.MeanAbsoluteError(), optimizer=lb.SGD(0.1), w0=w0)
    assert not result.diverged
    np.testing.assert_array_equal(result.history.loss, 0)


def stop_at(when):
    def callback(epoch, w, loss):
        if epoch == when:
            raise KeyboardInterrupt

    return callback


def test_interrupt_in_the_middle_of_an_epoch():
    def rate(step):
        if step == 13:
            raise KeyboardInterrupt
        return 0.1

    result = fit_once(optimizer=lb.SGD(rate), validation=(features(), classes(features())))
    check_stopped(result, "interrupted after 13 steps")
    assert not result.diverged
    history = result.history
    assert len(history.step_loss) == 13
    assert len(history.loss) == len(history.validation_loss) == 2  # of five steps each
    np.testing.assert_array_equal(history.step_loss, fit_once().history.step_loss[:13])


def test_interrupt_gives_what_was_reached():
    result = fit_once(callback=stop_at(2))
    check_stopped(result, "interrupted after 15 steps")
    np.testing.assert_array_equal(result.w, fit_once(epochs=3).w)
    assert len(result.history.loss) == 3

    def impatient(w):
        if abs(w[0]) < 1:
            signal.raise_signal(signal.SIGINT)  # Ctrl-C itself
        return bowl(w)

    # A shell has what it runs in the background ignore Ctrl-C, and Python leaves it at that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = lb.minimize(impatient, [3.0, 0.0], lb.SGD(0.5))
    finally:
        signal.signal(signal.SIGINT, before)
    check_stopped(result, "interrupted after 2 steps")
    np.testing.assert_array_equal(result.w, [0.75, 0])


@pytest.mark.parametrize("yes", [True, np.True_])
def test_a_callback_stops_by_returning_true(yes):
    result = fit_once(callback=lambda epoch, w, loss: yes if epoch == 1 else None)
    assert result.message == "stopped by the callback after epoch 1"
    np.testing.assert_array_equal(result.w, fit_once(epochs=2).w)
    assert len(result.history.loss) == 2
    assert not result.diverged

    path = []

    def near(step, w, loss):
        path.append(w)
        return yes if loss < 1e-6 else False

    result = lb.minimize(bowl, [3.0, -2.0], lb.SGD(0.1), steps=10**9, callback=near)
    assert result.message == f"stopped by the callback after step {len(path) - 1}"
    losses = [bowl(w)[0] for w in path]  # the arrays kept are those of each step
    np.testing.assert_allclose(result.history.loss[1:], losses[:-1], rtol=1e-15)


def test_errors_of_the_caller_pass():
    def callback(epoch, w, loss):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fit_once(callback=callback)
    with pytest.raises(ZeroDivisionError):
        lb.minimize(lambda w: 1 // 0, 0.0, lb.SGD(0.1))


# --- what is shown --------------------------------------------------------------------------------


def test_silence(capsys):
    fit_once()
    assert capsys.readouterr() == ("", "")


def test_progress_in_lines_where_there_is_no_tqdm(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)  # which makes its import fail
    result = fit_once(progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"epoch {i} of 4: loss {loss:.6g}" for i, loss in enumerate(result.history.loss, start=1)
    ]
    lb.minimize(bowl, [3.0, -2.0], lb.SGD(0.1), steps=2, progress=True)
    assert capsys.readouterr().err.splitlines() == [
        "step 1 of 2: loss 24.5",
        "step 2 of 2: loss 3.645",
    ]


def test_progress_in_a_bar(capsys):
    pytest.importorskip("tqdm")
    result = fit_once(progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "4/4" in err
    assert f"loss={result.history.loss[-1]:.6g}" in err
    assert "epoch" in err
    stopped = fit_once(progress=True, callback=stop_at(1))
    assert "interrupted" in stopped.message
    assert capsys.readouterr().err.endswith("\n")  # the bar is closed


def test_what_a_result_says():
    result = fit_once()
    first, last = result.history.loss[[0, -1]]
    assert repr(result.history) == f"History(4 epochs, 20 steps, loss {first:.6g} to {last:.6g})"
    assert repr(result) == f"DescentResult(finished 4 epochs; {result.history!r})"
    assert repr(fit_once(epochs=0).history) == "History(0 epochs, 0 steps)"


# --- bad input ------------------------------------------------------------------------------------

X, Y = features(5), amounts(features(5))
NAN = np.array([[1.0, 2.0, 3.0]] * 4 + [[1.0, np.nan, 3.0]])

FIT = {
    "model class": ({"model": lb.LinearModel}, TypeError, ("model", "the class LinearModel")),
    "no model": ({"model": 3}, TypeError, ("model", "LinearModel(n_features)", "int 3")),
    "loss class": (
        {"loss": lb.MeanSquaredError},
        TypeError,
        ("loss", "the class MeanSquaredError; did you mean MeanSquaredError()?"),
    ),
    "loss by name": ({"loss": "mse"}, TypeError, ("loss", "MeanSquaredError()", "str 'mse'")),
    "penalty for a loss": ({"loss": lb.L2(1.0)}, TypeError, ("loss", "L2(strength=1.0)")),
    "optimiser class": (
        {"optimizer": lb.Adam},
        TypeError,
        ("optimizer", "the class Adam; did you mean Adam()?"),
    ),
    "optimiser by name": ({"optimizer": "adam"}, TypeError, ("optimizer", "Adam()", "'adam'")),
    "a rate for an optimiser": ({"optimizer": 0.1}, TypeError, ("optimizer", "Adam()", "0.1")),
    "penalty class": ({"penalty": lb.L1}, TypeError, ("penalty", "did you mean L1()?")),
    "a strength": ({"penalty": 0.1}, TypeError, ("penalty", "L2(0.1)", "float 0.1")),
    "batch_size 0": ({"batch_size": 0}, ValueError, ("batch_size", "at least 1", "received 0")),
    "batch_size -1": ({"batch_size": -1}, ValueError, ("batch_size", "at least 1", "-1")),
    "batch_size 2.5": ({"batch_size": 2.5}, TypeError, ("batch_size", "integer", "float 2.5")),
    "batch_size full": ({"batch_size": "all"}, TypeError, ("batch_size", "integer", "'all'")),
    "epochs -1": ({"epochs": -1}, ValueError, ("epochs", "at least 0", "-1")),
    "epochs 1.0": ({"epochs": 1.0}, TypeError, ("epochs", "integer", "float 1.0")),
    "seed -1": ({"seed": -1}, ValueError, ("seed", "at least 0", "-1")),
    "no seed": ({"seed": None}, TypeError, ("seed", "integer", "None")),
    "shuffle 1": ({"shuffle": 1}, TypeError, ("shuffle", "True or False", "int 1")),
    "proximal 1": ({"proximal": 1}, TypeError, ("proximal", "True or False", "int 1")),
    "progress 1": ({"progress": 1}, TypeError, ("progress", "True or False", "int 1")),
    "callback": ({"callback": [1]}, TypeError, ("callback", "a function", "list [1]")),
    "X of one axis": ({"X": X[:, 0]}, ValueError, ("X", "(n, 3)", "(5,)")),
    "X too wide": ({"X": np.ones((5, 4))}, ValueError, ("X", "(n, 3)", "(5, 4)")),
    "NaN in X": ({"X": NAN}, ValueError, ("X[4, 1]", "a number", "nan")),
    "infinity in X": (
        {"X": np.where(np.isnan(NAN), np.inf, NAN)},
        ValueError,
        ("X[4, 1]", "finite", "inf"),
    ),
    "y too short": ({"y": Y[:4]}, ValueError, ("y", "5 rows of X", "shape (4,)")),
    "y one number": ({"y": 1.0}, ValueError, ("y", "5 rows of X", "shape ()")),
    "y a column": (
        {"y": Y[:, None]},
        ValueError,
        ("y, beside", "same shape", "(5, 1) and (5,)", "did you mean y_true[:, 0]?"),
    ),
    "words in y": ({"y": ["a"] * 5}, TypeError, ("y", "real numbers", "<U1")),
    "NaN in y": (
        {"y": [1, 2, 3, 4, np.nan], "batch_size": 2},
        ValueError,
        ("y, beside", "y_true[4]", "a number", "nan"),
    ),
    "class out of range": (
        {"model": lb.LinearModel(3, 2), "loss": SOFTMAX, "y": [0, 1, 0, 2, 1], "batch_size": 2},
        ValueError,
        ("y, beside", "y_true[3]", "from 0 to 1", "received 2"),
    ),
    "logits for probabilities": (
        {"loss": lb.BinaryCrossentropy(), "y": [0, 1, 1, 0, 1], "w0": [0, 0, 0, 1.7]},
        ValueError,
        ("y_pred[0]", "probabilities", "1.7", "did you mean from_logits=True?"),
    ),
    "w0 too short": ({"w0": np.ones(3)}, ValueError, ("w0", "shape (4,)", "received (3,)")),
    "NaN in w0": ({"w0": [1, 2, np.nan, 4]}, ValueError, ("w0[2]", "a number", "nan")),
    "weights too few": (
        {"sample_weight": [1, 2]},
        ValueError,
        ("sample_weight", "shape (5,)", "(2,)"),
    ),
    "negative weight": (
        {"sample_weight": [1, 1, -1, 1, 1]},
        ValueError,
        ("sample_weight[2]", "at least 0", "-1"),
    ),
    "validation X alone": ({"validation": X}, TypeError, ("validation", "(X, y)", "ndarray")),
    "validation triple": ({"validation": (X, Y, Y)}, TypeError, ("validation", "(X, y)", "3")),
    "validation X": (
        {"validation": (X[:, :2], Y)},
        ValueError,
        ("validation[0]", "(n, 3)", "(5, 2)"),
    ),
    "validation y": (
        {"validation": (X, Y[:3])},
        ValueError,
        ("validation[1]", "5 rows of X", "(3,)"),
    ),
    "NaN in validation y": (
        {"validation": (X, [np.nan] * 5)},
        ValueError,
        ("validation[1], beside", "y_true[0]", "nan"),
    ),
    "proximal with Adam": (
        {"proximal": True, "penalty": lb.L1(0.1), "optimizer": lb.Adam(0.1)},
        ValueError,
        ("proximal", "plain SGD", "Adam(", "rate for each parameter"),
    ),
    "proximal with momentum": (
        {"proximal": True, "penalty": lb.L1(0.1), "optimizer": lb.SGD(0.1, momentum=0.9)},
        ValueError,
        ("proximal", "plain SGD", "momentum=0.9"),
    ),
    "proximal without a penalty": (
        {"proximal": True},
        ValueError,
        ("proximal", "penalty such as L1", "None"),
    ),
}


@pytest.mark.parametrize(("changes", "error", "words"), FIT.values(), ids=FIT)
def test_bad_input_of_fit(changes, error, words):
    valid = {"model": lb.LinearModel(3), "X": X, "y": Y, "loss": MSE, "optimizer": lb.SGD(0.1)}
    assert lb.fit(**valid, epochs=1).message == "finished 1 epoch"
    with pytest.raises(error) as raised:
        lb.fit(**valid | changes)
    assert all(word in str(raised.value) for word in words), raised.value


MINIMIZE = {
    "no function": ({"objective": 1.0}, TypeError, ("objective", "(value, gradient)", "float 1.0")),
    "a value alone": (
        {"objective": lambda w: w @ w},
        TypeError,
        ("objective", "(value, gradient)", "float64", "did you mean value_and_gradient?"),
    ),
    "a triple": ({"objective": lambda w: (1.0, w, w)}, TypeError, ("(value, gradient)", "tuple")),
    "nothing": ({"objective": lambda w: None}, TypeError, ("(value, gradient)", "NoneType")),
    "a value for each": (
        {"objective": lambda w: (w**2, 2 * w)},
        ValueError,
        ("objective's value", "one number", "(2,)"),
    ),
    "a gradient of another shape": (
        {"objective": lambda w: (1.0, w[:1])},
        ValueError,
        ("objective's gradient", "shape of w0, (2,)", "(1,)"),
    ),
    "words": (
        {"objective": lambda w: ("a", w)},
        TypeError,
        ("objective's value", "numbers", "'a'"),
    ),
    "no gradient": ({"objective": lambda w: (1.0, None)}, TypeError, ("gradient", "numbers")),
    "empty w0": ({"w0": []}, ValueError, ("w0", "at least one", "(0,)")),
    "NaN in w0": ({"w0": [1.0, np.nan]}, ValueError, ("w0[1]", "a number", "nan")),
    "infinite w0": ({"w0": [1.0, np.inf]}, ValueError, ("w0[1]", "finite", "inf")),
    "words in w0": ({"w0": "origin"}, TypeError, ("w0", "real numbers", "'origin'")),
    "optimiser class": ({"optimizer": lb.SGD}, TypeError, ("optimizer", "did you mean SGD()?")),
    "a rate": ({"optimizer": 0.1}, TypeError, ("optimizer", "Adam()", "float 0.1")),
    "steps -1": ({"steps": -1}, ValueError, ("steps", "at least 0", "-1")),
    "steps 1e3": ({"steps": 1e3}, TypeError, ("steps", "integer", "float 1000.0")),
    "callback": ({"callback": 1}, TypeError, ("callback", "a function", "int 1")),
    "progress": ({"progress": None}, TypeError, ("progress", "True or False", "NoneType None")),
}


@pytest.mark.parametrize(("changes", "error", "words"), MINIMIZE.values(), ids=MINIMIZE)
def test_bad_input_of_minimize(changes, error, words):
    valid = {"objective": bowl, "w0": [1.0, 2.0], "optimizer": lb.SGD(0.1)}
    assert lb.minimize(**valid).message == "finished 100 steps"
    with pytest.raises(error) as raised:
        lb.minimize(**valid | changes)
    assert all(word in str(raised.value) for word in words), raised.value
