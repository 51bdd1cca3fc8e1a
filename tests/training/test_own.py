"""A reader's own loss, penalty, optimiser, schedule and model in `fit` and `minimize`.

Each is one of the package's written anew, so that the runs are the same; or it is wrong, and said
to be so.
"""

import pickle

import numpy as np
import pytest

import lossbook as lb

N = 30
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.3
WEIGHT = RNG.uniform(0, 2, N)
MODEL = lb.LinearModel(3)
MSE = lb.MeanSquaredError()


def fit(**changes):
    given = {"model": MODEL, "X": X, "y": Y, "loss": MSE, "optimizer": lb.SGD(0.1)}
    return lb.fit(**{**given, "batch_size": 8, "epochs": 4, **changes})


def same_run(received, expected, rtol=1e-12):
    assert received.message == expected.message
    assert received.w.dtype == expected.w.dtype
    np.testing.assert_allclose(received.w, expected.w, rtol=rtol)
    for name in ("loss", "gradient_norm", "step_loss", "step_gradient_norm"):
        np.testing.assert_allclose(
            getattr(received.history, name), getattr(expected.history, name), rtol=rtol
        )


# --- losses ---------------------------------------------------------------------------------------


class DerivedSquare(lb.ElementwiseLoss):
    def _value(self, y, p):
        return (p - y) ** 2

    def _derivative(self, y, p):
        return 2 * (p - y)


class PlainSquare:
    """No base, and no keywords: they are passed only where somebody gives weights."""

    def __call__(self, targets, predictions):
        return np.mean((predictions - targets) ** 2)

    def value_and_gradient(self, targets, predictions):
        return self(targets, predictions), 2 * (predictions - targets) / len(targets)


class WeighedSquare:
    def __call__(self, y_true, y_pred, *, sample_weight):
        return np.mean(sample_weight * (y_pred - y_true) ** 2)

    def value_and_gradient(self, y_true, y_pred, *, sample_weight):
        slope = 2 * sample_weight * (y_pred - y_true) / len(y_true)
        return self(y_true, y_pred, sample_weight=sample_weight), slope


def square(y, p):
    return (p - y) ** 2


class PublicSquare(lb.Loss):
    """What is overridden is used, and not the formulas that the base would have."""

    __call__ = PlainSquare.__call__
    value_and_gradient = PlainSquare.value_and_gradient


SQUARES = {
    "public methods": PublicSquare(),
    "derived": DerivedSquare(),
    "plain": PlainSquare(),
    "two functions": lb.custom_loss(square, lambda y, p: 2 * (p - y)),
    "one function": lb.custom_loss(square),
}
every_square = pytest.mark.parametrize("loss", SQUARES.values(), ids=SQUARES)


def close(loss):
    return 1e-8 if repr(loss) == "custom_loss(square, numerical derivative)" else 1e-12


@every_square
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_own_losses(loss, dtype):
    given = {"X": X.astype(dtype), "validation": (X[:7], Y[:7]), "penalty": lb.L2(0.1)}
    received, expected = fit(loss=loss, **given), fit(**given)
    same_run(received, expected, close(loss) if dtype is np.float64 else 1e-3)
    assert received.w.dtype == dtype
    rtol = 1e-8 if dtype is np.float64 else 1e-3
    new, old = received.history.validation_loss, expected.history.validation_loss
    np.testing.assert_allclose(new, old, rtol=rtol)


@pytest.mark.parametrize("loss", [SQUARES["derived"], SQUARES["two functions"], WeighedSquare()])
def test_own_losses_with_weights(loss):
    same_run(fit(loss=loss, sample_weight=WEIGHT), fit(sample_weight=WEIGHT))


@every_square
def test_own_losses_over_chunks(loss):
    da = pytest.importorskip("dask.array")
    given = {"batch_size": None, "epochs": 3}
    lazy = da.from_array(X, chunks=(8, 3))
    received = fit(X=lazy, y=da.from_array(Y, chunks=8), loss=loss, validation=(lazy, Y), **given)
    expected = fit(validation=(X, Y), **given)
    same_run(received, expected, close(loss))
    new, old = received.history.validation_loss, expected.history.validation_loss
    np.testing.assert_allclose(new, old, rtol=1e-8)


