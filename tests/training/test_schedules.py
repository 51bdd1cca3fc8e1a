"""Schedules beside Keras at every step, beside 50 digits, and plateau beside Keras's callback."""

import dataclasses
import itertools
import math
from fractions import Fraction
from functools import cache

import keras
import numpy as np
import pytest
from hypothesis import given, strategies as st
from mpmath import mp

import lossbook as lb

peers = keras.optimizers.schedules

# Each with what Keras has for it, and the formula at 50 digits.
PEERS = {
    "piecewise": (
        lb.PiecewiseConstantDecay([3, 10, 11], [0.5, 0.1, 0.2, 0.0]),
        peers.PiecewiseConstantDecay([3, 10, 11], [0.5, 0.1, 0.2, 0.0]),
        lambda t: 0.5 if t <= 3 else 0.1 if t <= 10 else 0.2 if t <= 11 else 0.0,
    ),
    "step": (
        lb.StepDecay(0.3, drop=0.7, every=7),
        peers.ExponentialDecay(0.3, 7, 0.7, staircase=True),
        lambda t: mp.mpf(0.3) * mp.mpf(0.7) ** (t // 7),
    ),
    "exponential": (
        lb.ExponentialDecay(0.1, decay_steps=20, decay_rate=0.3),
        peers.ExponentialDecay(0.1, 20, 0.3),
        lambda t: mp.mpf(0.1) * mp.mpf(0.3) ** (mp.mpf(t) / 20),
    ),
    "exponential-staircase": (
        lb.ExponentialDecay(0.1, decay_steps=20, decay_rate=0.3, staircase=True),
        peers.ExponentialDecay(0.1, 20, 0.3, staircase=True),
        lambda t: mp.mpf(0.1) * mp.mpf(0.3) ** mp.floor(mp.mpf(t) / 20),
    ),
    "exponential-growth": (
        lb.ExponentialDecay(1e-7, decay_steps=3, decay_rate=2),
        peers.ExponentialDecay(1e-7, 3, 2),
        lambda t: mp.mpf(1e-7) * mp.mpf(2) ** (mp.mpf(t) / 3),
    ),
    "inverse": (
        lb.InverseTimeDecay(0.1, decay_steps=7, decay_rate=0.5),
        peers.InverseTimeDecay(0.1, 7, 0.5),
        lambda t: mp.mpf(0.1) / (1 + mp.mpf(0.5) * t / 7),
    ),
    "inverse-staircase": (
        lb.InverseTimeDecay(0.1, decay_steps=7, decay_rate=0.5, staircase=True),
        peers.InverseTimeDecay(0.1, 7, 0.5, staircase=True),
        lambda t: mp.mpf(0.1) / (1 + mp.mpf(0.5) * mp.floor(mp.mpf(t) / 7)),
    ),
    **{
        f"polynomial-{power}-{end}{'-cycle' * cycle}": (
            lb.PolynomialDecay(0.1, 30, end_learning_rate=end, power=power, cycle=cycle),
            peers.PolynomialDecay(0.1, 30, end_learning_rate=end, power=power, cycle=cycle),
            lambda t, end=end, power=power, cycle=cycle: polynomial(0.1, 30, end, power, cycle, t),
        )
        for power in (0, 0.5, 1.0, 2.0)
        for end in (0.0001, 0.02, 0.0)
        for cycle in (False, True)
    },
    **{
        f"cosine-{alpha}": (
            lb.CosineDecay(0.1, decay_steps=30, alpha=alpha),
            peers.CosineDecay(0.1, 30, alpha=alpha),
            lambda t, alpha=alpha: cosine(0.1, 30, alpha, t),
        )
        for alpha in (0.0, 0.1, 1.0)
    },
    "warmup-cosine": (
        lb.Warmup(8, lb.CosineDecay(0.1, decay_steps=30)),
        peers.CosineDecay(0.0, 30, warmup_target=0.1, warmup_steps=8),
        lambda t: mp.mpf(0.1) * t / 8 if t < 8 else cosine(0.1, 30, 0, t - 8),
    ),
}


def polynomial(initial, n, end, power, cycle, t):
    initial, end, n = mp.mpf(initial), mp.mpf(end), mp.mpf(n)
    n = n * max(1, mp.ceil(t / n)) if cycle else n
    return (initial - end) * (1 - min(t, n) / n) ** mp.mpf(power) + end


def cosine(initial, n, alpha, t):
    alpha = mp.mpf(alpha)
    return mp.mpf(initial) * ((1 - alpha) * (1 + mp.cos(mp.pi * min(t, n) / n)) / 2 + alpha)


every = pytest.mark.parametrize("name", PEERS)


@every
def test_keras(name):
    ours, theirs, _ = PEERS[name]
    expected = [float(theirs(step)) for step in range(100)]
    received = [ours(step) for step in range(100)]
    # Keras computes a schedule in float32, of which one unit in 0.1 is 7e-9; powers and
    # 1 + cos near its 0 multiply it.
    np.testing.assert_allclose(received, expected, rtol=5e-6, atol=1e-8)


@every
def test_fifty_digits(name):
    ours, _, formula = PEERS[name]
    with mp.workdps(50):
        for step in range(100):
            expected = formula(step)
            assert abs(ours(step) - expected) <= 1e-14 * abs(expected), step


def test_cosine_keeps_its_digits_to_the_end():
    with mp.workdps(50):
        for n in (1000, 10**6):
            expected = cosine(0.1, n, 0, n - 1)
            assert abs(lb.CosineDecay(0.1, n)(n - 1) / expected - 1) < 1e-15
    assert lb.CosineDecay(0.1, 1000)(1000) == lb.CosineDecay(0.1, 1000)(10**9) == 0


def test_constant():
    assert {lb.ConstantSchedule(0.3)(step) for step in (0, 1, 10**9)} == {0.3}


def test_decay_steps_need_not_be_whole():
    schedule = lb.PolynomialDecay(1.0, decay_steps=2.5, end_learning_rate=0.0)
    np.testing.assert_allclose([schedule(t) for t in range(4)], [1, 0.6, 0.2, 0], rtol=1e-15)
    assert [lb.StepDecay(8.0, 0.5, every=2.5)(t) for t in (2, 3, 4, 5)] == [8, 4, 4, 2]


@given(st.floats(0.01, 1e4), st.integers(0, 10**6))
def test_a_cycle_stays_between_its_rates(decay_steps, step):
    schedule = lb.PolynomialDecay(0.1, decay_steps, 0.01, power=0.5, cycle=True)
    assert 0.01 <= schedule(step) <= 0.1


def test_a_rate_that_grows_without_bound_is_infinite():
    assert lb.ExponentialDecay(0.1, decay_steps=1, decay_rate=10)(400) == math.inf


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("then", [0.3, lb.StepDecay(0.3, 0.5, 2), lambda step: 0.3 / (1 + step)])
def test_warmup_is_a_line_and_then_the_schedule(steps, then):
    after = then if callable(then) else lambda step: then
    expected = [0.3 * t / steps for t in range(steps)] + [after(t) for t in range(10)]
    schedule = lb.Warmup(steps, then)
    np.testing.assert_allclose([schedule(t) for t in range(steps + 10)], expected, rtol=1e-15)


def test_warmup_before_plateau():
    plateau = lb.ReduceLROnPlateau(1.0, factor=0.5, patience=1)
    schedule = lb.Warmup(4, plateau)
    assert [schedule(0), schedule(2), schedule(4)] == [0, 0.5, 1]
    plateau.update(1.0)
    plateau.update(1.0)
    assert [schedule(0), schedule(2), schedule(4)] == [0, 0.25, 0.5]


@every
def test_is_pure_frozen_and_gives_python_floats(name):
    schedule = PEERS[name][0]
    assert schedule(5) == schedule(np.int64(5)) == schedule(np.uint8(5)) == schedule(5)
    assert type(schedule(5)) is type(schedule(np.int32(0))) is type(schedule(200)) is float
    assert eval(repr(schedule), vars(lb)) == schedule
    assert hash(dataclasses.replace(schedule)) == hash(schedule)
    field = dataclasses.fields(schedule)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(schedule, field, getattr(schedule, field))


def test_numbers_of_numpy_become_those_of_python():
    schedule = lb.ExponentialDecay(np.float32(0.5), np.int64(4), np.float64(0.5))
    assert [type(value) for value in dataclasses.astuple(schedule)] == [float, float, float, bool]
    assert type(schedule(3)) is float
    lists = lb.PiecewiseConstantDecay(np.array([1, 2]), np.array([0.3, 0.2, 0.1]))
    assert lists == lb.PiecewiseConstantDecay((1, 2), [0.3, 0.2, 0.1])
    assert lists.boundaries == (1, 2)
    assert {type(x) for x in lists.boundaries + lists.values} == {float}
    assert hash(lists) == hash(lb.PiecewiseConstantDecay([1.0, 2.0], [0.3, 0.2, 0.1]))


def test_the_callers_list_may_change_later():
    values = [0.3, 0.1]
    schedule = lb.PiecewiseConstantDecay([5], values)
    values[0] = 9.0
    assert schedule(0) == 0.3


# --- plateau --------------------------------------------------------------------------------------

# All in 64ths, so that Keras's float32 makes no tie of what is none, and the reverse.
METRICS = {
    "falls": [8 - k / 4 for k in range(30)],
    "stands": [1.0] * 30,
    "rises": [k / 8 for k in range(30)],
    "falls by less than min_delta": [4 - k / 64 for k in range(30)],
    "falls by min_delta": [8 - k / 8 for k in range(30)],
    "stands, falls, stands": [2.0] * 8 + [1.0] * 12 + [0.5] * 10,
    "one good value": [3.0, 0.25, *[2.0] * 28],
    "infinite at first": [math.inf, math.inf, *[2.0] * 28],
    **{
        f"noise {seed}": list(np.random.default_rng(seed).integers(0, 400, 60) / 64)
        for seed in range(4)
    },
    "noise that falls": list(
        np.round(64 * np.exp(-np.arange(60) / 20)) / 16
        + np.random.default_rng(9).integers(0, 32, 60) / 64
    ),
}
SETTINGS = [
    {"factor": factor, "patience": patience, "cooldown": cooldown, "min_lr": min_lr}
    for factor, patience, cooldown, min_lr in itertools.chain(
        itertools.product([0.5], [0, 1, 2, 5], [0, 1, 3], [0.0, 0.0625]),
        [(0.1, 10, 0, 0.0), (0.0, 2, 0, 0.0), (0.3, 2, 2, 0.5)],
    )
]


@cache
def real_model():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(), loss="mse")
    return model


