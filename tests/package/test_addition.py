"""CONTRIBUTING's section "Add a loss", followed to the letter in a copy of the repository.

The class, its name and its row are taken from the page. In the copy the new loss must pass the
tests of every loss, be checked and graded rightly, and be differentiated by other libraries; and it
must be gone again when the same three places are.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = {"PseudoHuber": "regression", "Brier": "classification"}

CHECKS = """
import sys
import numpy as np
import lossbook as lb

def pseudo_huber(y, p):
    return (1 + (p - y) ** 2) ** 0.5 - 1

def brier(y, p):
    return sum((b - a) ** 2 for a, b in zip(y, p))

rng = np.random.default_rng(0)
rows = rng.dirichlet(np.ones(4), 7)
for loss, one, y, p in (
    (lb.PseudoHuber(), pseudo_huber, rng.normal(size=7), rng.normal(size=7)),
    (lb.Brier(), brier, np.eye(4)[rng.integers(0, 4, 7)], rows),
):
    def with_a_loop(y_true, y_pred):
        total = 0.0
        for a, b in zip(y_true, y_pred):
            total += one(a, b)
        return total / len(y_true)

    def summed(y_true, y_pred):
        return sum(one(a, b) for a, b in zip(y_true, y_pred))

    report = lb.check.loss(with_a_loop, like=loss)
    assert report, report
    assert lb.check.loss(summed, like=loss).mistake.key == "forgot-mean"
    assert lb.check.gradient(lambda y, p: loss.gradient(y, p), of=loss)
    expected = loss.gradient(y, p)
    if "torch" in sys.argv:
        import torch
        leaf = torch.tensor(p, requires_grad=True)
        loss(torch.tensor(y), leaf).backward()
        np.testing.assert_allclose(leaf.grad.numpy(), expected, rtol=1e-12, atol=1e-15)
    if "jax" in sys.argv:
        import jax
        jax.config.update("jax_enable_x64", True)
        found = jax.grad(lambda p: loss(jax.numpy.asarray(y), p))(jax.numpy.asarray(p))
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12, atol=1e-15)
"""


def blocks(language):
    """Return the blocks of code on the page, as the files have them."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PAGE, re.M | re.S)
    return ["\n".join(line[len(indent) :] for line in code.split("\n")) for indent, code in found]


def one_of(found, start):
    (block,) = [block for block in found if block.lstrip().startswith(start)]
    return block


def python(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def public_names(folder):
    run = python(folder, "-c", "import lossbook; print(*lossbook.__all__)")
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def changed(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A copy of the repository with the two losses, and the edits that brought them."""
    folder = tmp_path_factory.mktemp("scratch")
    rubbish = shutil.ignore_patterns("__pycache__", "site")
    for name in ("lossbook", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=rubbish)
    shutil.copy(ROOT / "pyproject.toml", folder)
    edits = []
    for name, file in FILES.items():
        declaration = one_of(blocks("python"), f"@dataclass(frozen=True)\nclass {name}(")
        path = folder / f"lossbook/losses/{file}.py"
        text = path.read_text(encoding="utf-8")
        end = text[-200:]
        edits.append((path, end, f"{end}\n\n{declaration}"))
        head = f"from lossbook.losses.{file} import (\n"
        export = f"    {name} as {name},\n"
        edits.append((folder / "lossbook/__init__.pyi", head, head + export))
        row = one_of(blocks("text"), f"Case(\n        loss=lb.{name}(")
        edits.append((folder / "tests/cases.py", "\nCASES = [\n", f"\nCASES = [\n{row}"))
    definition = one_of(blocks("text"), "def pseudo_huber(")
    start = "# --- what several rows share"
    edits.append((folder / "tests/cases.py", start, f"{definition}\n\n{start}"))
    assert f"\n{one_of(blocks('text'), 'PseudoHuber as')}" == "\n    PseudoHuber as PseudoHuber,\n"
    for edit in edits:
        changed(*edit)
    return folder, edits


def test_the_new_losses_pass_the_tests_of_every_loss(scratch):
    folder, _ = scratch
    tests = [f"tests/{room}" for room in ("contracts", "engines", "losses")]
    tests += ["--doctest-modules", "lossbook/losses"]  # the examples of their docstrings, too
    options = ("-q", "-p", "no:cacheprovider", "-k", "PseudoHuber or Brier")
    run = python(folder, "-m", "pytest", *options, *tests)
    assert run.returncode == 0, run.stdout[-5000:]
    assert int(re.search(r"(\d+) passed", run.stdout)[1]) >= 50, run.stdout


def test_they_are_checked_and_differentiated(scratch):
    folder, _ = scratch
    there = [name for name in ("torch", "jax") if has(name)]
    run = python(folder, "-c", dedent(CHECKS), *there)
    assert run.returncode == 0, run.stderr[-3000:]


def has(name):
    from importlib.util import find_spec

    return find_spec(name) is not None


def test_they_are_gone_when_the_three_places_are(scratch):
    folder, edits = scratch
    assert public_names(folder) == public_names(ROOT) | set(FILES)
    for path, old, new in reversed(edits):
        changed(path, new, old)
    assert public_names(folder) == public_names(ROOT)
    for path, _, _ in edits:
        assert path.read_bytes() == (ROOT / path.relative_to(folder)).read_bytes()
