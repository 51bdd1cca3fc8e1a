"""The tables that are printed, and the cells that miss a goal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from problems import GRADIENT, HUBER, MSE, VALUE

Row = dict[str, Any]

# A column's heading, and the peers whose times are shown as multiples of lossbook's.
HEADINGS = {
    "reading": "read",
    "NumPy": "NumPy",
    "scikit-learn": "sklearn",
    "Keras": "Keras",
    "tf.function": "tf.fn",
    "PyTorch": "torch",
    "optax": "optax",
    "lossbook, 2 threads": "2 thr.",
}


def _time(seconds: float) -> str:
    for unit, factor in (("s ", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _multiple(x: float | None) -> str:
    return "" if x is None else f"{x:.3g}" if x < 100 else f"{x:.0f}"


def _memory(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def print_losses(rows: list[Row]) -> None:
    """Print one table for each loss, dtype and operation: sizes down, peers across."""
    print("Times of lossbook on one thread; beside it, how many times as long each peer takes")
    print("(more than 1: lossbook is ahead), and peak extra memory over the predictions' size.")
    for key, group in groupby(rows, key=lambda r: (r["loss"], r["dtype"], r["operation"])):
        print(f"\n{key[0]}, {key[1]}, {key[2]}")
        print(
            f"{'n':>9} {'lossbook':>9}",
            *(f"{h:>8}" for h in HEADINGS.values()),
            "  memory:",
            end="",
        )
        print("", *(h for p, h in [("lossbook", "lossbook"), *HEADINGS.items()] if p != "reading"))
        for n, cells in groupby(group, key=lambda r: r["n"]):
            by = {cell["peer"]: cell for cell in cells}
            own = by.get("lossbook")
            memory = " ".join(
                _memory(by.get(peer, {}).get("extra_memory")) or "-"
                for peer in ("lossbook", *HEADINGS)
                if peer != "reading"
            )
            print(
                f"{n:>9} {_time(own['seconds']) if own else '':>9}",
                *(f"{_multiple(by.get(peer, {}).get('times_lossbook')):>8}" for peer in HEADINGS),
                f"  {memory if any(c.get('extra_memory') is not None for c in by.values()) else ''}",
            )


def print_training(rows: list[Row]) -> None:
    """Print epochs a second, and the accuracy reached."""
    for model, group in groupby(rows, key=lambda r: r["model"]):
        cells = list(group)
        own = next((c["epochs_a_second"] for c in cells if c["peer"] == "lossbook"), None)
        print(f"\n{model} on the digits, batch 32, Adam, {cells[0]['epochs']} epochs")
        for cell in cells:
            behind = "" if own is None else f"lossbook × {own / cell['epochs_a_second']:.3g}"
            print(
                f"{cell['peer']:>14} {cell['epochs_a_second']:7.1f} epochs/s   "
                f"accuracy {cell['accuracy']:.3f}   {behind}"
            )


def print_import(seconds: dict[str, float]) -> None:
    """Print the import times."""
    print()
    for name, value in seconds.items():
        print(f"import {name}: {1e3 * value:.1f} ms")


# --- goals ----------------------------------------------------------------------------------------


def missed(losses: list[Row], training: list[Row], imports: dict[str, float]) -> list[str]:
    """Return a line for every cell that is below the package's goals."""
    return [*_missed_losses(losses), *_missed_training(training), *_missed_import(imports)]


def _missed_losses(rows: list[Row]) -> Iterator[str]:
    key = ("loss", "dtype", "operation", "n")
    for cell, group in groupby(rows, key=lambda r: tuple(r[k] for k in key)):
        by = {row["peer"]: row for row in group}
        if "lossbook" not in by:
            continue
        loss, _, operation, n = cell
        seconds, memory = by["lossbook"]["seconds"], by["lossbook"]["extra_memory"]
        where = ", ".join(map(str, cell))
        for peer in ("scikit-learn", "Keras", "tf.function", "PyTorch"):
            if peer in by and (peer != "PyTorch" or n >= 10**5):
                times = by[peer]["times_lossbook"]
                if times < 1:
                    yield f"{where}: {peer} takes {times:.2f} of lossbook's time"
        if n == 10:
            most = 5e-6 if loss == MSE else 15e-6
            if seconds > most:
                yield f"{where}: {_time(seconds)}, goal {_time(most)}"
            if by["NumPy"]["times_lossbook"] * 2.5 < 1:
                yield f"{where}: {1 / by['NumPy']['times_lossbook']:.1f} × plain NumPy, goal 2.5"
        if n == 10**7 and operation == VALUE:
            if memory is not None and memory > 0.05:
                yield f"{where}: extra memory {_memory(memory)} of the predictions, goal 5 %"
            if loss == MSE and by["reading"]["times_lossbook"] * 2.5 < 1:
                yield f"{where}: {1 / by['reading']['times_lossbook']:.1f} × reading, goal 2.5"


def _missed_training(rows: list[Row]) -> Iterator[str]:
    goals = {"scikit-learn": 2, "PyTorch": 4, "Keras": 15}
    for model, group in groupby(rows, key=lambda r: r["model"]):
        rate = {row["peer"]: row["epochs_a_second"] for row in group}
        for peer, goal in goals.items():
            if "lossbook" in rate and peer in rate and rate["lossbook"] < goal * rate[peer]:
                yield f"{model}: {rate['lossbook'] / rate[peer]:.1f} × {peer}, goal {goal}"


def _missed_import(seconds: dict[str, float]) -> Iterator[str]:
    took = seconds["lossbook after numpy"]
    if took > 10e-3:
        yield f"import lossbook: {1e3 * took:.1f} ms on top of NumPy, goal 10 ms"
