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

from lossbook._contracts.arrays import as_array, is_chunked, is_foreign, library

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
        if ufunc is np.sign:
            return self._like(_sign(arguments[0], self.xp))
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


def _sign(x: Any, xp: Any) -> Any:
    """Return the sign; array-api-compat's for PyTorch picks entries, which its vmap cannot."""
    sign = xp.astype(x > 0, x.dtype) - xp.astype(x < 0, x.dtype)
    return xp.where(x != x, x, sign)


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
    if library(array) == "torch":
        return _torch_has_numbers(array)
    return not (is_traced(array) or is_chunked(array))


def _torch_has_numbers(tensor: Any) -> bool:
    if tensor.is_meta or sys.modules["torch"].compiler.is_compiling():
        return False
    try:
        tensor.detach().data_ptr()
    except RuntimeError:  # within torch.func it stands for others, and has no storage
        return False
    return True


def on_host(array: Any) -> Any:
    """Return the numbers of an array as NumPy's, to look at them."""
    if library(array) == "torch":
        array = array.detach().cpu()
        try:
            return array.numpy(force=True)
        except TypeError:  # NumPy lacks the dtype: bfloat16
            return array.float().numpy()
    if library(array) == "cupy":
        return array.get()
    try:
        array = np.asarray(array)
    except (TypeError, RuntimeError):  # the strict one refuses
        array = np.from_dlpack(array)
    return array.astype(np.float32) if "bfloat16" in str(array.dtype) else array


def look(name: str, values: Any) -> tuple[Any, bool]:
    """Return an argument as NumPy has it, and True; or its mere shape, and False."""
    if not is_foreign(values):
        return as_array(name, values), True
    if has_numbers(values):
        return as_array(name, on_host(values)), True
    if is_chunked(values):
        known_chunks(name, values)
    return np.broadcast_to(np.zeros(()), tuple(values.shape)), False  # takes no room


def known_chunks(name: str, values: Any) -> Any:
    """Return a collection if it is an array of numbers whose chunks have known sizes."""
    from dask.array import Array
    from dask.delayed import Delayed

    if not isinstance(values, Array):
        if isinstance(values, Delayed):  # which says that it has any attribute
            kind, meant = "Delayed", f"dask.array.from_delayed({name}, shape, dtype)"
        else:
            table = name if hasattr(values, "to_dask_array") else f"{name}.to_dataframe()"  # a Bag
            kind, meant = type(values).__name__, f"{table}.to_dask_array(lengths=True)"
        raise TypeError(
            f"{name}: expected a NumPy or a Dask array, received {kind}; did you mean {meant}?"
        )
    if np.isnan(values.shape).any():
        raise ValueError(
            f"{name}: expected chunks of known sizes, received an array whose length is not known "
            f"before it is computed; did you mean {name}.compute_chunk_sizes()?"
        )
    as_array(name, np.empty(1, values.dtype))
    return values


def wrapped(name: str, values: Any, like: Any, xp: Any) -> Any:
    """Return an argument as an array of real numbers of the library, on another one's device."""
    if not is_foreign(values):
        array = as_array(name, values)
        if array.dtype == np.float16:  # which some libraries lack
            array = array.astype(np.float32)
        return xp.asarray(np.array(array, order="C"), device=device_of(like))
    if namespace(values) is not xp:
        raise TypeError(
            f"{name}: expected an array of {library(like)}, as beside it, or of NumPy, "
            f"received one of {library(values)}"
        )
    if library(values) == "torch" and values.device != like.device:
        raise ValueError(
            f"{name}: expected an array on the device {like.device}, as beside it, received one "
            f"on {values.device}; did you mean {name}.to({str(like.device)!r})?"
        )
    if not xp.isdtype(values.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"{name}: expected an array of real numbers, received dtype {values.dtype}")
    return values


def float_dtype(array: Any, xp: Any) -> Any:
    """Return the dtype of results: an array's own, or the library's float64 for integers."""
    return array.dtype if xp.isdtype(array.dtype, "real floating") else xp.float64


def working_dtype(xp: Any, *arrays: Any) -> Any:
    """Return the dtype to compute in: the widest of the real ones, at least float32."""
    dtypes = [array.dtype for array in arrays if xp.isdtype(array.dtype, "real floating")]
    wide = [dtype for dtype in dtypes if xp.finfo(dtype).bits >= 32]
    if wide:
        return xp.result_type(*wide)
    return xp.float32 if dtypes else xp.float64
