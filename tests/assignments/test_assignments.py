"""The assignments in all forms: solutions pass every test, gaps fail each, keys stay at home."""

import json
import re
import subprocess
import sys
from functools import cache

import make
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import lossbook as lb
from lossbook.check.grading import grade

PATHS = make.sources()
every = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
seeds = pytest.mark.parametrize("seed", [1, 20_261_125])
MANY = range(200)


read = cache(make.read)


@cache
def variant(path, seed):
    """Return the data of a variant, by name."""
    (cell,) = (cell for cell in read(path).cells if make.has_tag(cell, "variant"))
    return make.drawn(cell, seed)


@cache
def key(path, seed):
    return make.answers(make.with_variant(read(path), seed))


def test_there_are_six():
    assert [path.stem[0] for path in PATHS] == list("123456")


@every
def test_source_is_in_normal_form_and_in_nbgraders_format(path):
    notebook = make.read(path)
    nbformat.validate(notebook)
    marks = [make.marks_of(cell) for cell in notebook.cells]
    ids = [mark["grade_id"] for mark in marks if mark]
    assert len(set(ids)) == len(ids)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    for cell, mark in zip(notebook.cells, marks, strict=True):
        if mark.get("grade"):
            assert mark["points"] > 0
        if mark.get("solution") and cell.cell_type == "code":
            assert make.SOLUTION.search(cell.source)


@every
@seeds
def test_solutions_pass_every_test_and_gaps_fail_each(path, seed):
    source = make.without_rubric(make.with_variant(make.read(path), seed))
    right = grade(source, source)
    assert right.total == right.maximum and right.remarks == ()
    blank = grade(make.for_students(source), source)
    assert [mark.points or 0.0 for mark in blank.marks] == [0.0] * len(right.marks)


@every
def test_answers_of_another_variant_are_wrong(path):
    """Who copies numbers from a neighbour gets no points for them."""
    mine, theirs = (make.with_variant(make.read(path), seed) for seed in (1, 2))
    source, copied = make.without_rubric(mine), make.for_students(mine)
    for cell in copied.cells:
        name = make.marks_of(cell).get("grade_id")
        if name in (answers := make.answers(theirs)):
            cell.source = f"{name} = {answers[name]!r}"
    points = {mark.question: mark.points for mark in grade(copied, source).marks}
    assert [points[f"{name}-test"] for name in answers] == [0.0] * len(answers)


@every
@seeds
def test_students_get_no_solution_and_no_key(path, seed):
    source = make.read(path)
    handed_out = nbformat.writes(make.for_students(make.with_variant(source, seed)))
    for secret in ("SOLUTION", "HIDDEN", "SEED", "rubric", "To look for", '"answers"'):
        assert secret not in handed_out
    assert seed < 1000 or str(seed) not in handed_out
    for cell in source.cells:
        if make.marks_of(cell).get("solution"):
            for line in make.bare(cell.source).splitlines():
                told = "def " in line or '"""' in line or len(line) < 25
                assert told or json.dumps(line)[1:-1] not in handed_out
    answers = np.concatenate([np.ravel(value) for value in key(path, seed).values()])
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", handed_out)]
    given = np.concatenate([np.ravel(value) for value in variant(path, seed).values()])
    for answer in answers:
        if not np.isclose(given, answer, rtol=1e-6).any():  # a quantile is one of the data
            assert not np.isclose(numbers, answer, rtol=1e-4).any()


@every
def test_rubric_names_each_question_with_its_model_answer(path):
    notebook = make.read(path)
    text = make.rubric(notebook)
    for cell in notebook.cells:
        if make.marks_of(cell).get("grade"):
            assert f"| {make.marks_of(cell)['grade_id']} |" in text
        if make.marks_of(cell).get("solution"):
            assert make.bare(cell.source) in text
    assert text.count("## Question") == text.count("Model answer:") >= 5
    assert "### " not in text


