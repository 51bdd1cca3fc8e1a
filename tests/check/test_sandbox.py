"""A submission runs in a process of its own: what it does there costs nobody else anything."""

import faulthandler
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

import lossbook as lb
from lossbook import check
from lossbook.check import _wire
from lossbook.check.sandbox import Function, Handle, Sandbox, SubmissionError

GOOD = """
import numpy as np
def squared(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)
"""
MSE = lb.MeanSquaredError()


@pytest.fixture
def run():
    """Start a sandbox with a good cell and others; close it at the end."""
    opened = []

    def start(*cells, seconds=20.0, memory=2 * 2**30):
        opened.append(Sandbox([GOOD, *cells], seconds=seconds, memory=memory))
        return opened[-1].__enter__()

    yield start
    for sandbox in opened:
        sandbox.__exit__()


@pytest.fixture
def watched():
    """End the whole run where a submission has made its grader wait: nothing else could."""
    faulthandler.dump_traceback_later(180, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


# A submission can find the grader's end of the pipe and write into it.
TELL = """
import os
def tell(said):
    for end in range(3, 20):
        try:
            os.write(end, said)
        except OSError:
            pass
"""


def still_works(sandbox):
    return check.loss(sandbox["squared"], like=MSE).passed


# --- values there and back ------------------------------------------------------------------------


VALUES = [
    None,
    True,
    -3,
    2**70,
    0.1,
    1e308,
    float("inf"),
    "text é ∞",
    [1, [2.5, None]],
    (1, "a"),
    {"m": [0.5], 3: (1,)},
    [],
    {},
]
ARRAYS = [
    np.array([0.1, -0.0, np.nan, np.inf]),
    np.array([[1, 2], [3, 4]], dtype=np.int32),
    np.array([0.1, 1e38], dtype=np.float32),
    np.array([True, False]),
    np.zeros((0, 3)),
    np.array(2.5),
    np.arange(6, dtype=np.uint8).reshape(2, 3)[:, ::-1],
]


@pytest.fixture(scope="module")
def echo():
    """One sandbox that has the values and gives back what it gets."""
    values = "\n".join(f"value_{i} = {value!r}" for i, value in enumerate(VALUES))
    cells = f"inf = float('inf')\n{values}", "def same(x):\n    return x"
    with Sandbox(cells, seconds=20.0, memory=2 * 2**30) as sandbox:
        yield sandbox


@pytest.mark.parametrize("number", range(len(VALUES)), ids=lambda i: repr(VALUES[i]))
def test_value_arrives_as_it_is(echo, number):
    echo.turn()
    value, there = VALUES[number], echo[f"value_{number}"]
    assert there == value and type(there) is type(value)
    returned = echo["same"](value)
    assert returned == value and type(returned) is type(value)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}-{a.shape}")
def test_array_arrives_with_its_dtype_and_shape(echo, array):
    echo.turn()
    returned = echo["same"](array)
    assert returned.dtype == array.dtype and returned.shape == array.shape
    np.testing.assert_array_equal(returned, array)


def test_long_double_arrives_as_a_double(run):
    sandbox = run("value = np.longdouble(0.5)\narray = np.array([0.25], np.longdouble)")
    assert sandbox["value"] == 0.5 and sandbox["array"].tolist() == [0.25]


def test_arguments_may_be_named(run):
    sandbox = run("def f(a, b=1, *, c=0):\n    c[:] = 9\n    return [a, b]")
    given = np.zeros(2)
    assert sandbox["f"](3, c=given, b=4) == [3, 4]
    assert given.tolist() == [9, 9]


def test_scalar_of_numpy_stays_one(run):
    assert run("value = np.float32(0.1)")["value"] == np.float32(0.1)


def test_name_that_is_not_there(run):
    with pytest.raises(KeyError, match="nothing"):
        run()["nothing"]


def test_object_stays_there_and_comes_back_when_it_is_passed_in(run):
    sandbox = run(
        "class Counter:\n    n = 0\n"
        "def step(w, g, state):\n    state = state or Counter()\n    state.n += 1\n"
        "    return w - 0.1 * g, state\n"
        "def count(state):\n    return state.n"
    )
    state, w = None, np.zeros(2)
    for _ in range(3):
        w, state = sandbox["step"](w, np.ones(2), state)
    assert type(state) is Handle and repr(state) == "<Counter of the submission>"
    assert sandbox["count"](state) == 3
    np.testing.assert_allclose(w, -0.3)


def test_function_of_the_grader_is_called_back(run):
    sandbox = run("def twice(f, x):\n    return f(f(x))")
    assert sandbox["twice"](lambda x: x * 3, 2) == 18

    def refuses(x):
        raise ValueError("not this")

    with pytest.raises(RuntimeError, match="ValueError: not this"):
        sandbox["twice"](refuses, 2)


