"""Who is measured. Each peer turns a problem into a call; what is done once stays outside of it.

A call ends when its result is there. A value comes as a Python float, because that is what a user
prints or compares; a gradient as the peer's own array, because that is what the next step takes.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from problems import (
    BINARY,
    BINARY_LOGITS,
    CLASSES,
    GRADIENT,
    HUBER,
    MSE,
    SPARSE_10,
    SPARSE_1000,
    VALUE,
    Problem,
)

import lossbook as lb

THREADS = 2  # of every peer that takes a number
LARGE = 10**6  # predictions, from which on a number of threads is compared with another

# Set before TensorFlow is imported; its faster kernels stay on.
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"

Call = Callable[[], Any]
Prepare = Callable[[Problem, Any, Any], Call | None]


# --- lossbook -------------------------------------------------------------------------------------

LOSSES = {
    MSE: lb.MeanSquaredError(),
    HUBER: lb.Huber(1.0),
    BINARY: lb.BinaryCrossentropy(),
    BINARY_LOGITS: lb.BinaryCrossentropy(from_logits=True),
    SPARSE_10: lb.SparseCategoricalCrossentropy(from_logits=True),
    SPARSE_1000: lb.SparseCategoricalCrossentropy(from_logits=True),
}


def lossbook(problem: Problem, y: Any, p: Any, loss: Any = None) -> Call:
    """Return lossbook's call, on one thread; of another version's loss, where there is one."""
    loss = loss or LOSSES[problem.loss]
    if problem.operation == VALUE:
        return lambda: loss(y, p)
    if problem.operation == GRADIENT:
        return lambda: loss.gradient(y, p)
    return lambda: loss.value_and_gradient(y, p)


def lossbook_threads(problem: Problem, y: Any, p: Any) -> Call | None:
    """Return the same on two threads, where there is more than a block."""
    if problem.n < LARGE:
        return None
    return on_threads(THREADS, lossbook(problem, y, p), lb.set_threads, usual=1)


def on_threads(number: int, call: Call, set_threads: Callable[[int], Any], usual: int) -> Call:
    """Return a call on another number of threads than the usual one."""

    def threaded() -> Any:
        set_threads(number)
        try:
            return call()
        finally:
            set_threads(usual)

    return threaded


# --- NumPy: what a student would write, in its stable form ----------------------------------------


def _numpy_mse(y: Any, p: Any, operation: str) -> Any:
    r = p - y
    value = None if operation == GRADIENT else float(np.mean(r**2))
    return value, None if operation == VALUE else 2 * r / r.size


def _numpy_huber(y: Any, p: Any, operation: str) -> Any:
    r = p - y
    value = None
    if operation != GRADIENT:
        size = np.abs(r)
        value = float(np.mean(np.where(size <= 1, 0.5 * r**2, size - 0.5)))
    return value, None if operation == VALUE else np.clip(r, -1, 1) / r.size


def _numpy_binary(y: Any, p: Any, operation: str) -> Any:
    p = np.clip(p, 1e-7, 1 - 1e-7)
    value = None
    if operation != GRADIENT:
        value = float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    return value, None if operation == VALUE else (p - y) / (p * (1 - p)) / p.size


def _numpy_binary_logits(y: Any, z: Any, operation: str) -> Any:
    e = np.exp(-np.abs(z))
    value = None
    if operation != GRADIENT:
        value = float(np.mean(np.maximum(z, 0) - z * y + np.log1p(e)))
    if operation == VALUE:
        return value, None
    return value, (np.where(z >= 0, 1, e) / (1 + e) - y) / z.size


def _numpy_sparse(y: Any, z: Any, operation: str) -> Any:
    d = z - z.max(axis=1, keepdims=True)
    e = np.exp(d)
    total = e.sum(axis=1, keepdims=True)
    at_label = np.arange(len(y)), y
    value = None
    if operation != GRADIENT:
        value = float(np.mean(np.log(total[:, 0]) - d[at_label]))
    if operation == VALUE:
        return value, None
    slope = e / total
    slope[at_label] -= 1
    return value, slope / len(y)


def numpy(problem: Problem, y: Any, p: Any) -> Call:
    """Return the formulas as plain NumPy."""
    formula = {
        MSE: _numpy_mse,
        HUBER: _numpy_huber,
        BINARY: _numpy_binary,
        BINARY_LOGITS: _numpy_binary_logits,
    }.get(problem.loss, _numpy_sparse)
    operation = problem.operation
    if operation == VALUE:
        return lambda: formula(y, p, operation)[0]
    if operation == GRADIENT:
        return lambda: formula(y, p, operation)[1]
    return lambda: formula(y, p, operation)


def reading(problem: Problem, y: Any, p: Any) -> Call:
    """Return one pass over both arrays that does nothing but read: the physical limit."""
    # The largest number is the reduction that NumPy computes at the speed of the memory.
    return lambda: (np.maximum.reduce(y, axis=None), np.maximum.reduce(p, axis=None))


# --- scikit-learn ---------------------------------------------------------------------------------


def scikit_learn(problem: Problem, y: Any, p: Any) -> Call | None:
    """Return the metric, which takes probabilities: a softmax before it is not counted."""
    from sklearn import metrics

    if problem.operation != VALUE or problem.loss == HUBER:
        return None
    if problem.loss == MSE:
        return lambda: float(metrics.mean_squared_error(y, p))
    labels = y.astype(np.int64)
    if problem.loss == BINARY:
        return lambda: float(metrics.log_loss(labels, p, labels=[0, 1]))
    if problem.loss == BINARY_LOGITS:
        shares = lb.sigmoid(p)
        return lambda: float(metrics.log_loss(labels, shares, labels=[0, 1]))
    shares, classes = lb.softmax(p), np.arange(CLASSES[problem.loss])
    return lambda: float(metrics.log_loss(labels, shares, labels=classes))


# --- Keras on TensorFlow --------------------------------------------------------------------------


def _keras_loss(problem: Problem) -> Any:
    import keras

    made = {
        MSE: keras.losses.MeanSquaredError,
        HUBER: keras.losses.Huber,
        BINARY: keras.losses.BinaryCrossentropy,
        BINARY_LOGITS: keras.losses.BinaryCrossentropy,
    }.get(problem.loss, keras.losses.SparseCategoricalCrossentropy)
    logits = {} if problem.loss in (MSE, HUBER, BINARY) else {"from_logits": True}
    return made(dtype=problem.dtype, **logits)


def _keras(problem: Problem, y: Any, p: Any, *, compiled: bool) -> Call:
    import tensorflow as tf

    loss = _keras_loss(problem)
    y, p = tf.constant(y), tf.constant(p)

    def value_and_gradient(y: Any, p: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = loss(y, p)
        return value, tape.gradient(value, p)

    def gradient(y: Any, p: Any) -> Any:
        return value_and_gradient(y, p)[1]

    value, both = loss, value_and_gradient
    if compiled:
        value, gradient, both = (
            tf.function(f) for f in (lambda y, p: loss(y, p), gradient, value_and_gradient)
        )
    if problem.operation == VALUE:
        return lambda: float(value(y, p))
    if problem.operation == GRADIENT:
        return lambda: gradient(y, p)

    def pair() -> Any:
        v, g = both(y, p)
        return float(v), g

    return pair


def keras_eager(problem: Problem, y: Any, p: Any) -> Call:
    """Return Keras's loss called as it is, with a gradient tape."""
    return _keras(problem, y, p, compiled=False)


