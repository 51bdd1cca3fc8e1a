"""Optimisers beside Keras, step by step, and beside the update rules at 50 digits."""

import dataclasses
import math

import keras
import numpy as np
import pytest
from mpmath import mp

import lossbook as lb

OPTIMIZERS = [lb.SGD, lb.RMSprop, lb.Adagrad, lb.Adam, lb.AdamW]
every = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.__name__)

# Every option, with constants that float32 holds exactly: Keras passes its own through float32.
RATE = 2.0**-5
ADAM = {"learning_rate": RATE, "beta_1": 0.875, "beta_2": 1 - 2.0**-10, "epsilon": 2.0**-20}
EXACT = [
    (lb.SGD, {"learning_rate": RATE}),
    (lb.SGD, {"learning_rate": RATE, "nesterov": True}),
    (lb.SGD, {"learning_rate": RATE, "momentum": 0.875}),
    (lb.SGD, {"learning_rate": RATE, "momentum": 0.875, "nesterov": True}),
    *[
        (lb.RMSprop, {"learning_rate": RATE, "rho": rho, "epsilon": 2.0**-20} | more)
        for rho in (0.875, 0.0)
        for more in (
            {},
            {"momentum": 0.75},
            {"centered": True},
            {"momentum": 0.75, "centered": True, "epsilon": 0.25},
        )
    ],
    (lb.Adagrad, {"learning_rate": RATE, "initial_accumulator_value": 0.125, "epsilon": 2.0**-20}),
    (lb.Adagrad, {"learning_rate": RATE, "initial_accumulator_value": 0.0, "epsilon": 0.5}),
    (lb.Adam, ADAM),
    (lb.Adam, ADAM | {"beta_1": 0.0}),
    (lb.Adam, ADAM | {"beta_2": 0.0, "epsilon": 0.5}),
    (lb.AdamW, ADAM | {"weight_decay": 0.125}),
    (lb.AdamW, ADAM | {"weight_decay": 0.0}),
]
# Keras's defaults, and the rates of schedules, which Keras computes in float32.
SCHEDULES = {
    "piecewise": (([10, 20], [0.25, 0.0, 0.125]), "PiecewiseConstantDecay"),
    "exponential": ((0.1, 10, 0.5), "ExponentialDecay"),
    "cosine": ((0.1, 30, 0.1), "CosineDecay"),
}


def name_of(case):
    optimizer, options = case
    return optimizer.__name__ + "".join(f"-{k}={v:g}" for k, v in options.items() if k != "epsilon")


exact = pytest.mark.parametrize(("optimizer", "options"), EXACT, ids=map(name_of, EXACT))


def data(steps, *, dtype=np.float64, shape=(7,)):
    """Return parameters, and gradients of very different sizes, some of them 0."""
    rng = np.random.default_rng(0)
    size = 10.0 ** rng.integers(-4, 3, shape)
    gradients = rng.normal(size=(steps, *shape)) * size
    gradients[rng.random(gradients.shape) < 0.1] = 0.0
    return rng.normal(size=shape).astype(dtype), gradients.astype(dtype)


def path(optimizer, w, gradients):
    """Return the parameters after each step."""
    state, ws = optimizer.init(w), []
    for t, gradient in enumerate(gradients, 1):
        w, state = optimizer.update(w, gradient, state)
        assert state.step == t
        ws.append(w)
    return np.array(ws)


def keras_path(optimizer, w, gradients):
    variable, ws = keras.Variable(w, dtype=str(w.dtype)), []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        ws.append(variable.numpy())
    return np.array(ws)


def peer(optimizer, **options):
    return getattr(keras.optimizers, optimizer.__name__)(**options)


def assert_same_way(received, expected, w, tolerance):
    """Compare the way from `w` that each parameter has gone, relative to its greatest length.

    Beside that, each side may round w by half a unit in every step.
    """
    way = np.maximum.accumulate(np.abs(expected - w))
    steps = np.arange(1, len(expected) + 1)[:, None]
    rounding = steps * np.finfo(w.dtype).eps * np.maximum.accumulate(np.abs(expected))
    assert (np.abs(received - expected) <= tolerance * way + rounding).all()


# --- beside Keras ---------------------------------------------------------------------------------


@exact
def test_keras(optimizer, options):
    w, gradients = data(50)
    received = path(optimizer(**options), w, gradients)
    assert_same_way(received, keras_path(peer(optimizer, **options), w, gradients), w, 1e-12)


