"""The tables that are printed, and the goals that are missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from problems import MSE, VALUE

Row = dict[str, Any]

# A column's heading, and the peers whose times are shown as multiples of lossbook's.
HEADINGS = {
    "reading": "read",
    "NumPy": "NumPy",
    "scikit-learn": "sklearn",
    "Keras": "Keras",
    "tf.function": "tf.fn",
    "PyTorch": "torch",
    "PyTorch, 1 thread": "torch x1",
    "optax": "optax",
    "lossbook, 2 threads": "own x2",
}


def duration(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    seconds = float(f"{seconds:.3g}")  # first, or 999.9 µs would read as 1e+03 µs
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def multiple(x: float) -> str:
    """Write a ratio with two digits at least; one below 1 never reads as 1."""
    if 0.99 < x < 1:
        return "0.99"
    return f"{x:.2f}" if x < 10 else f"{x:.0f}"


def _per_cent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _cell(by: dict[str, Row], peer: str, field: str, show: Callable[[float], str]) -> str:
    value = by[peer][field] if peer in by else None
    return f"{'' if value is None else show(value):>8}"


def print_losses(rows: list[Row]) -> None:
    """Print one table for each loss, dtype and operation: sizes down, peers across."""
    print(
        "lossbook: its time on one thread. Beside it, how many times as long each peer takes:\n"
        "above 1, lossbook is ahead. From n = 1e6 on, below it, the peak of extra memory, in per\n"
        "cent of the predictions' size. read: reading the data once; torch has two threads, torch\n"
        "x1 one; own x2: lossbook on two."
    )
    for key, group in groupby(rows, key=lambda r: (r["loss"], r["dtype"], r["operation"])):
        print(f"\n{', '.join(key)}")
        print(f"{'n':>8} {'lossbook':>9}", *(f"{heading:>8}" for heading in HEADINGS.values()))
        for n, cells in groupby(group, key=lambda r: r["n"]):
            by = {cell["peer"]: cell for cell in cells}
            times = [_cell(by, peer, "times_lossbook", multiple) for peer in HEADINGS]
            print(f"{n:>8} {_cell(by, 'lossbook', 'seconds', duration):>9}", *times)
            if any(cell["extra_memory"] is not None for cell in by.values()):
                memory = [_cell(by, peer, "extra_memory", _per_cent) for peer in HEADINGS]
                print(
                    f"{'memory':>8} {_cell(by, 'lossbook', 'extra_memory', _per_cent):>9}", *memory
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
        print(f"importing {name}: {1e3 * value:.1f} ms")


# --- goals ----------------------------------------------------------------------------------------


class Shortfall(NamedTuple):
    """A goal that is missed, what misses it (a cell, a model, the import), and what was found."""

    goal: str
    of: tuple[str | int, ...]
    found: str


def missed(losses: list[Row], training: list[Row], imports: dict[str, float]) -> list[Shortfall]:
    """Return all that is below the package's goals."""
    return [*_missed_losses(losses), *_missed_training(training), *_missed_import(imports)]


def print_missed(shortfalls: list[Shortfall]) -> None:
    """Print a line for each."""
    print(f"\n{len(shortfalls)} goals missed" + (":" if shortfalls else ""))
    for goal, of, found in shortfalls:
        print(f"  {', '.join(map(str, of))}: {found}; goal: {goal}")


def _missed_losses(rows: list[Row]) -> Iterator[Shortfall]:
    key = ("loss", "dtype", "operation", "n")
    for cell, group in groupby(rows, key=lambda r: tuple(r[k] for k in key)):
        by = {row["peer"]: row for row in group}
        if "lossbook" not in by:
            continue
        loss, _, operation, n = cell
        seconds, memory = by["lossbook"]["seconds"], by["lossbook"]["extra_memory"]
        for peer in ("scikit-learn", "Keras", "tf.function", "PyTorch"):
            if peer in by and (peer != "PyTorch" or n >= 10**5):
                times = by[peer]["times_lossbook"]
                # Other programs disturb several threads more than one: the best times tell it.
                best = by[peer]["fastest"] / by["lossbook"]["fastest"]
                if min(times, best) < 1:
                    found = f"{multiple(times)} of lossbook's time, at best {multiple(best)}"
                    yield Shortfall(f"no slower than {peer}", cell, found)
        if n == 10:
            most = 5e-6 if loss == MSE else 15e-6
            if seconds > most:
                yield Shortfall(f"at most {duration(most)}", cell, duration(seconds))
            if "NumPy" in by and by["NumPy"]["times_lossbook"] * 2.5 < 1:
                yield _times_as_long(by, "NumPy", cell, "plain NumPy's time")
        if n == 10**7 and operation == VALUE:
            if memory is not None and memory > 0.05:
                goal = "at most 5 % of the predictions in extra memory"
                yield Shortfall(goal, cell, _per_cent(memory))
            limit = by["reading"]["times_lossbook"] if "reading" in by else 1
            if loss == MSE and limit * 2.5 < 1:
                yield _times_as_long(by, "reading", cell, "the read limit")


def _times_as_long(by: dict[str, Row], peer: str, cell: tuple[Any, ...], what: str) -> Shortfall:
    return Shortfall(f"at most 2.5 × {what}", cell, f"{1 / by[peer]['times_lossbook']:.2f} ×")


def _missed_training(rows: list[Row]) -> Iterator[Shortfall]:
    goals = {"scikit-learn": 2, "PyTorch": 4, "Keras": 15}
    for model, group in groupby(rows, key=lambda r: r["model"]):
        rate = {row["peer"]: row["epochs_a_second"] for row in group}
        for peer, goal in goals.items():
            if "lossbook" in rate and peer in rate and rate["lossbook"] < goal * rate[peer]:
                found = f"{rate['lossbook'] / rate[peer]:.2f} ×"
                yield Shortfall(f"{goal} × {peer}'s speed", (model,), found)


def _missed_import(seconds: dict[str, float]) -> Iterator[Shortfall]:
    took = seconds["lossbook after numpy"]
    if took > 10e-3:
        found = f"{1e3 * took:.1f} ms on top of NumPy"
        yield Shortfall("at most 10 ms", ("import lossbook",), found)