@every
def test_text_names_what_is_asked_for(path):
    """The points in the text are those of the metadata, and each question says its number once."""
    notebook = make.read(path)
    heads = [c.source.splitlines()[0] for c in notebook.cells if c.source.startswith("## Question")]
    graded = [make.marks_of(c) for c in notebook.cells if make.marks_of(c).get("grade")]
    assert len(heads) == len(graded)
    for number, (head, mark) in enumerate(zip(heads, graded, strict=True), 1):
        assert head.startswith(f"## Question {number}: ")
        assert int(re.search(r"\((\d+) points?\)$", head)[1]) == mark["points"]


@every
def test_students_notebook_keeps_what_grading_looks_for(path):
    """As nbgrader locks it: tests and data cannot be edited by accident, no cell deleted."""
    for cell in make.for_students(make.with_variant(make.read(path), 1)).cells:
        marks = make.marks_of(cell)
        assert cell.metadata.get("deletable", True) is not bool(marks)
        assert cell.metadata.get("editable", True) is not bool(marks.get("locked"))
        assert max(map(len, cell.source.splitlines())) <= 110 or cell.cell_type == "markdown"


@every
def test_students_notebook_runs_from_top_to_bottom(path, tmp_path):
    """In a real kernel; what raises are the gaps and their tests, nothing else."""
    notebook = make.for_students(make.with_variant(make.read(path), 1))
    NotebookClient(notebook, timeout=60, allow_errors=True, kernel_name="python3").execute()
    for cell in notebook.cells:
        errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
        if make.marks_of(cell).get("grade") and cell.cell_type == "code":
            assert len(errors) == 1
        elif errors:
            assert make.STUB.splitlines()[0] in cell.source


@every
def test_solution_runs_in_a_real_kernel(path):
    notebook = make.executed(make.with_variant(make.read(path), 1))
    assert any(cell.get("execution_count") for cell in notebook.cells)


# --- variants: the same difficulty for everybody --------------------------------------------------
# What README.md says of them is tried on 200 seeds.


def ridge(given, penalty, cost=2 / 12):
    X, y = given["features"], given["targets"]
    return np.linalg.solve(cost * X.T @ X + penalty * np.eye(2), cost * X.T @ y)


def walk(given, steps, cost=2 / 10):
    X, y, w = given["features"], given["targets"], np.zeros(2)
    for _ in range(steps):
        w = w - given["rate"] * cost * X.T @ (X @ w - y)
    return w


def curvatures(given):
    return np.linalg.eigvalsh(given["hessian"])


def entropy(given, scores):
    return lb.SparseCategoricalCrossentropy(from_logits=True)(given["classes"], scores)


def scaled_probabilities(given):
    p = lb.softmax(given["scores"]) / given["temperature"]
    return -np.mean(np.log(p[range(6), given["classes"]]))


def certainty(given):
    """Return p (1 - p) of each sample."""
    return lb.sigmoid(given["logits"]) * lb.sigmoid(-given["logits"])


def constants(given, third):
    return [np.mean(given["waits"]), np.median(given["waits"]), third]


# The mistakes that the rubrics name. None of them is an answer, in any variant.
WRONG = {
    "push": {
        "no factor 2": lambda g: 1 / certainty(g).min(),
        "by the probability": lambda g: 1 / (2 * np.sqrt(certainty(g).min())),
        "another sample": lambda g: 1 / (2 * np.sort(certainty(g))[1]),
        "inverted": lambda g: 2 * certainty(g).min(),
    },
    "ridge": {
        "the sum of squares": lambda g: ridge(g, g["strength"], cost=1),
        "a mean with a half": lambda g: ridge(g, g["strength"], cost=1 / 12),
        "no half in the penalty": lambda g: ridge(g, 2 * g["strength"]),
        "strength times n": lambda g: ridge(g, 12 * g["strength"]),
        "no penalty": lambda g: ridge(g, 0.0),
    },
    "arrived": {
        "four steps": lambda g: walk(g, 4),
        "six steps": lambda g: walk(g, 6),
        "a mean with a half": lambda g: walk(g, 5, cost=1 / 10),
        "the minimum": lambda g: np.linalg.lstsq(g["features"], g["targets"])[0],
    },
    "largest_rate": {
        "1 in place of 2": lambda g: 1 / curvatures(g)[1],
        "the smallest": lambda g: 2 / curvatures(g)[0],
        "an entry": lambda g: 2 / g["hessian"].max(),
        "the other entry": lambda g: 2 / np.diag(g["hessian"]).min(),
    },
    "best_rate": {
        "for the steep one": lambda g: 1 / curvatures(g)[1],
        "for the flat one": lambda g: 1 / curvatures(g)[0],
        "half of it": lambda g: 1 / curvatures(g).sum(),
    },
    "cooled": {
        "multiplied": lambda g: entropy(g, g["scores"] * g["temperature"]),
        "not cooled": lambda g: entropy(g, g["scores"]),
        "the probabilities": scaled_probabilities,
    },
    "constants": {
        "interpolated": lambda g: constants(g, np.quantile(g["waits"], g["share"])),
        "the other side": lambda g: constants(
            g, np.quantile(g["waits"], 1 - g["share"], method="inverted_cdf")
        ),
        "one too low": lambda g: constants(g, np.sort(g["waits"])[int(g["share"] * 15) - 1]),
    },
}


