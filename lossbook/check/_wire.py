"""What is said between a grader and the process that runs a submission: one line of JSON each.

Numbers, texts, lists and arrays of numbers are sent as they are; whatever else there is stays where
it is, and a handle is sent. Nothing that is received is evaluated, and nothing is unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

LONGEST = 4_000_000  # characters of a line
DEEPEST = 20
PLAIN = (bool, int, float, str, type(None))


def pack(value: Any, keep: Callable[[Any], dict[str, Any]], depth: int = 0) -> Any:
    """Return a value as JSON can hold it; `keep` gives a handle for what it cannot."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if isinstance(value, np.generic | np.ndarray):
        array = np.asarray(value)
        if array.dtype.kind not in "biuf" or array.size > LONGEST // 4:
            return keep(value)
        if array.ndim == 0 and isinstance(value, np.generic):
            return {"number": array.item(), "dtype": array.dtype.name}
        # A subclass may have a tolist of its own.
        return {
            "array": np.ndarray.tolist(np.ascontiguousarray(array).reshape(-1)),
            "shape": list(array.shape),
            "dtype": array.dtype.name,
        }
    if depth < DEEPEST and kind in (list, tuple):
        return {kind.__name__: [pack(item, keep, depth + 1) for item in value]}
    if depth < DEEPEST and kind is dict:
        items = [[pack(k, keep, depth + 1), pack(v, keep, depth + 1)] for k, v in value.items()]
        return {"dict": items}
    return keep(value)


def unpack(said: Any, handle: Callable[[dict[str, Any]], Any]) -> Any:
    """Return the value that was packed; `handle` gives what stands for a handle.

    Raises ValueError, TypeError or KeyError where it is not what `pack` makes.
    """
    if type(said) in PLAIN:
        return said
    if not isinstance(said, dict):
        raise ValueError(f"expected a packed value, received {type(said).__name__}")
    if "number" in said or "array" in said:
        dtype = np.dtype(str(said["dtype"]))
        if dtype.kind not in "biuf":
            raise ValueError(f"expected an array of numbers, received dtype {dtype}")
        flat = np.array(said["array"] if "array" in said else [said["number"]], dtype=dtype)
        if "number" in said:
            return flat[0]
        return flat.reshape([int(length) for length in said["shape"]])
    if "list" in said:
        return [unpack(item, handle) for item in said["list"]]
    if "tuple" in said:
        return tuple(unpack(item, handle) for item in said["tuple"])
    if "dict" in said:
        return {unpack(key, handle): unpack(item, handle) for key, item in said["dict"]}
    return handle(said)


def line(message: dict[str, Any]) -> bytes:
    """Return a message as a line; NaN and infinity are written as Python's JSON does."""
    return json.dumps(message).encode() + b"\n"