def test_own_losses_over_chunks_with_weights():
    da = pytest.importorskip("dask.array")
    given = {"sample_weight": WEIGHT, "batch_size": None}
    received = fit(X=da.from_array(X, chunks=(8, 3)), loss=WeighedSquare(), **given)
    same_run(received, fit(**given))


def test_custom_loss_is_a_loss_like_others():
    loss = lb.custom_loss(square, name="parabola")
    assert isinstance(loss, lb.ElementwiseLoss) and isinstance(loss, lb.Loss)
    assert loss.__name__ == "parabola"
    assert repr(loss) == "custom_loss(parabola, numerical derivative)"
    assert lb.custom_loss(square, square).__name__ == "square"
    assert repr(lb.custom_loss(square, square)) == "custom_loss(square)"
    assert pickle.loads(pickle.dumps(loss)) == loss
    y, p = Y.reshape(15, 2), Y.reshape(15, 2) + X[:15, :2]
    for reduction in ("mean", "weighted_mean", "sum", "none"):
        given = {"sample_weight": WEIGHT[:15], "reduction": reduction}
        np.testing.assert_allclose(loss(y, p, **given), MSE(y, p, **given), rtol=1e-14)
        expected = MSE.gradient(y, p, **given)
        np.testing.assert_allclose(loss.gradient(y, p, **given), expected, rtol=1e-8, atol=1e-11)
    large = np.linspace(-3, 3, 200_001)  # which is walked over in pieces
    assert loss(0 * large, large) == pytest.approx(MSE(0 * large, large), rel=1e-14)
    with pytest.raises(ValueError, match="same shape"):
        loss([1.0], [[1.0]])
    with pytest.raises(ValueError, match=r"y_pred\[0\]: expected a number, received nan"):
        loss([1.0], [np.nan])


def test_a_numerical_derivative_has_ten_digits_at_any_size():
    loss = lb.custom_loss(lambda y, p: np.exp(p / 1e3) + np.sin(p - y) + p**3)
    p = np.array([-1e3, -2.0, -1e-9, 0.0, 1e-3, 5.0, 700.0])
    y = np.linspace(0, 1, len(p))
    exact = np.exp(p / 1e3) / 1e3 + np.cos(p - y) + 3 * p**2
    received = loss.gradient(y, p, reduction="sum")
    np.testing.assert_allclose(received, exact, rtol=1e-9)
    single = loss.gradient(y.astype(np.float32), p.astype(np.float32), reduction="sum")
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, exact, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lb.custom_loss(3), ("value: expected a function", "int 3")),
        (lambda: lb.custom_loss(square, 2.0), ("derivative: expected a function", "float 2.0")),
        (lambda: lb.custom_loss(square, name=3), ("name: expected a str", "int 3")),
        (
            lambda: lb.custom_loss(lambda y, p: np.mean(p - y))([1.0, 2.0], [1.0, 2.0]),
            ("value: expected", "one number per element, shape (2,)", "received shape ()"),
        ),
        (
            lambda: lb.custom_loss(square, lambda y, p: None).gradient([1.0], [2.0]),
            ("derivative: expected", "shape (1,)", "dtype object"),
        ),
    ],
)
def test_custom_loss_refuses(call, words):
    with pytest.raises(TypeError) as raised:
        call()
    assert all(word in str(raised.value) for word in words), raised.value


# --- penalties, optimisers, schedules -------------------------------------------------------------


class PlainRidge:
    def __call__(self, w):
        return 0.05 * np.sum(w**2)

    def gradient(self, w):
        return 0.1 * w


class DerivedRidge(lb.Penalty):
    def _value(self, w):
        return 0.05 * np.sum(w**2)

    def _derivative(self, w):
        return 0.1 * w

    def _proximal(self, w, step):
        return w / (1 + 0.1 * step)


class PublicRidge(lb.Penalty):
    __call__ = PlainRidge.__call__
    gradient = PlainRidge.gradient


class PlainProximal(PlainRidge):
    def proximal(self, w, step):
        return w / (1 + 0.1 * step)


@pytest.mark.parametrize("penalty", [PlainRidge(), DerivedRidge(), PublicRidge()])
def test_own_penalties(penalty):
    same_run(fit(penalty=penalty), fit(penalty=lb.L2(0.1)))