def tf_function(problem: Problem, y: Any, p: Any) -> Call:
    """Return the same within a tf.function."""
    return _keras(problem, y, p, compiled=True)


# --- PyTorch --------------------------------------------------------------------------------------


def torch(problem: Problem, y: Any, p: Any) -> Call:
    """Return torch.nn.functional's loss, with autograd."""
    import torch
    from torch.nn import functional

    loss = {
        MSE: functional.mse_loss,
        HUBER: functional.huber_loss,
        BINARY: functional.binary_cross_entropy,
        BINARY_LOGITS: functional.binary_cross_entropy_with_logits,
    }.get(problem.loss, functional.cross_entropy)
    y, p = torch.from_numpy(y.copy()), torch.from_numpy(p.copy())
    if problem.operation == VALUE:
        return lambda: loss(p, y).item()
    p.requires_grad_(True)
    if problem.operation == GRADIENT:
        return lambda: torch.autograd.grad(loss(p, y), p)[0]

    def both() -> Any:
        value = loss(p, y)
        return value.item(), torch.autograd.grad(value, p)[0]

    return both


def torch_one_thread(problem: Problem, y: Any, p: Any) -> Call | None:
    """Return the same on one thread, where more than one would be used."""
    import torch as library

    if problem.n < LARGE:
        return None
    return on_threads(1, torch(problem, y, p), library.set_num_threads, usual=THREADS)


