"""What the book shows of the stored results: cells, tables in Markdown, a fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import report
from problems import BINARY, BINARY_LOGITS, BOTH, HUBER, MSE, SPARSE_10, SPARSE_1000

Row = dict[str, Any]
Cell = tuple[str, str, str, int]  # loss, dtype, operation, n

# Names that fit a column.
SHORT = {
    MSE: "squared error",
    HUBER: "Huber",
    BINARY: "binary",
    BINARY_LOGITS: "binary, logits",
    SPARSE_10: "10 classes",
    SPARSE_1000: "1000 classes",
    BOTH: "both",
    "reading": "read limit",
    "PyTorch, 1 thread": "PyTorch on 1",
    "lossbook, 2 threads": "lossbook on 2",
}
# Who computes the loss from start to end, as its users call it: the read limit is no loss, and
# another number of threads no other library.
RIVALS = ("NumPy", "scikit-learn", "Keras", "tf.function", "PyTorch", "optax")
COLUMNS = ("reading", *RIVALS, "PyTorch, 1 thread", "lossbook, 2 threads")
MARK = "▼"  # here lossbook is behind
NOISY = "≈"  # the median and the best times say different things
SPACE = "\N{NO-BREAK SPACE}"


def cells(results: Row) -> dict[Cell, dict[str, Row]]:
    """Return the rows by cell and peer."""
    found: dict[Cell, dict[str, Row]] = {}
    for row in results["losses"]:
        cell = row["loss"], row["dtype"], row["operation"], row["n"]
        found.setdefault(cell, {})[row["peer"]] = row
    return found


def short(name: str) -> str:
    """Return a name that fits a column."""
    return SHORT.get(name, name)


def unbroken(name: str) -> str:
    """Return the same in one piece."""
    return short(name).replace(" ", SPACE)


def power(n: int) -> str:
    """Write a power of ten as one: 10⁵."""
    zeros = len(str(n)) - 1
    if n != 10**zeros:
        return f"{n:,}"
    return "10" if zeros == 1 else "10" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] for d in str(zeros))


def marked(text: str, slower: bool) -> str:
    """Return the text, with the sign and in bold where lossbook is behind."""
    return f"**{text}{SPACE}{MARK}**" if slower else text


def table(headings: Sequence[str], lines: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return a table in Markdown; the first columns stand at the left, numbers at the right."""
    rule = [":--"] * left + ["--:"] * (len(headings) - left)
    return "\n".join(f"| {' | '.join(line)} |" for line in (headings, rule, *lines))


def folded(summary: str, body: str) -> str:
    """Return what opens where a reader asks for it, in a notebook and on a page."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def behind(by: dict[str, Row]) -> dict[str, float]:
    """Return who is ahead of lossbook in a cell, and how many times as long they take."""
    times = {peer: by[peer]["times_lossbook"] for peer in RIVALS if peer in by}
    return {peer: t for peer, t in times.items() if t < 1}


def unsure(by: dict[str, Row], peer: str) -> bool:
    """Say whether the median ratio and that of the best times differ by more than a third."""
    best = by[peer]["fastest"] / by["lossbook"]["fastest"]
    return not 0.75 <= by[peer]["times_lossbook"] / best <= 4 / 3


def behind_table(results: Row, dtype: str) -> str:
    """Return for every cell who is ahead of lossbook; sizes side by side."""
    found = cells(results)
    sizes = sorted({n for *_, n in found})
    lines = []
    for loss, of, operation in dict.fromkeys(key[:3] for key in found):
        if of != dtype:
            continue
        line = [f"{short(loss)}, {short(operation)}"]
        for n in sizes:
            by = found.get((loss, dtype, operation, n), {})
            names = [f"{peer}{SPACE}{report.multiple(t)}" for peer, t in behind(by).items()]
            nobody = "none" if by else ""
            line.append(marked(", ".join(names), True) if names else nobody)
        lines.append(line)
    headings = ["loss", *(f"n{SPACE}={SPACE}{power(n)}" for n in sizes)]
    return table(headings, lines, left=len(headings))


def times_table(results: Row, loss: str) -> str:
    """Return lossbook's time in every cell of a loss, and the multiples of it that peers take."""
    lines = []
    for (of, dtype, operation, n), by in cells(results).items():
        if of != loss:
            continue
        own = report.duration(by["lossbook"]["seconds"]).replace(" ", SPACE)
        line = [dtype, short(operation), power(n), own]
        for peer in COLUMNS:
            if peer in by:
                text = NOISY * unsure(by, peer) + report.multiple(by[peer]["times_lossbook"])
                line.append(marked(text, peer in behind(by)))
            else:
                line.append("")
        lines.append(line)
    return table(["dtype", "operation", "n", "lossbook", *map(short, COLUMNS)], lines, left=2)