@exact
def test_keras_in_float32(optimizer, options):
    w, gradients = data(50, dtype=np.float32)
    received = path(optimizer(**options), w, gradients)
    assert received.dtype == np.float32
    # In each of 50 steps the moments may be rounded by half a unit: 6e-8.
    expected = keras_path(peer(optimizer, **options), w, gradients)
    assert_same_way(received, expected, w, 50 * 6e-8)


@every
def test_keras_defaults(optimizer):
    w, gradients = data(50)
    # Through float32, 1 - 0.999 becomes 0.00100002: Adam's first steps are off by 6e-6.
    expected = keras_path(peer(optimizer), w, gradients)
    assert_same_way(path(optimizer(), w, gradients), expected, w, 1e-5)


@every
def test_defaults_are_those_of_keras(optimizer):
    config = peer(optimizer).get_config()
    for field in dataclasses.fields(optimizer):
        assert field.default == pytest.approx(config[field.name], rel=1e-7), field.name


@every
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_keras_with_a_schedule(optimizer, schedule):
    arguments, name = SCHEDULES[schedule]
    options = {"momentum": 0.5} if hasattr(optimizer, "momentum") else {}
    w, gradients = data(50)
    received = path(optimizer(getattr(lb, name)(*arguments), **options), w, gradients)
    rate = getattr(keras.optimizers.schedules, name)(*arguments)
    expected = keras_path(peer(optimizer, learning_rate=rate, **options), w, gradients)
    # Schedules in float32 are off by 1e-7 each; Adam as above.
    assert_same_way(received, expected, w, 1e-5)


# --- beside the rules at 50 digits ----------------------------------------------------------------


def average(decay, values):
    """Return the moving average as a sum: (1 - decay) Σ decay^(t - i) value_i."""
    t = len(values) - 1
    return (1 - decay) * mp.fsum(decay ** (t - i) * value for i, value in enumerate(values))


def buildup(decay, values):
    t = len(values) - 1
    return mp.fsum(decay ** (t - i) * value for i, value in enumerate(values))


def sgd(w, g, rates, momentum=0.0, nesterov=False):
    steps = [-r * x for r, x in zip(rates, g, strict=True)]
    momentum, ws = mp.mpf(momentum), []
    for t in range(len(g)):
        velocity = buildup(momentum, steps[: t + 1])
        w += momentum * velocity + steps[t] if nesterov else velocity
        ws.append(w)
    return ws


