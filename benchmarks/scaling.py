"""Gradient descent on data that grow: `python benchmarks/scaling.py`, some minutes, 3 GB of disk.

Full-batch descent with `lossbook.fit` on 1, 4 and 16 times the data: in memory, on the threads of
one Dask process, on one and on two worker processes with less memory than the data. Each run has
fresh processes. Prints a table and writes scaling.json beside this file, which the book shows.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from run import machine
from timing import status

import lossbook as lb

RESULTS = Path(__file__).parent / "scaling.json"
FEATURES, CLASSES, ROWS, CHUNKS = 100, 10, 40_000, 4  # rows a chunk; chunks of the smallest data
TIMES = (1, 4, 16)
STEPS = 6
LIMIT = 400_000_000  # bytes of memory for each worker
MODELS = {
    "linear regression": (lb.LinearModel(FEATURES), lb.MeanSquaredError()),
    "softmax regression": (
        lb.LinearModel(FEATURES, CLASSES),
        lb.SparseCategoricalCrossentropy(from_logits=True),
    ),
}
HOWS = ("in memory", "one process, two threads", "one worker", "two workers")


# --- data on disk ---------------------------------------------------------------------------------


def write(folder: Path) -> None:
    """Write the largest data, a file for each chunk."""
    rng = da.random.default_rng(0)
    X = rng.standard_normal((ROWS * CHUNKS * max(TIMES), FEATURES), chunks=(ROWS, FEATURES))
    W = np.random.default_rng(1).standard_normal((FEATURES, CLASSES)) / FEATURES**0.5
    scores = X @ da.from_array(W, chunks=-1) + rng.standard_normal(
        (len(X), CLASSES), chunks=(ROWS, CLASSES)
    )
    da.to_npy_stack(folder / "X", X)
    da.to_npy_stack(folder / "amounts", scores[:, 0])
    da.to_npy_stack(folder / "classes", scores.argmax(axis=1))


def read(folder: Path, model: str, times: int) -> tuple[Any, Any]:
    """Return X and y, lazily; a chunk is read when it is needed, and forgotten after that."""
    rows = (ROWS,) * CHUNKS * times
    y = "amounts" if model == "linear regression" else "classes"
    return (
        da.map_blocks(load, folder / "X", chunks=(rows, (FEATURES,)), dtype=float),
        da.map_blocks(load, folder / y, chunks=(rows,), dtype=float if y == "amounts" else int),
    )


def load(folder: Path, block_id: tuple[int, ...]) -> Any:
    """Return a chunk."""
    return np.load(folder / f"{block_id[0]}.npy")


# --- one run, in a process of its own -------------------------------------------------------------


def peak() -> int:
    """Return the most memory that this process has held at once, in bytes."""
    return status("VmHWM")


def sent(dask_worker: Any) -> int:
    """Return how many bytes a worker has sent to others."""
    return int(dask_worker.transfer_outgoing_bytes_total)


def run(folder: Path, model: str, how: str, times: int) -> dict[str, Any]:
    """Return what one run takes."""
    X, y = read(folder, model, times)
    if how == "in memory":
        lazy = X, y
        X, y = (np.empty(array.shape, array.dtype) for array in lazy)
        da.store(lazy, (X, y))  # each chunk to its place: `compute` would need the memory twice
        row = descend(model, X, y)
        return {**row, "peak_bytes": peak()}
    if "thread" in how:
        with dask.config.set(scheduler="threads", num_workers=2):
            row = descend(model, X, y)
        return {**row, "peak_bytes": peak()}
    workers = 1 if how == "one worker" else 2
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=LIMIT,
            dashboard_address=None,
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster) as client,
    ):
        before = client.run(peak)
        row = descend(model, X, y)
        after, moved = client.run(peak), client.run(sent)
        if before.keys() != after.keys():
            raise RuntimeError("a worker was restarted: the memory did not suffice")
        return {
            **row,
            "peak_bytes": max(after.values()),
            "idle_bytes": max(before.values()),
            "limit_bytes": LIMIT,
            "client_peak_bytes": peak(),
            "sent_bytes_a_step": sum(moved.values()) / STEPS,
        }


def descend(name: str, X: Any, y: Any) -> dict[str, Any]:
    """Return what descent takes a step, without the first, and where it arrives."""
    model, loss = MODELS[name]
    ends = [time.perf_counter()]
    result = lb.fit(
        model,
        X,
        y,
        loss=loss,
        optimizer=lb.SGD(0.3),
        epochs=STEPS,
        callback=lambda *_: ends.append(time.perf_counter()),
    )
    seconds = [b - a for a, b in pairwise(ends[1:])]
    return {
        "rows": len(X),
        "data_bytes": X.nbytes + y.nbytes,
        "parameters": model.n_parameters,
        "seconds_a_step": statistics.median(seconds),
        "fastest": min(seconds),
        "loss": float(result.history.loss[-1]),
    }


# --- all of them ----------------------------------------------------------------------------------


def main() -> None:
    """Measure, print, write; with --one, a single run, for which this calls itself."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the JSON goes")
    parser.add_argument("--one", nargs=4, metavar=("FOLDER", "MODEL", "HOW", "TIMES"))
    options = parser.parse_args()
    if options.one:
        folder, model, how, times = options.one
        print(json.dumps(run(Path(folder), model, how, int(times))))
        return
    rows = []
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        for model in MODELS:
            for times in TIMES:
                for how in HOWS:
                    rows.append({"model": model, "how": how, "times": times})
                    rows[-1] |= alone(name, model, how, str(times))
                    print(line(rows[-1]), flush=True)
                agree(rows[-len(HOWS) :])
    results = {
        "machine": machine(),
        "versions": {name: version(name) for name in ("numpy", "dask", "distributed", "lossbook")},
        "features": FEATURES,
        "classes": CLASSES,
        "rows_a_chunk": ROWS,
        "steps": STEPS,
        "runs": rows,
    }
    options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def alone(*one: str) -> dict[str, Any]:
    """Return what a run in a fresh process says."""
    command = [sys.executable, __file__, "--one", *one]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(answer.splitlines()[-1])


def agree(rows: list[dict[str, Any]]) -> None:
    """Refuse a comparison of runs that arrive at different places."""
    losses = [row["loss"] for row in rows]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)


def line(row: dict[str, Any]) -> str:
    """Return a run in one line."""
    return (
        f"{row['model']}, {row['times']:>2}x, {row['how']:<24} "
        f"{row['data_bytes'] / 1e6:6.0f} MB {1e3 * row['seconds_a_step']:7.0f} ms a step "
        f"{1e9 * row['seconds_a_step'] / row['rows']:6.0f} ns a sample "
        f"{row['peak_bytes'] / 1e6:6.0f} MB at most"
    )


if __name__ == "__main__":
    main()
