"""What holds for every loss whatever the data: reductions, weights, order, layout, dtype."""

from fractions import Fraction

import numpy as np
import pytest
from cases import CASES, IDS, K
from hypothesis import given, strategies as st

import lossbook as lb
from lossbook._engines import blocks
from lossbook.losses.base import ElementwiseLoss

every = pytest.mark.parametrize("case", CASES, ids=IDS)
SEEDS, SIZES = st.integers(0, 2**32 - 1), st.integers(1, 30)
REDUCTIONS = ("mean", "weighted_mean", "sum", "none")


def drawn(case, seed, n):
    """Return (y_true, y_pred, weights, generator)."""
    rng = np.random.default_rng(seed)
    y, p = case.draw(rng, n)
    return y, p, rng.uniform(0.1, 3, n), rng


def close(received, expected, rtol=1e-12):
    np.testing.assert_allclose(received, expected, rtol=rtol, atol=1e-14)


# --- the value ------------------------------------------------------------------------------------


@every
@given(seed=SEEDS, n=SIZES)
def test_nonnegative(case, seed, n):
    y, p, *_ = drawn(case, seed, n)
    if case.nonnegative:
        assert (case.loss(y, p, reduction="none") >= 0).all()


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.name) for c in CASES if c.perfect is not None]
)
@given(seed=SEEDS, n=SIZES)
def test_zero_at_a_perfect_prediction(case, seed, n):
    y, p, *_ = drawn(case, seed, n)
    best = case.perfect(y)
    y = best if case.kind[0] in ("unit", "rows") else y  # those have entropy of their own
    assert (case.loss(y, best, reduction="none") == 0).all()
    if case.only_perfect:
        assert (case.loss(y, p, reduction="none") > 0).all()


@every
@given(seed=SEEDS, n=SIZES)
def test_convex_where_it_is_said_to_be(case, seed, n):
    y, a, _, rng = drawn(case, seed, n)
    b = rng.permutation(a)
    middle, ends = (
        case.loss(y, (a + b) / 2, reduction="none"),
        (case.loss(y, a, reduction="none") + case.loss(y, b, reduction="none")) / 2,
    )
    if case.convex:
        assert (middle <= ends + 1e-12 * np.abs(ends) + 1e-14).all()


@every
def test_not_convex_where_it_is_said_not_to_be(case):
    if case.convex:
        return
    y, a, _, rng = drawn(case, 0, 2000)
    b = rng.permutation(a)
    middle = case.loss(y, (a + b) / 2, reduction="none")
    ends = case.loss(y, a, reduction="none") + case.loss(y, b, reduction="none")
    assert (middle > ends / 2 + 1e-6).any()


# --- reductions and weights -----------------------------------------------------------------------


@every
@given(seed=SEEDS, n=SIZES)
def test_reductions_follow_from_the_values_of_the_samples(case, seed, n):
    y, p, w, _ = drawn(case, seed, n)
    each = case.loss(y, p, reduction="none")
    assert each.shape == (n,)
    counted = n if getattr(case.loss, "ignore_class", None) is None else (y >= 0).sum()
    close(case.loss(y, p, reduction="sum"), each.sum())
    close(case.loss(y, p), each.sum() / counted)
    close(case.loss(y, p, reduction="weighted_mean"), each.sum() / counted)

    total = (w * each).sum()
    heavy = w.sum() if counted == n else w[y >= 0].sum()
    close(case.loss(y, p, sample_weight=w, reduction="none"), w * each)
    close(case.loss(y, p, sample_weight=w, reduction="sum"), total)
    close(case.loss(y, p, sample_weight=w), total / counted)
    close(case.loss(y, p, sample_weight=w, reduction="weighted_mean"), total / heavy)


