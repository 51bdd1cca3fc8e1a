"""Work that is done in pieces, on one thread or several: the results are the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from lossbook._contracts.parameters import check_count

Item = TypeVar("Item")
Result = TypeVar("Result")

# Fewer pieces than this to a thread are done sooner than the thread wakes up.
WORTH_A_THREAD = 8

_threads = 1


def set_threads(n: int) -> None:
    """Let losses walk over large data on `n` threads; 1 is the default.

    It pays from about a million predictions on, where a processor is free; on a busy machine it
    does not. Results do not depend on it, not in the last bit: the data are cut into the same
    blocks, whose parts are summed in the same order.

    Parameters
    ----------
    n : int
        At least 1. It holds for the whole process, until it is set again.

    Raises
    ------
    TypeError
        If `n` is not an integer.
    ValueError
        If `n` is less than 1.

    Examples
    --------
    >>> import lossbook as lb
    >>> import numpy as np
    >>> lb.set_threads(2)
    >>> lb.MeanSquaredError()(np.zeros(1_000_000), np.full(1_000_000, 3.0))
    9.0
    >>> lb.set_threads(1)
    """
    global _threads
    check_count("n", n, at_least=1)
    _threads = int(n)


def in_order(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Return ``[function(item) for item in items]``, each thread taking a run of the items."""
    threads = min(_threads, len(items) // WORTH_A_THREAD)
    if threads < 2:
        return [function(item) for item in items]
    size = -(-len(items) // threads)
    own, *others = (items[start : start + size] for start in range(0, len(items), size))
    pool = _pool(_threads - 1)
    promised = [pool.submit(lambda run: [function(item) for item in run], run) for run in others]
    results = [function(item) for item in own]
    for promise in promised:  # in order, and so is the first error
        results += promise.result()
    return results


@cache
def _pool(n: int) -> Any:
    """Return n threads beside the caller's; they are kept, because starting them takes a while."""
    from concurrent.futures import ThreadPoolExecutor  # and so does importing this

    return ThreadPoolExecutor(n)


if hasattr(os, "register_at_fork"):  # a forked process has the pools without their threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
