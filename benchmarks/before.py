"""Lossbook beside an earlier commit of itself, in one run: `python benchmarks/before.py COMMIT`.

Prints, for every cell of `make bench`, how fast the files in the folder are beside the commit's
(1.1 is 10 % faster), and fails where a cell is slower than 0.95.
"""

from __future__ import annotations

import argparse
import importlib
import io
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from peers import LOSSES, lossbook
from problems import Problem, problems
from timing import interleaved, ratio

ROOT = Path(__file__).parents[1]
NAME = "lossbook_before"
LEAST = 0.95


def earlier(commit: str, folder: Path) -> Any:
    """Import the package as it was, under a name of its own."""
    command = ["git", "archive", commit, "lossbook"]
    packed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    package = (folder / "lossbook").rename(folder / NAME)
    for path in package.rglob("*.py"):
        path.write_text(re.sub(r"\blossbook\b", NAME, path.read_text("utf-8")), "utf-8")
    sys.path.insert(0, str(folder))
    return importlib.import_module(NAME)


def same_loss(package: Any, problem: Problem) -> Any:
    """Return the problem's loss from another version of the package."""
    own = LOSSES[problem.loss]
    parameters = {name: getattr(own, name) for name in own.__dataclass_fields__}
    return getattr(package, type(own).__name__)(**parameters)


def beside(before: Any, problem: Problem, budget: float) -> float:
    """Return the earlier time by the present one, the median over the rounds."""
    y, p = problem.data()
    calls = {
        "now": lossbook(problem, y, p),
        "before": lossbook(problem, y, p, same_loss(before, problem)),
    }
    seconds = interleaved(calls, budget=budget)
    return ratio(seconds["before"], seconds["now"])


def main() -> None:
    """Measure each cell; again, up to twice, where it seems slower: noise does not come back."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit", help="such as HEAD~10")
    parser.add_argument("--budget", type=float, default=0.8, help="seconds a cell")
    options = parser.parse_args()
    found: list[float] = []
    slower = []
    with tempfile.TemporaryDirectory() as folder:
        before = earlier(options.commit, Path(folder))
        for problem in problems():
            tries = [beside(before, problem, options.budget)]
            while tries[-1] < LEAST and len(tries) < 3:
                tries.append(beside(before, problem, 3 * options.budget))
            found.append(tries[-1])
            where = f"{problem.loss}, {problem.dtype}, {problem.operation}, {problem.n}"
            print(f"{where}: {', '.join(f'{t:.3f}' for t in tries)}", flush=True)
            if tries[-1] < LEAST:
                slower.append(where)
    print(f"{len(found)} cells: median {statistics.median(found):.3f}, least {min(found):.3f}")
    print(f"{len(slower)} slower than {LEAST}", *slower, sep="\n  ")
    sys.exit(bool(slower))


if __name__ == "__main__":
    main()
