"""Make the marks of submitted notebooks, each in a process of its own.

Notebooks are in nbgrader's format: a cell's metadata say whether it is a solution, to be written
by the student, or a locked test with points. The tests, the checks and the right answers are taken
from the teacher's notebook, never from the submission, and run in this process; the submission runs
in another one. `sandbox.py` tells what that protects against, and what not.
"""

from __future__ import annotations

import builtins
import csv
import io
import json
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lossbook.check._cells import libraries, python_only
from lossbook.check._report import CheckError
from lossbook.check.sandbox import Sandbox

Notebook = dict[str, Any]
LARGEST = 20 * 2**20  # bytes of a notebook; read, it takes some twenty times as much


@dataclass(frozen=True)
class Mark:
    """What one graded cell earned; `points` is None where a person has to say."""

    question: str
    points: float | None
    maximum: float
    reason: str = ""  # in a line, why there are not all points
    message: str = ""  # all that there is to say of it


@dataclass(frozen=True)
class Marks:
    """The marks of one submission, and what its teacher should look at."""

    name: str
    marks: tuple[Mark, ...]
    remarks: tuple[str, ...] = field(default=())

    @property
    def total(self) -> float:
        """The points earned so far."""
        return sum(mark.points or 0.0 for mark in self.marks)

    @property
    def maximum(self) -> float:
        """The points that can be earned without those by hand."""
        return sum(mark.maximum for mark in self.marks if mark.points is not None)

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.total:g} of {self.maximum:g}"]
        for mark in self.marks:
            points = "by hand" if mark.points is None else f"{mark.points:g}"
            lines.append(
                f"  {mark.question:<28} {points:>7} of {mark.maximum:g}  {mark.reason}".rstrip()
            )
        return "\n".join([*lines, *(f"  look at: {remark}" for remark in self.remarks)])


def read(path: str | Path) -> Notebook:
    """Return a notebook, or raise ValueError where the file is none."""
    with Path(path).open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"{path}: expected at most {LARGEST} bytes; clear the notebook's outputs")
    try:
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            source = cell.get("source", "")
            if not isinstance(cell["cell_type"], str) or not isinstance("".join(source), str):
                raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{path}: expected a Jupyter notebook (.ipynb), version 4") from None
    return dict(notebook)


def grade(
    submitted: Notebook,
    source: Notebook,
    *,
    name: str = "submission",
    seconds: float = 10.0,
    memory: int = 2 * 2**30,
) -> Marks:
    """Make the marks of one submission.

    Parameters
    ----------
    submitted, source : dict
        The student's notebook and the teacher's, as JSON holds them; see :func:`read`.
    name : str
        Whose marks these are.
    seconds, memory : float, int
        The limits of :class:`lossbook.check.sandbox.Sandbox`.

    Returns
    -------
    Marks
        Of each graded cell of `source`, in its order.

    Raises
    ------
    ValueError
        If `source` has no graded cell, or one of its own cells raises: that is not the student's.
    """
    tests = [cell for cell in code_cells(source) if _is(cell, "grade")]
    _check_source(source, tests)
    names = Names()
    for cell in code_cells(source):
        if _is_given(cell):
            _prepare(cell, names)
    cells = list(_student_cells(submitted, source))
    with Sandbox([text(cell) for cell in cells], seconds=seconds, memory=memory) as sandbox:
        names.sandbox = sandbox
        marks = [_mark(cell, names) for cell in tests]
    by_hand = [
        Mark(question_of(cell), None, points_of(cell))
        for cell in source["cells"]
        if _is(cell, "grade") and _is(cell, "solution")
    ]
    remarks = tuple(tidy(remark, 200) for remark in _remarks(cells, source, sandbox))
    return Marks(name, (*marks, *by_hand), remarks)


def _check_source(source: Notebook, tests: Sequence[dict[str, Any]]) -> None:
    if not tests:
        raise ValueError(
            "source: expected cells with nbgrader's metadata and points, received none"
        )
    known = [question_of(cell) for cell in source["cells"] if _metadata(cell)]
    for question in known:
        if not question or known.count(question) > 1:
            raise ValueError(
                f"source: expected a grade_id for each cell, received {question!r} "
                + ("twice" if question else "for one")
            )


def _prepare(cell: dict[str, Any], names: Names) -> None:
    """Run a read-only cell of the teacher's."""
    try:
        exec(_compiled(cell), names)
    except Exception as error:
        raise ValueError(
            f"source: expected its cell {question_of(cell)!r} to run, "
            f"received {type(error).__name__}: {error}"
        ) from error


class Names(dict[str, Any]):
    """The teacher's names; what they do not have comes from the submission."""

    sandbox: Sandbox | None = None

    def __missing__(self, name: str) -> Any:
        if self.sandbox is None or hasattr(builtins, name):
            raise KeyError(name)
        return self.sandbox[name]


