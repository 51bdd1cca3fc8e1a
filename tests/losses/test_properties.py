"""What holds for every loss whatever the data: reductions, weights, order, layout, dtype."""

from fractions import Fraction

import numpy as np
import pytest
from cases import CASES, IDS, K
from hypothesis import given, strategies as st
from inputs import samples

import lossbook as lb
from lossbook._contracts.samples import REDUCTIONS
from lossbook._engines import blocks
from lossbook.losses.base import ElementwiseLoss

every = pytest.mark.parametrize("case", CASES, ids=IDS)


def having(condition):
    """Parametrise a test with the losses that it concerns; there has to be one."""
    cases = [pytest.param(case, id=case.name) for case in CASES if condition(case)]
    assert cases
    return pytest.mark.parametrize("case", cases)


def ignores(case):
    return getattr(case.loss, "ignore_class", None) is not None


def drawn(case, seed, n):
    """Return (y_true, y_pred, weights, generator)."""
    rng = np.random.default_rng(seed)
    y, p = case.draw(rng, n)
    return y, p, rng.uniform(0.1, 3, n), rng


def close(received, expected, rtol=1e-12, terms=0.0):
    """Compare; rounding is relative to the size of what was added up to give the expected value."""
    tolerance = {"rtol": rtol, "atol": max(1e-14, rtol * terms)}
    if not np.allclose(received, expected, **tolerance):  # quick, and says nothing
        np.testing.assert_allclose(received, expected, **tolerance)


def identical(received, expected):
    """Compare numbers to the last bit, shapes and dtypes."""
    alike = np.shape(received) == np.shape(expected) and type(received) is type(expected)
    if not (
        alike
        and np.result_type(received) == np.result_type(expected)
        and np.array_equal(received, expected)
    ):
        np.testing.assert_array_equal(received, expected, strict=True)


# --- whatever is drawn: each property is a function of a case and samples for it ------------------


def it_is_nonnegative(case, s):
    if case.nonnegative:
        assert (case.loss(s.y, s.p, reduction="none") >= 0).all()


def it_is_0_at_a_perfect_prediction(case, s):
    if case.perfect is None:
        return
    best = case.perfect(s.y)
    y = best if case.kind[0] in ("unit", "rows") else s.y  # those have entropy of their own
    assert (case.loss(y, best, reduction="none") == 0).all()
    if case.only_perfect:
        off = np.abs(s.p - best) > 1e-3
        worse = case.loss(y, s.p, reduction="none") > 0
        assert worse[off.reshape(len(off), -1).any(axis=1)].all()


def it_is_convex_where_it_is_said_to_be(case, s):
    if case.convex:
        other = np.roll(s.p, 1, axis=0)
        at, there = (case.loss(s.y, p, reduction="none") for p in (s.p, other))
        middle, ends = case.loss(s.y, (s.p + other) / 2, reduction="none"), (at + there) / 2
        below = middle <= ends + 1e-12 * np.abs(ends) + 1e-14
        assert below.all(), "if the loss is not convex, its row says convex=False"


def reductions_follow_from_the_values_of_the_samples(case, s):
    each = case.loss(s.y, s.p, reduction="none")
    counted, heavy = divisors(case, s)
    assert each.shape == s.w.shape
    close_sum(case.loss(s.y, s.p, reduction="sum"), each)
    close_sum(case.loss(s.y, s.p), each / counted)
    close_sum(case.loss(s.y, s.p, reduction="weighted_mean"), each / counted)
    weighted = s.w * each
    close(case.loss(s.y, s.p, sample_weight=s.w, reduction="none"), weighted)
    close_sum(case.loss(s.y, s.p, sample_weight=s.w, reduction="sum"), weighted)
    close_sum(case.loss(s.y, s.p, sample_weight=s.w), weighted / counted)
    mean = case.loss(s.y, s.p, sample_weight=s.w, reduction="weighted_mean")
    close_sum(mean, weighted / heavy)


def close_sum(received, parts):
    close(received, parts.sum(), terms=np.abs(parts).sum())


