"""Lossbook beside its peers: `make bench`, or `python benchmarks/run.py --quick`.

Prints a table of times, peak extra memory and training speed, and the goals that are missed;
writes everything measured to results.json beside this file. Peers that are not installed are named
and left out.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import sys
from pathlib import Path
from typing import Any

import importing
import report
from peers import THREADS, agree, installed
from problems import LOSSES, SIZES, Problem, problems
from report import Row
from timing import extra_memory, interleaved, ratio

RESULTS = Path(__file__).parent / "results.json"
MEASURE_MEMORY_FROM = 10**6  # below, allocators' pages hide it
KEEPS_MEMORY = ("Keras", "tf.function")  # what TensorFlow has freed it keeps: a peak says nothing
DISTRIBUTIONS = ("numpy", "scikit-learn", "tensorflow", "tensorflow-cpu", "keras", "torch")
DISTRIBUTIONS += ("jax", "optax", "lossbook")


def machine() -> dict[str, Any]:
    """Describe the machine by what its speed depends on; no name, no path."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        model = next((s.split(":")[1].strip() for s in lines if s.startswith("model name")), model)
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "caches": caches(),
        "memory": memory(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def caches() -> str:
    """Return the sizes of a core's caches for data, as Linux tells them."""
    found = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / f).read_text().strip() for f in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size}")
    return ", ".join(found)


def memory() -> str:
    """Return the size of the memory; empty where the system does not say."""
    if not hasattr(os, "sysconf"):
        return ""
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"


def versions() -> dict[str, str]:
    """Return the versions of what is measured."""
    found = {}
    for name in DISTRIBUTIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def measure(problem: Problem, peers: dict[str, Any], budget: float) -> list[Row]:
    """Return one row for each peer that has this loss."""
    y, p = problem.data()
    calls = {
        name: call
        for name, prepare in peers.items()
        if (call := prepare(problem, y, p)) is not None
    }
    if problem.n < MEASURE_MEMORY_FROM:
        agree(problem, {name: call() for name, call in calls.items()})
    seconds = interleaved(calls, budget=budget)
    rows = []
    for name in calls:
        memory = None
        if problem.n >= MEASURE_MEMORY_FROM and name not in ("reading", *KEEPS_MEMORY):
            memory = extra_memory(calls[name])
        own = seconds.get("lossbook")
        rows.append(
            {
                "loss": problem.loss,
                "dtype": problem.dtype,
                "operation": problem.operation,
                "n": problem.n,
                "peer": name,
                "seconds": statistics.median(seconds[name]),
                "fastest": min(seconds[name]),
                "times_lossbook": None if own is None else ratio(seconds[name], own),
                "extra_memory": None if memory is None else memory / p.nbytes,
                "rounds": len(seconds[name]),
            }
        )
    return rows


def write(path: Path, losses: list[Row], training: list[Row], imports: dict[str, float]) -> None:
    """Write what was measured, and on what."""
    results = {
        "machine": machine(),
        "threads": {"lossbook": 1, "peers": THREADS},
        "versions": versions(),
        "losses": losses,
        "training": training,
        "import_seconds": imports,
    }
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run of half a minute")
    parser.add_argument("--only", default="", help="only losses whose name begins so")
    parser.add_argument("--peers", nargs="*", help="only these peers")
    parser.add_argument("--no-training", action="store_true", help="losses alone")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the JSON goes")
    options = parser.parse_args()

    peers, missing = installed()
    if options.peers:
        peers = {name: p for name, p in peers.items() if name in (*options.peers, "lossbook")}
    if missing:
        print("Not installed, left out:", ", ".join(missing))
    sizes = (10, 10**5) if options.quick else SIZES
    losses = tuple(loss for loss in LOSSES if loss.startswith(options.only))
    imports = importing.import_seconds(3 if options.quick else 15)
    rows = []
    try:
        for problem in problems(sizes, losses):
            print(".", end="", file=sys.stderr, flush=True)
            rows += measure(problem, peers, budget=0.05 if options.quick else 1.2)
    except KeyboardInterrupt:
        print(" interrupted: what follows is less than the whole", file=sys.stderr)
    print(file=sys.stderr)
    training: list[Row] = []
    write(options.output, rows, training, imports)  # training may fail, and the losses took long
    # Training comes last: it changes how many threads PyTorch uses.
    if not options.no_training and "scikit-learn" in peers:
        from training import epochs_a_second  # needs scikit-learn's digits

        epochs, rounds = (2, 1) if options.quick else (20, 5)
        training = epochs_a_second(list(peers), epochs=epochs, rounds=rounds)
    write(options.output, rows, training, imports)

    report.print_losses(rows)
    report.print_training(training)
    report.print_import(imports)
    report.print_missed(report.missed(rows, training, imports))


if __name__ == "__main__":
    main()
