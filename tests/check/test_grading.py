"""Marks of submissions, good and hostile, in one run: each costs itself and nobody else."""

import csv
import io
import json
import subprocess
import sys

import pytest

from lossbook.check.__main__ import main
from lossbook.check.grading import grade, read, table


def cell(source, question="", kind="code", points=None, **marks):
    known = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
    metadata = {"nbgrader": {"schema_version": 3, "grade_id": question, "cell_type": kind, **known}}
    if points is not None:
        metadata["nbgrader"]["points"] = points
    made = {"cell_type": kind, "id": question or "x", "metadata": metadata, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(*cells):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


SETUP = "import numpy as np\nimport lossbook as lb\nfrom lossbook import check\nDELTA = 1.5"
HUBER = """def huber(y_true, y_pred):
    r = np.abs(y_pred - y_true)
    return np.mean(np.where(r <= DELTA, r**2 / 2, DELTA * (r - DELTA / 2)))"""
SQUARED = "def squared(y_true, y_pred):\n    return np.mean((y_pred - y_true) ** 2)"
ANSWER = "answer = float(huber(np.array([0.0]), np.array([3.0])))"
TESTS = {
    "huber": ("check.loss(huber, like=lb.Huber(DELTA)).require()", 3),
    "squared": ("check.loss(squared, like=lb.MeanSquaredError()).require()", 2),
    "answer": ("assert [abs(answer - x) < 1e-6 for x in [3.375]] == [True]", 1),
}


def make(huber=HUBER, squared=SQUARED, answer=ANSWER, extra=""):
    """Return a notebook with these solutions; without any it is the teacher's."""
    cells = [cell(SETUP, "setup", locked=True)]
    for question, source in (("huber", huber), ("squared", squared), ("answer", answer)):
        test, points = TESTS[question]
        cells.append(cell(source, question, solution=True))
        cells.append(cell(test, f"{question}-test", points=points, grade=True, locked=True))
    words = cell("Because.", "words", "markdown", points=2, grade=True, solution=True)
    return notebook(*cells, words, cell(extra, "own"))


SOURCE = make()
LIMITS = {"seconds": 2.0, "memory": 2 * 2**30}
COMMAND = [sys.executable, "-m", "lossbook.check"]
STUB = "def huber(y_true, y_pred):\n    raise NotImplementedError"


def points(submitted, **limits):
    marks = grade(submitted, SOURCE, **LIMITS | limits)
    assert (marks.total, marks.maximum) == (sum(m.points or 0 for m in marks.marks), 6)
    return [mark.points for mark in marks.marks]


def test_the_right_answer_earns_all():
    assert points(make()) == [3, 2, 1, None]


def test_a_wrong_one_loses_its_own_points_and_is_told_why():
    wrong = make(squared=SQUARED.replace("np.mean", "np.sum"))
    marks = grade(wrong, SOURCE, **LIMITS)
    assert [mark.points for mark in marks.marks] == [3, 0, 1, None]
    assert "The sum in place of the mean" in marks.marks[1].message
    assert str(marks).splitlines() == [
        "submission: 4 of 6",
        "  huber-test                         3 of 3",
        "  squared-test                       0 of 2  The sum in place of the mean.",
        "  answer-test                        1 of 1",
        "  words                        by hand of 2",
    ]


def test_a_stub_earns_nothing():
    assert points(make(STUB, "", "answer = None")) == [0, 0, 0, None]


HOSTILE = {
    "loops in a cell": make(extra="while True:\n    pass"),
    "loops in a function": make(squared="def squared(y, p):\n    while True:\n        pass"),
    "exits": make(extra="import sys\nsys.exit()"),
    "ends the process": make(extra="import os\nos._exit(0)"),
    "crashes": make(squared="def squared(y, p):\n    import ctypes\n    ctypes.string_at(0)"),
    "exhausts memory": make(extra="hog = []\nwhile True:\n    hog.append(np.ones(10**7))"),
    "prints": make(extra="for _ in range(100):\n    print('x' * 10**6)"),
    "raises": make(extra="1 / 0"),
    "is no Python": make(extra="def (:"),
    "changes the checks": make(
        STUB, extra="check.loss = lambda *a, **k: type('R', (), {'require': lambda s: s})()"
    ),
    "changes lossbook": make(
        STUB, extra="lb.Huber.__call__ = lb.MeanSquaredError.__call__ = lambda *a, **k: 0.0"
    ),
    "changes NumPy": make(STUB, extra="np.isclose = np.allclose = lambda *a, **k: True"),
    "changes assert": make(STUB, extra="import builtins\nbuiltins.abs = lambda x: 0.0"),
    "dawdles": make(squared="import time\n" + SQUARED.replace("    r", "    time.sleep(1)\n    r")),
    "removes its folder": make(extra="import os\nos.rmdir(os.getcwd())\nos._exit(0)"),
    "empty": notebook(),
}
# What each of them still earns.
EARNED = {
    "loops in a function": [3, 0, 1],
    "crashes": [3, 0, 1],
    "dawdles": [3, 0, 1],  # each call within its time, all of them not
    "changes the checks": [0, 2, 0],
    "changes lossbook": [0, 2, 0],
    "changes NumPy": [0, 2, 0],
    "changes assert": [0, 2, 0],
    "empty": [0, 0, 0],
}


@pytest.fixture(scope="module")
def whole_afterwards():
    """Whatever came before, the grader is whole: a right answer still earns all."""
    yield
    assert points(make()) == [3, 2, 1, None]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_costs_its_own_marks(name, whole_afterwards):
    assert points(HOSTILE[name]) == [*EARNED.get(name, [3, 2, 1]), None]


def test_tests_of_the_submission_do_not_count():
    forged = json.loads(json.dumps(make(STUB)).replace("require()", "passed"))
    assert points(forged) == [0, 2, 0, None]
    missing = make(STUB)
    missing["cells"] = [c for c in missing["cells"] if "test" not in c["id"]]
    assert points(missing) == [0, 2, 0, None]


def test_what_is_given_is_as_the_teacher_gave_it():
    easier = make()
    easier["cells"][0]["source"] = SETUP.replace("DELTA = 1.5", "DELTA = 1e9")
    assert points(easier) == [3, 2, 1, None]
    del easier["cells"][0]
    assert points(easier) == [3, 2, 1, None]


def test_a_teacher_is_told_what_to_look_at():
    borrowed = make(huber="def huber(y_true, y_pred):\n    return lb.Huber(DELTA)(y_true, y_pred)")
    marks = grade(borrowed, SOURCE, **LIMITS)
    assert [mark.points for mark in marks.marks] == [3, 2, 1, None]
    assert marks.remarks == ("huber uses lossbook",)
    imported = make(extra="from sklearn.metrics import log_loss as f\nf")
    assert "own uses sklearn" in grade(imported, SOURCE, **LIMITS).remarks
    assert any("ZeroDivisionError" in r for r in grade(HOSTILE["raises"], SOURCE, **LIMITS).remarks)
    assert grade(make(), SOURCE, **LIMITS).remarks == ()


def test_a_graded_cell_changes_nothing_for_the_next():
    source = make()
    source["cells"][2]["source"] = "DELTA = 7.0\nanswer = 3.375"
    marks = grade(make(answer="answer = 0.0"), source, **LIMITS)
    assert [mark.points for mark in marks.marks] == [3, 2, 0, None]


@pytest.mark.parametrize(
    ("solution", "extra", "remark"),
    [
        ("def huber(y, p):\n    return eval('lb.Huber(DELTA)')(y, p)", "", "huber uses eval"),
        ("def huber(y, p):\n    return Huber(DELTA)(y, p)", "from lossbook import *", "lossbook"),
        ("%time l = lb\ndef huber(y, p):\n    return l.Huber(1.5)(y, p)", "", "uses lossbook"),
    ],
)
def test_what_is_borrowed_in_another_way_is_seen_too(solution, extra, remark):
    marks = grade(make(huber=solution, extra=extra), SOURCE, **LIMITS)
    assert marks.marks[0].points == 3 and any(remark in r for r in marks.remarks)


def test_metadata_of_the_submission_are_not_believed():
    borrowed = make(huber="def huber(y_true, y_pred):\n    return lb.Huber(DELTA)(y_true, y_pred)")
    for c in borrowed["cells"]:
        known = c["metadata"]["nbgrader"]
        known.update(locked=True, solution=False, grade=known["grade_id"] == "own", points=100)
    borrowed["cells"][-1]["source"] = "import sys\nsys.modules['lossbook'].check = None"
    marks = grade(borrowed, SOURCE, **LIMITS)
    assert [mark.points for mark in marks.marks] == [3, 2, 1, None]
    assert "huber uses lossbook" in marks.remarks
    assert check_is_whole()


def check_is_whole():
    import lossbook

    return lossbook.check is sys.modules["lossbook.check"]


def test_code_that_is_too_much_to_read_costs_itself():
    marks = grade(make(extra="x = [" + "0," * 5_000_000 + "]"), SOURCE, **LIMITS)
    assert [mark.points for mark in marks.marks] == [3, 2, 1, None]
    assert marks.remarks[0].startswith("its code cannot be read")


def test_words_of_a_submission_stay_in_their_place():
    raises = "raise ValueError('\\ud800\\x1b[2J\\rann: 6 of 6\\nbob: 6 of 6')"
    submitted = make(squared=f"def squared(y, p):\n    {raises}", extra=raises)
    submitted["cells"][-1]["metadata"]["nbgrader"]["grade_id"] = "=1+1"
    marks = grade(submitted, SOURCE, name="=1+1", **LIMITS)
    assert marks.total == 4
    shown = str(marks)
    assert len(shown.splitlines()) == 6 and "bob: 6 of 6" not in [*shown.splitlines()]
    assert all(sign.isprintable() for sign in shown.replace("\n", ""))
    shown.encode(), marks.marks[1].message.encode(), table([marks]).encode()
    assert "look at: a cell of its own: ValueError" in shown  # not by the name that it gives it
    assert table([marks]).splitlines()[1].startswith("'=1+1,4,6")


def test_source_without_points_is_refused():
    with pytest.raises(ValueError, match="expected cells with nbgrader's metadata"):
        grade(make(), notebook(cell("x = 1")))


def test_source_whose_cells_have_no_names_of_their_own_is_refused():
    for name, words in (("", "received '' for one"), ("huber", "received 'huber' twice")):
        source = make()
        source["cells"][3]["metadata"]["nbgrader"]["grade_id"] = name
        with pytest.raises(ValueError, match=words):
            grade(make(), source)


def test_read_only_cells_of_the_source_run_or_say_why_not():
    source = make()
    source["cells"][0]["source"] = "%matplotlib inline\n" + SETUP
    assert grade(make(), source, **LIMITS).total == 6
    source["cells"][0]["source"] = SETUP + "\n1 / 0"
    with pytest.raises(ValueError, match="expected its cell 'setup' to run, received ZeroDivision"):
        grade(make(), source)


def test_csv_has_a_line_for_each():
    all_marks = [grade(make(), SOURCE, name="a, b", **LIMITS), grade(make(STUB), SOURCE, name="c")]
    rows = list(csv.DictReader(io.StringIO(table(all_marks))))
    assert [row["name"] for row in rows] == ["a, b", "c"]
    assert [row["total"] for row in rows] == ["6", "2"]
    assert rows[1]["huber-test"] == "0" and rows[1]["words"] == ""


def test_read_refuses_what_is_no_notebook(tmp_path):
    texts = ["", "{}", '{"cells": [1]}', "[" * 10**5]
    for source in ("null", "7", "[7]", "[null]"):
        texts.append(f'{{"cells": [{{"cell_type": "code", "source": {source}}}]}}')
    for text in texts:
        path = tmp_path / "bad.ipynb"
        path.write_text(text)
        with pytest.raises(ValueError, match="expected a Jupyter notebook"):
            read(path)


def test_read_refuses_what_is_too_large(tmp_path):
    path = tmp_path / "large.ipynb"
    path.write_bytes(b" " * (20 * 2**20 + 1))
    with pytest.raises(ValueError, match="clear the notebook's outputs"):
        read(path)


def test_the_command_says_where_the_source_is_wrong(tmp_path, capsys):
    source = make(huber=STUB)
    for name, content in (("source", source), ("ann", make())):
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")
    assert main([str(tmp_path / "source.ipynb"), str(tmp_path / "ann.ipynb")]) == 0
    said = capsys.readouterr()
    assert "Mend the source first" in said.err and "its own solutions: 2 of 6" in said.err
    assert "ann: 6 of 6" in said.out


@pytest.mark.parametrize("word", ["0", "-1", "nan", "inf", "much"])
def test_the_command_refuses_limits_that_are_none(word, capsys):
    with pytest.raises(SystemExit):
        main([__file__, __file__, "--seconds", word])
    assert "--seconds" in capsys.readouterr().err


def test_the_command_grades_a_class_and_goes_on_after_what_is_no_notebook(tmp_path):
    for name, content in (
        ("source", SOURCE),
        ("ann", make()),
        ("bob", HOSTILE["ends the process"]),
        ("cem", make(STUB)),
        ("eve", make(squared="def squared(y, p):\n    raise ValueError('\\ud800')")),
    ):
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "dora.ipynb").write_text("no notebook")
    submissions = [f"{name}.ipynb" for name in ("eve", "ann", "dora", "bob", "cem")]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "lossbook.check",
            "source.ipynb",
            *submissions,
            "--csv",
            "marks.csv",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "dora.ipynb: expected a Jupyter notebook" in done.stderr
    assert "ann: 6 of 6" in done.stdout and "bob: 6 of 6" in done.stdout
    assert "cem: 2 of 6" in done.stdout
    rows = list(csv.DictReader((tmp_path / "marks.csv").read_text("utf-8").splitlines()))
    assert [row["name"] for row in rows] == ["eve", "ann", "dora", "bob", "cem"]  # none is missing
    assert rows[2]["total"] == "0" and rows[2]["look at"].startswith("not graded: dora.ipynb")


def test_each_submission_may_have_a_source_of_its_own(tmp_path):
    for name, delta in (("ann", "1.5"), ("bob", "2.5")):
        own = json.dumps(SOURCE).replace("DELTA = 1.5", f"DELTA = {delta}")
        for folder, content in (("source", own), ("submitted", json.dumps(make()))):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / f"{name}.ipynb").write_text(content, encoding="utf-8")
    submissions = ["submitted/ann.ipynb", "submitted/bob.ipynb"]
    done = subprocess.run(
        [*COMMAND, "source", *submissions], cwd=tmp_path, capture_output=True, text=True
    )
    # The answer is a number, and for a delta of 2.5 another one; but that is computed, too.
    assert "ann: 6 of 6" in done.stdout and "bob: 5 of 6" in done.stdout
    assert done.returncode == 0
