"""How long `import lossbook` takes on top of `import numpy`, in fresh processes."""

from __future__ import annotations

import statistics
import subprocess
import sys

_CODE = """
from time import perf_counter
times = [perf_counter()]
import numpy
times.append(perf_counter())
import lossbook
times.append(perf_counter())
lossbook.MeanSquaredError  # loads its module, and what that needs
times.append(perf_counter())
print(*(b - a for a, b in zip(times, times[1:])))
"""
_STEPS = ("numpy", "lossbook after numpy", "the first loss after lossbook")


def import_seconds(rounds: int) -> dict[str, float]:
    """Return the median of each step; the first round, which fills the cache, is left out."""
    times = []
    for _ in range(rounds + 1):
        run = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, check=True)
        times.append([float(part) for part in run.stdout.split()])
    medians = map(statistics.median, zip(*times[1:], strict=True))
    return dict(zip(_STEPS, medians, strict=True))