@every
@given(seed=SEEDS, n=SIZES)
def test_gradients_of_the_reductions_differ_by_their_divisor(case, seed, n):
    y, p, w, _ = drawn(case, seed, n)
    column = w.reshape(-1, *[1] * (p.ndim - 1))
    of_sum = case.loss.gradient(y, p, reduction="sum")
    counted = n if getattr(case.loss, "ignore_class", None) is None else (y >= 0).sum()
    heavy = w.sum() if counted == n else w[y >= 0].sum()
    np.testing.assert_array_equal(case.loss.gradient(y, p, reduction="none"), of_sum)
    close(case.loss.gradient(y, p), of_sum / counted)
    close(case.loss.gradient(y, p, sample_weight=w), column * of_sum / counted)
    close(
        case.loss.gradient(y, p, sample_weight=w, reduction="weighted_mean"),
        column * of_sum / heavy,
    )


@every
@given(seed=SEEDS, n=SIZES)
def test_a_whole_weight_is_a_repetition(case, seed, n):
    y, p, _, rng = drawn(case, seed, n)
    times = np.concatenate([[1], rng.integers(0, 4, n - 1)])
    repeated = np.repeat(y, times, axis=0), np.repeat(p, times, axis=0)
    for reduction in ("sum", "weighted_mean"):
        close(
            case.loss(y, p, sample_weight=times, reduction=reduction),
            case.loss(*repeated, reduction=reduction),
        )


@every
def test_a_weight_of_0_silences_even_an_infinite_loss(case):
    infinite = [(y, p) for y, p, value, _ in case.limits if value == np.inf]
    if not infinite:
        return
    y, p = case.draw(np.random.default_rng(0), 1)
    with_it = np.append(y, [infinite[0][0]], axis=0), np.append(p, [infinite[0][1]], axis=0)
    assert case.loss(*with_it, reduction="sum") == np.inf
    value, slope = case.loss.value_and_gradient(*with_it, sample_weight=[1, 0], reduction="sum")
    close(value, case.loss(y, p, reduction="sum"))
    assert (slope[1] == 0).all()


@every
@given(seed=SEEDS, n=SIZES)
def test_order_does_not_matter(case, seed, n):
    y, p, w, rng = drawn(case, seed, n)
    order = rng.permutation(n)
    close(case.loss(y[order], p[order], sample_weight=w[order]), case.loss(y, p, sample_weight=w))
    np.testing.assert_array_equal(
        case.loss(y[order], p[order], reduction="none"), case.loss(y, p, reduction="none")[order]
    )
    np.testing.assert_array_equal(
        case.loss.gradient(y[order], p[order]), case.loss.gradient(y, p)[order]
    )


# --- the gradient ---------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_gradient_is_that_of_differences(case, reduction, weighted):
    y, p, w, _ = drawn(case, 5, 6)
    options = {"sample_weight": w if weighted else None, "reduction": reduction}
    if case.kind[1] == "rows":  # a step off the simplex is refused: differentiate through softmax

        def chain(q):
            slope = case.loss.gradient(y, q, **options)
            return q * (slope - (q * slope).sum(axis=1, keepdims=True))

        check = lb.check_gradient(
            lambda z: np.sum(case.loss(y, lb.softmax(z), **options)),
            lambda z: chain(lb.softmax(z)),
            np.log(p),
        )
    else:
        check = lb.check_gradient(
            lambda q: np.sum(case.loss(y, q, **options)),
            lambda q: case.loss.gradient(y, q, **options),
            p,
        )
    assert check, check


@every
@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(seed=SEEDS, n=SIZES)
def test_value_and_gradient_is_both_to_the_last_bit(case, reduction, seed, n):
    y, p, w, _ = drawn(case, seed, n)
    value, slope = case.loss.value_and_gradient(y, p, sample_weight=w, reduction=reduction)
    np.testing.assert_array_equal(
        value, case.loss(y, p, sample_weight=w, reduction=reduction), strict=True
    )
    np.testing.assert_array_equal(
        slope, case.loss.gradient(y, p, sample_weight=w, reduction=reduction), strict=True
    )


# --- arrays of every make -------------------------------------------------------------------------


