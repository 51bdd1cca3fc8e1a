"""The stored values are those of the definitions, and the self-test sees a formula that is not."""

import inspect
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from cases import IDS

import lossbook as lb
from lossbook.__main__ import main
from lossbook.evidence import selftest
from lossbook.losses.base import Loss
from lossbook.training import schedules

TABLE = selftest.table()


def test_stored_values_are_those_of_the_definitions():
    """The inputs are taken as stored: another NumPy may draw others."""
    pytest.importorskip("keras", reason="the definitions stand beside Keras's")
    import selftest_table

    for entry in TABLE:
        call = {key: value for key, value in entry.items() if key != "results"}
        assert entry["results"] == selftest_table.expected(call), call


def test_everything_with_a_formula_is_in_it():
    pytest.importorskip("keras", reason="the list of losses' parameters stands beside Keras's")
    import selftest_table

    def names(calls):
        return [(call["kind"], call["name"], json.dumps(call.get("parameters"))) for call in calls]

    losses = [entry for entry in TABLE if entry["kind"] == "loss"]
    assert {entry["case"] for entry in losses} == set(IDS)
    assert names(TABLE[len(losses) :]) == names(selftest_table.other_calls())
    classes = {n: getattr(lb, n) for n in lb.__all__ if inspect.isclass(getattr(lb, n))}
    homes = ("lossbook.penalties", "lossbook.training.optimizers", "lossbook.training.schedules")
    formulas = {n for n, c in classes.items() if issubclass(c, Loss) or c.__module__ in homes}
    # One is a constant, the other a rule about metrics.
    formulas -= {"ConstantSchedule", "ReduceLROnPlateau"}
    formulas -= {
        "ClassLoss",
        "ElementwiseLoss",
        "Loss",
        "Optimizer",
        "Penalty",
        "Schedule",
    }  # bases
    activations = {"sigmoid", "softmax", "log_softmax", "log_sum_exp"}
    assert {entry["name"] for entry in TABLE} == formulas | activations


def said_by(capsys, status):
    assert main([]) == status
    return capsys.readouterr().out


def test_it_passes(capsys):
    said = said_by(capsys, 0)
    assert said.startswith(f"lossbook {lb.__version__}, Python ")
    assert f"NumPy {np.__version__}" in said
    assert said.count("   pass\n") == 7
    assert said.endswith(f"\nAll {len(list(selftest.run()))} results agree.\n")


SLIGHTLY = 1 + 1e-12


@pytest.mark.parametrize(
    ("home", "name", "change", "group"),
    [
        (lb.MeanSquaredError, "_value", SLIGHTLY, "losses"),
        (lb.MeanSquaredError, "_derivative", 2.1 / 2, "gradients of losses"),
        (lb.LogCosh, "_derivative", SLIGHTLY, "gradients of losses"),
        (lb.L2, "__call__", SLIGHTLY, "penalties"),
        (lb.ElasticNet, "gradient", SLIGHTLY, "gradients of penalties"),
        (lb, "softmax", SLIGHTLY, "activations"),
        (schedules.CosineDecay, "__call__", SLIGHTLY, "schedules"),
        (lb.MeanAbsoluteError, "_value", np.nan, "losses"),
    ],
)
def test_a_wrong_formula_fails(capsys, monkeypatch, home, name, change, group):
    right = getattr(home, name)
    monkeypatch.setattr(home, name, lambda *given: change * right(*given))
    said = said_by(capsys, 1)
    assert said.count("   FAIL\n") == 1
    assert f"FAIL {group}: " in said
    assert f"FAIL {group}: {getattr(home, '__name__', '') if home is not lb else name}" in said
    assert "expected " in said and ", received " in said


def test_a_wrong_step_fails(capsys, monkeypatch):
    right = lb.Adam.update

    def update(self, w, gradient, state):
        w, state = right(self, w, gradient, state)
        return w * SLIGHTLY, state

    monkeypatch.setattr(lb.Adam, "update", update)
    said = said_by(capsys, 1)
    assert "FAIL steps of optimisers: Adam(learning_rate=0.03" in said


def test_what_raises_fails_alone(capsys, monkeypatch):
    monkeypatch.setattr(lb.LogCosh, "_value", lambda *given: 1 / 0)
    said = said_by(capsys, 1)
    assert "expected a result, received ZeroDivisionError: division by zero" in said
    assert said.count("   FAIL\n") == 2  # its value and its gradient
    assert said.count("   pass\n") == 5


@pytest.mark.parametrize(
    ("received", "expected", "error"),
    [
        (1.0, "1.00000000000000000001", 1e-20),
        (1.0 + 2**-52, "1.0", 2**-52),
        (0.0, "0.0", 0.0),
        (1e-300, "0.0", np.inf),
        (0.0, "1e-300", 1.0),
        (-2.0, "2.0", 2.0),
        (np.nan, "1.0", np.inf),
        (np.inf, "1.0", np.inf),
    ],
)
def test_error_is_relative_to_each_number(received, expected, error):
    assert selftest.error(received, expected) == pytest.approx(error, rel=1e-12)


def test_a_wrong_shape_fails():
    assert not selftest.compare("losses", "loss", [1.0, 2.0], ["1.0"]).passed
    assert not selftest.compare("losses", "loss", [1.0], "1.0").passed
    assert selftest.compare("losses", "loss", [1.0], ["1.0"]).passed


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp932"])
def test_any_console_can_show_it(monkeypatch, encoding):
    """A folder may have a name that a console of Windows has no signs for."""
    monkeypatch.setattr(lb, "__file__", "/home/Jörg/授業/lossbook/__init__.py")
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding=encoding))
    assert main([]) == 0
    sys.stdout.flush()
    lines = shown.getvalue().decode(encoding).splitlines()
    assert lines.pop(1).startswith("in ")
    assert lines[-1].startswith("All ")
    assert "".join(lines).isascii()


def test_help_says_what_it_does(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "exit status" in capsys.readouterr().out


def modules_of(code):
    """Return what some code leaves loaded, without the standard library."""
    code += "\nimport sys\nprint(*{m.split('.')[0] for m in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split()) - set(sys.stdlib_module_names)


def test_nothing_but_numpy_is_imported():
    started = modules_of("import numpy")
    code = "from lossbook.__main__ import main\nassert main([]) == 0"
    assert modules_of(code) - started == {"lossbook"}


@pytest.mark.parametrize(("broken", "status"), [("", 0), ("lb.Hinge._value = abs\n", 1)])
def test_exit_status(broken, status):
    code = f"import runpy, sys\nimport lossbook as lb\n{broken}sys.argv = ['lossbook']\n"
    code += "runpy.run_module('lossbook', run_name='__main__')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (status, "")