def divisors(case, s):
    """Return the number of the samples that count, and the sum of their weights."""
    counts = s.y >= 0 if ignores(case) else np.ones(len(s.w), bool)
    return counts.sum(), s.w[counts].sum()


def gradients_of_the_reductions_differ_by_their_divisor(case, s):
    column = s.w.reshape(-1, *[1] * (s.p.ndim - 1))
    counted, heavy = divisors(case, s)
    of_sum = case.loss.gradient(s.y, s.p, reduction="sum")
    identical(case.loss.gradient(s.y, s.p, reduction="none"), of_sum)
    close(case.loss.gradient(s.y, s.p), of_sum / counted)
    close(case.loss.gradient(s.y, s.p, sample_weight=s.w), column * of_sum / counted)
    mean = case.loss.gradient(s.y, s.p, sample_weight=s.w, reduction="weighted_mean")
    close(mean, column * of_sum / heavy)


def value_and_gradient_is_both_to_the_last_bit(case, s):
    for reduction in REDUCTIONS:
        options = {"sample_weight": s.w, "reduction": reduction}
        value, slope = case.loss.value_and_gradient(s.y, s.p, **options)
        identical(value, case.loss(s.y, s.p, **options))
        identical(slope, case.loss.gradient(s.y, s.p, **options))


def a_whole_weight_is_a_repetition(case, s):
    repeated = np.repeat(s.y, s.times, axis=0), np.repeat(s.p, s.times, axis=0)
    terms = np.abs(case.loss(*repeated, reduction="none")).sum()
    for reduction in ("sum", "weighted_mean"):
        received = case.loss(s.y, s.p, sample_weight=s.times, reduction=reduction)
        close(received, case.loss(*repeated, reduction=reduction), terms=terms)


def order_does_not_matter(case, s):
    order = np.argsort(s.w)
    y, p, w = s.y[order], s.p[order], s.w[order]
    each = case.loss(s.y, s.p, reduction="none")
    total = case.loss(s.y, s.p, sample_weight=s.w)
    close(case.loss(y, p, sample_weight=w), total, terms=np.abs(s.w * each).sum())
    identical(case.loss(y, p, reduction="none"), each[order])
    identical(case.loss.gradient(y, p), case.loss.gradient(s.y, s.p)[order])


PROPERTIES = [
    it_is_nonnegative,
    it_is_0_at_a_perfect_prediction,
    it_is_convex_where_it_is_said_to_be,
    reductions_follow_from_the_values_of_the_samples,
    gradients_of_the_reductions_differ_by_their_divisor,
    value_and_gradient_is_both_to_the_last_bit,
    a_whole_weight_is_a_repetition,
    order_does_not_matter,
]


@every
def test_properties(case):
    @given(samples(case))
    def check(drawn):
        for holds in PROPERTIES:
            holds(case, drawn)

    check()


@having(lambda case: not case.convex)
def test_not_convex_where_it_is_said_not_to_be(case):
    y, a, _, rng = drawn(case, 0, 2000)
    b = rng.permutation(a)
    middle = case.loss(y, (a + b) / 2, reduction="none")
    ends = case.loss(y, a, reduction="none") + case.loss(y, b, reduction="none")
    assert (middle > ends / 2 + 1e-6).any()


@having(lambda case: any(value == np.inf for _, _, value, _ in case.limits))
def test_a_weight_of_0_silences_even_an_infinite_loss(case):
    infinite = [(y, p) for y, p, value, _ in case.limits if value == np.inf]
    y, p = case.draw(np.random.default_rng(0), 1)
    with_it = np.append(y, [infinite[0][0]], axis=0), np.append(p, [infinite[0][1]], axis=0)
    assert case.loss(*with_it, reduction="sum") == np.inf
    value, slope = case.loss.value_and_gradient(*with_it, sample_weight=[1, 0], reduction="sum")
    close(value, case.loss(y, p, reduction="sum"))
    assert (slope[1] == 0).all()


# --- the gradient ---------------------------------------------------------------------------------


