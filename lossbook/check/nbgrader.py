"""Autograding for nbgrader in a process of its own, in place of a kernel: needs nbgrader.

In `nbgrader_config.py`, whose whole form is in the folder of the assignments:

    from lossbook.check.nbgrader import PREPROCESSORS
    c.Autograde.autograde_preprocessors = PREPROCESSORS
"""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat.v4 import new_output
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from traitlets import Float, Integer

from lossbook.check.grading import grade, question_of


class Isolate(NbGraderPreprocessor):  # type: ignore[misc]
    """Grade a submission whose tests nbgrader has restored from the teacher's notebook.

    A test that fails gets an error as its output, from which nbgrader makes the score.
    """

    seconds = Float(10.0, help="How long a cell, or a call, may take.").tag(config=True)
    memory = Integer(2 * 2**30, help="How many bytes a submission may have.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Replace the outputs of all code cells by what grading found."""
        marks = grade(nb, nb, seconds=self.seconds, memory=self.memory)
        for remark in marks.remarks:
            self.log.warning("look at: %s", remark)
        found = {mark.question: mark for mark in marks.marks}
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            cell.outputs = []
            mark = found.get(question_of(cell))
            if mark is not None and mark.points is not None and mark.points < mark.maximum:
                kind, _, message = mark.message.partition(": ")
                error = {"ename": kind, "evalue": message, "traceback": mark.message.splitlines()}
                cell.outputs = [new_output("error", **error)]
        return nb, resources


PREPROCESSORS = [
    Isolate,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