def keras_rates(metrics, initial, **settings):
    """Return the rate after each epoch of the real callback, on the optimizer of a real model."""
    model = real_model()
    model.optimizer.learning_rate = initial
    callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", mode="min", **settings)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, metric in enumerate(metrics):
        callback.on_epoch_end(epoch, {"loss": metric})
        rates.append(float(model.optimizer.learning_rate))
    return rates


# Keras reads its own rate in a way that NumPy 2 will drop.
old_keras = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@old_keras
@pytest.mark.parametrize("metrics", METRICS.values(), ids=METRICS)
def test_plateau_keras(metrics):
    seen = set()
    for settings in SETTINGS:
        expected = keras_rates(metrics, 0.25, min_delta=0.125, **settings)
        plateau = lb.ReduceLROnPlateau(0.25, min_delta=0.125, **settings)
        received = [plateau.update(metric) for metric in metrics]
        # Keras keeps the rate in float32.
        np.testing.assert_allclose(received, expected, rtol=1e-6, err_msg=str(settings))
        seen.update(received)
    assert (len(seen) > 1) == (metrics != METRICS["falls"])


@old_keras
def test_plateau_keras_defaults():
    metrics = METRICS["noise 0"] * 3
    plateau = lb.ReduceLROnPlateau(0.1)
    received = [plateau.update(metric) for metric in metrics]
    np.testing.assert_allclose(received, keras_rates(metrics, 0.1), rtol=1e-6)
    assert received[-1] < 1e-5


