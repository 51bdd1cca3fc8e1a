"""How a formula is walked over data: NumPy in blocks, other libraries in one piece."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from numpy import ndarray

from lossbook._contracts.libraries import is_foreign
from lossbook._engines import blocks


def pick(first: Any, second: Any = None, third: Any = None) -> Any:
    """Return the engine for these arguments: NumPy's, unless one is another library's array."""
    if type(first) is type(second) is ndarray and third is None:
        return blocks
    for array in (first, second, third):
        if array is not None and is_foreign(array):
            return import_module("lossbook._engines.array_api")
    return blocks