@pytest.mark.parametrize("penalty", [PlainProximal(), DerivedRidge()])
def test_own_proximal_steps(penalty):
    given = {"proximal": True, "optimizer": lb.SGD(lb.ExponentialDecay(0.1, 5, 0.5))}
    same_run(fit(penalty=penalty, **given), fit(penalty=lb.L2(0.1), **given))


@pytest.mark.parametrize("penalty", [lb.L1(0.1), lb.L2(1), lb.ElasticNet(1, 2), DerivedRidge()])
def test_a_penalty_has_a_name(penalty):
    assert penalty.__name__ == type(penalty).__name__


def test_a_penalty_keeps_plain_numbers():
    for number in (np.float64(0.5), np.float32(0.5), np.int64(2)):
        kept = lb.L1(number), lb.L2(number), lb.ElasticNet(number, number)
        assert all(type(value) is float for one in kept for value in vars(one).values())
        assert repr(kept[0]) == f"L1(strength={float(number)!r})"


class PlainMomentum:
    """No base; it modifies what it is given, which nobody else holds."""

    def __init__(self, learning_rate, momentum):
        self.learning_rate, self.momentum = learning_rate, momentum

    def init(self, w):
        return np.zeros_like(w)

    def update(self, w, gradient, velocity):
        gradient *= self.learning_rate
        w += self.momentum * velocity - gradient
        velocity = self.momentum * velocity - gradient
        return w, velocity


class DerivedMomentum(lb.Optimizer):
    def __init__(self, learning_rate, momentum):
        self.learning_rate, self.momentum = learning_rate, momentum

    def init(self, w):
        return 0, 0.0

    def update_and_rate(self, w, gradient, state):
        step, velocity = state
        rate = self.rate(step)
        velocity = self.momentum * velocity - rate * gradient
        return w + velocity, (step + 1, velocity), rate


@pytest.mark.parametrize("kind", [PlainMomentum, DerivedMomentum])
def test_own_optimisers(kind):
    seen = []
    given = {"callback": lambda epoch, w, loss: seen.append((w, w.copy()))}
    received = fit(optimizer=kind(0.1, 0.5), **given)
    expected = fit(optimizer=lb.SGD(0.1, momentum=0.5))
    same_run(received, expected)
    rates = received.history.step_learning_rate
    np.testing.assert_array_equal(rates, expected.history.step_learning_rate)
    for kept, copy in seen:
        np.testing.assert_array_equal(kept, copy)

    slope = np.array([3.0, 4.0])

    def constant(w):
        return 1.0, slope

    pair = kind(0.1, 0.5), lb.SGD(0.1, momentum=0.5)
    same_run(*(lb.minimize(constant, [0.0, 0.0], optimizer, steps=5) for optimizer in pair))
    np.testing.assert_array_equal(slope, [3, 4])


def test_own_optimiser_reports_the_rates_of_its_schedule():
    schedule = lb.ExponentialDecay(0.1, 5, 0.5)
    received = fit(optimizer=DerivedMomentum(schedule, 0.5))
    expected = fit(optimizer=lb.SGD(schedule, momentum=0.5))
    same_run(received, expected)
    rates = received.history.step_learning_rate
    np.testing.assert_array_equal(rates, expected.history.step_learning_rate)


class Clipped(lb.SGD):
    def update(self, w, gradient, state):
        return super().update(w, np.clip(gradient, -0.1, 0.1), state)


def test_an_update_that_is_overridden_is_the_one_that_is_used():
    w0 = np.array([5.0, -7.0])
    result = lb.minimize(lambda w: (w @ w, 2 * w), w0, Clipped(0.5), steps=3)
    np.testing.assert_allclose(result.w, [4.85, -6.85])
    np.testing.assert_array_equal(result.history.learning_rate, [0.5] * 3)
    asked = Counting(0.5)
    result = lb.minimize(lambda w: (w @ w, 2 * w), w0, Clipped(asked), steps=3)
    assert np.isnan(result.history.learning_rate).all()  # it does not say
    assert asked.steps == [0, 1, 2]


class Counting:
    """A schedule that remembers the steps it was asked for, also where it is copied."""

    def __init__(self, rate):
        self.rate, self.steps = rate, []

    def __call__(self, step):
        self.steps.append(step)
        return self.rate / (1 + step)

    def __deepcopy__(self, memo):
        return self


