"""What a formula may use, and how one that uses more is refused: when its class is defined."""

from __future__ import annotations

from contextlib import suppress
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from lossbook._engines import ops

FORMULAS = ("_value", "_derivative", "_shared", "_counted")
_PLAIN = {"shape", "dtype", "ndim"}  # what any library's array has under these names
_BUILTINS = {"sum", "max", "min", "round", "pow", "len"}


def check_vocabulary(owner: type) -> None:
    """Refuse a class whose formulas use more than `ops` and plain arithmetic.

    Such a formula would work on NumPy's arrays and fail, or silently leave the derivative out, on
    others. The functions and methods that a formula calls are looked at, too.
    """
    seen: set[CodeType] = set()
    for name in FORMULAS:
        function = vars(owner).get(name)
        if isinstance(function, FunctionType):
            _check_code(owner, f"{owner.__name__}.{name}", function.__code__, function, seen)


def _check_code(
    owner: type, where: str, code: CodeType, function: FunctionType, seen: set[CodeType]
) -> None:
    if code in seen:
        return
    seen.add(code)
    known = {**function.__globals__, **_closure(function)}
    names = (*code.co_freevars, *code.co_names)
    # `ops.sum`, or `lossbook.ops.sum`, is another name than Python's or the array's own `sum`.
    has_ops = any(ops in (known.get(name), getattr(known.get(name), "ops", 0)) for name in names)
    ours = {name for name in names if hasattr(ops, name)} if has_ops else set()
    for name in names:
        value: Any = known.get(name)
        if value is np or name == "numpy":
            used = next((n for n in code.co_names if callable(getattr(np, n, None))), "")
            _refuse(where, f"{name}.{used}", used)
        elif isinstance(value, np.ufunc) or getattr(value, "__module__", None) == "numpy":
            _refuse(where, name, value.__name__)
        elif isinstance(value, FunctionType) and value.__module__ != ops.__name__:
            _check_code(owner, where, value.__code__, value, seen)
        elif isinstance(method := getattr(owner, name, None), FunctionType):
            _check_code(owner, where, method.__code__, method, seen)
        elif (
            name not in {*known, *ours, *_PLAIN}
            and not hasattr(owner, name)
            and (name in _BUILTINS or hasattr(np.ndarray, name))
        ):
            _refuse(where, f"{name} of Python or of the array", name)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):  # a lambda, or a comprehension
            _check_code(owner, where, constant, function, seen)


def _closure(function: FunctionType) -> dict[str, Any]:
    """Return what a function that was defined within another one has from there, so far."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # empty: it is given a value later, as the class itself is
            found[name] = cell.cell_contents
    return found


def _refuse(where: str, used: str, name: str) -> None:
    name = {"absolute": "abs", "min": "minimum", "astype": "indicator"}.get(name, name)
    hint = f"; did you mean ops.{name}?" if hasattr(ops, name) else ""
    raise TypeError(
        f"{where}: expected a formula of plain arithmetic and the functions of lossbook.ops, which "
        f"work on every library's arrays, received {used}{hint}"
    )
