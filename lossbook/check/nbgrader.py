"""Autograding for nbgrader in a process of its own, in place of a kernel: needs nbgrader.

In `nbgrader_config.py`, whose whole form is in the folder of the assignments:

    from lossbook.check.nbgrader import PREPROCESSORS
    c.Autograde.autograde_preprocessors = PREPROCESSORS
"""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from nbgrader.utils import is_grade
from traitlets import Float, Integer

from lossbook.check.grading import Mark, Notebook, grade, question_of


class Isolate(NbGraderPreprocessor):  # type: ignore[misc]
    """Grade a submission by the tests that the gradebook has, in place of its own.

    A test that fails gets an error as its output, from which nbgrader makes the score.
    """

    seconds = Float(10.0, help="How long a cell, or a test, may take.").tag(config=True)
    memory = Integer(2 * 2**30, help="How many bytes a submission may have.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Replace the outputs of all code cells by what grading found."""
        source = released(**resources["nbgrader"])
        marks = grade(nb, source, seconds=self.seconds, memory=self.memory)
        for remark in marks.remarks:
            self.log.warning("look at: %s", remark)
        found = {mark.question: mark for mark in marks.marks}
        for cell in nb.cells:
            if cell.cell_type == "code":
                mark = found.get(question_of(cell))
                cell.outputs = outputs(mark) if is_grade(cell) else []
        return nb, resources


def released(db_url: str, notebook: str, assignment: str, **_: Any) -> Notebook:
    """Return what the gradebook has of the teacher's notebook: its cells with a name."""
    with Gradebook(db_url) as gradebook:
        known = gradebook.find_notebook(notebook, assignment)
        points = {cell.name: cell.max_score for cell in known.grade_cells}
        solutions = {cell.name for cell in known.solution_cells}
        tasks = {cell.name for cell in known.task_cells}
        cells = [
            {
                "cell_type": cell.cell_type,
                "source": cell.source,
                "metadata": {
                    "nbgrader": {
                        "grade_id": cell.name,
                        "grade": cell.name in points,
                        "points": points.get(cell.name, 0),
                        "solution": cell.name in solutions,
                        "task": cell.name in tasks,
                        "locked": cell.locked,
                    }
                },
            }
            for cell in known.source_cells
        ]
    return {"cells": cells}


def outputs(mark: Mark | None) -> list[Any]:
    """Return the outputs that a graded cell would have: none where it earned its points."""
    if mark is None:  # nbgrader would give a cell without outputs all points
        mark = Mark("", 0.0, 1.0, message="Error: the teacher's notebook has no such test")
    if mark.points is None or mark.points >= mark.maximum:
        return []
    kind, _, message = mark.message.partition(": ")
    return [new_output("error", ename=kind, evalue=message, traceback=mark.message.splitlines())]


PREPROCESSORS = [
    Isolate,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