# --- optax ----------------------------------------------------------------------------------------


def optax(problem: Problem, y: Any, p: Any) -> Call | None:
    """Return optax's loss under jax.jit; it has none of probabilities."""
    import jax
    import optax

    each = {
        MSE: lambda p, y: optax.squared_error(p, y),
        HUBER: lambda p, y: optax.huber_loss(p, y, delta=1.0),
        BINARY: None,
        BINARY_LOGITS: optax.sigmoid_binary_cross_entropy,
    }.get(problem.loss, optax.softmax_cross_entropy_with_integer_labels)
    if each is None:
        return None

    def loss(p: Any, y: Any) -> Any:
        return each(p, y).mean()

    y, p = jax.device_put(y), jax.device_put(p)
    if problem.operation == VALUE:
        value = jax.jit(loss)
        return lambda: float(value(p, y))
    if problem.operation == GRADIENT:
        gradient = jax.jit(jax.grad(loss))
        return lambda: gradient(p, y).block_until_ready()
    together = jax.jit(jax.value_and_grad(loss))

    def both() -> Any:
        v, g = together(p, y)
        return float(v), g.block_until_ready()

    return both


# --- all of them ----------------------------------------------------------------------------------

PEERS: dict[str, Prepare] = {
    "lossbook": lossbook,
    "lossbook, 2 threads": lossbook_threads,
    "reading": reading,
    "NumPy": numpy,
    "scikit-learn": scikit_learn,
    "Keras": keras_eager,
    "tf.function": tf_function,
    "PyTorch": torch,
    "PyTorch, 1 thread": torch_one_thread,
    "optax": optax,
}
_NEEDS = {
    "scikit-learn": ("sklearn",),
    "Keras": ("tensorflow", "keras"),
    "tf.function": ("tensorflow", "keras"),
    "PyTorch": ("torch",),
    "PyTorch, 1 thread": ("torch",),
    "optax": ("jax", "optax"),
}


def installed() -> tuple[dict[str, Prepare], list[str]]:
    """Import the peers and set their threads; return those there are, and those there are not."""
    found, missing = {}, []
    for name, prepare in PEERS.items():
        try:
            modules = [importlib.import_module(module) for module in _NEEDS.get(name, ())]
        except ImportError:
            missing.append(name)
            continue
        found[name] = prepare
        if name == "Keras":
            _set_tensorflow_threads(modules[0])
        elif name == "PyTorch":
            modules[0].set_num_threads(THREADS)
        elif name == "optax":
            modules[0].config.update("jax_enable_x64", True)  # as many threads as it likes
    return found, missing


def _set_tensorflow_threads(tensorflow: Any) -> None:
    tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
    tensorflow.config.threading.set_inter_op_parallelism_threads(THREADS)


def agree(problem: Problem, results: dict[str, Any]) -> None:
    """Refuse a comparison in which a peer computes something else."""
    tolerance = 1e-3 if problem.dtype == "float32" else 1e-5  # Keras clips at 1e-7
    expected = _arrays(problem, results.get("NumPy", results["lossbook"]))
    for name, result in results.items():
        if name == "reading":
            continue
        for received, wanted in zip(_arrays(problem, result), expected, strict=True):
            scale = np.max(np.abs(wanted))
            if not np.max(np.abs(received - wanted)) <= tolerance * scale:
                raise AssertionError(f"{name} gives something else for {problem}")


def _arrays(problem: Problem, result: Any) -> list[Any]:
    parts = result if isinstance(result, tuple) else (result,)
    return [np.asarray(part, np.float64) for part in parts]
