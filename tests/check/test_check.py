"""Checks recognise the mistakes of students' functions, and pass what is right in other words."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cases import CASES
from mistakes import BCE, MSE, RIGHT, WRONG

import lossbook as lb
from lossbook import check

BOOK = Path(__file__).parents[2] / "book"


@pytest.mark.parametrize(
    "mistake, against, given, function", WRONG, ids=lambda v: getattr(v, "__name__", str(v)[:20])
)
def test_mistake_is_recognised(mistake, against, given, function):
    report = against(function, **given)
    if mistake == "uint8":  # said, and not counted
        assert report.passed
        assert [failure.mistake.key for failure in report.remarks] == [mistake]
        return
    assert not report.passed
    assert report.mistake is not None, str(report)
    assert report.mistake.key == mistake, str(report)


@pytest.mark.parametrize(
    "against, given, function", RIGHT, ids=lambda v: getattr(v, "__name__", "")
)
def test_right_in_other_words_passes(against, given, function):
    report = against(function, **given)
    assert report.passed, str(report)
    assert report.require() is report


def test_each_mistake_has_an_example():
    assert {mistake for mistake, *_ in WRONG} == set(check.MISTAKES)
    assert len(check.MISTAKES) >= 25


def test_the_catalogue_is_read_when_somebody_asks():
    code = "import sys, lossbook.check as c; assert 'tomllib' not in sys.modules; len(c.MISTAKES)"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- the reports ----------------------------------------------------------------------------------


def summed(y_true, y_pred):
    return ((y_true - y_pred) ** 2).sum()


def test_report_says_what_failed_in_the_terminal_and_in_a_notebook():
    report = check.loss(summed, like=MSE)
    text = str(report)
    assert text.startswith("FAIL: summed against MeanSquaredError()")
    # One sample passes, so two are the smallest that can fail: (0.5² + 2²) / 2 and twice that.
    for words in ("[1, 3]", "[1.5, 1]", "2.125", "4.25", "forgot-mean"):
        assert words in text
    html = report._repr_html_()
    assert "FAIL" in html and "<code>2.125</code>" in html and "forgot-mean" in html
    assert not bool(report)
    with pytest.raises(AssertionError, match="The sum in place of the mean") as raised:
        report.require()
    assert isinstance(raised.value, check.CheckError) and raised.value.report is report


def test_report_of_a_right_function():
    report = check.penalty(lambda w: 0.05 * w @ w, like=lb.L2(0.1))
    assert str(report) == "pass: <lambda> against L2(strength=0.1), 6 inputs tried"
    assert bool(report) and report.mistake is None
    assert "&lt;lambda&gt;" in report._repr_html_()


def test_links_lead_to_the_book_where_its_address_is_known(monkeypatch):
    report = check.loss(summed, like=MSE)
    assert "<a " not in report._repr_html_()
    monkeypatch.setenv("LOSSBOOK_URL", "https://example.org/book/")
    page = "https://example.org/book/book/01-what-is-a-loss.html#from-many-residuals-to-one-number"
    assert f'<a href="{page}">' in report._repr_html_()
    assert (
        '<a href="https://example.org/book/book/mistakes.html#forgot-mean">' in report._repr_html_()
    )


def test_smallest_input_is_left_after_dropping_samples():
    """Only a negative prediction is treated wrongly; one sample is enough to show it."""

    def wrong_below_zero(y_true, y_pred):
        return np.mean((y_true - np.abs(y_pred)) ** 2)

    report = check.loss(wrong_below_zero, like=MSE)
    assert report.failure.arguments["y_pred"].count(",") == 0
    assert report.mistake is None
    assert "See:" not in str(report)


@pytest.mark.parametrize(
    ("received", "words"),
    [
        ("a text", "str 'a text', which is not a number"),
        (1j, "complex"),
        ([[1.0], [2.0, 3.0]], "an error, ValueError"),
        ({"loss": 1}, "dict"),
        ([0.25, 0.5], r"an array of shape (2,) where a number is expected"),
    ],
)
def test_what_is_no_number_is_said(received, words):
    report = check.loss(lambda y_true, y_pred: received, like=MSE)
    assert not report.passed and words in str(report)


def test_an_error_of_the_function_is_part_of_the_report():
    def fails(y_true, y_pred):
        return y_true.mean(axis=7)

    report = check.loss(fails, like=MSE)
    assert "an error, AxisError: axis 7 is out of bounds" in str(report)


def test_evil_answers_do_not_get_out():
    class Evil:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("no")

        def __repr__(self):
            raise RuntimeError("no")

    assert not check.loss(lambda y_true, y_pred: Evil(), like=MSE).passed


def test_infinity_and_nan_are_compared():
    assert not check.loss(lambda y_true, y_pred: np.nan, like=MSE).passed
    assert not check.loss(lambda y_true, y_pred: np.inf, like=MSE).passed


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: check.loss(0.5, like=MSE), "expected a function, received float 0.5"),
        (lambda: check.loss(summed, like=lb.Huber), r"did you mean Huber\(...\)"),
        (lambda: check.loss(summed, like=lb.L2(0.1)), "like: expected a loss"),
        (lambda: check.gradient(summed, of=lb.SGD(0.1)), "of: expected a loss or a penalty"),
        (lambda: check.gradient(summed, of=MSE, bias=0), "bias: expected with a penalty only"),
        (lambda: check.penalty(summed, like=MSE), "like: expected a penalty"),
        (lambda: check.activation(summed, like=np.tanh), "like: expected one of lb.sigmoid"),
        (lambda: check.optimizer(summed, like=lb.L1(0.1)), "like: expected an optimiser"),
        (lambda: check.schedule(summed, like=0.1), "like: expected a schedule"),
        (
            lambda: check.descent(summed, like=lb.SGD(lb.ConstantSchedule(0.1))),
            "learning rate is a number",
        ),
    ],
)
def test_what_cannot_be_checked_is_refused(call, words):
    with pytest.raises(TypeError, match=words):
        call()


def test_steps_are_counted():
    with pytest.raises(ValueError, match="steps: expected an integer of at least 1, received 0"):
        check.descent(summed, like=lb.SGD(0.1), steps=0)
    with pytest.raises(ValueError, match="bias: expected an index into every w tried"):
        check.penalty(summed, like=lb.L2(0.1), bias=7)


def test_an_update_has_to_return_two_things():
    report = check.optimizer(lambda w, gradient, state: w, like=lb.SGD(0.1))
    assert "return w, state" in str(report)


# --- every loss, penalty, optimiser and schedule -------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_loss_passes_as_itself_and_no_other_number_does(case):
    loss = case.loss
    assert check.loss(loss, like=loss).passed
    assert check.gradient(loss.gradient, of=loss).passed
    report = check.loss(lambda y_true, y_pred: 1.01 * loss(y_true, y_pred), like=loss)
    assert not report.passed and report.mistake is None
    report = check.gradient(lambda y, p: 1.01 * loss.gradient(y, p), of=loss)
    assert not report.passed and report.mistake is None


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_common_mistakes_are_recognised_with_every_loss(case):
    loss = case.loss
    n_times = check.loss(lambda y, p: len(p) * loss(y, p), like=loss)
    assert n_times.mistake.key == "forgot-mean"
    n_times = check.gradient(lambda y, p: len(p) * loss.gradient(y, p), of=loss)
    assert n_times.mistake.key == "gradient-of-the-sum"
    assert check.loss(lambda y, p: -loss(y, p), like=loss).mistake.key == "sign"


OPTIMIZERS = [
    lb.SGD(0.1),
    lb.SGD(0.1, momentum=0.8),
    lb.SGD(lb.ExponentialDecay(0.1, 2, 0.5), momentum=0.8, nesterov=True),
    lb.Adam(0.1),
    lb.AdamW(0.1),
    lb.RMSprop(0.1),
    lb.RMSprop(0.1, momentum=0.5, centered=True),
    lb.Adagrad(0.1),
]


def taking(optimizer):
    def update(w, gradient, state):
        return optimizer.update(w, gradient, optimizer.init(w) if state is None else state)

    return update


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_every_optimizer_passes_as_itself_and_as_no_other(optimizer):
    for other in OPTIMIZERS:
        assert check.optimizer(taking(other), like=optimizer).passed == (other is optimizer)
    if not callable(optimizer.learning_rate):

        def descend(gradient, w0, learning_rate, steps):
            return lb.minimize(lambda w: (0.0, gradient(w)), w0, optimizer, steps=steps).w

        assert check.descent(descend, like=optimizer).passed


SCHEDULES = [
    lb.ConstantSchedule(0.1),
    lb.PiecewiseConstantDecay([5, 9], [0.1, 0.05, 0.01]),
    lb.StepDecay(0.1, 0.5, 4),
    lb.ExponentialDecay(0.1, 10, 0.5),
    lb.ExponentialDecay(0.1, 10, 0.5, staircase=True),
    lb.InverseTimeDecay(0.1, 10, 0.5),
    lb.PolynomialDecay(0.1, 10, power=2.0),
    lb.PolynomialDecay(0.1, 10, cycle=True),
    lb.CosineDecay(0.1, 10),
    lb.CosineDecay(0.1, 10, alpha=0.1),
    lb.Warmup(5, lb.CosineDecay(0.1, 10)),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_every_schedule_passes_as_itself_and_as_no_other(schedule):
    for other in SCHEDULES:
        assert check.schedule(other, like=schedule).passed == (other is schedule)


def test_a_mistake_on_top_of_another_is_not_given_a_wrong_name():
    """Two mistakes at once are not in the table; no name is better than a wrong one."""

    def two(y_true, y_pred):
        return -np.sum((y_true - y_pred) ** 2) / 2

    assert check.loss(two, like=MSE).mistake is None


# --- what they point to ---------------------------------------------------------------------------


def headings(page):
    cells = json.loads((BOOK / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


@pytest.mark.skipif(not BOOK.exists(), reason="the package is tested without the book")
@pytest.mark.parametrize("mistake", check.MISTAKES.values(), ids=check.MISTAKES)
def test_mistake_points_to_a_section_of_the_book(mistake):
    assert mistake.page.startswith(f"{mistake.chapter:02d}-")
    assert mistake.section in headings(mistake.page)
    assert mistake.title.endswith(".") and mistake.text.endswith(".")
    assert len(mistake.text) < 330


def test_checks_change_nothing_of_what_they_share():
    """Functions that write into their inputs meet the same inputs the next time."""

    def greedy(y_true, y_pred):
        result = np.mean((y_true - y_pred) ** 2)
        y_true[:] = 0
        return result

    first, second = check.loss(greedy, like=MSE), check.loss(greedy, like=MSE)
    assert first == second and first.mistake.key == "in-place"
    assert check.loss(MSE, like=MSE).passed
    assert check.loss(BCE, like=BCE).passed


def test_a_right_function_is_called_once_for_each_input():
    """Mistakes are looked for only where there is one: a call may take its time."""
    calls = []

    def counted(y_true, y_pred):
        calls.append(len(y_pred))
        return MSE(y_true, y_pred)

    assert check.loss(counted, like=MSE).trials == len(calls)
