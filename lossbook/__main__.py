"""Say which lossbook this is, what it finds beside it, and whether it computes as it should."""

from __future__ import annotations

import argparse
import io
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import numpy as np

import lossbook as lb
from lossbook.evidence.selftest import TOLERANCE, Comparison, run

# Array libraries by the name they are imported with. They are looked up, not imported.
BACKENDS = {
    "array-api-compat": "array_api_compat",
    "PyTorch": "torch",
    "JAX": "jax",
    "Dask": "dask",
    "CuPy": "cupy",
}
DESCRIPTION = (
    "Print the versions of lossbook, Python and NumPy and the array libraries that are installed "
    "beside them, and compare what lossbook computes with stored values of 50 digits: losses, "
    "penalties, activations, steps of optimisers, schedules. "
    "The exit status is 0 if all agree, and 1 if not."
)
SHOWN = 5  # failures in full; more say nothing new


def backends() -> Iterator[str]:
    """Yield a line for each optional array library; CuPy's distribution has several names."""
    distributions = packages_distributions()
    for name, module in BACKENDS.items():
        found = distributions.get(module)
        yield f"  {name:<17} {version(found[0]) if found else 'not installed'}"


def summary(comparisons: list[Comparison]) -> Iterator[str]:
    """Yield a line for each group with its largest error, then the failures and the verdict."""
    for group in dict.fromkeys(comparison.group for comparison in comparisons):
        members = [comparison for comparison in comparisons if comparison.group == group]
        numbers, worst = sum(c.numbers for c in members), max(c.error for c in members)
        verdict = "pass" if all(c.passed for c in members) else "FAIL"
        yield f"  {group:<23} {numbers:>4} numbers   {worst:7.1e}   {verdict}"
    yield ""
    failed = [comparison for comparison in comparisons if not comparison.passed]
    for wrong in failed[:SHOWN]:
        yield f"FAIL {wrong.group}: {wrong.call}"
        yield f"     expected {wrong.expected}, received {wrong.received}"
    if failed:
        yield f"{len(failed)} of {len(comparisons)} results are wrong: do not trust them."
    else:
        yield f"All {len(comparisons)} results agree."


def main(arguments: list[str] | None = None) -> int:
    """Print the versions and the self-test; return 0 where it passed, else 1."""
    argparse.ArgumentParser(prog="python -m lossbook", description=DESCRIPTION).parse_args(
        arguments
    )
    if isinstance(sys.stdout, io.TextIOWrapper):  # a folder's name may be in no console's encoding
        sys.stdout.reconfigure(errors="backslashreplace")
    comparisons = list(run())
    lines = [
        f"lossbook {lb.__version__}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{platform.system()} {platform.machine()}",
        f"in {Path(lb.__file__).parent}",
        "",
        "Optional array libraries:",
        *backends(),
        "",
        f"Self-test: the largest relative error of each group; up to {TOLERANCE:g} passes",
        *summary(comparisons),
    ]
    print("\n".join(lines))
    return 0 if comparisons and all(comparison.passed for comparison in comparisons) else 1


if __name__ == "__main__":
    sys.exit(main())
