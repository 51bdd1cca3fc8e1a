"""What the tests would miss: small faults are put into the package, one at a time, and tests run.

    python tests/mutants losses                     300 mutants, drawn with seed 0
    python tests/mutants losses --at FILE:LINE      all mutants of one line

A mutant that makes a test fail is killed; one that none notices survives, and asks for a test or
for a reason. `table.toml` says which files and tests belong to a room of the package, and which
mutants nothing can kill, because they change nothing. No file is written but the report. Needs a
system that forks.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import math
import os
import sys
import tomllib
from collections import Counter
from pathlib import Path

from faults import Mutant, draw, mutants_of
from trials import KILLED, Fates, try_all

# What tests import besides the package, once, before the first fork: what all use, and what a room
# may ask for. What it does not ask for is absent, as where it is not installed.
LIBRARIES = ("numpy", "hypothesis", "mpmath.calculus")
PEERS = ("keras", "torch", "jax", "array_api_strict", "dask.array", "sklearn.metrics")


class Absent:
    """Finds no module of some libraries, as where they are not installed."""

    def __init__(self, names: set[str]) -> None:
        self.names = {name.partition(".")[0] for name in names}

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse a module of theirs; leave the others to those who find them."""
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} is left out", name=name)


def share(killed: int, n: int) -> str:
    """Return the share killed with its 95 % interval after Wilson (1927)."""
    if n == 0:
        return "none"
    z, p = 1.959964, killed / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return f"{killed} of {n}, {p:.1%} [{middle - half:.1%}, {middle + half:.1%}]"


def reason(mutant: Mutant, equivalent: list[dict[str, str]]) -> str | None:
    """Return why a mutant changes nothing, if the table says so."""
    for entry in equivalent:
        lines = entry["before"], entry["after"]
        if entry["file"] == mutant.path.name and lines == (mutant.before, mutant.after):
            return entry["why"]
    return None


def outdated(files: list[Path], equivalent: list[dict[str, str]]) -> list[str]:
    """Return what the table says of lines that are no longer there."""
    texts = {
        path.name: " ".join(map(str.strip, path.read_text(encoding="utf-8").splitlines()))
        for path in files
    }
    return [
        f"the table speaks of a line that {entry['file']} has not: {entry['before']}"
        for entry in equivalent
        if entry["before"] not in texts.get(entry["file"], entry["before"])
    ]


def report(room: str, fates: Fates, total: int, equivalent: list[dict[str, str]]) -> str:
    """Return the shares, and the survivors one by one."""
    survivors = [mutant for mutant, fate in fates if fate != KILLED]
    survivors.sort(key=lambda mutant: (mutant.path, mutant.line))
    why = [reason(mutant, equivalent) for mutant in survivors]
    n, killed = len(fates), len(fates) - len(survivors)
    left = Counter(mutant.path for mutant in survivors)
    lines = [
        f"{room}: {n} mutants of {total}",
        f"killed: {share(killed, n)}",
        f"killed of those not shown to be equivalent: {share(killed, n - sum(map(bool, why)))}",
    ]
    for path, of_file in Counter(mutant.path for mutant, _ in fates).items():
        lines.append(f"  {path}: {of_file - left[path]} of {of_file}")
    lines += ["", f"survivors: {len(survivors)}"]
    for mutant, text in zip(survivors, why, strict=True):
        lines += [str(mutant), *([f"  equivalent: {text}"] if text else [])]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Draw mutants, run the tests on each, and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("room", help="a room of the table")
    parser.add_argument("--n", type=int, default=300, help="how many mutants to draw")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at", metavar="FILE:LINE", help="try all mutants of one line instead")
    parser.add_argument("--list", action="store_true", help="show the mutants; try none")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument("--table", type=Path, default=Path(__file__).parent / "table.toml")
    parser.add_argument("--to", type=Path, help="where the report goes")
    options = parser.parse_args()

    table = tomllib.loads(options.table.read_text(encoding="utf-8"))
    room = table["rooms"][options.room]
    files = [path for pattern in room["files"] for path in sorted(Path().glob(pattern))]
    if options.at:
        file, line = options.at.rsplit(":", 1)
        every = [make() for make in mutants_of(Path(file))]
        mutants, total = [m for m in every if m.line == int(line)], len(every)
    else:
        mutants, total = draw(files, options.n, options.seed)
    if options.list:
        print(*mutants, f"{len(mutants)} of {total}", sep="\n")
        return
    peers = room.get("peers", [])
    sys.meta_path.insert(0, Absent(set(PEERS) - set(peers)))  # type: ignore[arg-type]
    for name in (*LIBRARIES, *peers):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    fates = try_all(files, room["tests"], mutants, options.jobs)
    equivalent = table.get("equivalent", [])
    text = "\n".join([report(options.room, fates, total, equivalent), *outdated(files, equivalent)])
    path = options.to or Path(f"_build/mutants/{options.room}.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"\n{text}\nThe report is {path}")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    sys.path[0] = os.getcwd()  # in place of this folder: the package is imported from here
    main()
