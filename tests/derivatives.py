"""The derivatives of the definitions in `cases`, and a store of them, for they take a minute.

    python tests/derivatives.py

makes `derivatives.json` anew, for the samples at which the tests ask for one. What is not in it is
computed when it is asked for, and `losses/test_precision.py` computes some that are in it again.
"""

import json
from functools import cache
from pathlib import Path

from cases import CASES, exactly
from mpmath import mp

import lossbook

STORE = Path(__file__).with_suffix(".json")
TABLE = Path(lossbook.__file__).parent / "evidence" / "selftest.json"
DIGITS = 30


def computed(case, y, p):
    """Differentiate the definition: 800 digits, so that steps may be tiny beside the value."""
    with mp.workdps(800):
        y, p, step = exactly(y), exactly(p), mp.mpf(10) ** -340
        if not isinstance(p, list):
            return mp.diff(lambda v: case.definition(y, v), p, h=step)
        return [
            mp.diff(lambda v, k=k: case.definition(y, [*p[:k], v, *p[k + 1 :]]), p[k], h=step)
            for k in range(len(p))
        ]


def key(case, y, p):
    return json.dumps([case.name, y, p])


@cache
def stored():
    return json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}


def derivative(case, y, p):
    """Return the derivative of one sample, from the store where it is there."""
    found = stored().get(key(case, y, p))
    if found is None:
        return computed(case, y, p)
    return [mp.mpf(digits) for digits in found] if isinstance(found, list) else mp.mpf(found)


def text(result):
    return [text(part) for part in result] if isinstance(result, list) else mp.nstr(result, DIGITS)


def wanted():
    """Yield (case, y, p) for the samples at which doubles are hard, and those of the self-test."""
    by_name = {case.name: case for case in CASES}
    for case in CASES:
        yield from ((case, y, p) for y, p in case.extremes)
    for entry in json.loads(TABLE.read_text(encoding="utf-8")):
        if entry["kind"] == "loss":
            for y, p in zip(entry["y_true"], entry["y_pred"], strict=True):
                yield by_name[entry["case"]], y, p


if __name__ == "__main__":
    lines = {key(*sample): json.dumps(text(computed(*sample))) for sample in wanted()}
    rows = [f"{json.dumps(name)}: {digits}" for name, digits in lines.items()]
    STORE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