def test_array_changed_in_place_is_changed_here(run):
    given = np.array([1.0, 2.0])
    sandbox = run("def spoil(x):\n    x *= 2\n    return 0")
    sandbox["spoil"](given)
    np.testing.assert_array_equal(given, [2, 4])


# --- what goes wrong over there -------------------------------------------------------------------


ERRORS = [
    ("raise ValueError('no')", ValueError, r"no \(line 2\)"),
    ("raise NotImplementedError", NotImplementedError, "line 2"),
    ("1 / 0", ZeroDivisionError, "division by zero"),
    ("raise SystemExit(3)", SubmissionError, "SystemExit: 3"),
    ("raise KeyboardInterrupt", SubmissionError, "KeyboardInterrupt"),
    ("import lossbook as lb\n    lb.Huber(-1)", ValueError, "delta"),
    ("raise type('Own', (Exception,), {})('mine')", SubmissionError, "Own: mine"),
    ("raise ExceptionGroup('two', [ValueError()])", SubmissionError, "ExceptionGroup: two"),
    ("return f_8()", RecursionError, "recursion"),
    ("return np.ones(10**12)", MemoryError, "Unable to allocate"),
    ("input()", EOFError, "line 2"),
]


@pytest.fixture(scope="module")
def failing():
    """One sandbox with a function for each error, each in a cell of its own."""
    cells = [f"def f_{i}():\n    {body}" for i, (body, _, _) in enumerate(ERRORS)]
    with Sandbox([GOOD, *cells], seconds=20.0, memory=2 * 2**30) as sandbox:
        yield sandbox


@pytest.mark.parametrize("number", range(len(ERRORS)), ids=lambda i: ERRORS[i][0])
def test_error_arrives_as_an_error(failing, number):
    failing.turn()
    _, kind, words = ERRORS[number]
    with pytest.raises(kind, match=words):
        failing[f"f_{number}"]()
    assert failing.lives == 1 and still_works(failing)


DEADLY = {
    "os._exit": "import os; os._exit(0)",
    "abort": "import os; os.abort()",
    "crash": "import ctypes; ctypes.string_at(0)",
    "kill": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "too large": "return np.zeros(900_000) + 1 / 3",
}


@pytest.mark.parametrize("body", DEADLY.values(), ids=DEADLY)
def test_what_ends_the_process_is_said_and_the_rest_goes_on(run, body):
    sandbox = run(f"def f():\n    {body}")
    with pytest.raises(Exception, match=r"ended its process|too large"):
        sandbox["f"]()
    assert still_works(sandbox)


def test_loop_without_an_end_in_a_call(run):
    sandbox = run("def f(*_):\n    while True:\n        pass", seconds=1.0)
    with pytest.raises(SubmissionError, match="no answer within 1 seconds"):
        sandbox["f"]()
    assert still_works(sandbox)
    report = check.loss(sandbox["f"], like=MSE)
    assert not report.passed and report.trials == 1  # it is not asked again and again


def test_cells_that_end_the_process_or_raise_cost_themselves(run):
    sandbox = run(
        "while True:\n    pass",
        "import os\nos._exit(1)",
        "1 / 0",
        "import sys\nsys.exit()",
        "def ([",
        "late = 5",
        seconds=1.0,
    )
    assert sandbox["late"] == 5 and still_works(sandbox)
    assert sandbox.lives == 3
    assert sorted(sandbox.problems) == [1, 2, 3, 4, 5]
    for position, words in enumerate(("no answer", "ended", "division", "SystemExit", "Syntax"), 1):
        assert words in sandbox.problems[position]


def test_calls_of_a_turn_share_its_seconds(run):
    sandbox = run("import time\ndef f():\n    time.sleep(0.4)\n    return 1", seconds=1.0)
    for _ in range(2):
        sandbox.turn()
        with pytest.raises(SubmissionError, match=r"no answer within|no time is left"):
            for _ in range(4):
                sandbox["f"]()
    sandbox.turn()
    assert still_works(sandbox)


def test_all_that_a_submission_does_has_an_end(run):
    sandbox = run(*["import time\ntime.sleep(60)"] * 30, "late = 1", seconds=0.3)
    assert sandbox.lives < 25
    with pytest.raises(SubmissionError, match="used up its 6 seconds"):
        sandbox["late"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limits of memory")
def test_memory_is_limited(run):
    sandbox = run("hog = [np.ones(2**20) for _ in range(1000)]", memory=2**30)
    assert "MemoryError" in sandbox.problems[1]
    assert still_works(sandbox)


def test_megabytes_of_output_are_lost(run):
    sandbox = run("import sys\nfor _ in range(200):\n    print('x' * 100_000)\nprinted = 1")
    assert sandbox["printed"] == 1


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="there are no process groups here")
def test_children_are_ended_with_it(run):
    sandbox = run(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid"
    )
    child = sandbox["child"]
    os.kill(child, 0)  # it is there
    sandbox.__exit__()
    for _ in range(200):
        try:
            with open(f"/proc/{child}/stat") as stat:
                if stat.read().split()[2] == "Z":  # gone; nobody has asked how
                    return
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("the submission's child is still there")