def strided(a):
    wide = np.zeros((2 * len(a), *a.shape[1:]), a.dtype)
    wide[::2] = a
    return wide[::2]


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


MAKES = {
    "strided": strided,
    "reversed": lambda a: a[::-1].copy()[::-1],
    "Fortran": np.asfortranarray,
    "read-only": read_only,
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "list": lambda a: a.tolist(),
}


@every
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_layout_does_not_matter(case, make):
    y, p, w, _ = drawn(case, 3, 25)
    expected = case.loss.value_and_gradient(y, p, sample_weight=w)
    received = case.loss.value_and_gradient(make(y), make(p), sample_weight=make(w))
    assert received[0] == expected[0]
    np.testing.assert_array_equal(received[1], expected[1])


@every
def test_inputs_are_not_modified(case):
    y, p, w, _ = drawn(case, 4, 25)
    before = y.copy(), p.copy(), w.copy()
    for reduction in REDUCTIONS:
        case.loss.value_and_gradient(y, p, sample_weight=w, reduction=reduction)
    for now, then in zip((y, p, w), before, strict=True):
        np.testing.assert_array_equal(now, then)


@every
@pytest.mark.parametrize("block", [1, 7, 40])
def test_blocks_do_not_show(case, block, monkeypatch):
    y, p, w, _ = drawn(case, 6, 50)
    whole = case.loss.value_and_gradient(y, p, sample_weight=w)
    each = case.loss(y, p, reduction="none")
    monkeypatch.setattr(blocks, "BLOCK", block)
    parts = case.loss.value_and_gradient(y, p, sample_weight=w)
    close(parts[0], whole[0], rtol=1e-13)
    np.testing.assert_array_equal(parts[1], whole[1])
    np.testing.assert_array_equal(case.loss(y, p, reduction="none"), each)


@every
def test_more_data_than_a_block(case):
    y, p, w, _ = drawn(case, 8, 1000)
    times = 3 * blocks.BLOCK // p.size + 2
    many = np.concatenate([y] * times), np.concatenate([p] * times)
    close(case.loss(*many), case.loss(y, p))
    close(
        case.loss.gradient(*many, reduction="sum")[-1000:],
        case.loss.gradient(y, p, reduction="sum"),
    )
    close(
        case.loss(*many, sample_weight=np.tile(w, times), reduction="weighted_mean"),
        case.loss(y, p, sample_weight=w, reduction="weighted_mean"),
    )


@every
def test_rows_of_an_elementwise_loss_count_as_their_mean(case):
    if not isinstance(case.loss, ElementwiseLoss):
        return
    y, p, w, _ = drawn(case, 9, 60)
    table = y.reshape(12, 5), p.reshape(12, 5)
    close(
        case.loss(*table, reduction="none"),
        case.loss(y, p, reduction="none").reshape(12, 5).mean(axis=1),
    )
    close(case.loss(*table), case.loss(y, p))
    close(case.loss.gradient(*table), case.loss.gradient(y, p).reshape(12, 5))
    close(
        case.loss.gradient(*table, sample_weight=w[:12], reduction="sum"),
        w[:12, None] * case.loss.gradient(y, p, reduction="sum").reshape(12, 5) / 5,
    )


@every
@pytest.mark.parametrize("classes", [1, 2, 64, 65, 200])
def test_any_number_of_classes(case, classes):
    if case.kind not in (("index", "logit rows"), ("rows", "logit rows")):
        return
    rng = np.random.default_rng(classes)
    z = rng.normal(size=(7, classes))
    y = rng.integers(0, classes, 7)
    y = y if case.kind[0] == "index" else np.eye(classes)[y]
    each = case.loss(y, z, reduction="none")
    expected = [float(case.definition(a, b)) for a, b in zip(y.tolist(), z.tolist(), strict=True)]
    if "smoothing" not in case.name:  # whose definition is written for one number of classes
        close(each, expected)
    check = lb.check_gradient(
        lambda q: case.loss(y, q), lambda q: case.loss.gradient(y, q), z, tolerance=1e-5
    )
    assert check, check


