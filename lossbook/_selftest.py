"""Compare lossbook with stored values that were computed at 50 digits, by `python -m lossbook`.

`selftest.json` holds them: `tests/selftest_table.py` makes it from the definitions in the tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import numpy as np

import lossbook as lb

TOLERANCE = 1e-13  # relative to the largest entry of a result; a double has 16 digits


def table() -> list[dict[str, Any]]:
    """Return the stored calls, each with its arguments and the results expected."""
    text = files("lossbook").joinpath("selftest.json").read_text(encoding="utf-8")
    return list(json.loads(text))


def results(entry: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield what lossbook gives for a stored call, and what it should give."""
    made = getattr(lb, entry["name"])
    if "value" in entry:
        loss = made(**entry["parameters"])
        arguments = [np.array(entry[key]) for key in ("y_true", "y_pred")]
        yield loss(*arguments, reduction="sum"), entry["value"]
        yield loss.gradient(*arguments, reduction="sum"), entry["gradient"]
    else:
        yield made(np.array(entry["x"])), entry["result"]


def error(received: Any, expected: Any) -> float:
    """Return the largest difference, relative to the largest entry; infinity where one is NaN."""
    expected = np.array(expected, dtype=float)  # from digits in text, rounded once
    received = np.asarray(received, dtype=float)
    if received.shape != expected.shape:
        return float("inf")
    off = np.max(np.abs(received - expected)) / np.max(np.abs(expected))
    return float("inf") if np.isnan(off) else float(off)


def run() -> dict[str, float]:
    """Return the largest error for each name of the table."""
    worst: dict[str, float] = {}
    for entry in table():
        for received, expected in results(entry):
            name = entry["name"]
            worst[name] = max(worst.get(name, 0.0), error(received, expected))
    return worst