def test_it_cannot_make_the_grader_wait_by_being_deaf(run, watched):
    """It answers before it is asked, and does not read a question that fills the pipe."""
    early = "tell(b'{\"result\": null}\\n')\nwhile True:\n    pass"
    sandbox = run(TELL, early, "text = '" + "x" * 300_000 + "'", seconds=1.0)
    assert "no answer" in sandbox.problems[3]


def test_it_cannot_make_the_grader_wait_by_talking(run, watched):
    calls = 'b\'{"callback": 0, "arguments": []}\\n\' * 3000'
    sandbox = run(TELL, f"def f():\n    while True:\n        tell({calls})", seconds=1.0)
    with pytest.raises(SubmissionError, match="no answer within"):
        sandbox["f"]()
    sandbox.__exit__()


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="there are no sessions here")
def test_it_cannot_make_the_grader_wait_by_leaving_somebody_behind(run, watched):
    began = time.monotonic()
    sandbox = run(
        "import os, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n    os._exit(0)\n"
        "os._exit(0)",
        seconds=1.0,
    )
    assert still_works(sandbox)
    sandbox.__exit__()
    assert time.monotonic() - began < 50


def test_a_process_that_nobody_hears_has_to_wait(tmp_path):
    from lossbook.check._process import Process

    (tmp_path / "n").touch()
    talker = "while True:\n    print('x' * 10**5, flush=True)\n    open('n', 'a').write('.')"
    process = Process([sys.executable, "-c", talker], folder=str(tmp_path), environment=os.environ)
    try:
        assert process.hear(60.0) == b"x" * 10**5 + b"\n"
        said, before = (tmp_path / "n").stat().st_size, -1
        while said != before and said < 1000:
            time.sleep(1.0)
            said, before = (tmp_path / "n").stat().st_size, said
        assert said < 20
    finally:
        process.end()


def test_nothing_of_the_environment_is_seen_but_what_python_needs(run, monkeypatch):
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    sandbox = run(
        "import os\nnames = list(os.environ)\nhome = os.environ['HOME']\nhere = os.getcwd()"
    )
    assert "PATH" in sandbox["names"] and "COURSE_TOKEN" not in sandbox["names"]
    assert os.path.realpath(sandbox["home"]) == sandbox["here"]


def test_where_starting_is_interrupted_nothing_goes_on(monkeypatch):
    def interrupted(self):
        raise KeyboardInterrupt

    sandbox = Sandbox([GOOD])
    ended = []
    monkeypatch.setattr(Sandbox, "_start", interrupted)
    monkeypatch.setattr(
        "lossbook.check._process.Process.end",
        lambda self, end=lb.check._process.Process.end: (end(self), ended.append(self)),
    )
    with pytest.raises(KeyboardInterrupt):
        sandbox.__enter__()
    assert [process._process.returncode is not None for process in ended] == [True]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limits of processor time")
def test_it_ends_by_itself_where_nobody_is_there_to_end_it():
    request = json.dumps({"do": "run", "cell": "while True:\n    pass"}) + "\n"
    command = [sys.executable, "-m", "lossbook.check._child", str(2**31), "1"]
    done = subprocess.run(command, input=request.encode(), capture_output=True, timeout=120)
    assert done.returncode < 0


@pytest.mark.skipif(not shutil.which("false"), reason="needs a program that ends at once")
def test_where_the_process_does_not_start_it_is_not_the_submissions_fault(run, monkeypatch):
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(RuntimeError, match="does not start"):
        run()


def test_changing_numpy_and_lossbook_changes_only_its_own_answers(run):
    sandbox = run(
        "import lossbook as lb, lossbook.check as check\n"
        "np.mean = lambda *a, **k: 0.0\n"
        "np.allclose = np.isclose = lambda *a, **k: True\n"
        "check.loss = lambda *a, **k: True\n"
        "check._report.Report.passed = True\n"
        "lb.MeanSquaredError.__call__ = lambda *a, **k: 0.0\n"
    )
    assert not still_works(sandbox)
    assert MSE([1.0], [3.0]) == 4.0


def test_objects_with_methods_of_their_own_are_not_asked(run):
    sandbox = run(
        "class Evil:\n"
        "    def __getattr__(self, name):\n        import os; os._exit(1)\n"
        "    __eq__ = __array__ = __repr__ = __float__ = lambda *a, **k: 1 / 0\n"
        "class Array(np.ndarray):\n"
        "    def tolist(self):\n        return 'secret'\n"
        "array = np.array([1.0, 2.0]).view(Array)\n"
        "def f(*_):\n    return [1.0, Evil()]"
    )
    np.testing.assert_array_equal(sandbox["array"], [1, 2])
    assert isinstance(sandbox["f"](1, 2)[1], Handle)
    assert not check.loss(sandbox["f"], like=MSE).passed