# --- dtypes ---------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_float_in_the_same_float_out(case, dtype):
    y, p, w, _ = drawn(case, 10, 20)
    y = y if case.kind[0] == "index" else y.astype(dtype)
    if case.kind[1] == "rows" and dtype == "float16":
        p = np.full_like(p, 1 / K)  # rows that sum to 1 in half precision
    p = p.astype(dtype)
    value, slope = case.loss.value_and_gradient(y, p, sample_weight=w)
    assert type(value) is float
    assert slope.dtype == dtype
    assert slope.shape == p.shape
    assert case.loss(y, p, reduction="none").dtype == dtype
    if case.kind[0] in ("rows",) and dtype in ("float16", "float32"):
        return  # the rows themselves are rounded
    exact = [
        float(case.definition(a, b))
        for a, b in zip(np.asarray(y, np.float64).tolist(), p.astype(float).tolist(), strict=True)
    ]
    counted = 20 if "ignore" not in case.name else (y >= 0).sum()
    assert value == pytest.approx(float((w * exact).sum()) / counted, rel=2e-5)


def test_mixed_floats_compute_in_the_wider():
    wide, narrow = np.array([1.0 + 1e-12]), np.array([1.0], np.float32)
    assert lb.MeanAbsoluteError()(wide, narrow) == pytest.approx(1e-12, rel=1e-3)
    assert lb.MeanAbsoluteError().gradient(wide, narrow).dtype == np.float32


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "bool", "uint64"])
def test_integers_do_not_wrap(dtype):
    y, p = np.array([0, 1], dtype), np.array([1, 0], dtype)
    assert lb.MeanSquaredError()(y, p) == 1.0
    assert lb.MeanSquaredError().gradient(y, p).dtype == np.float64
    assert lb.BinaryCrossentropy()(y, y) == 0.0


def test_uint8_difference_of_255():
    y, p = np.array([255], np.uint8), np.array([0], np.uint8)
    assert lb.MeanSquaredError()(y, p) == 255**2
    assert lb.MeanAbsoluteError().gradient(y, p).tolist() == [-1.0]


def test_sum_in_float32_keeps_its_digits():
    # One tenth in float32, a million times: running sums in float32 are off by about 1e-3.
    p = np.full(1_000_003, 0.1, np.float32)
    expected = Fraction(float(np.float32(0.1))) * len(p)
    received = lb.MeanAbsoluteError()(np.zeros_like(p), p, reduction="sum")
    assert received == pytest.approx(float(expected), rel=1e-6)


# --- nothing valid is refused ---------------------------------------------------------------------


@every
@given(picks=st.lists(st.integers(0, 10**6), min_size=1, max_size=8), data=st.data())
def test_edge_cases_are_not_rejected(case, picks, data):
    edges = case.extremes + [(y, p) for y, p, _, _ in case.limits]
    chosen = [edges[i % len(edges)] for i in picks]
    make = data.draw(st.sampled_from([np.array, list, lambda a: strided(np.array(a))]))
    y, p = make([y for y, _ in chosen]), make([p for _, p in chosen])
    w = data.draw(
        st.none()
        | st.lists(
            st.sampled_from([0.0, 1e-300, 1, True, 1e300]),
            min_size=len(chosen),
            max_size=len(chosen),
        ).filter(lambda w: sum(w) > 0)
    )
    reduction = data.draw(st.sampled_from(REDUCTIONS))
    if getattr(case.loss, "ignore_class", None) is not None:
        y, p = [0, *list(y)], [[0.0] * K, *list(p)]  # one sample that counts
        w = None if w is None else [1.0, *w]
    value, slope = case.loss.value_and_gradient(y, p, sample_weight=w, reduction=reduction)
    assert not np.isnan(value).any()
    assert not np.isnan(slope).any()