def rmsprop(w, g, rates, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    rho, momentum, steps, ws = mp.mpf(rho), mp.mpf(momentum), [], []
    for t in range(len(g)):
        mean_square = average(rho, [x * x for x in g[: t + 1]])
        mean = average(rho, g[: t + 1]) if centered else 0
        steps.append(rates[t] * g[t] / mp.sqrt(mean_square - mean**2 + epsilon))
        w -= buildup(momentum, steps)
        ws.append(w)
    return ws


def adagrad(w, g, rates, initial_accumulator_value=0.1, epsilon=1e-7):
    ws = []
    for t in range(len(g)):
        total = mp.mpf(initial_accumulator_value) + mp.fsum(x * x for x in g[: t + 1])
        w -= rates[t] * g[t] / mp.sqrt(total + epsilon)
        ws.append(w)
    return ws


def adam(w, g, rates, weight_decay=0.0, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    beta_1, beta_2, ws = mp.mpf(beta_1), mp.mpf(beta_2), []
    for t in range(1, len(g) + 1):
        # Section 2 of the article, before 2.1: α_t = α √(1 - β₂ᵗ) / (1 - β₁ᵗ).
        alpha = rates[t - 1] * mp.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        m, v = average(beta_1, g[:t]), average(beta_2, [x * x for x in g[:t]])
        w -= rates[t - 1] * mp.mpf(weight_decay) * w
        w -= alpha * m / (mp.sqrt(v) + epsilon)
        ws.append(w)
    return ws


def adamw(w, g, rates, weight_decay=0.004, **options):
    return adam(w, g, rates, weight_decay, **options)


RULES = {lb.SGD: sgd, lb.RMSprop: rmsprop, lb.Adagrad: adagrad, lb.Adam: adam, lb.AdamW: adamw}


def exact_path(optimizer, options, w, gradients, rates):
    options = {k: v if isinstance(v, bool) else mp.mpf(v) for k, v in options.items()}
    with mp.workdps(50):
        rates = [mp.mpf(rate) for rate in rates]
        return np.array(
            [
                RULES[optimizer](mp.mpf(x), [mp.mpf(v) for v in g], rates, **options)
                for x, g in zip(w, gradients.T, strict=True)
            ]
        ).T


def assert_exact(received, expected, tolerance=1e-12):
    for row, exact_row in zip(received, expected, strict=True):
        for value, exact_value in zip(row, exact_row, strict=True):
            assert abs(value - exact_value) <= tolerance * abs(exact_value)


OPTIONS = [
    *EXACT,
    (lb.SGD, {"momentum": 0.9}),
    (lb.SGD, {"momentum": 0.9, "nesterov": True}),
    (lb.RMSprop, {}),
    (lb.RMSprop, {"momentum": 0.9, "centered": True, "epsilon": 1e-3}),
    (lb.Adagrad, {}),
    (lb.Adam, {}),
    (lb.AdamW, {}),
    (lb.AdamW, {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-8, "weight_decay": 0.3}),
]


@pytest.mark.parametrize(("optimizer", "options"), OPTIONS, ids=map(name_of, OPTIONS))
@pytest.mark.parametrize("rate", [0.03, lambda step: 0.1 / (1 + step)], ids=["rate", "schedule"])
def test_fifty_digits(optimizer, options, rate):
    options = {k: v for k, v in options.items() if k != "learning_rate"}
    w, gradients = data(8)
    received = path(optimizer(learning_rate=rate, **options), w, gradients)
    rates = [rate(step) if callable(rate) else rate for step in range(8)]
    # Relative to w, which is of size 1; the way gone is of size 0.1.
    assert_exact(received, exact_path(optimizer, options, w, gradients, rates))


@pytest.mark.parametrize("optimizer", [lb.Adam, lb.AdamW, lb.RMSprop, lb.Adagrad])
def test_gradients_of_any_size(optimizer):
    w = np.array([1.0, -2.0, 3.0, 0.5, -1.5, 2.5, 0.0])
    gradients = np.array(
        [
            [0.0, 1e150, -1e150, 1e-150, 1e-300, 1e150, 0.0],
            [0.0, -1e150, 1e-150, 1e150, 0.0, 1e150, -0.0],
            [5e-324, 0.0, 0.0, -1e10, 1e100, 1e150, 0.0],
        ]
    )
    with np.errstate(all="raise"):
        received = path(optimizer(learning_rate=0.1), w, gradients)
    assert_exact(received, exact_path(optimizer, {}, w, gradients, [0.1] * 3))


@pytest.mark.parametrize("optimizer", OPTIMIZERS[1:])
@pytest.mark.parametrize("options", [{}, {"centered": True, "momentum": 0.5}], ids=str)
def test_where_a_square_overflows_the_entry_stays(optimizer, options):
    options = options if optimizer is lb.RMSprop else {}
    w, gradient = np.array([1.0, 1.0]), np.array([1e200, 1e-3])
    with np.errstate(all="raise"):
        received = path(optimizer(**options), w, [gradient] * 3)
    decayed = (1 - 1e-3 * 0.004) ** np.arange(1, 4) if optimizer is lb.AdamW else 1.0
    np.testing.assert_allclose(received[:, 0], np.broadcast_to(decayed, 3), rtol=1e-15)
    alone = path(optimizer(**options), w[1:], [gradient[1:]] * 3)
    np.testing.assert_array_equal(received[:, 1:], alone)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "optimizer",
    [
        lb.Adam(0.25, epsilon=0),
        lb.AdamW(0.25, epsilon=0, weight_decay=0),
        lb.RMSprop(0.25, epsilon=0, rho=0.75),
        lb.RMSprop(0.25, epsilon=0, centered=True, momentum=0.5),
        lb.Adagrad(0.25, epsilon=0, initial_accumulator_value=0),
    ],
    ids=repr,
)
def test_epsilon_0_and_a_gradient_of_0(optimizer, dtype):
    w = np.ones(3, dtype)
    w_next, _ = optimizer.update(w, np.array([0.0, 4.0, -0.5], dtype), optimizer.init(w))
    assert w_next[0] == 1
    # Without ε the first step is the same whatever the gradient, but for its sign.
    assert w_next[1] - 1 == pytest.approx(1 - w_next[2], rel=1e-6)
    assert w_next[1] < 1


def test_the_variance_of_rmsprop_is_never_negative():
    optimizer = lb.RMSprop(centered=True)
    gradient = 10.0 ** np.random.default_rng(0).uniform(3, 8, 100)
    w, state, negative = np.zeros(100), optimizer.init(np.zeros(100)), 0
    for _ in range(1000):  # of a constant gradient, whose variance tends to 0
        w, state = optimizer.update(w, gradient, state)
        plain = state.mean_square - state.mean**2 + optimizer.epsilon
        negative += (plain < 0).sum()
    assert negative > 0  # so the plain formula, Keras's, takes the root of less than 0
    assert np.isfinite(w).all()


def test_momentum_takes_the_rate_of_its_step_into_the_velocity():
    """Where the rate changes, v = μv - ηg is not PyTorch's v = μv + g, w - ηv."""
    optimizer = lb.SGD(lambda step: [1.0, 0.0][step], momentum=0.5)
    np.testing.assert_array_equal(path(optimizer, np.zeros(1), [[1.0], [1.0]]), [[-1.0], [-1.5]])


def test_weight_decay_is_not_an_l2_penalty():
    w, decay = np.array([4.0, -0.5]), 0.1
    decoupled = lb.AdamW(0.1, weight_decay=decay)
    received, _ = decoupled.update(w, np.zeros(2), decoupled.init(w))
    np.testing.assert_allclose(received, [3.96, -0.495], rtol=1e-15)
    penalised = lb.Adam(0.1)
    received, _ = penalised.update(w, lb.L2(decay).gradient(w), penalised.init(w))
    np.testing.assert_allclose(received, [3.9, -0.4], atol=1e-5)


# --- what comes in, and what goes out -------------------------------------------------------------


def moments(state):
    return [moment for moment in state[1:] if moment is not None]


@exact
def test_nothing_that_came_in_is_modified(optimizer, options):
    w, gradients = data(3)
    chosen = optimizer(**options)
    state = chosen.init(w)
    for gradient in gradients:
        for array in (w, gradient, *moments(state)):
            array.flags.writeable = False  # an update in place would raise
        before = [w.copy(), gradient.copy(), *[moment.copy() for moment in moments(state)]]
        w_next, state_next = chosen.update(w, gradient, state)
        again, state_again = chosen.update(w, gradient, state)
        np.testing.assert_array_equal(again, w_next)
        assert state_again.step == state_next.step == state.step + 1
        for one, other in zip(moments(state_again), moments(state_next), strict=True):
            np.testing.assert_array_equal(one, other)
        for array, copy in zip((w, gradient, *moments(state)), before, strict=True):
            np.testing.assert_array_equal(array, copy)
            assert not any(np.shares_memory(array, new) for new in (w_next, *moments(state_next)))
        w, state = w_next, state_next


@exact
@pytest.mark.parametrize("shape", [(), (1,), (3, 4), (2, 1, 3)])
def test_any_shape(optimizer, options, shape):
    w, gradients = data(4, shape=shape)
    received = path(optimizer(**options), w, gradients)
    flat = path(optimizer(**options), w.ravel(), gradients.reshape(4, -1))
    np.testing.assert_array_equal(received, flat.reshape(4, *shape))
    assert received.dtype == np.float64


@every
def test_any_layout(optimizer):
    w, gradients = data(4, shape=(3, 4))
    expected = path(optimizer(), w, gradients)
    wide = np.zeros((4, 3, 8))
    wide[:, :, ::2] = gradients
    for same_w, same_gradients in [
        (np.asfortranarray(w), [np.asfortranarray(g) for g in gradients]),
        (w.tolist(), gradients.tolist()),
        (w, wide[:, :, ::2]),
        (w.astype(">f8"), gradients.astype(np.longdouble)),
    ]:
        np.testing.assert_array_equal(path(optimizer(), same_w, same_gradients), expected)


@exact
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
@pytest.mark.parametrize("other", [np.float64, np.float32, np.int8])
def test_parameters_keep_their_dtype(optimizer, options, dtype, other):
    numpys = {k: v if isinstance(v, bool) else np.float64(v) for k, v in options.items()}
    chosen = optimizer(**numpys)
    w = np.array([1.0, -2.0, 0.5], dtype)
    state = chosen.init(w)
    for _ in range(2):
        w, state = chosen.update(w, np.array([1, -3, 0], other), state)
        assert {array.dtype for array in (w, *moments(state))} == {np.dtype(dtype)}


@every
def test_integers_compute_in_float64(optimizer):
    received = path(optimizer(), [1, 2], [[3, -4]] * 2)
    np.testing.assert_array_equal(received, path(optimizer(), [1.0, 2.0], [[3.0, -4.0]] * 2))
    assert received.dtype == np.float64


@every
def test_is_frozen_and_comparable(optimizer):
    chosen = optimizer(lb.CosineDecay(0.1, 10))
    assert eval(repr(chosen), vars(lb)) == chosen
    assert hash(dataclasses.replace(chosen)) == hash(chosen)
    with pytest.raises(dataclasses.FrozenInstanceError):
        chosen.learning_rate = 0.1


def test_states_have_names():
    w = np.zeros(2)
    assert lb.Adam().init(w)._fields == lb.AdamW().init(w)._fields == ("step", "m", "v")
    assert lb.SGD().init(w) == (0, None)
    assert lb.SGD(momentum=0.5).init(w)._fields == ("step", "velocity")
    assert lb.Adagrad().init(w)._fields == ("step", "accumulator")
    np.testing.assert_array_equal(lb.Adagrad().init(w).accumulator, [0.1, 0.1])
    assert lb.RMSprop().init(w)._fields == ("step", "mean_square", "mean", "velocity")


@pytest.mark.parametrize("optimizer", [lb.SGD, lb.RMSprop])
def test_momentum_may_be_switched_on_in_a_run(optimizer):
    """What has not been kept so far is 0."""
    w, gradients = data(2)
    plain = optimizer(0.1)
    w_1, state = plain.update(w, gradients[0], plain.init(w))
    pushed = optimizer(0.1, momentum=0.5)
    w_2, state = pushed.update(w_1, gradients[1], state)
    np.testing.assert_array_equal(w_2, path(plain, w, gradients)[1])
    assert state.velocity is not None


@every
def test_schedules_of_any_kind(optimizer):
    w, gradients = data(5)
    steps = []

    def schedule(step):
        steps.append(step)
        return 0.1 * 0.5**step

    received = path(optimizer(schedule), w, gradients)
    assert steps == [0, 1, 2, 3, 4]
    same = lb.StepDecay(0.1, drop=0.5, every=1)
    np.testing.assert_array_equal(received, path(optimizer(same), w, gradients))
    np.testing.assert_array_equal(
        path(optimizer(lambda step: np.float64(0.1)), w, gradients),
        path(optimizer(0.1), w, gradients),
    )
    single = path(optimizer(lambda step: np.float64(0.1)), np.float32(w), gradients)
    assert single.dtype == np.float32


@every
def test_a_plateau_takes_the_place_of_a_rate(optimizer):
    w, gradients = data(2)
    plateau = lb.ReduceLROnPlateau(0.1, factor=0.5, patience=1)
    chosen = optimizer(plateau)
    state = chosen.init(w)
    np.testing.assert_array_equal(
        chosen.update(w, gradients[0], state)[0], path(optimizer(0.1), w, gradients)[0]
    )
    plateau.update(1.0)
    plateau.update(1.0)
    np.testing.assert_array_equal(
        chosen.update(w, gradients[0], state)[0], path(optimizer(0.05), w, gradients)[0]
    )
    assert hash(chosen) == hash(dataclasses.replace(chosen))


@every
def test_a_rate_of_0_changes_nothing(optimizer):
    w, gradients = data(3)
    np.testing.assert_array_equal(path(optimizer(0), w, gradients), [w] * 3)


# --- bad input ------------------------------------------------------------------------------------

NAN = float("nan")
NON_NEGATIVE, FRACTION, FLAG = "[0, inf)", "[0, 1)", "True or False"
BAD = {
    NON_NEGATIVE: {ValueError: [-1e-9, NAN, math.inf], TypeError: ["0.1", None, True, [0.1]]},
    FRACTION: {ValueError: [-0.1, 1, 1.5, NAN], TypeError: ["0.9", None, False]},
    FLAG: {TypeError: [1, "yes", None]},
}
EXPECTED = {
    "learning_rate": NON_NEGATIVE,
    "weight_decay": NON_NEGATIVE,
    "epsilon": NON_NEGATIVE,
    "initial_accumulator_value": NON_NEGATIVE,
    "momentum": FRACTION,
    "rho": FRACTION,
    "beta_1": FRACTION,
    "beta_2": FRACTION,
    "nesterov": FLAG,
    "centered": FLAG,
}


def check(error, words, call, *arguments, **options):
    with pytest.raises(error) as raised:
        call(*arguments, **options)
    missing = [word for word in words if word not in str(raised.value)]
    assert not missing, f"{raised.value} lacks {missing}"


@pytest.mark.parametrize(
    ("optimizer", "name"),
    [(o, field.name) for o in OPTIMIZERS for field in dataclasses.fields(o)],
)
def test_parameter_refused(optimizer, name):
    expected = EXPECTED[name]
    for error, values in BAD[expected].items():
        for value in values:
            words = (f"{name}: expected", expected, repr(value))
            check(error, words, optimizer, **{name: value})


@every
@pytest.mark.parametrize(
    ("w", "gradient", "error", "words"),
    [
        ([1.0, 2.0], [1.0], ValueError, ("gradient", "shape of w, (2,)", "received (1,)")),
        ([1.0], [[1.0]], ValueError, ("gradient", "shape of w, (1,)", "received (1, 1)")),
        ([1.0, 2.0], 0.5, ValueError, ("gradient", "shape of w, (2,)", "received ()")),
        ([1.0, 2.0], [0.0, NAN], ValueError, ("gradient[1]", "a number", "received nan")),
        ([[1.0]], [[math.inf]], ValueError, ("gradient[0, 0]", "finite", "inf", "diverged?")),
        ([1.0, 2.0], [-math.inf, 1e300], ValueError, ("gradient[0]", "finite", "-inf")),
        ([1.0, 2.0], [math.inf, -math.inf], ValueError, ("gradient[0]", "finite", "inf")),
        ([1.0], [1j], TypeError, ("gradient", "real numbers", "complex128")),
        ([1.0], ["a"], TypeError, ("gradient", "real numbers", "<U1")),
        ([1.0], None, TypeError, ("gradient", "real numbers", "NoneType")),
        ([1.0], [[1.0], [1.0, 2.0]], ValueError, ("gradient", "rows of equal length")),
        ([1j], [1.0], TypeError, ("w", "real numbers", "complex128")),
        ([NAN], [1.0], ValueError, ("w[0]", "a number", "nan")),
    ],
    ids=str,
)
def test_update_refused(optimizer, w, gradient, error, words):
    chosen = optimizer()
    state = chosen.init(np.ones(np.shape(w)))
    check(error, words, chosen.update, w, gradient, state)
    check(error, words, chosen.update, np.array(w), gradient, state)


@every
@pytest.mark.parametrize(
    ("w", "error", "words"),
    [
        ([], ValueError, ("w", "at least one value", "(0,)")),
        ([1.0, NAN], ValueError, ("w[1]", "a number", "nan")),
        (["a"], TypeError, ("w", "real numbers", "<U1")),
        ([1j], TypeError, ("w", "real numbers", "complex128")),
        (None, TypeError, ("w", "real numbers", "NoneType")),
        (np.ma.masked_array([1.0], [False]), TypeError, ("w", "plain array", "masked")),
    ],
    ids=str,
)
def test_init_refused(optimizer, w, error, words):
    check(error, words, optimizer().init, w)


@every
def test_state_refused(optimizer):
    w = np.ones(3)
    chosen = optimizer()
    other = lb.SGD() if optimizer is not lb.SGD else lb.Adam()
    for state in (other.init(w), None, w, (0, w, w)):
        words = ("state: expected the ", f"{optimizer.__name__}.init(w)", type(state).__name__)
        check(TypeError, words, chosen.update, w, w, state)
    pushed = optimizer(momentum=0.5) if optimizer is lb.SGD else chosen
    for shape in [(1,), (2,), (3, 1)]:
        words = ("state", "init(w)", "(3,)", str(shape))
        check(ValueError, words, pushed.update, w, w, pushed.init(np.ones(shape)))


@every
@pytest.mark.parametrize("value", [-0.1, NAN, math.inf, None, "0.1", np.array([0.1])], ids=repr)
def test_what_a_schedule_gives_is_refused(optimizer, value):
    error = ValueError if isinstance(value, float) else TypeError

    def my_schedule(step):
        return value if step == 1 else 0.1

    w = np.ones(2)
    chosen = optimizer(my_schedule)
    w, state = chosen.update(w, w, chosen.init(w))
    words = ("learning_rate", "my_schedule", "step 1", NON_NEGATIVE, repr(value))
    check(error, words, chosen.update, w, w, state)