def times_tables(results: Row) -> str:
    """Return the table of every loss, each folded, with the number of marks in it."""
    parts = []
    for loss in dict.fromkeys(row["loss"] for row in results["losses"]):
        of = [by for key, by in cells(results).items() if key[0] == loss]
        ratios = sum(peer in by for by in of for peer in RIVALS)
        count = f"a peer is ahead in {sum(len(behind(by)) for by in of)} of {ratios} ratios"
        parts.append(folded(f"{short(loss)}: {count}", times_table(results, loss)))
    return "\n\n".join(parts)


def firsts(results: Row) -> dict[int, Counter[str]]:
    """Return for each size in how many cells who is the fastest of lossbook and its rivals."""
    found: dict[int, Counter[str]] = {}
    for (*_, n), by in cells(results).items():
        first = min(
            ("lossbook", *RIVALS), key=lambda p: by[p]["times_lossbook"] if p in by else 9e9
        )
        found.setdefault(n, Counter())[first] += 1
    return dict(sorted(found.items()))


def ahead(results: Row, peer: str, n: int) -> tuple[int, int]:
    """Return in how many cells of a size a peer is ahead, and in how many it takes part."""
    times = [
        by[peer]["times_lossbook"]
        for (*_, m), by in cells(results).items()
        if m == n and peer in by
    ]
    return sum(t < 1 for t in times), len(times)


def ahead_table(results: Row) -> str:
    """Return for each size who is ahead of lossbook how often, and how often lossbook is first."""
    lines = []
    for n, first in firsts(results).items():
        counts = [ahead(results, peer, n) for peer in RIVALS]
        of = [marked(f"{some} of {all_}".replace(" ", SPACE), some > 0) for some, all_ in counts]
        lines.append([power(n), f"{first['lossbook']} of {first.total()}", *of])
    headings = ["n", "lossbook is first", *(f"{peer} is ahead" for peer in RIVALS)]
    return table(headings, lines, left=0)


def keeps_memory(row: Row) -> bool:
    """Say whether a call shows less memory than its own result needs: it used what it had kept."""
    return row["operation"] != "value" and row["extra_memory"] < 0.99


def memory_table(results: Row, dtype: str, operations: Sequence[str]) -> str:
    """Return the extra memory in per cent of the predictions; marked where a peer needs less."""
    peers = ("NumPy", "scikit-learn", "PyTorch", "optax")
    lines = []
    for (loss, of, operation, n), by in cells(results).items():
        own = by["lossbook"]["extra_memory"]
        if of != dtype or operation not in operations or own is None:
            continue
        line = []
        for row in (by.get(peer) for peer in peers):
            if row is None or row["extra_memory"] is None:
                line.append("")
            elif keeps_memory(row):
                line.append(f"({100 * row['extra_memory']:.0f})")
            else:
                share = row["extra_memory"]
                line.append(marked(f"{100 * share:.1f}", share < own))
        lines.append([unbroken(loss), short(operation), power(n), f"{100 * own:.1f}", *line])
    return table(["loss", "operation", "n", "lossbook", *peers], lines, left=2)


def training_table(results: Row) -> str:
    """Return epochs a second, beside lossbook's, and the accuracy reached."""
    lines = []
    for model, group in groupby(results["training"], key=lambda row: row["model"]):
        rows = list(group)
        own = next(row for row in rows if row["peer"] == "lossbook")
        for row in rows:
            rate = row["epochs_a_second"]
            times = (
                ""
                if row is own
                else marked(
                    report.multiple(own["epochs_a_second"] / rate), own["epochs_a_second"] < rate
                )
            )
            share = f"{100 * row['accuracy']:.1f} %"
            lines.append([model, row["peer"], f"{rate:.1f}", times, share])
    headings = ["model", "who", "epochs a second", "times lossbook's time", "accuracy"]
    return table(headings, lines, left=2)


# --- a step on growing data -----------------------------------------------------------------------


def price_of_a_step(scaling: Row, model: str, how: str) -> tuple[float, float]:
    """Return a and b of the line a + b n through the seconds of a step of n samples."""
    runs = [run for run in scaling["runs"] if (run["model"], run["how"]) == (model, how)]
    n, seconds = (np.array([run[k] for run in runs]) for k in ("rows", "seconds_a_step"))
    b, a = np.polyfit(n, seconds, 1, w=1 / seconds)  # relative errors count
    return float(a), float(b)


# --- goals ----------------------------------------------------------------------------------------


def goals_tables(missed: Sequence[report.Shortfall]) -> str:
    """Return every goal that is missed, each folded, with all that misses it."""
    by_goal: dict[str, list[list[str]]] = {}
    for goal, of, found in missed:
        match of:
            case (loss, dtype, operation, n):
                what, where = f"{short(loss)}, {short(operation)}", f"{dtype}, {power(n)}"
            case (what,):
                where = ""
        by_goal.setdefault(goal, []).append([what, where, found])
    return "\n\n".join(
        folded(f"{goal}: {len(lines)} missed", table(["of", "where", "found"], lines, left=3))
        for goal, lines in sorted(by_goal.items())
    )
