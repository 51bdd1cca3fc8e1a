"""One assignment through nbgrader itself: released, submitted by ten, graded, exported."""

import csv
import getpass
import os
import subprocess
import sys
from pathlib import Path

import make
import nbformat
import pytest

ROOT = Path(__file__).parents[2]
ASSIGNMENT = "6-losses-for-amounts"
MAXIMUM = 12  # by the tests; two more are given by hand

SOURCE = make.read(ROOT / "assignments" / f"{ASSIGNMENT}.ipynb")
SOLUTIONS = {
    cell.metadata.nbgrader.grade_id: make.bare(cell.source)
    for cell in SOURCE.cells
    if make.marks_of(cell).get("solution")
}
WRONG = "def huber(y_true, y_pred):\n    return np.mean((y_pred - y_true) ** 2)"


UNSAYABLE = "raise ValueError('\\ud800')"  # no file can hold it


def nbgrader(course, *command, folder="."):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # Jupyter's own folders are those of this course, so that nothing outside is read or written.
    home = {key: str(course / "home") for key in ("HOME", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=course / folder,
        env={**os.environ, **home, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def answered(released, answers, extra=""):
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        question = make.marks_of(cell).get("grade_id")
        if question in answers and make.marks_of(cell)["solution"]:
            cell.source = answers[question]
    notebook.cells.append(nbformat.v4.new_code_cell(extra, id="extra"))
    return notebook


def hand_out_and_in(course):
    """Go through nbgrader's exchange as a teacher and as one student: whoever runs this."""
    for folder in ("exchange", "desk"):
        (course / folder).mkdir()
    (course / "exchange").chmod(0o777)  # as nbgrader asks for
    exchange = f"--Exchange.root={course / 'exchange'}"
    student = ("--course", "losses", exchange)
    nbgrader(course, "release_assignment", ASSIGNMENT, exchange)
    nbgrader(course, "fetch_assignment", ASSIGNMENT, *student, folder="desk")
    path = course / "desk" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    nbformat.write(answered(nbformat.read(path, as_version=4), SOLUTIONS), path)
    nbgrader(course, "submit", ASSIGNMENT, *student, folder="desk")
    nbgrader(course, "collect", ASSIGNMENT, exchange)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    make.main(["--nbgrader", str(course), "--seed", "5"])
    nbgrader(course, "generate_assignment", ASSIGNMENT)
    hand_out_and_in(course)
    path = course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    submissions = {
        "right": (SOLUTIONS, ""),
        "wrong": (SOLUTIONS | {"huber": WRONG}, ""),
        "endless": (SOLUTIONS, "while True:\n    pass"),
        "exits": (SOLUTIONS, "import os\nos._exit(0)"),
        "cheats": (
            {},
            "check.loss = check.gradient = lambda *a, **k: type('R', (), {'require': id})",
        ),
        "blank": ({}, ""),
        "says": (SOLUTIONS | {"huber": UNSAYABLE}, UNSAYABLE),
        "borrows": (SOLUTIONS | {"huber": "huber = lb.Huber(2.0)"}, ""),
        "deletes": (SOLUTIONS, ""),
    }
    for student, (answers, extra) in submissions.items():
        notebook = answered(nbformat.read(path, as_version=4), answers, extra)
        if student == "deletes":
            notebook.cells = [c for c in notebook.cells if not make.marks_of(c).get("grade")]
        to = course / "submitted" / student / ASSIGNMENT / path.name
        to.parent.mkdir(parents=True)
        nbformat.write(notebook, to)
    said = nbgrader(course, "autograde", ASSIGNMENT, "--Isolate.seconds=2.0")
    (course / "said.txt").write_text(said, encoding="utf-8")
    nbgrader(course, "generate_feedback", ASSIGNMENT)
    nbgrader(course, "export")
    return course


def test_release_has_neither_solutions_nor_hidden_tests(course):
    text = (course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    assert "YOUR CODE HERE" in text and "YOUR ANSWER HERE" in text
    for secret in ("SOLUTION", "HIDDEN", "np.quantile", "np.clip", "SEED", "a promise means"):
        assert secret not in text


def test_release_is_what_make_assignments_hands_out(course):
    """The two ways to make a student's notebook differ in nbgrader's own metadata alone."""
    path = course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    ours = make.for_students(make.with_variant(SOURCE, 5))
    theirs = nbformat.read(path, as_version=4)
    assert [cell.source.strip() for cell in theirs.cells] == [
        cell.source.strip() for cell in ours.cells
    ]


def test_marks_are_as_they_should_be(course):
    with (course / "grades.csv").open(encoding="utf-8") as file:
        rows = {r["student_id"]: r for r in csv.DictReader(file) if r["assignment"] == ASSIGNMENT}
    scores = {student: float(row["raw_score"]) for student, row in rows.items()}
    assert scores.pop(getpass.getuser()) == MAXIMUM  # through the exchange
    assert scores == {
        "right": MAXIMUM,
        "wrong": MAXIMUM - 3,  # Huber's loss
        "endless": MAXIMUM,
        "exits": MAXIMUM,
        "cheats": 0,
        "blank": 0,
        "says": MAXIMUM - 3,
        "borrows": MAXIMUM,
        "deletes": 0,
    }
    assert {float(row["max_score"]) for row in rows.values()} == {MAXIMUM + 2}


def test_the_teacher_is_told_what_to_look_at(course):
    said = (course / "said.txt").read_text(encoding="utf-8")
    assert said.count("look at: huber uses lossbook") == 1


def released_marks(course):
    from lossbook.check.nbgrader import released

    return released(f"sqlite:///{course / 'gradebook.db'}", ASSIGNMENT, ASSIGNMENT)


def test_tests_come_from_the_gradebook(course):
    """A submission's metadata could make a test of any cell, which runs beside the answers."""
    kept = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in released_marks(course)["cells"]
    }
    for cell in make.with_variant(SOURCE, 5).cells:
        marks = make.marks_of(cell)
        if not marks:
            continue
        there = kept.pop(marks["grade_id"])
        known = there["metadata"]["nbgrader"]
        assert there["cell_type"] == cell.cell_type
        for key in ("grade", "solution", "locked"):
            assert bool(known[key]) == bool(marks[key]), (marks["grade_id"], key)
        assert known["points"] == marks.get("points", 0)
        if not marks["solution"]:
            assert there["source"] == cell.source  # the hidden tests, too
    assert kept == {}


def test_a_test_that_the_teacher_has_not_set_earns_nothing(course, monkeypatch):
    from nbgrader.utils import determine_grade

    from lossbook.check.nbgrader import Isolate

    path = course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    forged = nbformat.v4.new_code_cell("import sys\nsys.modules['forged'] = 1")
    forged.metadata.nbgrader = {
        "grade_id": "mine",
        "grade": True,
        "solution": False,
        "locked": True,
        "points": 9,
    }
    notebook.cells.insert(0, forged)
    known = {
        "db_url": f"sqlite:///{course / 'gradebook.db'}",
        "notebook": ASSIGNMENT,
        "assignment": ASSIGNMENT,
        "student": "x",
    }
    graded, _ = Isolate().preprocess(notebook, {"nbgrader": known})
    assert "forged" not in sys.modules
    assert determine_grade(graded.cells[0]) == (0, 9)


def test_feedback_names_the_mistake(course):
    pages = course / "feedback"
    wrong = (pages / "wrong" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    right = (pages / "right" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "This is another loss." in wrong and "common mistakes" in wrong
    assert "This is another loss." not in right
