"""Time and memory of calls side by side: interleaved rounds, medians, the peak of the process."""

from __future__ import annotations

import ctypes
import gc
import statistics
import sys
import time
import timeit
from collections.abc import Callable
from pathlib import Path

Call = Callable[[], object]

SHORTEST = 1e-3  # seconds: a quicker call is repeated until it takes as long
LONG = 0.05  # seconds: beside such a call, waking threads does not count
PAUSE = 1e-3  # seconds between two peers, for the first one's threads to stop spinning


def interleaved(
    calls: dict[str, Call], *, budget: float, least: int = 7, most: int = 21
) -> dict[str, list[float]]:
    """Return the seconds a call of each peer takes, one number a round.

    Every round times every peer once, each round beginning with another one, so that a noisy
    moment hits all of them. Before it is timed, a peer has a moment to itself to wake its threads
    and fill the caches. Rounds go on for `budget` seconds, at least `least`, at most `most`.
    """
    timers = {name: timeit.Timer(call) for name, call in calls.items()}
    repeats, warm = {}, {}
    for name, timer in timers.items():
        timer.timeit(1)  # what is done once: compiling, allocating
        once = timer.timeit(1)
        repeats[name] = max(1, int(SHORTEST / once))
        warm[name] = 0 if once > LONG else 1 + repeats[name] // 4
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    end = time.perf_counter() + budget
    while len(seconds[order[0]]) < least or (
        time.perf_counter() < end and len(seconds[order[0]]) < most
    ):
        for name in order:
            time.sleep(PAUSE)
            timers[name].timeit(warm[name])
            seconds[name].append(timers[name].timeit(repeats[name]) / repeats[name])
        order.append(order.pop(0))
    return seconds


def ratio(seconds: list[float], reference: list[float]) -> float:
    """Return how many times as long as the reference: the median over the rounds."""
    return statistics.median(a / b for a, b in zip(seconds, reference, strict=True))


def extra_memory(call: Call) -> int | None:
    """Return by how many bytes a call raises the peak of the process's resident memory.

    Counts what any library allocates, its result too. Linux with glibc only, elsewhere None.
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim = ctypes.CDLL(None).malloc_trim
        gc.collect()
        trim(0)  # give back what was freed, so that using it again counts
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        before = status("VmRSS")
        result = call()
        peak = status("VmHWM")
        del result
    except (AttributeError, OSError):
        return None
    return max(0, peak - before)


def status(field: str) -> int:
    """Return what Linux says of this process's memory, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise OSError(f"no {field} in /proc/self/status")