@pytest.mark.parametrize("kind", [lb.SGD, lb.Adagrad, lb.RMSprop, lb.Adam, lb.AdamW])
def test_a_schedule_is_asked_once_a_step(kind):
    asked = Counting(0.1)
    result = fit(optimizer=kind(asked))
    assert asked.steps == list(range(16))
    np.testing.assert_array_equal(result.history.step_learning_rate, 0.1 / np.arange(1, 17))
    asked = Counting(0.1)
    lb.minimize(lambda w: (w @ w, 2 * w), [1.0, 2.0], kind(lb.Warmup(2, asked)), steps=5)
    assert asked.steps == [0, 0, 0, 1, 2]  # the first two of the warm-up lead to its step 0


def test_a_schedule_is_asked_once_a_step_beside_proximal_steps():
    asked = Counting(0.1)
    fit(optimizer=lb.SGD(asked), penalty=lb.L1(0.1), proximal=True)
    assert asked.steps == list(range(16))


@pytest.mark.parametrize("where", ["loss", "parameters"])
def test_a_schedule_is_asked_once_for_the_step_that_diverges(where):
    asked = Counting(8.0)

    def objective(w):
        if asked.steps and asked.steps[-1] == 2 and where == "loss":
            return np.inf, w
        return 1.0, np.full_like(w, 1e308 if len(asked.steps) == 3 else 1.0)

    result = lb.minimize(objective, [1.0], lb.SGD(asked), steps=9)
    assert result.diverged and "at step 3" in result.message
    assert asked.steps == [0, 1, 2, 3]
    assert "smaller than 2," in result.message  # 8 / 4


def test_divergence_of_an_optimiser_that_does_not_tell_its_rate():
    class Silent(PlainMomentum):
        def __init__(self):
            self.eta = 1e200

        def init(self, w):
            return None

        def update(self, w, gradient, state):
            return w - self.eta * gradient, None

    result = lb.minimize(lambda w: (w @ w, 2 * w), [1.0], Silent(), steps=9)
    assert result.message == (
        "diverged at step 1, where the loss is inf; the usual remedy is a learning rate that is "
        "smaller, or features and targets of a size near 1"
    )


class Halving(lb.Schedule):
    """A schedule that hears how the run goes, and its own rate formula."""

    def __init__(self):
        self.heard = []

    def rate(self, step):
        return 0.1 / 2 ** len(self.heard)

    def update(self, metric):
        self.heard.append(metric)


def test_own_schedules():
    for schedule in (lambda step: 0.1 * 0.5**step, lb.StepDecay(0.1, 0.5, 1)):
        result = fit(optimizer=lb.SGD(schedule), batch_size=None)
        np.testing.assert_allclose(result.history.learning_rate, [0.1, 0.05, 0.025, 0.0125])
    own = Halving()
    for schedule in (own, lb.Warmup(0, own)):
        result = fit(optimizer=lb.SGD(schedule), batch_size=None)
        np.testing.assert_array_equal(result.history.learning_rate, [0.1, 0.05, 0.025, 0.0125])
    assert own.heard == []  # the caller's is left alone
    assert type(own(np.int64(3))) is float
    with pytest.raises(TypeError, match="step: expected an integer"):
        own(1.5)


# --- models ---------------------------------------------------------------------------------------


class PlainLinear:
    """No base, no bias, and no mask: a penalty acts on all of w."""

    def init(self, seed):
        return [0.5, 0.5, 0.5]

    def predict(self, w, X):
        return X @ w

    def gradient(self, w, X, output_gradient):
        return X.T @ output_gradient


class DerivedLinear(lb.Model):
    """A linear model whose bias comes first."""

    n_parameters = 4

    @property
    def is_weight(self):
        return np.arange(4) > 0

    def init(self, seed=0):
        return np.roll(MODEL.init(seed), 1)

    def predict(self, w, X):
        return X @ w[1:] + w[0]

    def gradient(self, w, X, output_gradient):
        return np.concatenate([[output_gradient.sum()], X.T @ output_gradient])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_own_models(dtype):
    given = {"X": X.astype(dtype), "penalty": lb.L2(0.3), "validation": (X[:5], Y[:5])}
    received, expected = fit(model=DerivedLinear(), **given), fit(**given)
    rtol = 1e-12 if dtype is np.float64 else 1e-3
    assert received.w.dtype == dtype
    np.testing.assert_allclose(np.roll(received.w, -1), expected.w, rtol=rtol)
    np.testing.assert_allclose(received.history.loss, expected.history.loss, rtol=rtol)
    new, old = received.history.validation_loss, expected.history.validation_loss
    np.testing.assert_allclose(new, old, rtol=rtol)


