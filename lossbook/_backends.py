"""The same formulas on arrays of other libraries: PyTorch, JAX, CuPy, whatever has the array API.

The formulas are written once, with NumPy's functions. NumPy hands its functions over to a class
that wants them (`__array_ufunc__`, `__array_function__`): here they are handed on to the library
that the data come from, so that they stay on its device, lazy or traced as they may be. Needs
array-api-compat, which the extra "arrays" brings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from lossbook._arrays import Domain, as_array, is_chunked, is_foreign

# What NumPy calls otherwise than the array API.
RENAMED = {
    "absolute": "abs",
    "true_divide": "divide",
    "power": "pow",
    "arctan2": "atan2",
    "invert": "logical_not",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
}
REDUCTIONS = {"add": "sum", "maximum": "max", "minimum": "min"}


def namespace(array: Any) -> Any:
    """Return the functions of the library that an array comes from, under standard names."""
    try:
        from array_api_compat import array_namespace
    except ImportError:
        raise ImportError(
            f"{type(array).__module__.split('.')[0]} arrays need array-api-compat: "
            'pip install "lossbook[arrays]"'
        ) from None
    return array_namespace(array)


class Foreign(NDArrayOperatorsMixin):
    """An array of another library, to which NumPy's functions apply."""

    __array_priority__ = 1000

    def __init__(self, data: Any, xp: Any, compared: Any = None) -> None:
        self.data, self.xp = data, xp
        self.compared = compared  # of a comparison, what was compared: numbers have its dtype

    # --- what the formulas ask of an array ----------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.data.shape)

    @property
    def ndim(self) -> int:
        return int(self.data.ndim)

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    @property
    def T(self) -> Foreign:
        return self._like(self.xp.permute_dims(self.data, (1, 0)))

    def __len__(self) -> int:
        return int(self.data.shape[0])

    def __bool__(self) -> bool:
        """Answer a formula that asks whether a special case is there: it may be.

        It then treats the case entry by entry, with `where`, and no number has to be known.
        """
        return True

    def any(self) -> Foreign:
        return self

    def astype(self, dtype: Any, copy: bool = True) -> Foreign:
        return self._like(self.xp.astype(self.data, dtype))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "reduce":
            function = getattr(self.xp, REDUCTIONS[ufunc.__name__])
            axis, keepdims = options.get("axis", 0), options.get("keepdims", False)
            data = inputs[0].data
            if data.dtype == self.xp.bool:
                data = self.xp.astype(data, self.xp.float64)
            return self._like(function(data, axis=axis, keepdims=keepdims))
        if method != "__call__" or options:
            return NotImplemented
        arguments = self._arguments(inputs)
        function = getattr(self.xp, RENAMED.get(ufunc.__name__, ufunc.__name__))
        return Foreign(function(*arguments), self.xp, compared=arguments[0])

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        own = OWN.get(function.__name__)
        return NotImplemented if own is None else own(self, *args, **kwargs)

    # --- tools --------------------------------------------------------------------------------

    def _like(self, data: Any) -> Foreign:
        return Foreign(data, self.xp)

    def _arguments(self, inputs: Any) -> list[Any]:
        """Return the arrays of the library, numbers made arrays, all of one dtype."""
        arrays = [value.data for value in inputs if isinstance(value, Foreign)]
        floats = [a for a in arrays if self.xp.isdtype(a.dtype, "real floating")]
        numbers = [value for value in inputs if not isinstance(value, Foreign)]
        like = (floats or arrays)[0]
        if not floats and any(isinstance(value, float) for value in numbers):
            raise TypeError("a formula mixes integers with a real number")
        found = []
        for value in inputs:
            data = value.data if isinstance(value, Foreign) else self._array(value, like)
            found.append(self.xp.astype(data, like.dtype) if floats else data)
        return found

    def _array(self, value: Any, like: Any) -> Any:
        value = value.tolist() if isinstance(value, np.ndarray) else value
        return self.xp.asarray(value, dtype=like.dtype, device=device_of(like))


def _where(self: Foreign, condition: Any, yes: Any, no: Any) -> Foreign:
    numbers = not isinstance(yes, Foreign) and not isinstance(no, Foreign)
    model = [Foreign(condition.compared, self.xp)] if numbers else []
    yes, no, *_ = self._arguments([yes, no, *model])
    return self._like(self.xp.where(condition.data, yes, no))


OWN: dict[str, Callable[..., Foreign]] = {
    "where": _where,
    "zeros_like": lambda self, a: self._like(self.xp.zeros_like(a.data)),
    "ones_like": lambda self, a: self._like(self.xp.ones_like(a.data)),
    "max": lambda self, a, axis=None: self._like(self.xp.max(a.data, axis=axis)),
}


def is_traced(array: Any) -> bool:
    """Say whether JAX is tracing a function, and the array stands for one that is to come."""
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(array, jax.core.Tracer)


def device_of(array: Any) -> Any:
    """Return where an array is; None, for wherever it may be, under tracing."""
    from array_api_compat import device

    return None if is_traced(array) else device(array)


def has_numbers(array: Any) -> bool:
    """Say whether the numbers can be looked at: not under tracing, nor where they are lazy."""
    if is_traced(array) or getattr(array, "is_meta", False):  # PyTorch's device without numbers
        return False
    return not is_chunked(array)


def on_host(array: Any) -> Any:
    """Return the numbers of an array as NumPy's, to look at them."""
    if hasattr(array, "detach"):
        array = array.detach().cpu().numpy()
    elif hasattr(array, "get") and type(array).__module__.startswith("cupy"):
        array = array.get()
    try:
        return np.asarray(array)
    except (TypeError, RuntimeError):  # the strict one refuses
        return np.from_dlpack(array)


def check(name: str, array: Any, domain: Domain) -> None:
    """Refuse what an argument may not hold, where its numbers can be looked at."""
    if has_numbers(array):
        domain.reject(name, as_array(name, on_host(array)))


def outline(array: Any) -> Any:
    """Return zeros of the same shape that take no room, for checks of shapes alone."""
    return np.broadcast_to(np.zeros(()), tuple(array.shape))


def wrapped(name: str, values: Any, like: Any, xp: Any) -> Any:
    """Return an argument as an array of the library, on the device of another one."""
    if is_foreign(values):
        return values
    return xp.asarray(as_array(name, values).tolist(), device=device_of(like))


def floating(name: str, array: Any, xp: Any) -> Any:
    """Return an array in floating point: its own, or the library's float64 for integers."""
    if xp.isdtype(array.dtype, "real floating"):
        return array
    if not xp.isdtype(array.dtype, ("bool", "integral")):
        raise TypeError(f"{name}: expected an array of real numbers, received dtype {array.dtype}")
    return xp.astype(array, xp.float64)