def number_tests(path):
    """Return the answers that are numbers, with the code that tests them."""
    notebook = make.read(path)
    tests = {make.marks_of(c).get("grade_id"): make.bare(c.source) for c in notebook.cells}
    return {name: tests[f"{name}-test"] for name in notebook.metadata.lossbook.answers}


def accepted(test, given, name, answer):
    try:
        exec(test, {"np": np, "lb": lb, **given, name: answer})
    except AssertionError:
        return False
    return True


def in_four_digits(value):
    return [in_four_digits(v) for v in value] if isinstance(value, list) else float(f"{value:.4g}")


@every
def test_four_digits_are_enough(path):
    """The questions ask for four digits, so a right answer that is rounded to them counts."""
    for seed in MANY:
        given, right = variant(path, seed), key(path, seed)
        for name, test in number_tests(path).items():
            assert accepted(test, given, name, in_four_digits(right[name])), (seed, name)


@every
def test_no_known_mistake_is_an_answer(path):
    for name, test in number_tests(path).items():
        for mistake, wrong in WRONG[name].items():
            for seed in MANY:
                given = variant(path, seed)
                assert not accepted(test, given, name, wrong(given)), (seed, name, mistake)


@every
def test_variants_have_the_same_form_and_other_answers(path):
    shapes = {tuple((n, np.shape(v)) for n, v in variant(path, s).items()) for s in MANY}
    assert len(shapes) == 1
    for name in read(path).metadata.lossbook.answers:
        answers = np.array([np.ravel(key(path, seed)[name]) for seed in MANY])
        apart = np.abs(answers[:, None] / answers - 1).max(axis=2)
        # Of the pairs of neighbours, those in which one may copy from the other.
        assert np.mean(apart[np.triu_indices(len(MANY), 1)] < 1e-3) < 0.005


def data(number):
    return [variant(PATHS[number - 1], seed) for seed in MANY]


def test_variants_of_1():
    for given in data(1):
        assert given["labels"].tolist().count(1) == 4
        margins = np.sort(np.where(given["labels"] == 1, given["logits"], -given["logits"]))
        assert -5 <= margins[0] <= -3 and margins[1] >= -1 and margins[-1] <= 2.5


def test_variants_of_2():
    for given in data(2):
        assert 3.9 < np.linalg.cond(given["features"].T @ given["features"]) < 4.1
        assert 0.5 <= given["strength"] <= 2
        shrunk = np.linalg.norm(ridge(given, given["strength"])) / np.linalg.norm(ridge(given, 0))
        assert 0.4 < shrunk < 0.95


def test_variants_of_3():
    """The learning rate is stable, and after five steps the weights are still on their way."""
    for given in data(3):
        curvature = 2 / 10 * np.linalg.eigvalsh(given["features"].T @ given["features"])
        assert 0.1 <= given["rate"] <= 0.25 and given["rate"] * curvature.max() < 1
        assert (1 - given["rate"] * curvature.min()) ** 5 > 0.2
        assert 3.9 < curvature.max() / curvature.min() < 4.1


