"""Several threads: the same results to the last bit, shared work, errors in order, forks."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from cases import CASES, FAMILIES

from lossbook._engines import blocks
from lossbook._engines.threads import WORTH_A_THREAD, in_order, set_threads

N = 300  # 50 blocks and more, of the size that the tests set


@pytest.fixture(autouse=True)
def one_thread_afterwards():
    yield
    set_threads(1)


@pytest.mark.parametrize("case", FAMILIES, ids=lambda case: case.name)
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_the_number_of_threads_does_not_show(case, reduction, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 50)
    y, p = case.draw(np.random.default_rng(0), N)
    w = np.random.default_rng(1).uniform(0.1, 3, N)
    for weight in (None, w):
        options = {"sample_weight": weight, "reduction": reduction}
        set_threads(1)
        value, slope = case.loss.value_and_gradient(y, p, **options)
        for n in (2, 3):
            set_threads(n)
            both = case.loss.value_and_gradient(y, p, **options)
            np.testing.assert_array_equal(both[0], value, strict=True)
            np.testing.assert_array_equal(both[1], slope, strict=True)
            np.testing.assert_array_equal(case.loss(y, p, **options), value, strict=True)
            np.testing.assert_array_equal(case.loss.gradient(y, p, **options), slope, strict=True)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
@pytest.mark.parametrize("pieces", [0, 1, 15, 16, 17, 100])
def test_results_come_in_the_order_of_the_pieces(n, pieces):
    set_threads(n)
    assert in_order(lambda i: i * i, range(pieces)) == [i * i for i in range(pieces)]


def threads_used(pieces):
    return set(in_order(lambda _: threading.get_ident(), range(pieces)))


def test_the_work_is_shared_where_there_is_enough():
    own = {threading.get_ident()}
    assert threads_used(100) == own
    set_threads(2)
    assert threads_used(2 * WORTH_A_THREAD - 1) == own
    assert len(threads_used(2 * WORTH_A_THREAD)) == 2
    set_threads(1)
    assert threads_used(100) == own


def test_the_first_error_in_order_is_raised():
    def refuse(i):
        if i in (40, 70):  # of the first and the second run
            raise ValueError(f"piece {i}")

    set_threads(2)
    with pytest.raises(ValueError, match="piece 40"):
        in_order(refuse, range(100))
    assert in_order(str, range(100)) == list(map(str, range(100)))


def test_nan_in_a_block_of_the_other_thread(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 50)
    case = CASES[0]
    y, p = case.draw(np.random.default_rng(0), N)
    p[-1] = np.nan
    set_threads(2)
    with np.errstate(all="raise"), pytest.raises(ValueError, match=rf"y_pred\[{N - 1}\].* nan"):
        case.loss(y, p)


FORKED = """
import os, sys
from lossbook._engines.threads import in_order, set_threads
set_threads(2)
expected = list(range(100))
assert in_order(int, range(100)) == expected
child = os.fork()
if not child:
    os._exit(in_order(int, range(100)) != expected)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_threads_of_its_own():
    subprocess.run([sys.executable, "-c", FORKED], check=True, timeout=60)


@pytest.mark.parametrize(
    ("n", "error"),
    [(0, ValueError), (-2, ValueError), (1.0, TypeError), ("2", TypeError), (True, TypeError)],
)
def test_bad_number_of_threads(n, error):
    with pytest.raises(error) as raised:
        set_threads(n)
    message = str(raised.value)
    assert message.startswith("n: expected an integer of at least 1, received ")
    assert repr(n) in message
