"""The page of speeds says what results.json says, and marks where a peer is ahead."""

import json
import sys
from pathlib import Path

import pytest

# At the end of the path: `peers` is a module of the tests, too.
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import pages
import problems
import report


@pytest.fixture
def results():
    return json.loads(Path(report.__file__).with_name("results.json").read_text(encoding="utf-8"))


def row(peer, times, *, operation="value", n=10**7, memory=None, seconds=1.0):
    return {
        "loss": problems.MSE,
        "dtype": "float64",
        "operation": operation,
        "n": n,
        "peer": peer,
        "seconds": seconds * times,
        "fastest": seconds * times,
        "times_lossbook": times,
        "extra_memory": memory,
    }


def made(*rows):
    return {"losses": list(rows)}


def lines(table):
    """Return the cells of a table's lines, without the headings and the rule."""
    table = table.replace(pages.SPACE, " ")
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


# --- the file -------------------------------------------------------------------------------------


def test_the_run_was_a_whole_one(results):
    wanted = {(p.loss, p.dtype, p.operation, p.n) for p in problems.problems()}
    found = pages.cells(results)
    assert set(found) == wanted
    for (loss, *_, operation, n), by in found.items():
        expected = {"lossbook", "reading", "NumPy", "Keras", "tf.function", "PyTorch"}
        if n >= 10**6:
            expected |= {"lossbook, 2 threads", "PyTorch, 1 thread"}
        expected |= {"optax"} if loss != problems.BINARY else set()
        if operation == problems.VALUE and loss != problems.HUBER:
            expected |= {"scikit-learn"}
        assert set(by) == expected


@pytest.mark.parametrize("loss", problems.LOSSES)
def test_every_ratio_of_the_file_is_shown_and_marked_where_a_peer_is_ahead(results, loss):
    by_cell = [by for key, by in pages.cells(results).items() if key[0] == loss]
    shown = lines(pages.times_table(results, loss))
    for line, by in zip(shown, by_cell, strict=True):
        for peer, text in zip(pages.COLUMNS, line[4:], strict=True):
            slower = peer in pages.RIVALS and peer in by and by[peer]["times_lossbook"] < 1
            assert (pages.MARK in text) == slower == ("**" in text)
            assert bool(text) == (peer in by)
    assert pages.times_table(results, loss) in pages.times_tables(results)


@pytest.mark.parametrize("dtype", problems.DTYPES)
def test_every_peer_that_is_ahead_is_named(results, dtype):
    shown = iter(lines(pages.behind_table(results, dtype)))
    found = pages.cells(results)
    for loss in problems.LOSSES:
        for operation in problems.OPERATIONS:
            for n, text in zip(problems.SIZES, next(shown)[1:], strict=True):
                by = found.get((loss, dtype, operation, n))
                for peer in pages.RIVALS:
                    slower = bool(by) and peer in by and by[peer]["times_lossbook"] < 1
                    assert (peer in text) == slower
                assert (text == "none") == (bool(by) and pages.MARK not in text)
    assert next(shown, None) is None


def test_every_goal_that_is_missed_is_shown(results):
    missed = report.missed(results["losses"], results["training"], results["import_seconds"])
    tables = pages.goals_tables(missed)
    assert tables.count("\n| ") == len(missed) + 2 * tables.count("<details>")
    for goal, _, found in missed:
        assert f"| {found} |" in tables
        assert f"<summary>{goal}: " in tables


# --- marks and numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (0.354, "0.35"),
        (0.991, "0.99"),
        (0.9996, "0.99"),
        (1.0, "1.00"),
        (1.004, "1.00"),
        (9.876, "9.88"),
        (46.2, "46"),
    ],
)
def test_a_ratio_below_one_never_reads_as_one(times, text):
    assert report.multiple(times) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (999.6e-6, "1 ms"),
        (999.4e-6, "999 µs"),
        (12.34e-3, "12.3 ms"),
        (2.0, "2 s"),
        (5e-8, "50 ns"),
    ],
)
def test_a_time_has_three_digits(seconds, text):
    assert report.duration(seconds) == text


