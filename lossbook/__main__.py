"""Say which lossbook this is, what it finds beside it, and whether it computes as it should.

python -m lossbook
"""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import lossbook as lb
from lossbook._selftest import TOLERANCE, run

BACKENDS = {
    "array-api-compat": "arrays of other libraries",
    "torch": "PyTorch",
    "jax": "JAX",
    "cupy": "CuPy",
    "dask": "Dask",
}


def installed(distribution: str) -> str:
    """Return the version of a distribution, without importing it."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def main() -> int:
    """Print the versions and the self-test; return 0 where it passed, else 1."""
    argparse.ArgumentParser(prog="python -m lossbook", description=__doc__).parse_args()
    print(f"lossbook {lb.__version__}, Python {platform.python_version()}, {sys.platform}")
    print(f"  {'numpy':<17} {installed('numpy')}")
    for name, what in BACKENDS.items():
        print(f"  {name:<17} {installed(name)} ({what})")
    print("\nself-test: the largest relative error against values of 50 digits")
    worst = run()
    for name, off in worst.items():
        print(f"  {name:<30} {off:.0e}" + ("" if off <= TOLERANCE else "  WRONG"))
    failed = [name for name, off in worst.items() if not off <= TOLERANCE]
    if failed:
        print(f"FAILED: {', '.join(failed)} differ by more than {TOLERANCE:g}")
    else:
        print(f"All {len(worst)} agree to {TOLERANCE:g}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