def test_plateau_is_a_schedule_that_remembers():
    plateau = lb.ReduceLROnPlateau(0.5, factor=0.5, patience=1)
    assert plateau(0) == plateau(np.int64(7)) == plateau.learning_rate == 0.5
    plateau.update(1.0)
    assert plateau.update(1.0) == 0.25
    assert plateau(0) == plateau(8) == plateau.learning_rate == 0.25
    other = lb.ReduceLROnPlateau(0.5, factor=0.5, patience=1)
    assert other(0) == 0.5


def test_plateau_starts_anew():
    plateau = lb.ReduceLROnPlateau(0.5, factor=0.5, patience=2, cooldown=2)
    metrics = METRICS["noise 1"]
    first = [plateau.update(metric) for metric in metrics]
    plateau.reset()
    assert plateau.learning_rate == 0.5
    assert [plateau.update(metric) for metric in metrics] == first
    assert eval(repr(plateau), vars(lb)).learning_rate == 0.5


# --- bad input ------------------------------------------------------------------------------------

NAN = float("nan")
BAD_RATES = [(-0.1, ValueError), (NAN, ValueError), (math.inf, ValueError), ("0.1", TypeError)]
BAD_RATES += [(None, TypeError), (True, TypeError), (1j, TypeError)]
BAD_SPANS = [(0, ValueError), (-5, ValueError), (NAN, ValueError), ("10", TypeError)]
BAD_COUNTS = [(-1, ValueError), (2.0, TypeError), (True, TypeError), (None, TypeError)]
RATE, SPAN, FLAG = "[0, inf)", "(0, inf)", "True or False"
COUNT = "an integer of at least 0"
VALID = {
    lb.ConstantSchedule: {"learning_rate": 0.1},
    lb.StepDecay: {"initial_learning_rate": 0.1, "drop": 0.5, "every": 10},
    lb.ExponentialDecay: {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    lb.InverseTimeDecay: {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    lb.PolynomialDecay: {"initial_learning_rate": 0.1, "decay_steps": 10},
    lb.CosineDecay: {"initial_learning_rate": 0.1, "decay_steps": 10},
    lb.Warmup: {"steps": 3, "then": 0.1},
    lb.PiecewiseConstantDecay: {"boundaries": [2, 4], "values": [0.3, 0.2, 0.1]},
    lb.ReduceLROnPlateau: {"initial_learning_rate": 0.1},
}
EXPECTED = {  # parameter: what is expected of it, and what is not that
    "learning_rate": (RATE, BAD_RATES),
    "initial_learning_rate": (RATE, BAD_RATES),
    "end_learning_rate": (RATE, BAD_RATES),
    "decay_rate": (RATE, BAD_RATES),
    "drop": (RATE, BAD_RATES),
    "power": (RATE, BAD_RATES),
    "min_delta": (RATE, BAD_RATES),
    "min_lr": (RATE, BAD_RATES),
    "then": (RATE, BAD_RATES),
    "decay_steps": (SPAN, BAD_SPANS),
    "every": (SPAN, BAD_SPANS),
    "alpha": ("[0, 1]", [(-0.1, ValueError), (1.1, ValueError), (NAN, ValueError)]),
    "factor": ("[0, 1)", [(1.0, ValueError), (10, ValueError), (-0.1, ValueError)]),
    "staircase": (FLAG, [(1, TypeError), ("yes", TypeError), (None, TypeError)]),
    "cycle": (FLAG, [(1, TypeError), ("yes", TypeError), (None, TypeError)]),
    "steps": (COUNT, BAD_COUNTS),
    "patience": (COUNT, BAD_COUNTS),
    "cooldown": (COUNT, BAD_COUNTS),
}
PARAMETERS = [
    pytest.param(
        schedule, field.name, *EXPECTED[field.name], id=f"{schedule.__name__}-{field.name}"
    )
    for schedule in VALID
    for field in dataclasses.fields(schedule)
    if field.init and schedule is not lb.PiecewiseConstantDecay
]


@pytest.mark.parametrize(("schedule", "name", "expected", "values"), PARAMETERS)
def test_parameter_refused(schedule, name, expected, values):
    for value, error in values:
        with pytest.raises(error) as raised:
            schedule(**VALID[schedule] | {name: value})
        message = str(raised.value)
        assert message.startswith(f"{name}: expected")
        assert expected in message
        assert repr(value) in message


@pytest.mark.parametrize(
    ("boundaries", "values", "error", "words"),
    [
        ([4, 2], [1, 1, 1], ValueError, ("boundaries", "strictly increase", "4 before 2")),
        ([2, 2], [1, 1, 1], ValueError, ("boundaries", "strictly increase", "2 before 2")),
        ([2, 4], [1, 1], ValueError, ("values", "expected 3, one more", "received 2")),
        ([2, 4], [1, 1, 1, 1], ValueError, ("values", "expected 3, one more", "received 4")),
        ([], [], ValueError, ("values", "expected 1, one more", "received 0")),
        ([2, NAN], [1, 1, 1], ValueError, ("boundaries[1]", "a number", "nan")),
        ([2, "4"], [1, 1, 1], TypeError, ("boundaries[1]", "a number", "str '4'")),
        ([2, 4], [1, -1, 1], ValueError, ("values[1]", RATE, "-1")),
        ([2, 4], [1, 1, NAN], ValueError, ("values[2]", RATE, "nan")),
        ([2, 4], [None, 1, 1], TypeError, ("values[0]", RATE, "NoneType")),
        (2, [1, 1], TypeError, ("boundaries", "several numbers", "int 2")),
        ([2], "ab", TypeError, ("values", "several numbers", "str 'ab'")),
    ],
)
def test_boundaries_and_values_refused(boundaries, values, error, words):
    with pytest.raises(error) as raised:
        lb.PiecewiseConstantDecay(boundaries, values)
    missing = [word for word in words if word not in str(raised.value)]
    assert not missing, raised.value


@pytest.mark.parametrize("schedule", VALID, ids=[schedule.__name__ for schedule in VALID])
@pytest.mark.parametrize("step", [-1, np.int64(-3), 1.0, np.float64(2), NAN, True, "1", None])
def test_step_refused(schedule, step):
    error = ValueError if isinstance(step, int | np.integer) and step < 0 else TypeError
    with pytest.raises(error) as raised:
        schedule(**VALID[schedule])(step)
    assert str(raised.value).startswith(f"step: expected {COUNT}, received")
    assert repr(step) in str(raised.value)


@pytest.mark.parametrize(
    ("metric", "error", "received"),
    [
        (NAN, ValueError, "nan"),
        (np.float32("nan"), ValueError, "nan"),
        ("1", TypeError, "str '1'"),
        (None, TypeError, "NoneType None"),
        ([1.0], TypeError, "list [1.0]"),
        (True, TypeError, "bool True"),
    ],
)
def test_metric_refused(metric, error, received):
    plateau = lb.ReduceLROnPlateau(0.1)
    with pytest.raises(error, match=r"metric: expected a number, received ") as raised:
        plateau.update(metric)
    assert str(raised.value).endswith(received)
    assert plateau.learning_rate == 0.1


@pytest.mark.parametrize(
    "schedule",
    [
        lb.ConstantSchedule(0),
        lb.StepDecay(0.1, 0, 1),
        lb.ExponentialDecay(0.1, 1, 0),
        lb.ExponentialDecay(Fraction(1, 10), 0.5, 1),
        lb.PolynomialDecay(0, 1, 0, 0),
        lb.PolynomialDecay(0.1, 1e-300, cycle=True),
        lb.CosineDecay(0.0, 1e300, 1),
        lb.PiecewiseConstantDecay([], [0.1]),
        lb.PiecewiseConstantDecay([-3, 0], [0.1, 0, 0]),
        lb.Warmup(0, 0),
        lb.ReduceLROnPlateau(0, 0, 0, 0, 0, 10),
    ],
    ids=repr,
)
def test_the_edges_are_valid(schedule):
    assert all(0 <= schedule(step) < math.inf for step in (0, 1, 2, 1000))