def _mark(cell: dict[str, Any], names: Names) -> Mark:
    """Run one graded cell: it earns its points if it raises nothing."""
    maximum = points_of(cell)
    assert names.sandbox is not None
    names.sandbox.turn()
    try:
        exec(_compiled(cell), _copied(names))
    except Exception as error:
        words = str(error).strip() or _where(error, text(cell))
        if isinstance(error, CheckError) and error.report.failure:
            reason = error.report.failure.title()
        else:
            reason = words.partition("\n")[0]
        message = f"{type(error).__name__}: {words}"
        return Mark(question_of(cell), 0.0, maximum, tidy(reason, 200), tidy(message, 4000, "\n"))
    return Mark(question_of(cell), maximum, maximum)


def tidy(words: str, most: int, kept: str = "") -> str:
    """Return words of a submission without signs that a terminal or a file would stumble over."""
    return "".join(c if c.isprintable() or c in kept else " " for c in words[:most])


def _copied(names: Names) -> Names:
    """Return a copy, so that no graded cell changes what the next one sees."""
    copy = Names(names)
    copy.sandbox = names.sandbox
    return copy


def _where(error: Exception, source: str) -> str:
    """Return the line of a graded cell that failed, such as an assertion without words."""
    lines = [
        f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<graded>"
    ]
    return source.splitlines()[lines[-1] - 1].strip() if lines and lines[-1] else ""


def _compiled(cell: dict[str, Any]) -> Any:
    return compile(python_only(text(cell)), "<graded>", "exec")


# --- cells ----------------------------------------------------------------------------------------


def text(cell: dict[str, Any]) -> str:
    """Return the source of a cell, which may be stored line by line."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def code_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """Return the code cells, without those graded by hand."""
    return [
        cell for cell in notebook["cells"] if cell["cell_type"] == "code" and not _by_hand(cell)
    ]


def _by_hand(cell: dict[str, Any]) -> bool:
    return _is(cell, "grade") and _is(cell, "solution")


def _metadata(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def _is(cell: dict[str, Any], what: str) -> bool:
    return bool(_metadata(cell).get(what))


def _is_given(cell: dict[str, Any]) -> bool:
    """Say whether a cell is read-only: what student and teacher both have."""
    return _is(cell, "locked") and not _is(cell, "grade") and not _is(cell, "solution")


def question_of(cell: dict[str, Any]) -> str:
    """Return the name of a cell in nbgrader's metadata."""
    return str(_metadata(cell).get("grade_id", ""))


def points_of(cell: dict[str, Any]) -> float:
    """Return the points of a cell."""
    return float(_metadata(cell).get("points", 0))


def _student_cells(submitted: Notebook, source: Notebook) -> Iterator[dict[str, Any]]:
    """Yield what runs as the student's: not the tests, and the read-only cells as they were."""
    given = {question_of(cell): cell for cell in code_cells(source) if _is_given(cell)}
    tests = {question_of(cell) for cell in code_cells(source) if _is(cell, "grade")}
    kept = {question_of(cell) for cell in code_cells(submitted)}
    yield from (cell for question, cell in given.items() if question not in kept)
    for cell in code_cells(submitted):
        question = question_of(cell)
        if question not in tests:
            yield given.get(question, cell)


def _remarks(cells: Sequence[dict[str, Any]], source: Notebook, sandbox: Sandbox) -> Iterator[str]:
    """Yield where a cell uses a library that the teacher's own does not, and what went wrong."""
    teachers = code_cells(source)
    found = libraries([text(cell) for cell in teachers])
    own = dict(zip(map(question_of, teachers), found, strict=True))
    if sandbox.libraries is None:
        yield "its code cannot be read: which libraries it uses is not known"
    # Not by a name that the submission has given to a cell.
    names = [q if (q := question_of(cell)) in own else "a cell of its own" for cell in cells]
    for name, used in zip(names, sandbox.libraries or (), strict=False):
        for library in sorted(set(used) - set(own.get(name, ()))):
            yield f"{name} uses {library}"
    for at, what in sandbox.problems.items():
        yield f"{names[at]}: {what}"


def table(all_marks: Sequence[Marks]) -> str:
    """Return the marks of a class as CSV: a line each, a column for each question."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    questions = list(dict.fromkeys(mark.question for marks in all_marks for mark in marks.marks))
    writer.writerow(["name", "total", "of", *questions, "look at"])
    for marks in all_marks:
        earned = {m.question: f"{m.points:g}" for m in marks.marks if m.points is not None}
        row = [marks.name, f"{marks.total:g}", f"{marks.maximum:g}"]
        row += [earned.get(question, "") for question in questions]
        writer.writerow([_no_formula(word) for word in (*row, "; ".join(marks.remarks))])
    return out.getvalue()


def _no_formula(word: str) -> str:
    """Return a word as a spreadsheet shows it, without computing anything."""
    return f"'{word}" if word.startswith(("=", "+", "-", "@")) else word
