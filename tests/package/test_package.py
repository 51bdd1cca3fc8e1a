"""The package as a whole: its names, its docstrings, what it needs, what it promises."""

import dataclasses
import inspect
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest
from cases import CASES

import lossbook as lb
from lossbook.losses.base import Loss

ROOT = Path(__file__).parents[2]
PUBLIC = {name: getattr(lb, name) for name in lb.__all__}
BASES = {"ClassLoss", "ElementwiseLoss", "Loss", "Model", "Optimizer", "Penalty", "Schedule"}
LOSSES = {
    name: kind
    for name, kind in PUBLIC.items()
    if inspect.isclass(kind) and issubclass(kind, Loss) and name not in BASES
}
every = pytest.mark.parametrize("name", PUBLIC)


def test_names_are_complete():
    assert len(set(lb.__all__)) == len(lb.__all__)
    assert {type(case.loss).__name__ for case in CASES} == set(LOSSES)


@every
def test_is_in_the_api_page(name):
    page = (ROOT / "book/api.md").read_text(encoding="utf-8")
    if name in LOSSES:
        assert f".. loss-classes:: {LOSSES[name].family}\n" in page
    else:
        assert re.search(rf"\b{name}\b", page)


@every
def test_docstring_has_an_example(name):
    doc = inspect.getdoc(PUBLIC[name])
    if not name.endswith(("Check", "Result", "History", "Verdict")):  # functions return these
        assert f">>> import {lb.__name__} as lb" in doc
        derived = rf"class \w+\(lb\.{name}\b"  # what a base is for
        assert re.search(derived if name in BASES else rf"lb\.{name}\(", doc)


@pytest.mark.parametrize("name", LOSSES)
def test_loss_gives_the_source_of_its_formula(name):
    doc = inspect.getdoc(LOSSES[name])
    assert "References\n----------" in doc
    assert re.search(r"\b1[789]\d\d\b|\b20\d\d\b|As for :class:", doc)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_loss_is_frozen_comparable_and_says_its_parameters(case):
    assert case.loss == dataclasses.replace(case.loss)
    assert hash(case.loss) == hash(dataclasses.replace(case.loss))
    assert eval(repr(case.loss), vars(lb)) == case.loss
    for field in dataclasses.fields(case.loss):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(case.loss, field.name, getattr(case.loss, field.name))


def test_what_type_checkers_see_is_what_there_is():
    stub = (Path(lb.__file__).parent / "__init__.pyi").read_text(encoding="utf-8")
    modules = re.findall(r"from (lossbook[\w.]*) import (\w+) as \2\n", stub)
    assert {name for _, name in modules} == {"check", "ops"}
    assert all(getattr(lb, name) is import_module(f"{home}.{name}") for home, name in modules)
    homes = re.findall(r"from (lossbook\.[\w.]+) import \(([^)]*)\)", stub)
    declared = {name: home for home, names in homes for name in re.findall(r"(\w+) as \1", names)}
    assert sorted(declared) == lb.__all__
    for name, home in declared.items():
        assert getattr(import_module(home), name) is getattr(lb, name)


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'MeanSquarredError'"):
        _ = lb.MeanSquarredError
    assert set(lb.__all__) <= set(dir(lb))


def imported_by(statement):
    code = f"import sys; {statement}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_it_imports_numpy_alone():
    extra = imported_by("import lossbook") - imported_by("import numpy")
    assert extra - set(sys.stdlib_module_names) == {"lossbook"}


def test_only_numpy_is_required():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [re.match(r"\w+", d)[0] for d in project["dependencies"]] == ["numpy"]


def test_versions_agree():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {lb.__version__}\n" in citation
    assert lb.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_lock_holds_what_the_ranges_name():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    wanted = {re.match(r"[\w.-]+", d)[0].lower().replace("_", "-") for d in named} - {"lossbook"}
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert wanted <= set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))


PLACES = ("*.md", "*/*.md", "book/*.ipynb", "lossbook/**/*.py", "assignments/*.py", ".ci/run")


def test_install_lines_can_work():
    """The package is on no index: pip gets it from the clone or the wheel, never by its name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"])
    stored = [path.read_text(encoding="utf-8") for place in PLACES for path in ROOT.glob(place)]
    texts = [text.replace("\\n", "\n").replace('\\"', '"') for text in stored]  # of notebooks
    lines = [line for text in texts for line in re.findall(r"pip install ([^`\n#]+)", text)]
    asked = [word.strip("'\",)") for line in lines for word in line.split()]
    ours = [word for word in asked if re.match(r"\.(\[|$)|.*\blossbook\b", word)]
    assert {".", ".[arrays]", "dist/lossbook-*.whl"} <= set(ours)
    for word in ours:
        source, extra = re.fullmatch(r"(.+?)(?:\[(.+)\])?", word).groups()
        assert source in {
            ".",
            "dist/lossbook-*.whl",
            f"dist/lossbook-{lb.__version__}-py3-none-any.whl",
            f"lossbook-{lb.__version__}-py3-none-any.whl",
        }
        assert extra is None or (extra in extras and "*" not in source)
    assert [text for text in texts if re.search(rf"\blossbook\[({'|'.join(extras)})", text)] == []


def test_typed():
    assert (Path(lb.__file__).parent / "py.typed").exists()
