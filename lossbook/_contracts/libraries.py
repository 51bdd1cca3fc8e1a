"""Which library an array is from, where it lies, and whether its numbers can be looked at."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def is_foreign(values: object) -> bool:
    """Say whether these are an array of another library than NumPy."""
    if isinstance(values, np.ndarray | np.generic | list | tuple):
        return False
    if hasattr(values, "__array_namespace__"):
        return True
    return library(values) in ("torch", "dask")


def is_chunked(values: object) -> bool:
    """Say whether this is one of Dask's collections, whose parts may lie anywhere."""
    return library(values) == "dask"


def library(values: object) -> str:
    """Return the name of the package that the values' type comes from."""
    return type(values).__module__.partition(".")[0]


def namespace(array: Any) -> Any:
    """Return the functions of the library that an array comes from, under standard names."""
    try:
        from array_api_compat import array_namespace
    except ImportError:
        raise ImportError(
            f"{type(array).__module__.split('.')[0]} arrays need array-api-compat: "
            "pip install array-api-compat"
        ) from None
    return array_namespace(array)


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