def test_powers_of_ten():
    assert [pages.power(n) for n in (10, 10**3, 10**7, 1500)] == ["10", "10³", "10⁷", "1,500"]


def test_a_peer_ahead_is_marked_the_read_limit_is_not():
    results = made(row("lossbook", 1.0), row("reading", 0.3), row("NumPy", 0.9), row("Keras", 2.0))
    (line,) = lines(pages.times_table(results, problems.MSE))
    assert line[:4] == ["float64", "value", "10⁷", "1 s"]
    assert line[4:] == ["0.30", "**0.90 ▼**", "", "2.00", *5 * [""]]
    assert lines(pages.times_table(results, problems.HUBER)) == []
    assert "a peer is ahead in 1 of 2 ratios" in pages.times_tables(results)


def test_all_that_are_ahead_share_a_mark():
    results = made(row("lossbook", 1.0), row("NumPy", 0.9), row("Keras", 2.0), row("optax", 0.5))
    (line,) = lines(pages.behind_table(results, "float64"))
    assert line == ["squared error, value", "**NumPy 0.90, optax 0.50 ▼**"]
    results = made(row("lossbook", 1.0), row("NumPy", 1.9))
    assert lines(pages.behind_table(results, "float64")) == [["squared error, value", "none"]]


def test_who_is_ahead_is_counted():
    results = made(
        *(row("lossbook", 1.0, operation=o) for o in problems.OPERATIONS),
        row("PyTorch", 0.5),
        row("optax", 0.7),
        row("PyTorch", 2.0, operation="gradient"),
    )
    assert pages.firsts(results) == {10**7: {"PyTorch": 1, "lossbook": 2}}
    assert pages.ahead(results, "PyTorch", 10**7) == (1, 2)
    (line,) = lines(pages.ahead_table(results))
    assert line[:3] == ["10⁷", "2 of 3", "0 of 0"]
    assert line[-2:] == ["**1 of 2 ▼**", "**1 of 1 ▼**"]


def test_memory_below_the_results_own_size_is_no_measurement():
    results = made(
        row("lossbook", 1.0, operation="gradient", memory=1.02),
        row("PyTorch", 1.0, operation="gradient", memory=1.0),
        row("optax", 1.0, operation="gradient", memory=0.4),
        row("NumPy", 1.0, operation="gradient", memory=2.0),
    )
    (line,) = lines(pages.memory_table(results, "float64", ["gradient"]))
    assert line[3:] == ["102.0", "200.0", "", "**100.0 ▼**", "(40)"]


def test_a_value_may_need_no_memory():
    results = made(row("lossbook", 1.0, memory=0.01), row("optax", 1.0, memory=0.0))
    (line,) = lines(pages.memory_table(results, "float64", ["value"]))
    assert line[3:] == ["1.0", "", "", "", "**0.0 ▼**"]


def test_training_beside_a_faster_peer_is_marked():
    common = {"model": "m", "epochs": 20, "accuracy": 0.5}
    rates = {"lossbook": 100.0, "Keras": 10.0, "PyTorch": 200.0}
    training = [{"peer": p, "epochs_a_second": rate, **common} for p, rate in rates.items()]
    shown = lines(pages.training_table({"training": training}))
    assert [line[3] for line in shown] == ["", "10", "**0.50 ▼**"]


# --- a step on growing data -----------------------------------------------------------------------


def test_the_price_of_a_step_is_what_no_data_would_cost():
    runs = [
        {"model": "m", "how": how, "rows": n, "seconds_a_step": price + 2e-6 * n}
        for how, price in (("here", 0.05), ("there", 3.0))
        for n in (1000, 4000, 16_000)
    ]
    found = pages.price_of_a_step({"runs": runs}, "m", "here")
    assert found == pytest.approx((0.05, 2e-6))


# --- goals ----------------------------------------------------------------------------------------

IN_TIME = {"lossbook after numpy": 9e-3}


def all_missed(*rows):
    """Return goals and findings of one cell."""
    missed = report.missed(list(rows), [], IN_TIME)
    cell = tuple(rows[0][field] for field in ("loss", "dtype", "operation", "n"))
    assert {of for _, of, _ in missed} <= {cell}
    return [(goal, found) for goal, _, found in missed]


