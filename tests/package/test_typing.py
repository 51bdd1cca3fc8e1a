"""What a type checker says of a reader's script: `mypy --strict` finds nothing, and knows types."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import lossbook as lb

pytest.importorskip("mypy")

SCRIPT = """
from dataclasses import dataclass
from typing import Any, NamedTuple, assert_type

import numpy as np
from numpy.typing import NDArray

import lossbook as lb

Array = NDArray[np.float64]


class Quartic(lb.ElementwiseLoss):
    def _value(self, y: Array, p: Array) -> Array:
        return (p - y) ** 4

    def _derivative(self, y: Array, p: Array) -> Array:
        return 4 * (p - y) ** 3


class HalfSquare:
    def __call__(self, targets: Array, predictions: Array) -> float:
        return float(np.mean((predictions - targets) ** 2) / 2)

    def value_and_gradient(self, targets: Array, predictions: Array) -> tuple[float, Array]:
        return self(targets, predictions), (predictions - targets) / len(targets)


class Ridge:
    def __call__(self, w: Array) -> float:
        return float(w @ w)

    def gradient(self, w: Array) -> Array:
        return 2 * w


class Logarithmic(lb.Penalty):
    def _value(self, w: Array) -> float:
        return float(np.log1p(w**2).sum())

    def _derivative(self, w: Array) -> Array:
        return 2 * w / (1 + w**2)


@dataclass(frozen=True)
class Halving(lb.Schedule):
    first: float

    def rate(self, step: int) -> float:
        return self.first * 0.5**step


class State(NamedTuple):
    step: int


class SignDescent(lb.Optimizer[State]):
    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate

    def init(self, w: object) -> State:
        return State(0)

    def update(self, w: Any, gradient: Any, state: State) -> tuple[Array, State]:
        return w - self.rate(state.step) * np.sign(gradient), State(state.step + 1)


class PlainDescent:
    def init(self, w: Array) -> None:
        return None

    def update(self, w: Array, gradient: Array, state: None) -> tuple[Array, None]:
        return w - 0.1 * gradient, None


class Line(lb.Model):
    n_parameters = 2

    def init(self, seed: int = 0) -> Array:
        return np.zeros(2)

    def predict(self, w: Any, X: Any) -> Array:
        prediction: Array = w[0] * X[:, 0] + w[1]
        return prediction

    def gradient(self, w: Any, X: Any, output_gradient: Any) -> Array:
        return np.array([output_gradient @ X[:, 0], output_gradient.sum()])


class Slope:
    def init(self, seed: int) -> Array:
        return np.zeros(1)

    def predict(self, w: Array, X: Array) -> Array:
        return X @ w

    def gradient(self, w: Array, X: Array, output_gradient: Array) -> Array:
        return X.T @ output_gradient


def quartic(y: Array, p: Array) -> Array:
    return (p - y) ** 4


X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
lb.fit(Line(), X, y, loss=Quartic(), optimizer=SignDescent(0.1), penalty=Logarithmic())
lb.fit(Slope(), X, y, loss=HalfSquare(), optimizer=PlainDescent(), penalty=Ridge())
lb.fit(lb.LinearModel(1), X, y, loss=lb.custom_loss(quartic), optimizer=lb.SGD(Halving(0.1)))
lb.fit(lb.MLP([1, 2, 1]), X, y, loss=lb.Huber(), optimizer=lb.Adam(lambda step: 0.1))
result = lb.fit(
    lb.LinearModel(1), X, y, loss=lb.MeanSquaredError(), optimizer=lb.AdamW(), penalty=lb.L1(0.1)
)
w: NDArray[Any] = result.w
for own in (PlainDescent(), SignDescent(0.1)):
    lb.minimize(lambda w: (float(w @ w), 2 * w), [1.0, 2.0], own, steps=3)

loss = lb.MeanSquaredError()
assert_type(loss(y, y), float)
assert_type(loss(y, y, sample_weight=[1, 1, 2], reduction="sum"), float)
assert_type(loss(y, y, reduction="none"), NDArray[Any])
assert_type(lb.custom_loss(quartic)(y, y), float)
"""

WRONG = """
lb.fit(Line(), X, y, loss="mse", optimizer=lb.SGD())
lb.fit(Line(), X, y, loss=lb.L2(0.1), optimizer=lb.SGD())
lb.fit(Line(), X, y, loss=Quartic(), optimizer=0.1)
lb.fit(3, X, y, loss=Quartic(), optimizer=lb.SGD())
lb.fit(Line(), X, y, loss=Quartic(), optimizer=lb.SGD(), penalty=0.1)
"""


def test_a_script_with_objects_of_its_own(tmp_path):
    """One call for both: in what is right mypy finds nothing, in what is wrong each line."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT + WRONG, encoding="utf-8")
    cache = Path(tempfile.gettempdir()) / "lossbook-mypy"
    options = "--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={cache}"
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(Path(lb.__file__).parents[1])},
    )
    errors = [line for line in run.stdout.splitlines() if ": error: " in line]
    first = SCRIPT.count("\n") + 2
    last = first + WRONG.count("\n") - 1
    assert [int(line.split(":")[1]) for line in errors] == list(range(first, last)), run.stdout
    assert all("[arg-type]" in line for line in errors)
    exec(compile(SCRIPT, "script", "exec"), {"__name__": "script"})  # what is right also runs