def test_own_model_without_a_mask():
    result = fit(model=PlainLinear(), penalty=lb.L2(0.3), epochs=500, batch_size=None)
    exact = np.linalg.solve(2 * X.T @ X / N + 0.3 * np.eye(3), 2 * X.T @ Y / N)
    np.testing.assert_allclose(result.w, exact, rtol=1e-9)


def test_own_models_over_chunks():
    da = pytest.importorskip("dask.array")
    lazy = da.from_array(X, chunks=(8, 3))
    for model in (DerivedLinear(), PlainLinear()):
        given = {"model": model, "batch_size": None, "penalty": lb.L2(0.3)}
        same_run(fit(X=lazy, **given), fit(**given))


def test_a_prediction_that_is_overridden_is_the_one_that_is_used():
    class Positive(lb.LinearModel):
        def predict(self, w, X):
            return np.exp(super().predict(w, X))

        def gradient(self, w, X, output_gradient):
            return super().gradient(w, X, output_gradient * self.predict(w, X))

    model = Positive(3)
    y = np.exp(X @ [0.3, -0.2, 0.1] + 0.2)
    result = fit(model=model, y=y, epochs=2000, batch_size=None)
    np.testing.assert_allclose(result.w, [0.3, -0.2, 0.1, 0.2], rtol=1e-6)


def test_a_base_says_what_has_still_to_be_written():
    calls = {
        r"Model\.init\(seed\)": lambda: lb.Model().init(0),
        r"Model\.predict\(w, X\)": lambda: lb.Model().predict([1.0], X),
        r"Model\.gradient\(w, X, output_gradient\)": lambda: lb.Model().gradient([1.0], X, Y),
        r"Optimizer\.init\(w\)": lambda: lb.Optimizer().init([1.0]),
        r"Optimizer\.update\(w, gradient, state\)": lambda: lb.Optimizer().update(1.0, 1.0, 0),
        r"Schedule\.rate\(step\)": lambda: lb.Schedule()(0),
        r"Penalty\._value\(w\)": lambda: lb.Penalty()([1.0]),
        r"Penalty\._derivative\(w\)": lambda: lb.Penalty().gradient([1.0]),
        r"Penalty\._proximal\(w, step\)": lambda: lb.Penalty().proximal([1.0], 1.0),
    }
    for words, call in calls.items():
        with pytest.raises(NotImplementedError, match=f"^{words} has still to be written$"):
            call()


# --- what is refused ------------------------------------------------------------------------------


def changed(kind, **methods):
    return type(kind.__name__, (kind,), methods)()


class Forgetful(DerivedMomentum):
    def update_and_rate(self, w, gradient, state):
        return super().update_and_rate(w, gradient, state)[:2]


