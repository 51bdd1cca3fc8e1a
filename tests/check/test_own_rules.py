"""An optimiser, a schedule or a penalty of a reader's own is checked as any other."""

import numpy as np

from lossbook import check
from lossbook.penalties import Penalty
from lossbook.training.optimizers import Optimizer
from lossbook.training.schedules import Schedule


class SignDescent(Optimizer):
    """Has no parameters that a check could know of, only attributes."""

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def init(self, w):
        return 0

    def update(self, w, gradient, state):
        return w - self.learning_rate * np.sign(gradient), state + 1


class Hyperbola(Schedule):
    def __call__(self, step):
        return 0.5 / (1 + step)


class Quartic(Penalty):
    def _value(self, w):
        return float((w**4).sum())

    def _derivative(self, w):
        return 4 * w**3


def test_own_optimizer():
    like = SignDescent(0.1)
    assert check.optimizer(lambda w, g, state: (w - 0.1 * np.sign(g), None), like=like).passed
    uphill = check.optimizer(lambda w, g, state: (w + 0.1 * np.sign(g), None), like=like)
    assert uphill.mistake.key == "uphill"
    squared = check.optimizer(lambda w, g, state: (w - 0.01 * np.sign(g), None), like=like)
    assert squared.mistake.key == "rate-twice"
    other = check.optimizer(lambda w, g, state: (w - 0.1 * g, None), like=like)
    assert not other.passed and other.mistake is None

    def one_more(gradient, w0, learning_rate, steps):
        w = w0
        for _ in range(steps + 1):
            w = w - learning_rate * np.sign(gradient(w))
        return w

    assert check.descent(one_more, like=like).mistake.key == "one-step-more"


def test_own_schedule():
    assert check.schedule(lambda step: 1 / (2 + 2 * step), like=Hyperbola()).passed
    early = check.schedule(lambda step: 0.5 / (2 + step), like=Hyperbola())
    assert early.mistake.key == "step-from-one"
    other = check.schedule(lambda step: 0.5 / (1 + step) ** 2, like=Hyperbola())
    assert not other.passed and other.mistake is None


def test_own_penalty():
    assert check.penalty(lambda w: sum(x**4 for x in w), like=Quartic()).passed
    assert check.penalty(lambda w: np.mean(w**4), like=Quartic()).mistake.key == "penalty-mean"
    assert check.gradient(lambda w: 4 * w**3, of=Quartic()).passed
    assert check.gradient(lambda w: -4 * w**3, of=Quartic()).mistake.key == "sign"
    other = check.penalty(lambda w: np.sum(w**6), like=Quartic())
    assert not other.passed and other.mistake is None
