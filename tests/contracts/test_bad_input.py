"""What is refused: the error's class, and that it names argument, expectation and what came.

One table for data, applied to every loss it concerns by the kinds of its arguments; one table for
parameters. `tests/losses/test_properties.py` shows that nothing else is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from cases import CASES, IDS, naming

import lossbook as lb
from lossbook.losses.base import ElementwiseLoss

N = 5


def valid(case):
    y, p = case.draw(np.random.default_rng(1), N)
    if case.kind[0] != "index":
        y = y.astype(float)
    return {"y_true": y, "y_pred": p.astype(float)}


def put(name, index, value):
    """Return a change that puts a value into one argument."""

    def change(case, arguments):
        array = np.array(arguments[name], dtype=np.result_type(arguments[name], np.asarray(value)))
        array[index] = value
        return arguments | {name: array}

    return change


def replace(name, made):
    return lambda case, arguments: arguments | {name: made(arguments[name])}


def elementwise(case):
    return isinstance(case.loss, ElementwiseLoss)


def anything(case):
    return True


def true_kind(*kinds):
    return lambda case: case.kind[0] in kinds


def pred_kind(*kinds):
    return lambda case: case.kind[1] in kinds


@dataclass(frozen=True)
class Bad:
    """A change to valid arguments, to which losses it applies, and what the error must say."""

    what: str
    applies: Callable[..., bool]
    change: Callable[..., dict]
    words: tuple[str, ...]
    error: type[Exception] = ValueError


BAD = [
    # shapes
    Bad(
        "a column for a vector",
        elementwise,
        replace("y_pred", lambda p: p[:, None]),
        ("y_true and y_pred", "same shape", "(5,) and (5, 1)", "did you mean y_pred[:, 0]?"),
    ),
    Bad(
        "targets as a column",
        elementwise,
        replace("y_true", lambda y: y[:, None]),
        ("y_true and y_pred", "same shape", "(5, 1) and (5,)", "did you mean y_true[:, 0]?"),
    ),
    Bad(
        "one prediction fewer",
        elementwise,
        replace("y_pred", lambda p: p[:-1]),
        ("y_true and y_pred", "same shape", "(5,) and (4,)"),
    ),
    Bad(
        "one row fewer",
        true_kind("rows", "one-hot", "vectors"),
        replace("y_pred", lambda p: p[:-1]),
        ("y_true and y_pred", "same shape (n, K)", "(5, 4) and (4, 4)"),
    ),
    Bad(
        "one label too many",
        true_kind("index"),
        replace("y_true", lambda y: np.append(y, 0)),
        ("y_true", "class indices of shape (5,)", "received (6,)"),
    ),
    Bad(
        "labels as a column",
        true_kind("index"),
        replace("y_true", lambda y: y[:, None]),
        ("y_true", "class indices of shape (5,)", "received (5, 1)", "did you mean y_true[:, 0]?"),
    ),
    Bad(
        "a third axis",
        elementwise,
        lambda case, a: {k: v[:, None, None] for k, v in a.items()},
        ("y_true and y_pred", "(n,) or (n, d)", "(5, 1, 1)"),
    ),
    Bad(
        "a number",
        elementwise,
        lambda case, a: {"y_true": 1.0, "y_pred": 0.5},
        ("y_true and y_pred", "(n,) or (n, d)", "()"),
    ),
    Bad(
        "no sample",
        anything,
        lambda case, a: {k: v[:0] for k, v in a.items()},
        ("y_true", "at least one sample", "received shape (0"),
    ),
    Bad(
        "one-hot rows for the sparse loss",
        true_kind("index"),
        replace("y_true", lambda y: np.eye(4)[np.maximum(y, 0)]),
        ("y_true", "class indices of shape (5,)", "(5, 4)", "CategoricalCrossentropy", "argmax"),
    ),
    Bad(
        "indices for the loss of rows",
        true_kind("rows", "one-hot"),
        replace("y_true", lambda y: y.argmax(axis=1)),
        ("y_true", "row for each sample", "(5,)", "SparseCategoricalCrossentropy", "one_hot"),
    ),
    Bad(
        "numbers for the loss of vectors",
        true_kind("vectors"),
        replace("y_true", lambda y: y[:, 0]),
        ("y_true", "row for each sample", "(5, 4)", "received (5,)"),
    ),
    # kinds of object
    *[
        Bad(
            f"{name} of {what}",
            anything,
            replace(name, made),
            (name, "array of real numbers", f"dtype {dtype}"),
            TypeError,
        )
        for name in ("y_true", "y_pred")
        for what, made, dtype in [
            ("strings", lambda a: a.astype(str), "<U"),
            ("complex numbers", lambda a: a.astype(complex), "complex128"),
            ("objects", lambda a: a.astype(object), "object"),
        ]
    ],
    Bad(
        "None",
        anything,
        replace("y_pred", lambda p: None),
        ("y_pred", "array of real numbers", "NoneType"),
        TypeError,
    ),
    Bad(
        "a masked array",
        anything,
        replace("y_pred", lambda p: np.ma.masked_array(p, mask=np.zeros_like(p, bool))),
        ("y_pred", "plain array", "masked", "sample_weight"),
        TypeError,
    ),
    Bad(
        "ragged rows",
        anything,
        replace("y_pred", lambda p: [[0.5, 0.5], [1.0]]),
        ("y_pred", "rows of equal length", "different lengths"),
    ),
    # values
    Bad(
        "a target above 1",
        true_kind("unit"),
        put("y_true", 2, 1.5),
        ("y_true[2]", "targets in [0, 1]", "received 1.5"),
    ),
    Bad(
        "a target of -1",
        true_kind("unit"),
        put("y_true", 3, -1.0),
        ("y_true[3]", "targets in [0, 1]", "received -1.0", "{-1, 1}"),
    ),
    *[
        Bad(
            f"a probability of {value}",
            pred_kind("probability"),
            put("y_pred", 4, value),
            ("y_pred[4]", "probabilities in [0, 1]", f"received {value}", "from_logits=True?"),
        )
        for value in (-0.1, 1.0000001, 3.0, -np.inf)
    ],
    Bad(
        "a negative probability in a row",
        pred_kind("rows"),
        put("y_pred", (1, 2), -0.25),
        ("y_pred[1, 2]", "probabilities in [0, 1]", "received -0.25", "did you mean"),
    ),
    Bad(
        "a row that does not sum to 1",
        pred_kind("rows"),
        put("y_pred", 3, np.full(4, 0.3)),
        ("y_pred[3]", "sum to 1", "sums to 1.2", "softmax"),
    ),
    Bad(
        "a target row that does not sum to 1",
        true_kind("rows"),
        put("y_true", 3, np.full(4, 0.125)),
        ("y_true[3]", "sum to 1", "sums to 0.5", "one_hot"),
    ),
    Bad(
        "a target row of labels {-1, 1}",
        true_kind("rows"),
        put("y_true", 0, np.array([-1.0, 1.0, 1.0, 0.0])),
        ("y_true[0, 0]", "probabilities in [0, 1]", "received -1.0"),
    ),
    *[
        Bad(
            f"a {name[2:]} of {value} for a logarithm of 1 + x",
            true_kind("amount"),
            put(name, 1, value),
            (f"{name}[1]", "above -1", f"received {value}"),
        )
        for name in ("y_true", "y_pred")
        for value in (-1.0, -2.5, -np.inf)
    ],
    *[
        Bad(
            f"a count of {value}",
            true_kind("count"),
            put("y_true", 2, value),
            ("y_true[2]", "finite counts of at least 0", f"received {value}"),
        )
        for value in (-1.0, np.inf, -np.inf)
    ],
    Bad(
        "a negative rate",
        pred_kind("rate"),
        put("y_pred", 0, -0.5),
        ("y_pred[0]", "rates of at least 0", "received -0.5", "log_input=True?"),
    ),
    *[
        Bad(
            f"a hinge label of {value}",
            true_kind("sign", "bit"),
            put("y_true", 3, value),
            ("y_true[3]", "all in {-1, 1} or all in {0, 1}", f"received {value}"),
        )
        for value in (0.5, 2.0, np.inf)
    ],
    Bad(
        "hinge labels that mix encodings",
        true_kind("sign", "bit"),
        replace("y_true", lambda y: np.array([1.0, -1.0, 0.0, 1.0, 1.0])),
        ("y_true", "all in {-1, 1} or all in {0, 1}", "both -1 and 0"),
    ),
    Bad(
        "soft labels for the hinge loss of classes",
        true_kind("one-hot"),
        put("y_true", 2, np.full(4, 0.25)),
        ("y_true[2, 0]", "one-hot", "received 0.25", "one_hot"),
    ),
    Bad(
        "two classes at once",
        true_kind("one-hot"),
        put("y_true", 1, np.array([1.0, 1.0, 0.0, 0.0])),
        ("y_true[1]", "one-hot", "a row that sums to 2", "one_hot"),
    ),
    *[
        Bad(
            f"a class index of {value}",
            true_kind("index"),
            put("y_true", 2, value),
            ("y_true[2]", expected, f"received {value}"),
        )
        for value, expected in [
            (-2, "from 0 to 3"),
            (4, "from 0 to 3"),
            (1.5, "whole class index"),
            (np.inf, "whole class index"),
        ]
    ],
    Bad(
        "two equal infinities",
        true_kind("real"),
        lambda case, a: {k: np.append(v, np.inf) for k, v in a.items()},
        ("y_true and y_pred at [5]", "finite", "inf in both"),
    ),
    # weights
    *[
        Bad(
            f"weights of {what}",
            anything,
            lambda case, a, w=w, r=reduction: a | {"sample_weight": w, "reduction": r},
            ("sample_weight", *words),
        )
        for what, w, reduction, words in [
            ("-1", [1, 1, -1, 1, 1], "mean", ("sample_weight[2]", "at least 0", "received -1.0")),
            ("nan", [1, 1, 1, 1, np.nan], "sum", ("sample_weight[4]", "at least 0", "nan")),
            ("inf", [np.inf, 1, 1, 1, 1], "none", ("sample_weight[0]", "finite", "received inf")),
            ("another length", [1, 1], "mean", ("shape (5,)", "received (2,)")),
            ("a column", [[1]] * N, "mean", ("shape (5,)", "received (5, 1)")),
            ("0 alone", [0] * N, "weighted_mean", ("positive sum", "weighted_mean")),
        ]
    ],
    Bad(
        "weights of strings",
        anything,
        lambda case, a: a | {"sample_weight": ["a"] * N},
        ("sample_weight", "real numbers", "<U1"),
        TypeError,
    ),
    # reductions
    *[
        Bad(
            f"reduction {value!r}",
            anything,
            lambda case, a, value=value: a | {"reduction": value},
            ("reduction", "'mean', 'weighted_mean', 'sum', 'none'", f"received {value!r}", *hint),
        )
        for value, hint in [
            ("sum_over_batch_size", ("did you mean 'mean'?",)),
            ("average", ("did you mean 'mean'?",)),
            ("median", ()),
            (None, ()),
            (0, ()),
        ]
    ],
]


def calls(loss):
    return {"value": loss, "gradient": loss.gradient, "both": loss.value_and_gradient}


def check(loss, arguments, bad):
    for call in calls(loss).values():
        with pytest.raises(bad.error) as raised:
            call(**arguments)
        message = str(raised.value)
        missing = [word for word in bad.words if word not in message]
        assert not missing, f"{message!r} lacks {missing}"


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_refused(case):
    concerned = [bad for bad in BAD if bad.applies(case)]
    assert concerned
    for bad in concerned:
        with naming(bad.what):
            check(case.loss, bad.change(case, valid(case)), bad)


def test_every_row_of_the_table_applies_to_a_loss():
    assert [bad.what for bad in BAD if not any(map(bad.applies, CASES))] == []


@pytest.mark.parametrize("name", ["y_true", "y_pred"])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_nan_anywhere(case, name):
    arguments = valid(case)
    arguments["y_true"] = arguments["y_true"].astype(float)
    for index in np.ndindex(arguments[name].shape):
        bad = put(name, index, np.nan)(case, arguments)
        place = f"{name}[{', '.join(map(str, index))}]"
        words = (place, "received nan")
        check(case.loss, bad, Bad("nan", anything, put, words))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_nan_in_the_last_of_several_blocks(case, monkeypatch):
    monkeypatch.setattr("lossbook._engines.blocks.BLOCK", 2)
    arguments = valid(case)
    arguments["y_pred"].flat[-1] = np.nan
    check(case.loss, arguments, Bad("nan", anything, put, ("y_pred[4", "received nan")))


# --- parameters -----------------------------------------------------------------------------------

PARAMETERS = [
    (lb.Huber, {"delta": 0}, ValueError, "(0, inf)"),
    (lb.Huber, {"delta": -1.0}, ValueError, "(0, inf)"),
    (lb.Huber, {"delta": float("nan")}, ValueError, "(0, inf)"),
    (lb.Huber, {"delta": float("inf")}, ValueError, "(0, inf)"),
    (lb.Huber, {"delta": "1"}, TypeError, "(0, inf)"),
    (lb.Quantile, {"quantile": 0}, ValueError, "(0, 1)"),
    (lb.Quantile, {"quantile": 1.0}, ValueError, "(0, 1)"),
    (lb.Quantile, {"quantile": 50}, ValueError, "(0, 1)"),
    (lb.Quantile, {"quantile": None}, TypeError, "(0, 1)"),
    (lb.Poisson, {"log_input": 1}, TypeError, "True or False"),
    (lb.BinaryFocalCrossentropy, {"gamma": -1}, ValueError, "[0, inf)"),
    (lb.BinaryFocalCrossentropy, {"gamma": float("nan")}, ValueError, "[0, inf)"),
    (lb.BinaryFocalCrossentropy, {"alpha": 1.5}, ValueError, "[0, 1]"),
    (lb.BinaryFocalCrossentropy, {"from_logits": 0}, TypeError, "True or False"),
    (lb.CategoricalFocalCrossentropy, {"gamma": "2"}, TypeError, "[0, inf)"),
    (lb.CategoricalFocalCrossentropy, {"alpha": -0.5}, ValueError, "[0, inf)"),
    (lb.CategoricalFocalCrossentropy, {"alpha": "0.5"}, TypeError, "[0, inf)"),
    (lb.CategoricalFocalCrossentropy, {"from_logits": None}, TypeError, "True or False"),
    (lb.KLDivergence, {"epsilon": 0.5}, ValueError, "[0, 0.5)"),
    (lb.KLDivergence, {"epsilon": -1.0}, ValueError, "[0, 0.5)"),
    (lb.BinaryCrossentropy, {"label_smoothing": 1.5}, ValueError, "[0, 1]"),
    (lb.BinaryCrossentropy, {"label_smoothing": -0.1}, ValueError, "[0, 1]"),
    (lb.BinaryCrossentropy, {"label_smoothing": float("nan")}, ValueError, "[0, 1]"),
    (lb.BinaryCrossentropy, {"label_smoothing": "0.1"}, TypeError, "[0, 1]"),
    (lb.BinaryCrossentropy, {"epsilon": 0.5}, ValueError, "[0, 0.5)"),
    (lb.BinaryCrossentropy, {"epsilon": -1e-7}, ValueError, "[0, 0.5)"),
    (lb.BinaryCrossentropy, {"epsilon": None}, TypeError, "[0, 0.5)"),
    (lb.BinaryCrossentropy, {"from_logits": 1}, TypeError, "True or False"),
    (lb.CategoricalCrossentropy, {"label_smoothing": 2}, ValueError, "[0, 1]"),
    (lb.CategoricalCrossentropy, {"epsilon": True}, TypeError, "[0, 0.5)"),
    (lb.CategoricalCrossentropy, {"from_logits": "yes"}, TypeError, "True or False"),
    (lb.SparseCategoricalCrossentropy, {"epsilon": 1.0}, ValueError, "[0, 0.5)"),
    (lb.SparseCategoricalCrossentropy, {"from_logits": None}, TypeError, "True or False"),
    (lb.SparseCategoricalCrossentropy, {"ignore_class": 1.5}, TypeError, "integer or None"),
    (lb.SparseCategoricalCrossentropy, {"ignore_class": True}, TypeError, "integer or None"),
]


@pytest.mark.parametrize(("loss", "parameters", "error", "expected"), PARAMETERS)
def test_parameter_refused(loss, parameters, error, expected):
    ((name, value),) = parameters.items()
    with pytest.raises(error) as raised:
        loss(**parameters)
    message = str(raised.value)
    assert message.startswith(f"{name}: expected")
    assert expected in message
    assert repr(value) in message


@pytest.mark.parametrize("reduction", ["mean", "weighted_mean"])
def test_no_sample_that_counts(reduction):
    loss = lb.SparseCategoricalCrossentropy(ignore_class=-1)
    with pytest.raises(ValueError, match=r"expected .* for reduction="):
        loss([-1], [[0.5, 0.5]], reduction=reduction)


@pytest.mark.parametrize(("y", "p"), [(np.inf, -np.inf), (-np.inf, np.inf)])
def test_opposite_infinities_have_no_quotient(y, p):
    loss = lb.MeanAbsolutePercentageError()
    for call in (loss, loss.value_and_gradient):
        with pytest.raises(ValueError, match=rf"at \[1\]: .* {y} and {p}; their quotient"):
            call([1.0, y], [2.0, p])
    assert lb.MeanAbsoluteError()([y], [p]) == np.inf  # whose difference is one


def test_weights_of_the_classes():
    with pytest.raises(
        ValueError, match=r"alpha\[1\]: expected a number in \[0, inf\), received -1"
    ):
        lb.CategoricalFocalCrossentropy(alpha=[1, -1])
    loss = lb.CategoricalFocalCrossentropy(alpha=[1, 2])
    with pytest.raises(ValueError, match=r"alpha: .* for each of the 3 classes .* 2"):
        loss([[1, 0, 0]], [[0.5, 0.25, 0.25]])
