"""Make the values that `python -m lossbook` compares with, from the definitions at 50 digits.

    python tests/selftest_table.py

Nothing here is computed with lossbook.
"""

import dataclasses
import json
from pathlib import Path

import numpy as np
from cases import CASES, exactly
from mpmath import mp
from test_precision import derivative

import lossbook

TABLE = Path(lossbook.__file__).parent / "selftest.json"
SAMPLES = 4
POINTS = [[-750.0, -1.5, 0.0, 2.25, 750.0], [0.5, 1.0, -3.0, 0.25, 2.0]]


def text(number):
    """Return a result with 20 digits, which a reader of the file rounds to a double."""
    return mp.nstr(number, 20)


def nested(value):
    return list(map(nested, value)) if isinstance(value, list) else text(value)


def of_loss(case):
    y, p = (np.round(array, 3) for array in case.draw(np.random.default_rng(7), SAMPLES))
    if "probability" in case.kind or "rows" in case.kind:  # rounding would break their sum
        y, p = case.draw(np.random.default_rng(7), SAMPLES)
    pairs = list(zip(y.tolist(), p.tolist(), strict=True))
    return {
        "name": type(case.loss).__name__,
        "parameters": dataclasses.asdict(case.loss),
        "y_true": y.tolist(),
        "y_pred": p.tolist(),
        "value": text(mp.fsum(case.definition(exactly(a), exactly(b)) for a, b in pairs)),
        "gradient": [nested(derivative(case, a, b)) for a, b in pairs],
    }


def of_activations():
    """Yield the activations by their definitions, one row after the other."""
    rows = [[mp.mpf(z) for z in row] for row in POINTS]
    sums = [mp.log(mp.fsum(mp.exp(z) for z in row)) for row in rows]
    logs = [[z - total for z in row] for row, total in zip(rows, sums, strict=True)]
    results = {
        "sigmoid": [[1 / (1 + mp.exp(-z)) for z in row] for row in rows],
        "log_sum_exp": sums,
        "log_softmax": logs,
        "softmax": [[mp.exp(z) for z in row] for row in logs],
    }
    for name, result in results.items():
        yield {"name": name, "x": POINTS, "result": nested(result)}


def table():
    entries = [*map(of_loss, CASES), *of_activations()]
    return "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
