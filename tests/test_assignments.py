"""The assignments in all forms: solutions pass every test, gaps fail each, keys stay at home."""

import json
import re
import subprocess
import sys

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


def variant(path, seed):
    """Return the data of a variant, by name."""
    (cell,) = (cell for cell in make.read(path).cells if make.has_tag(cell, "variant"))
    return make.drawn(cell, seed)


def key(path, seed):
    return make.answers(make.with_variant(make.read(path), seed))


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
    for secret in ("SOLUTION", "HIDDEN", "SEED", "default_rng(20", "rubric", "To look for"):
        assert secret not in handed_out
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


@every
def test_variants_have_the_same_form_and_other_answers(path):
    shapes = {tuple((n, np.shape(v)) for n, v in variant(path, s).items()) for s in range(20)}
    assert len(shapes) == 1
    answers = {json.dumps(key(path, seed)) for seed in range(20)}
    assert len(answers) == 20


def data(number):
    return [variant(PATHS[number - 1], seed) for seed in MANY]


def test_variants_of_1():
    for given in data(1):
        amounts = np.sort(given["amounts"])
        assert amounts[-1] >= 40 and amounts[-2] <= 8  # one wild value
        assert given["labels"].sum() == 4
        assert (given["chances"] > 0).all() and (given["chances"] < 1).all()


def test_variants_of_2():
    for given in data(2):
        assert 3 < np.linalg.cond(given["features"].T @ given["features"]) < 5
        assert 0.5 <= given["strength"] <= 2


def test_variants_of_3():
    """The learning rate is stable, and after five steps the weights are still on their way."""
    for given in data(3):
        curvature = 2 / 10 * np.linalg.eigvalsh(given["features"].T @ given["features"])
        assert 0.1 < given["rate"] * curvature.max() < 1
        assert (1 - given["rate"] * curvature.min()) ** 5 > 0.2


def test_variants_of_4():
    for given in data(4):
        smallest, largest = np.linalg.eigvalsh(given["hessian"])
        assert 0.9 < smallest < 2.1 and 3.9 < largest < 8.1
        assert abs(given["hessian"][0, 1]) < 4


def test_variants_of_5():
    for given in data(5):
        assert sorted(given["classes"]) == [0, 0, 1, 1, 2, 2]
        assert 1.5 <= given["temperature"] <= 4.0
        loss = lb.SparseCategoricalCrossentropy(from_logits=True)
        assert 0.3 < loss(given["classes"], given["scores"] / given["temperature"]) < 4


def test_variants_of_6():
    """Each of the three constants is the only one: no quantile falls between two of the data."""
    for given in data(6):
        waits, share = given["waits"], given["share"]
        assert len(set(waits)) == len(waits) == 15
        assert abs(share * 15 - round(share * 15)) > 0.1
        mean, median = waits.mean(), np.median(waits)
        assert mean != median and np.quantile(waits, share, method="inverted_cdf") > median


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
    (tmp_path / "class.txt").write_text("Ada\nAda\n")
    with pytest.raises(ValueError, match="received 'Ada' twice"):
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
