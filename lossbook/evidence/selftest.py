"""Compare lossbook with stored values that were computed at 50 digits, for `python -m lossbook`.

`selftest.json` holds them: `tests/selftest_table.py` makes it from the definitions in the tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

import numpy as np

import lossbook as lb

TOLERANCE = 1e-13  # of each number, relative to itself; a double has 16 digits


@dataclass(frozen=True)
class Comparison:
    """One stored result beside what lossbook gives, with the number that is farthest off."""

    group: str
    call: str
    numbers: int
    error: float
    received: str
    expected: str

    @property
    def passed(self) -> bool:
        """Whether every number of the result agrees."""
        return self.error <= TOLERANCE


def table() -> list[dict[str, Any]]:
    """Return the stored calls, each with its arguments and the results expected."""
    text = files("lossbook.evidence").joinpath("selftest.json").read_text(encoding="utf-8")
    return list(json.loads(text))


def made(described: dict[str, Any]) -> Any:
    """Return the object that is stored as a name and parameters, which may be such objects."""
    parameters = {
        key: made(value) if isinstance(value, dict) else value
        for key, value in described["parameters"].items()
    }
    return getattr(lb, described["name"])(**parameters)


def of_loss(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what a loss gives for its stored samples."""
    loss, reduction = made(entry), entry["reduction"]
    data = np.array(entry["y_true"]), np.array(entry["y_pred"])
    return {
        "losses": loss(*data, reduction=reduction),
        "gradients of losses": loss.gradient(*data, reduction=reduction),
    }


def of_penalty(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what a penalty gives for its stored weights."""
    penalty, w = made(entry), np.array(entry["w"])
    return {"penalties": penalty(w), "gradients of penalties": penalty.gradient(w)}


def of_activation(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what an activation gives for its stored logits."""
    return {"activations": getattr(lb, entry["name"])(np.array(entry["x"]))}


def of_optimizer(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the weights after each step along the stored gradients."""
    optimizer, w, steps = made(entry), np.array(entry["w"]), []
    state = optimizer.init(w)
    for gradient in np.array(entry["gradients"]):
        w, state = optimizer.update(w, gradient, state)
        steps.append(w)
    return {"steps of optimisers": steps}


def of_schedule(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the learning rates at the stored steps."""
    return {"schedules": [made(entry)(step) for step in entry["steps"]]}


KINDS = {
    "loss": of_loss,
    "penalty": of_penalty,
    "activation": of_activation,
    "optimizer": of_optimizer,
    "schedule": of_schedule,
}


def error(received: float, expected: str) -> float:
    """Return the relative difference, exactly; infinity where one of the two is no number."""
    if not np.isfinite(received):
        return float("inf")
    right = Decimal(expected)
    off = abs(Decimal(float(received)) - right)
    return float(off / abs(right)) if right else float("inf") if off else 0.0


def compare(group: str, call: str, received: Any, expected: Any) -> Comparison:
    """Compare a result with the digits stored for it, number by number."""
    texts = np.array(expected, dtype=object)
    got = np.asarray(received, dtype=float)
    if got.shape != texts.shape:
        shapes = f"shape {got.shape}", f"shape {texts.shape}"
        return Comparison(group, call, texts.size, float("inf"), *shapes)
    pairs = list(zip(got.ravel().tolist(), texts.ravel().tolist(), strict=True))
    errors = [error(*pair) for pair in pairs]
    worst = int(np.argmax(errors))
    return Comparison(
        group, call, len(pairs), errors[worst], repr(pairs[worst][0]), pairs[worst][1]
    )


def run() -> Iterator[Comparison]:
    """Yield the comparison of every stored result."""
    for entry in table():
        call = entry["name"]
        try:
            call = call if entry["kind"] == "activation" else repr(made(entry))
            results = KINDS[entry["kind"]](entry)
        except Exception as raised:  # whatever is broken, the other entries are still compared
            said = f"{type(raised).__name__}: {raised}"
            for group in entry["results"]:
                yield Comparison(group, call, 0, float("inf"), said, "a result")
            continue
        for group, expected in entry["results"].items():
            yield compare(group, call, results[group], expected)