def test_deep_and_endless_nesting_ends(run):
    sandbox = run(
        "nest = []\nnest.append(nest)\ndeep = []\nfor _ in range(10**5):\n    deep = [deep]"
    )
    for name in ("nest", "deep"):
        value = sandbox[name]
        for _ in range(_wire.DEEPEST):
            (value,) = value
        assert type(value) is Handle


FORGED = [
    b"not json\n",
    b"[]\n",
    b'{"result": {"array": [1], "shape": [7], "dtype": "float64"}}\n',
    b'{"result": {"array": [1], "shape": [1], "dtype": "O"}}\n',
    b'{"result": {"array": [[1], [1, 2]], "shape": [2], "dtype": "float64"}}\n',
    b'{"result": {"function": "x"}}\n',
    b'{"result": [1]}\n',
    b'{"result": {"dict": 3}}\n',
    b'{"result": {"array": [1], "shape": [1], "dtype": "f8,f8"}}\n',
    b'{"result": {"array": [1], "shape": [1], "dtype": {}}}\n',
    b'{"result": {"list": ["' + b"x" * 401 + b'"]}}\n',
    b'{"result": {"dict": [' + b"[1, 1], " * 1000 + b"[2, 1]]}}\n",
    b'{"result": ' + b'{"list": [' * 5000 + b"]}" * 5000 + b"}\n",
]


@pytest.mark.parametrize("said", FORGED, ids=range(len(FORGED)))
def test_forged_answers_are_refused(run, said):
    sandbox = run(TELL, f"said = {said!r}\ndef f():\n    tell(said)\n    return 1")
    with pytest.raises(SubmissionError, match=r"cannot be read|not its own"):
        sandbox["f"]()


def test_nothing_is_unpickled_or_evaluated():
    for module in ("sandbox", "_wire"):
        text = (lb.check.__path__[0] + f"/{module}.py",)[0]
        with open(text, encoding="utf-8") as file:
            source = file.read()
        assert not {"import pickle", "eval(", "exec(", "marshal"} & set(source.split())
        assert "pickle." not in source and "eval(" not in source


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline\n!ls\nvalue = 7 % 4",
        "value = (7\n         % 4)",
        "text = '%s' \\\n    % 3\nvalue = int(text)",
        "%%time\nvalue = 3",
        "%time value = 3",
        "if True:\n    %load_ext nothing\nvalue = 3",
        "files = !ls\nvalue = 3",
        "np.mean?\n?np.mean\nvalue = 3",
        "display('a figure')\nvalue = 3",
    ],
)
def test_what_only_jupyter_understands_is_left_out(run, cell):
    sandbox = run(cell)
    assert sandbox["value"] == 3 and sandbox.problems == {}


def test_functions_are_found_again_by_their_name(run):
    """After the process began anew, what was asked for by a name is asked for again."""
    sandbox = run(
        "alias = lambda y, p: np.mean((y - p) ** 2)\ndef die():\n    import os; os._exit(1)"
    )
    alias = sandbox["alias"]
    assert isinstance(alias, Function)
    with pytest.raises(SubmissionError):
        sandbox["die"]()
    assert check.loss(alias, like=MSE).passed


def test_every_kind_of_check_passes_through(run):
    sandbox = run(
        "def slope(y, p):\n    return 2 * (p - y) / len(p)\n"
        "def ridge(w):\n    return 0.05 * w @ w\n"
        "def update(w, g, v):\n    v = -0.1 * g if v is None else 0.9 * v - 0.1 * g\n"
        "    return w + v, v\n"
        "def rate(step):\n    return 0.1 * 0.5 ** (step // 10)\n"
        "def descend(gradient, w, rate, steps):\n"
        "    for _ in range(steps):\n        w = w - rate * gradient(w)\n    return w"
    )
    assert check.gradient(sandbox["slope"], of=MSE).passed
    assert check.penalty(sandbox["ridge"], like=lb.L2(0.1)).passed
    assert check.optimizer(sandbox["update"], like=lb.SGD(0.1, momentum=0.9)).passed
    assert check.schedule(sandbox["rate"], like=lb.StepDecay(0.1, 0.5, 10)).passed
    assert check.descent(sandbox["descend"], like=lb.SGD(0.1)).passed


def test_messages_are_lines():
    assert _wire.line({"result": float("nan")}) == b'{"result": NaN}\n'
    assert json.loads(_wire.line({"text": "a\nb"})) == {"text": "a\nb"}
