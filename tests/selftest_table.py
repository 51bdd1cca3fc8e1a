"""Make the values that `python -m lossbook` compares with, from the definitions at 50 digits.

    python tests/selftest_table.py

The formulas are those of the tests; nothing here is computed with lossbook. `loss_calls` and
`other_calls` choose what is stored. `expected` gives the results of one call, by which the tests
recompute the table.
"""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
from cases import CASES, exactly, log_sigmoid, log_softmax
from derivatives import TABLE, derivative
from mpmath import mp

import lossbook

sys.path += [str(Path(__file__).parent / room) for room in ("training", "")]
import test_optimizers as optimizers
import test_penalties as penalties
import test_schedules as schedules

DIGITS = 21
SAMPLES, EXTREMES = 4, 3
LOGITS = [[-3.0, -1.5, 0.0, 2.25], [700.0, 1.0, -3.0, 650.0], [1e-10, -1e-10, 40.0, -660.0]]
WEIGHTS = [1.5, -0.375, 2.0, -40.0]  # a few bits each, so that small steps from them are exact
STEPS = [0, 1, 3, 4, 7, 8, 11, 20, 29, 30, 31, 64]


def described(thing):
    """Return a dataclass as its name and the parameters that are not the defaults."""
    fields = {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing) if f.init}
    defaults = {f.name: f.default for f in dataclasses.fields(thing)}
    return {
        "name": type(thing).__name__,
        "parameters": {
            name: described(value) if dataclasses.is_dataclass(value) else value
            for name, value in fields.items()
            if value != defaults[name]
        },
    }


def digits(result):
    """Return results as text, with more digits than a double has."""
    if isinstance(result, list | tuple | np.ndarray):
        return [digits(part) for part in result]
    return mp.nstr(mp.mpf(result), DIGITS)


# --- what is stored -------------------------------------------------------------------------------


def loss_calls():
    """Yield every loss with some samples as they are drawn, and some at which doubles are hard."""
    for case in CASES:
        y, p = case.draw(np.random.default_rng(7), SAMPLES)
        yield loss_call(case, y.tolist(), p.tolist(), "mean")
        tried = case.extremes[:: -(-len(case.extremes) // (2 * EXTREMES))]
        samples = [sample for sample in tried if is_ordinary(case, *sample)][:EXTREMES]
        if samples:
            y, p = zip(*samples, strict=True)
            yield loss_call(case, y, p, "none")


def other_calls():
    """Yield the calls of all else."""
    for penalty in penalties.PENALTIES:
        yield {"kind": "penalty", **described(penalty), "w": WEIGHTS}
    for name in ("sigmoid", "softmax", "log_softmax", "log_sum_exp"):
        yield {"kind": "activation", "name": name, "x": LOGITS}
    w, gradients = optimizers.data(5, shape=(3,))
    for optimizer, options in optimizers.OPTIONS:
        call = {"name": optimizer.__name__, "parameters": {"learning_rate": 0.03} | options}
        yield {"kind": "optimizer", **call, "w": w.tolist(), "gradients": gradients.tolist()}
    for key, (schedule, *_) in schedules.PEERS.items():
        yield {"kind": "schedule", "case": key, **described(schedule), "steps": STEPS}


def loss_call(case, y, p, reduction):
    call = {"kind": "loss", "case": case.name, **described(case.loss), "reduction": reduction}
    return call | {"y_true": y, "y_pred": p}


def is_ordinary(case, y, p):
    """Whether rounding is relative to the results, and a double has all their digits."""
    results = [case.definition(exactly(y), exactly(p)), derivative(case, y, p)]
    sizes = np.abs(np.hstack([np.array(part, dtype=object) for part in results]))
    return not (case.terms or case.slope_terms) and all(x == 0 or 1e-290 < x < 1e290 for x in sizes)


# --- its results ----------------------------------------------------------------------------------


def of_loss(call):
    (case,) = (case for case in CASES if case.name == call["case"])
    pairs = list(zip(call["y_true"], call["y_pred"], strict=True))
    values = [case.definition(exactly(y), exactly(p)) for y, p in pairs]
    slopes = np.array([derivative(case, y, p) for y, p in pairs], dtype=object)
    if call["reduction"] == "mean":
        ignored = call["parameters"].get("ignore_class")
        n = sum(y != ignored for y in call["y_true"])
        values, slopes = mp.fsum(values) / n, slopes / n
    return {"losses": values, "gradients of losses": slopes}


def of_penalty(call):
    """A difference over two equal steps is exact for the square, and for |w| away from 0."""
    stored = {key: call[key] for key in ("name", "parameters")}
    (penalty,) = (p for p in penalties.PENALTIES if described(p) == stored)
    step = 2.0**-10
    slopes = [
        (penalties.definition(penalty, w + step) - penalties.definition(penalty, w - step))
        / (2 * step)
        for w in call["w"]
    ]
    return {
        "penalties": penalties.definition(penalty, call["w"]),
        "gradients of penalties": slopes,
    }


def of_activation(call):
    rows = [exactly(row) for row in call["x"]]
    logs = [log_softmax(row) for row in rows]
    results = {
        "sigmoid": [[mp.exp(log_sigmoid(z)) for z in row] for row in rows],
        "log_softmax": logs,
        "softmax": [[mp.exp(z) for z in row] for row in logs],
        "log_sum_exp": [row[0] - log[0] for row, log in zip(rows, logs, strict=True)],
    }
    return {"activations": results[call["name"]]}


def of_optimizer(call):
    options = dict(call["parameters"])
    rates = [options.pop("learning_rate")] * len(call["gradients"])
    data = np.array(call["w"]), np.array(call["gradients"])
    optimizer = getattr(lossbook, call["name"])
    return {"steps of optimisers": optimizers.exact_path(optimizer, options, *data, rates)}


def of_schedule(call):
    formula = schedules.PEERS[call["case"]][2]
    return {"schedules": [formula(step) for step in call["steps"]]}


KINDS = {
    "loss": of_loss,
    "penalty": of_penalty,
    "activation": of_activation,
    "optimizer": of_optimizer,
    "schedule": of_schedule,
}


def expected(call):
    """Return the results of one call, as text."""
    with mp.workdps(50):
        return {group: digits(result) for group, result in KINDS[call["kind"]](call).items()}


if __name__ == "__main__":
    entries = [
        json.dumps(call | {"results": expected(call)}) for call in (*loss_calls(), *other_calls())
    ]
    TABLE.write_text("[\n" + ",\n".join(entries) + "\n]\n", encoding="utf-8")