WRONG = {
    "proximal steps after steps that are not plain": (
        {"optimizer": Clipped(0.1), "penalty": lb.L1(0.1), "proximal": True},
        ValueError,
        ("proximal: expected plain SGD", "Clipped("),
    ),
    "a function for a loss": (
        {"loss": square},
        TypeError,
        ("loss: expected", "without value_and_gradient(y_true, y_pred)", "custom_loss(function)?"),
    ),
    "a loss without its gradient": (
        {"loss": changed(PlainSquare, value_and_gradient=None)},
        TypeError,
        ("loss", "PlainSquare", "without value_and_gradient(y_true, y_pred)"),
    ),
    "a penalty without its gradient": (
        {"penalty": changed(PlainRidge, gradient=None)},
        TypeError,
        ("penalty", "without gradient(w)"),
    ),
    "a penalty without a proximal step": (
        {"penalty": PlainRidge(), "proximal": True},
        TypeError,
        ("penalty", "without proximal(w, step)"),
    ),
    "a loss for a penalty": ({"penalty": MSE}, TypeError, ("penalty", "without __call__(w)")),
    "an optimiser without a state": (
        {"optimizer": changed(PlainMomentum, __init__=lambda self: None, init=None)},
        TypeError,
        ("optimizer", "without init(w)"),
    ),
    "a schedule for an optimiser": (
        {"optimizer": lb.StepDecay(0.1, 0.5, 2)},
        TypeError,
        ("optimizer", "StepDecay(", "without init(w) and update(w, gradient, state)"),
    ),
    "a model without a gradient": (
        {"model": changed(PlainLinear, gradient=lambda self, w, X: w)},
        TypeError,
        ("model", "without gradient(w, X, output_gradient)"),
    ),
    "a value alone": (
        {"loss": changed(PlainSquare, value_and_gradient=lambda self, y, p: 1.0)},
        TypeError,
        ("loss.value_and_gradient: expected", "(value, gradient)", "received float"),
    ),
    "a value for each": (
        {"loss": changed(PlainSquare, value_and_gradient=lambda self, y, p: (p, p))},
        ValueError,
        ("loss.value_and_gradient's value: expected one number", "(8,)"),
    ),
    "a gradient of another shape": (
        {"loss": changed(PlainSquare, value_and_gradient=lambda self, y, p: (1.0, p[:, None]))},
        ValueError,
        ("loss.value_and_gradient's gradient", "shape of y_pred, (8,)", "received (8, 1)"),
    ),
    "a penalty's gradient": (
        {"penalty": changed(PlainRidge, gradient=lambda self, w: w[:1])},
        ValueError,
        ("penalty's gradient", "the shape of the weights, (3,)", "received (1,)"),
    ),
    "new parameters alone": (
        {"optimizer": changed(PlainMomentum, __init__=lambda s: None, update=lambda s, w, g, t: w)},
        TypeError,
        ("optimizer.update: expected", "(w, state)", "received ndarray"),
    ),
    "new parameters of another shape": (
        {
            "optimizer": changed(
                PlainMomentum, __init__=lambda s: None, update=lambda s, w, g, t: (w[1:], t)
            )
        },
        ValueError,
        ("optimizer.update's w: expected the shape of w, (4,)", "received (3,)"),
    ),
    "no rate": (
        {"optimizer": Forgetful(0.1, 0.5)},
        TypeError,
        ("optimizer.update_and_rate: expected", "(w, state, learning_rate)", "received tuple"),
    ),
    "one prediction for all": (
        {"model": changed(PlainLinear, predict=lambda self, w, X: 1.0)},
        ValueError,
        ("model.predict(w, X): expected a prediction for each", "received shape ()"),
    ),
    "a model's gradient": (
        {"model": changed(PlainLinear, gradient=lambda self, w, X, slope: w[:2])},
        ValueError,
        ("model's gradient: expected the shape of w, (3,)", "received (2,)"),
    ),
    "a model's mask": (
        {"model": changed(PlainLinear, is_weight=[1, 1, 0])},
        ValueError,
        ("model.is_weight", "shape (3,)", "received dtype int64"),
    ),
    "a model's parameters": (
        {"model": changed(PlainLinear, n_parameters=4)},
        ValueError,
        ("w0", "shape (4,)", "received (3,)"),
    ),
    "targets that an own loss refuses": (
        {"loss": PlainSquare(), "y": Y[:, None].repeat(2, axis=1)},
        ValueError,
        ("y, beside the model's predictions",),
    ),
}


@pytest.mark.parametrize(("changes", "error", "words"), WRONG.values(), ids=WRONG)
def test_wrong_ones_are_refused(changes, error, words):
    with pytest.raises(error) as raised:
        fit(**changes)
    assert all(word in str(raised.value) for word in words), raised.value


def test_keywords_are_passed_only_where_they_are_asked_for():
    with pytest.raises(TypeError, match="sample_weight"):
        fit(loss=PlainSquare(), sample_weight=WEIGHT)


def test_classes_of_ones_own_are_refused_as_the_packages_are():
    for name, kind in (
        ("loss", PlainSquare),
        ("penalty", PlainRidge),
        ("optimizer", PlainMomentum),
        ("model", PlainLinear),
    ):
        with pytest.raises(TypeError, match=rf"^{name}: .* the class {kind.__name__}; did you"):
            fit(**{name: kind})