@pytest.mark.parametrize("peer", ["scikit-learn", "Keras", "tf.function", "PyTorch"])
def test_a_peer_ahead_misses_a_goal_by_the_median_or_by_the_best_time(peer):
    own, n = row("lossbook", 1.0, n=10**6), 10**6
    assert all_missed(own, row(peer, 1.0, n=n)) == []
    goal = f"no slower than {peer}"
    assert all_missed(own, row(peer, 0.5, n=n)) == [(goal, "0.50 of lossbook's time, at best 0.50")]
    at_best = {**row(peer, 1.5, n=n), "fastest": 0.9}
    assert all_missed(own, at_best) == [(goal, "1.50 of lossbook's time, at best 0.90")]


def test_what_has_no_goal_misses_none():
    rows = [row(peer, 0.1, n=1000) for peer in ("PyTorch", "optax", "NumPy", "reading")]
    assert all_missed(row("lossbook", 1.0, n=1000), *rows) == []
    assert report.missed([row("PyTorch", 0.1)], [], IN_TIME) == []  # nothing to compare with


@pytest.mark.parametrize(
    ("loss", "seconds", "goals"),
    [
        (problems.MSE, 4.9e-6, []),
        (problems.MSE, 5.1e-6, [("at most 5 µs", "5.1 µs")]),
        (problems.HUBER, 14.9e-6, []),
        (problems.HUBER, 15.1e-6, [("at most 15 µs", "15.1 µs")]),
    ],
)
def test_a_small_call_has_a_goal_in_microseconds(loss, seconds, goals):
    rows = [row(peer, 1.0, n=10, seconds=seconds) for peer in ("lossbook", "NumPy")]
    assert all_missed(*({**r, "loss": loss} for r in rows)) == goals


def test_a_small_call_has_a_goal_beside_plain_numpy():
    own = row("lossbook", 1.0, n=10, seconds=1e-6)
    assert all_missed(own, row("NumPy", 0.41, n=10)) == []
    found = [("at most 2.5 × plain NumPy's time", "2.56 ×")]
    assert all_missed(own, row("NumPy", 0.39, n=10)) == found


def test_a_large_value_has_goals_of_memory_and_of_the_read_limit():
    assert all_missed(row("lossbook", 1.0, memory=0.05), row("reading", 0.41)) == []
    assert all_missed(row("lossbook", 1.0, memory=0.06), row("reading", 0.25)) == [
        ("at most 5 % of the predictions in extra memory", "6 %"),
        ("at most 2.5 × the read limit", "4.00 ×"),
    ]


def test_training_and_the_import_have_goals():
    rates = {"lossbook": 100.0, "scikit-learn": 50.0, "PyTorch": 40.0, "Keras": 5.0}
    training = [{"model": "m", "peer": p, "epochs_a_second": rate} for p, rate in rates.items()]
    assert report.missed([], training, {"lossbook after numpy": 12e-3}) == [
        ("4 × PyTorch's speed", ("m",), "2.50 ×"),
        ("at most 10 ms", ("import lossbook",), "12.0 ms on top of NumPy"),
    ]


def test_goals_that_are_missed_fold_one_by_one():
    cell = (problems.HUBER, "float32", problems.BOTH, 10**5)
    text = pages.goals_tables(
        [
            report.Shortfall("no slower than PyTorch", cell, "0.16 of it"),
            report.Shortfall("no slower than PyTorch", (*cell[:3], 10), "0.5 of it"),
            report.Shortfall("at most 10 ms", ("import lossbook",), "12 ms"),
        ]
    )
    first, second = text.split("\n\n</details>\n\n")
    assert "<summary>at most 10 ms: 1 missed</summary>" in first
    assert "| import lossbook |  | 12 ms |" in first
    assert "<summary>no slower than PyTorch: 2 missed</summary>" in second
    assert "| Huber, both | float32, 10⁵ | 0.16 of it |" in second
    assert "| Huber, both | float32, 10 | 0.5 of it |" in second
