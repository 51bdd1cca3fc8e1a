"""What an engine is given: the formulas of a loss, and one call's arguments, checked."""

from __future__ import annotations

from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, ClassVar, Protocol

import numpy as np

from lossbook._contracts.domains import Domain
from lossbook._contracts.dtypes import Array
from lossbook._engines import ops


class Formulas(Protocol):
    """The slots that a loss fills. An engine asks for these, and never which loss it is."""

    class_axis: ClassVar[bool]  # whether the formulas see a first axis of classes: (K, samples)

    @property
    def targets(self) -> Domain:
        """What y_true may hold."""

    @property
    def predictions(self) -> Domain:
        """What y_pred may hold."""

    def _check_shapes(self, y_true: Any, y_pred: Any) -> None:
        """Refuse shapes that do not go together; numbers are not looked at."""

    def _counted(self, y_true: Any) -> Any:
        """Return which samples count, or None where all do."""

    def _shared(self, p: Any) -> Any:
        """Return what the formulas get as p; what they have in common is computed here, once."""

    def _value(self, y: Any, p: Any) -> Any:
        """Return the loss of each element, or of each row of classes."""

    def _derivative(self, y: Any, p: Any) -> Any:
        """Return the derivative of each with respect to each prediction."""


@dataclass(slots=True)
class Request:
    """One call, its arguments checked: what every block of the walk over the data needs."""

    y_true: Any
    y_pred: Any
    weight: Any  # one non-negative number a sample, or None
    divisor: Any  # what the sum over the samples is divided by
    terms: int  # of how many of the formula's results a sample's loss is the mean
    dtype: Any  # to compute in
    domains: tuple[Domain, Domain]
    value: bool  # whether it is asked for
    values: Array | None = None  # where each sample's goes, for reduction="none"
    slopes: Array | None = None  # where the gradient goes, if it is asked for


def terms_of(loss: Formulas, shape: tuple[int, ...]) -> int:
    """Return of how many of `_value`'s results a sample's loss is the mean."""
    return 1 if loss.class_axis or len(shape) == 1 else int(np.prod(shape[1:]))


# --- what a formula may use -----------------------------------------------------------------------

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
    names, known = code.co_names, function.__globals__
    ours = {name for name in names if hasattr(ops, name)} if ops in map(known.get, names) else set()
    for i, name in enumerate(names):
        value: Any = known.get(name)
        if value is np:
            after = names[i + 1] if i + 1 < len(names) else ""
            _refuse(where, f"{name}.{after}", after)
        elif getattr(value, "__module__", None) == "numpy":
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


def _refuse(where: str, used: str, name: str) -> None:
    name = {"absolute": "abs", "min": "minimum", "astype": "indicator"}.get(name, name)
    hint = f"; did you mean ops.{name}?" if hasattr(ops, name) else ""
    raise TypeError(
        f"{where}: expected a formula of plain arithmetic and the functions of lossbook.ops, which "
        f"work on every library's arrays, received {used}{hint}"
    )
