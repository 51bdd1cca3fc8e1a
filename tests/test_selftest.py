"""The stored values are those of the definitions, and the self-test sees a formula that is not."""

import json
import subprocess
import sys

import numpy as np
import pytest
import selftest_table

import lossbook as lb
from lossbook import _selftest
from lossbook.__main__ import main


def test_stored_values_are_those_of_the_definitions():
    """Text beside text: what the generator gives now is what is stored."""
    assert selftest_table.TABLE.read_text(encoding="utf-8") == selftest_table.table()


def test_every_loss_and_activation_is_in_it():
    stored = {entry["name"] for entry in _selftest.table()}
    losses = {name for name in lb.__all__ if hasattr(getattr(lb, name), "value_and_gradient")}
    penalties = {"L1", "L2", "ElasticNet"}
    assert stored == losses - penalties | {"sigmoid", "softmax", "log_softmax", "log_sum_exp"}


def test_it_passes(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lossbook"])
    assert main() == 0
    said = capsys.readouterr().out
    assert f"lossbook {lb.__version__}" in said
    assert f"numpy             {np.__version__}" in said
    assert said.rstrip().endswith(f"agree to {_selftest.TOLERANCE:g}.")


@pytest.mark.parametrize("method", ["_value", "_derivative"])
def test_a_wrong_formula_fails(capsys, monkeypatch, method):
    right = getattr(lb.MeanSquaredError, method)
    slightly = 1 + 1e-12
    monkeypatch.setattr(lb.MeanSquaredError, method, lambda *given: slightly * right(*given))
    monkeypatch.setattr(sys, "argv", ["lossbook"])
    assert main() == 1
    said = capsys.readouterr().out
    assert "FAILED: MeanSquaredError differ" in said
    assert said.count("WRONG") == 1


def test_nan_and_a_wrong_shape_fail():
    assert _selftest.error(np.nan, "1.0") == np.inf
    assert _selftest.error([1.0, 2.0], ["1.0"]) == np.inf
    assert _selftest.error(1.0, "1.00000000000000000001") == 0


def test_nothing_but_numpy_is_imported():
    code = (
        "import runpy, sys\nsys.argv = ['lossbook']\n"
        "try:\n    runpy.run_module('lossbook', run_name='__main__')\n"
        "except SystemExit as done:\n    assert done.code == 0\n"
        "import json\nprint(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(json.loads(run.stdout.splitlines()[-1]))
    started = subprocess.run(
        [sys.executable, "-c", "import sys, numpy; print(*{m.split('.')[0] for m in sys.modules})"],
        capture_output=True,
        text=True,
        check=True,
    )
    extra = modules - set(started.stdout.split()) - set(sys.stdlib_module_names)
    assert extra <= {"lossbook", "__main__"}
