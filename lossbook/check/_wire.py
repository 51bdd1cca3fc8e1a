"""What is said between a grader and the process that runs a submission: one line of JSON each.

Numbers, texts, lists and arrays of numbers are sent as they are; whatever else there is stays where
it is, and a handle is sent. Nothing that is received is evaluated, and nothing is unpickled.

The bounds keep small what a short message can grow to: NumPy makes a list of texts as wide as its
longest, and a dict is slow where keys are chosen to collide.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

LONGEST = 1_000_000  # characters of a line
LONGEST_TEXT = 400
LARGEST_DICT = 1000
DEEPEST = 20
PLAIN = (bool, int, float, type(None))
DTYPES = frozenset(np.dtype(code).name for code in "?bhilqBHILQefd")


def pack(value: Any, keep: Callable[[Any], dict[str, Any]], depth: int = 0) -> Any:
    """Return a value as JSON can hold it; `keep` gives a handle for what it cannot."""
    kind = type(value)
    if kind in PLAIN or (kind is str and len(value) <= LONGEST_TEXT):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return _packed_array(value, keep)
    if depth < DEEPEST and kind in (list, tuple):
        return {kind.__name__: [pack(item, keep, depth + 1) for item in value]}
    if depth < DEEPEST and kind is dict and len(value) <= LARGEST_DICT:
        items = [[pack(k, keep, depth + 1), pack(v, keep, depth + 1)] for k, v in value.items()]
        return {"dict": items}
    return keep(value)


def _packed_array(value: Any, keep: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    array = np.asarray(value)
    if array.dtype.name not in DTYPES:
        if array.dtype.kind != "f":
            return keep(value)
        array = array.astype(np.float64)  # a long double, which JSON has not
    if array.size > LONGEST // 2:
        raise ValueError(f"the result is too large: {array.size} numbers")
    if array.ndim == 0 and isinstance(value, np.generic):
        return {"number": array.item(), "dtype": array.dtype.name}
    # A subclass may have a tolist of its own.
    flat = np.ndarray.tolist(np.ascontiguousarray(array).reshape(-1))
    return {"array": flat, "shape": list(array.shape), "dtype": array.dtype.name}


def unpack(said: Any, handle: Callable[[dict[str, Any]], Any]) -> Any:
    """Return the value that was packed; `handle` gives what stands for a handle.

    Raises ValueError, TypeError or KeyError where it is not what `pack` makes.
    """
    if type(said) in PLAIN:
        return said
    if isinstance(said, str):
        return _bounded(said, LONGEST_TEXT)
    if not isinstance(said, dict):
        raise ValueError(f"expected a packed value, received {type(said).__name__}")
    if "number" in said or "array" in said:
        dtype = said["dtype"]
        if dtype not in DTYPES:
            raise ValueError("expected an array of numbers, received another dtype")
        flat = np.array(said["array"] if "array" in said else [said["number"]], dtype=dtype)
        if "number" in said:
            return flat[0]
        return flat.reshape([int(length) for length in said["shape"]])
    if "list" in said:
        return [unpack(item, handle) for item in said["list"]]
    if "tuple" in said:
        return tuple(unpack(item, handle) for item in said["tuple"])
    if "dict" in said:
        items = _bounded(said["dict"], LARGEST_DICT)
        return {unpack(key, handle): unpack(item, handle) for key, item in items}
    return handle(said)


def _bounded(items: Any, most: int) -> Any:
    if len(items) > most:
        raise ValueError(f"expected at most {most} items, received {len(items)}")
    return items


def line(message: dict[str, Any]) -> bytes:
    """Return a message as a line; NaN and infinity are written as Python's JSON does."""
    return json.dumps(message).encode() + b"\n"
