"""How long `import lossbook` takes on top of `import numpy`, in fresh processes."""

from __future__ import annotations

import statistics
import subprocess
import sys

_CODE = """
import time
start = time.perf_counter()
import numpy
middle = time.perf_counter()
import lossbook
print(middle - start, time.perf_counter() - middle)
"""


def import_seconds(rounds: int) -> dict[str, float]:
    """Return the medians of importing NumPy, and of importing lossbook after it."""
    times = []
    for _ in range(rounds + 1):
        run = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, check=True)
        times.append([float(part) for part in run.stdout.split()])
    numpy, lossbook = (statistics.median(column) for column in zip(*times[1:], strict=True))
    return {"numpy": numpy, "lossbook after numpy": lossbook}