def test_variants_of_4():
    for given in data(4):
        assert np.array_equal(given["hessian"], given["hessian"].T)
        flat, steep = curvatures(given)
        assert 0.99 < flat < 2.01 and 2.9 < steep / flat < 5.1
        assert abs(given["hessian"][0, 1]) > 0.5  # so that no entry is an eigenvalue


def test_variants_of_5():
    for given in data(5):
        assert sorted(given["classes"]) == [0, 0, 1, 1, 2, 2]
        assert 1.5 <= given["temperature"] <= 4.0
        assert 0.3 < entropy(given, given["scores"] / given["temperature"]) < 4


def test_variants_of_6():
    """Each of the three constants is the only one: no quantile falls between two of the data."""
    for given in data(6):
        waits, share = given["waits"], given["share"]
        assert len(set(waits)) == len(waits) == 15
        assert waits.min() > 3 and waits.max() < 70
        assert abs(share * 15 - round(share * 15)) > 0.1
        # The few long ones pull the mean up, as the last question has it.
        assert 1.2 < waits.mean() / np.median(waits) < 1.7


def test_seed_of_a_name_needs_the_secret():
    assert make.seed_of("Ada", "one") == make.seed_of("Ada", "one")
    assert make.seed_of("Ada", "one") != make.seed_of("Ada", "two")
    assert make.seed_of("Ada", "one") != make.seed_of("Bob", "one")


# --- the commands ---------------------------------------------------------------------------------


def test_command_makes_a_class_that_can_be_graded(tmp_path):
    (tmp_path / "class.txt").write_text("Ada Lovelace\nEmmy Noether\n\n", encoding="utf-8")
    options = ["--class", "class.txt", "--secret", "word", "--out", "out", "--no-execute"]
    command = [sys.executable, str(make.HERE / "make.py"), *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "6 assignments for 2" in done.stdout
    out = tmp_path / "out"
    names = {p.name for p in (out / "student").iterdir()}
    assert len(names) == 12 and "2-penalties-Ada_Lovelace.ipynb" in names
    assert names == {p.name for p in (out / "source").iterdir()}
    assert len(list((out / "key").iterdir())) == 12 and len(list((out / "rubric").iterdir())) == 6
    ada, emmy = (
        json.loads((out / "key" / f"2-penalties-{name}.json").read_text())["ridge"]
        for name in ("Ada_Lovelace", "Emmy_Noether")
    )
    assert not np.allclose(ada, emmy, rtol=1e-3)
    submission = "out/source/2-penalties-Ada_Lovelace.ipynb"
    graded = subprocess.run(
        [sys.executable, "-m", "lossbook.check", "out/source", submission],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "2-penalties-Ada_Lovelace: 11 of 11" in graded.stdout


def test_command_refuses_what_would_give_keys_away(tmp_path):
    with pytest.raises(SystemExit):
        make.main(["--class", "class.txt", "--out", str(tmp_path)])
    for two in ("Ada\nAda\n", "Ada B\nada.b\n", "Zo\u00eb\nZoe\u0308\n"):
        (tmp_path / "class.txt").write_text(two, encoding="utf-8")
        with pytest.raises(ValueError, match="expected names that differ in letters and digits"):
            make.class_list(tmp_path / "class.txt", "word")
    (tmp_path / "class.txt").write_text("\n")
    with pytest.raises(ValueError, match="expected a name on each line"):
        make.class_list(tmp_path / "class.txt", "word")


def test_variant_cells_are_checked():
    cell = nbformat.v4.new_code_cell("rng = 1")
    with pytest.raises(ValueError, match="expected SEED = 0"):
        make.drawn(cell, 1)
    with pytest.raises(TypeError, match="expected numbers and arrays"):
        make.literal("text")


@every
def test_readme_has_the_points(path):
    graded = [make.marks_of(cell) for cell in make.read(path).cells]
    by_tests = sum(m["points"] for m in graded if m.get("grade") and not m["solution"])
    by_hand = sum(m["points"] for m in graded if m.get("grade") and m["solution"])
    text = (make.HERE / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| {path.stem} \| .* \| {by_tests} \| {by_hand} \|$", text, re.MULTILINE)