@every
def test_gradient_is_that_of_differences(case):
    y, p, w, _ = drawn(case, 5, 6)
    for reduction in REDUCTIONS:
        for weights in (None, w):
            found = beside_differences(case, y, p, sample_weight=weights, reduction=reduction)
            assert found, f"{reduction}, weights {weights}: {found}"


def beside_differences(case, y, p, **options):
    if case.kind[1] == "rows":  # a step off the simplex is refused: differentiate through softmax

        def chain(q):
            slope = case.loss.gradient(y, q, **options)
            return q * (slope - (q * slope).sum(axis=1, keepdims=True))

        return lb.check_gradient(
            lambda z: np.sum(case.loss(y, lb.softmax(z), **options)),
            lambda z: chain(lb.softmax(z)),
            np.log(p),
        )
    return lb.check_gradient(
        lambda q: np.sum(case.loss(y, q, **options)),
        lambda q: case.loss.gradient(y, q, **options),
        p,
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
def test_layout_does_not_matter(case):
    y, p, w, _ = drawn(case, 3, 25)
    expected = case.loss.value_and_gradient(y, p, sample_weight=w)
    for name, make in MAKES.items():
        received = case.loss.value_and_gradient(make(y), make(p), sample_weight=make(w))
        assert received[0] == expected[0], name
        np.testing.assert_array_equal(received[1], expected[1], err_msg=name)


@every
def test_inputs_are_not_modified(case):
    y, p, w, _ = drawn(case, 4, 25)
    before = y.copy(), p.copy(), w.copy()
    for reduction in REDUCTIONS:
        case.loss.value_and_gradient(y, p, sample_weight=w, reduction=reduction)
    for now, then in zip((y, p, w), before, strict=True):
        np.testing.assert_array_equal(now, then)


@every
def test_blocks_do_not_show(case, monkeypatch):
    y, p, w, _ = drawn(case, 6, 50)
    whole = case.loss.value_and_gradient(y, p, sample_weight=w)
    each = case.loss(y, p, reduction="none")
    for samples_a_block in (1, 7, 40):
        monkeypatch.setattr(blocks, "BLOCK", samples_a_block * p[0].nbytes)
        parts = case.loss.value_and_gradient(y, p, sample_weight=w)
        close(parts[0], whole[0], rtol=1e-13)
        np.testing.assert_array_equal(parts[1], whole[1])
        np.testing.assert_array_equal(case.loss(y, p, reduction="none"), each)


@every
def test_more_data_than_a_block(case):
    y, p, w, _ = drawn(case, 8, 1000)
    times = 3 * blocks.BLOCK // p.nbytes + 2
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


@having(lambda case: isinstance(case.loss, ElementwiseLoss))
def test_rows_of_an_elementwise_loss_count_as_their_mean(case):
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


@having(lambda case: case.kind in (("index", "logit rows"), ("rows", "logit rows")))
@pytest.mark.parametrize("classes", [1, 2, 64, 65, 200])
def test_any_number_of_classes(case, classes):
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


MAKERS = st.sampled_from([np.array, list, lambda a: strided(np.array(a))])
WEIGHTS = st.sampled_from([1, 0.0, 1e-300, True, 1e300])


@every
def test_edge_cases_are_not_rejected(case):
    edges = case.extremes + [(y, p) for y, p, _, _ in case.limits]
    chosen = st.lists(st.tuples(st.sampled_from(edges), WEIGHTS), min_size=1, max_size=8)

    @given(chosen, MAKERS, st.booleans(), st.sampled_from(REDUCTIONS))
    def check(chosen, make, weighted, reduction):
        pairs, w = zip(*chosen, strict=True)
        y, p = map(list, zip(*pairs, strict=True))
        if ignores(case):  # one sample that counts
            y, p, w = [0, *y], [[0.0] * K, *p], [1.0, *w]
        options = {"sample_weight": w if weighted and any(w) else None, "reduction": reduction}
        value, slope = case.loss.value_and_gradient(make(y), make(p), **options)
        assert not np.isnan(value).any()
        assert not np.isnan(slope).any()

    check()
